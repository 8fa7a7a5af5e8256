"""Sorts, pages and links of the documented API's lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from gateway.jsonapi.errors import ApiCode, Refused, refuse
from gateway.jsonapi.parameters import Parameter, unknown, written
from gateway.querying.pages import DEFAULT_SIZE, MAX_SIZE, Page, total_pages
from gateway.querying.sorts import Order, SortSet

Steps = tuple[str, ...]
NUMBER: Steps = ("number",)
SIZE: Steps = ("size",)
AFTER: Steps = ("after",)
# Also written without brackets.
_ALIASES: dict[tuple[str, Steps], Steps] = {("page", ()): NUMBER, ("per_page", ()): SIZE}
LARGEST_NUMBER = 10**15  # so that rows to pass over can still be counted
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)


def order_of(sorts: SortSet, parameters: Sequence[Parameter]) -> Order:
    """Read `sort=-date,updated_at`; without it, by id.

    Raises:
        Refused: an unknown sort, one that comes twice, or the parameter twice.
    """
    asked: list[tuple[str, bool]] = []
    for parameter in parameters:
        if parameter.steps or len(parameters) > 1:
            raise _unsupported_sort(parameter.value)
        for text in parameter.value.split(","):
            name = text.removeprefix("-")
            word = name.upper()
            if name != name.lower() or word not in sorts.keys or any(word == known for known, _ in asked):
                raise _unsupported_sort(text)
            asked.append((word, text.startswith("-")))
    return sorts.order(asked)


def _unsupported_sort(text: str) -> Refused:
    detail = f"Sort param '{text}' is not supported on this endpoint, or comes twice"
    return refuse(ApiCode.SORT_PARAM_UNSUPPORTED, detail, parameter="sort")


@dataclass(frozen=True, slots=True)
class AskedPage:
    """A page by number, or by the cursor that it begins behind: empty at first."""

    size: int
    number: int = 1
    after: str | None = None

    @property
    def page(self) -> Page:
        """The rows to read."""
        if self.after is None:
            return Page(self.size, number=self.number)
        return Page(self.size, cursor=self.after or None)

    @property
    def is_empty(self) -> bool:
        """Whether there is no such page whatever the list; the documented `last` of an empty one points here."""
        return self.after is None and self.number == 0


def page_of(parameters: Sequence[Parameter]) -> AskedPage:
    """Read `page[number]`, `page[size]` and `page[after]`; a size above the most is cut to it.

    Raises:
        Refused: no whole number, out of bounds, or two ways at once.
    """
    given: dict[tuple[str, ...], Parameter] = {}
    for parameter in parameters:
        steps = _ALIASES.get((parameter.name, parameter.steps), parameter.steps)
        if steps not in {NUMBER, SIZE, AFTER} or (parameter.name != "page" and parameter.steps):
            raise unknown(parameter.written)
        if steps in given:
            detail = f"Parameter '{parameter.written}' says once more what '{given[steps].written}' says"
            raise refuse(ApiCode.UNSUPPORTED_PAGE, detail, parameter=parameter.written)
        given[steps] = parameter
    size = min(_whole(given[SIZE], 1), MAX_SIZE) if SIZE in given else DEFAULT_SIZE
    if AFTER in given:
        if NUMBER in given:
            detail = "page[after] and page[number] contradict each other; use one of them"
            raise refuse(ApiCode.KEYSET_CONFLICT, detail, parameter=given[NUMBER].written)
        return AskedPage(size, after=given[AFTER].value)
    return AskedPage(size, _whole(given[NUMBER], 0) if NUMBER in given else 1)


def _whole(parameter: Parameter, least: int) -> int:
    text = parameter.value
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= LARGEST_NUMBER:
        detail = f"'{text[:100]}' is not supported; {parameter.written} is a whole number from {least}"
        raise refuse(ApiCode.UNSUPPORTED_PAGE, detail, parameter=parameter.written)
    return int(text)


class Links:
    """Writes links to pages of the list that was asked for, with the whole query in them, its keys in order."""

    __slots__ = ("_after", "_before")

    def __init__(self, url: str, parameters: Sequence[Parameter]) -> None:
        kept = [(each.written, each.value) for each in parameters if each.name not in {"page", "per_page"}]
        before = written([pair for pair in kept if pair[0] < "page"])
        after = written([pair for pair in kept if pair[0] > "page"])
        self._before = f"{url}?{before}&" if before else f"{url}?"
        self._after = f"&{after}" if after else ""

    def to(self, **page: object) -> str:
        """Return the link to a page, whose parts are given in alphabetical order."""
        asked = "&".join(f"page%5B{name}%5D={quote_plus(str(value))}" for name, value in page.items())
        return f"{self._before}{asked}{self._after}"


def numbered(links: Links, asked: AskedPage, total: int) -> dict[str, object]:
    """Return the links and the meta of a page by number."""
    pages = total_pages(total, asked.size)
    numbers = {"first": 1, "last": pages, "prev": asked.number - 1, "next": asked.number + 1}
    shown = {
        name: links.to(number=number, size=asked.size)
        for name, number in numbers.items()
        if name in {"first", "last"} or 1 <= number <= pages
    }
    meta = {
        "current_page": asked.number if total else 1,
        "total_pages": pages,
        "total_count": total,
        "page_size": asked.size,
        "max_page_size": MAX_SIZE,
    }
    return {"links": shown, "meta": meta}


def behind(links: Links, asked: AskedPage, cursor: str | None) -> dict[str, object]:
    """Return the links and the meta of a page by cursor; None is the last page."""
    shown = {} if cursor is None else {"next": links.to(after=cursor, size=asked.size)}
    return {"links": shown, "meta": {"page_size": asked.size, "max_page_size": MAX_SIZE}}
