"""What asking the upstream can come to, besides an answer: a closed set, each one sentence without a secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.domain.texts import printable

LONGEST_TEXT = 300  # characters that are repeated of what the upstream says
MOST_PROBLEMS = 50  # of one answer


@dataclass(frozen=True, slots=True)
class Problem:
    """One error object of an answer; an absent member is empty."""

    code: str = ""
    title: str = ""
    detail: str = ""
    pointer: str = ""
    parameter: str = ""

    def __str__(self) -> str:
        return self.detail or self.title or self.code or "it does not say why"


class UpstreamError(Exception):
    """The upstream did not answer as it was asked to; the text is a sentence for people."""

    # Whether a write that ended so may have been done nevertheless.
    may_have_happened = False

    def __init__(self, sentence: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(sentence)
        self.problems = problems  # what the upstream says is wrong

    @property
    def sentence(self) -> str:
        """What happened."""
        return str(self)

    def has(self, code: str) -> bool:
        """Tell whether one of the problems has this code."""
        return any(problem.code == code for problem in self.problems)


class Unreachable(UpstreamError):
    """No answer came: no connection, a certificate that does not hold, or nothing in time."""

    def __init__(self, sentence: str, *, was_sent: bool, may_come: bool = False) -> None:
        super().__init__(sentence)
        self.may_have_happened = was_sent  # it may have arrived
        self.may_come = may_come  # it may still be done: only the patience ended


class Unauthorized(UpstreamError):
    """401: the token is not known there."""


class Forbidden(UpstreamError):
    """403: the token's person may not do this, or belongs to another organization."""


class NotThere(UpstreamError):
    """404: there is no such record, or no such call in the account's plan."""


class Invalid(UpstreamError):
    """Another 4xx: the upstream refuses what was asked, and says what is wrong."""


class Conflict(UpstreamError):
    """409 or 412: the record is in another state than the write expects."""


class Throttled(UpstreamError):
    """The budget is spent: the upstream's, which says so by 429, or the share that was kept for the caller."""

    def __init__(self, sentence: str, wait_s: float) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


class ServerFailure(UpstreamError):
    """5xx: the upstream failed, before or after what was asked was done."""

    may_have_happened = True


class Malformed(UpstreamError):
    """An answer that is none of the documented API: another content, another shape, longer than any."""

    may_have_happened = True


class TooLarge(Malformed):
    """An answer that is longer than any that is read; one with fewer records may be read."""


def problems_of(document: object, secret: str) -> list[Problem]:
    """Read the error objects of a document, whatever it is; where one repeats the secret, that is left out."""
    listed = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return []
    return [_problem(item, secret) for item in listed[:MOST_PROBLEMS] if isinstance(item, dict)]


def _problem(item: Mapping[str, Any], secret: str) -> Problem:
    text = partial(_text, secret=secret)
    source = item.get("source")
    place = source if isinstance(source, dict) else {}
    return Problem(
        text(item.get("code")),
        text(item.get("title")),
        text(item.get("detail")),
        text(place.get("pointer")),
        text(place.get("parameter")),
    )


def _text(value: object, secret: str) -> str:
    return said(value.replace(secret, "***")) if isinstance(value, str) else ""


def said(text: object, longest: int = LONGEST_TEXT) -> str:
    """Repeat what the upstream says: its beginning, in letters alone."""
    return printable(str(text), longest)
