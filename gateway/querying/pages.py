"""Pages: which rows of an order are wanted, by cursors or by number. Knows no resource and no GraphQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.querying.errors import InvalidPagination

# The most that one field answers, and what it answers where nothing is said: rows of a page, groups, rows of a bulk.
DEFAULT_SIZE, MAX_SIZE = 30, 200
DEFAULT_GROUPS, MAX_GROUPS = 100, 1_000
DEFAULT_BULK, MAX_BULK = 200, 10_000
MAX_OPERAND_CHARACTERS = 1_000_000  # of all filters of an operation, unless the gateway is set up otherwise
MAX_NODE_IDS = 200  # unless GATEWAY_MAX_NODE_IDS says otherwise


@dataclass(frozen=True, slots=True)
class Page:
    """Rows to take from an order: `size` of them after an offset, or beyond a cursor, from either end."""

    size: int
    backward: bool = False
    cursor: str | None = None
    number: int | None = None  # given when the page was asked for by number

    @property
    def offset(self) -> int:
        """How many rows come before the page."""
        return (self.number - 1) * self.size if self.number else 0

    @property
    def argument(self) -> str:
        """The name of the argument that the cursor came from."""
        return "before" if self.backward else "after"


def page_of(asked: Mapping[str, Any]) -> Page:
    """Read first / after, last / before or page: {number, size}; null counts as absent.

    Raises:
        InvalidPagination: two ways at once, or a value out of bounds.
    """
    given = {name: asked[name] for name in ("first", "after", "last", "before", "page") if asked.get(name) is not None}
    numbered = given.pop("page", None)
    if numbered is not None:
        return _numbered(numbered, given)
    for one, other in (("first", "last"), ("first", "before"), ("last", "after"), ("after", "before")):
        if one in given and other in given:
            raise InvalidPagination(
                f"{one} and {other} contradict each other; go forward with first and after, or backward with last and "
                "before."
            )
    backward = "last" in given or "before" in given
    argument = "last" if backward else "first"
    size = given.get(argument, DEFAULT_SIZE)
    if not 0 <= size <= MAX_SIZE:
        raise InvalidPagination(f"{argument}: {size} is out of bounds; it goes from 0 to {MAX_SIZE}.")
    return Page(size, backward=backward, cursor=given.get("before" if backward else "after"))


def _numbered(asked: Mapping[str, int], given: Mapping[str, object]) -> Page:
    if given:
        raise InvalidPagination(f"page and {next(iter(given))} contradict each other; use cursors or page numbers.")
    for name in ("number", "size"):
        if asked[name] < 1:
            raise InvalidPagination(f"page.{name}: {asked[name]} is out of bounds; it starts at 1.")
    return Page(min(asked["size"], MAX_SIZE), number=asked["number"])


def total_pages(total: int, size: int) -> int:
    """Return how many pages hold that many rows: none for no row."""
    return -(-total // size)
