"""What a client accepts, and which of the forms of an answer that chooses."""

from enum import Enum
from functools import lru_cache

from gateway.caches import CACHES, watch_calls

LONGEST_REMEMBERED = 1_000  # bytes of an Accept header


class Form(Enum):
    """A form of an answer, by its media type."""

    JSON = "application/json"
    RESPONSE = "application/graphql-response+json"
    HTML = "text/html"
    STREAM = "text/event-stream"


FORMS = {form.value: form for form in Form}
WILDCARDS = ("*/*", "application/*")


def choose_form(accept: bytes | None, *, html: bool = False) -> Form | None:
    """Choose the form that ranks first among those on offer; None when none of them is acceptable.

    JSON is the form where nothing was asked for, and what a wildcard stands for. Types rank by their
    quality, then by their place. Nothing is streamed to a client that would rather have something else.
    """
    if accept is None:
        return Form.JSON
    ranking = _remembered_ranking(accept) if len(accept) <= LONGEST_REMEMBERED else _ranking(accept)
    for place, form in enumerate(ranking):
        if (form is not Form.HTML or html) and (form is not Form.STREAM or place == 0):
            return form
    return None


def _ranking(accept: bytes) -> tuple[Form, ...]:
    """Sort the known media types of an Accept header, the best one first."""
    qualities: dict[str, float] = {}
    for item in accept.decode("latin-1").split(","):
        media_type, *parameters = (part.strip().lower() for part in item.split(";"))
        qualities.setdefault(media_type, _quality(parameters))
    ranks = []
    for place, (media_type, quality) in enumerate(qualities.items()):
        if quality > 0:
            if media_type in WILDCARDS:
                # A wildcard is JSON, unless JSON is mentioned by name and so has its own rank.
                form = Form.RESPONSE if Form.JSON.value in qualities else Form.JSON
            elif media_type in FORMS:
                form = FORMS[media_type]
            else:
                continue
            ranks.append((-quality, place, form))
    return tuple(form for _, _, form in sorted(ranks, key=lambda rank: rank[:2]))


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


_remembered_ranking = lru_cache(maxsize=CACHES["media types"].entries)(_ranking)
watch_calls("media types", _remembered_ranking)
