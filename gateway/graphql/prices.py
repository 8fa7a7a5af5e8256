"""Prices: what a field's line says of the points that it may cost, beside those of what is selected of it.

What a line does not say: a value costs a point, a record one and those of its fields, a list ten records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.domain.attributes import MAX_LABEL, MAX_TEXT
from gateway.http.points import FIXED_PRICE, ROWS_OF_A_LIST, WRITE_PRICE, text_points
from gateway.querying.pages import (
    DEFAULT_BULK,
    DEFAULT_GROUPS,
    DEFAULT_SIZE,
    MAX_BULK,
    MAX_GROUPS,
    MAX_SIZE,
)

Values = Mapping[str, Any]  # coerced arguments by their names


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows there may be, by the arguments that say so."""

    arguments: tuple[str, ...]
    count: Callable[[Values], int]


@dataclass(frozen=True, slots=True)
class Surcharge:
    """Points on top of what the field costs anyway."""

    points: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A list whose length is known better than that of others."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class Paged:
    """An object whose parts priced EACH_ROW come as often as there are rows."""

    rows: Rows
    row: int = 0  # points of each row, whatever is selected of it
    flat: int | None = None  # points that stand for the object and its other parts


class EachRow:
    """A part that comes once for each row of the object around it."""


class Single:
    """A list that holds one record at most."""


Pricing = Surcharge | Listed | Paged | EachRow | Single

LONG_TEXT: Final = Surcharge(text_points(MAX_TEXT))
LABEL: Final = Surcharge(text_points(MAX_LABEL))
ONE_IN_TEN_IS_LONG: Final = Surcharge(LONG_TEXT.points // ROWS_OF_A_LIST)  # of the values of a change
FIXED: Final = Surcharge(FIXED_PRICE)
EACH_ROW: Final = EachRow()
SINGLE: Final = Single()


def rows(count: int) -> Listed:
    """Price a list that holds about so many records."""
    return Listed(Rows((), lambda _: count))


def rows_named(argument: str) -> Listed:
    """Price a list by the ids that an argument names."""

    def count(values: Values) -> int:
        ids = values.get(argument)
        return 1 if ids is None else len(ids)

    return Listed(Rows((argument,), count))


def page_by(*arguments: str) -> Paged:
    """Price a page by the first of the arguments that says its size, as itself or as `size` within it."""

    def count(values: Values) -> int:
        asked = next((value for name in arguments if (value := values.get(name)) is not None), None)
        return _within(asked["size"] if isinstance(asked, Mapping) else asked, DEFAULT_SIZE, MAX_SIZE)

    return Paged(Rows(arguments, count))


def groups_by(argument: str) -> Paged:
    """Price groups by the argument that says how many of them are answered."""

    def count(values: Values) -> int:
        return _within(values.get(argument), DEFAULT_GROUPS, MAX_GROUPS)

    return Paged(Rows((argument,), count), flat=FIXED_PRICE)


def bulk_by(argument: str) -> Paged:
    """Price a bulk by its input: the rows that it names, at most as many as it allows itself."""

    def count(values: Values) -> int:
        given = values.get(argument) or {}
        most = _within(given.get("atMost"), DEFAULT_BULK, MAX_BULK)
        target = given.get("target") or {}
        named = target.get("ids", target.get("revisions"))
        return most if named is None else min(len(named), most)

    return Paged(Rows((argument,), count), row=WRITE_PRICE)


def _within(asked: int | None, default: int, most: int) -> int:
    """Return a size that was asked for; one that will be refused counts as the most."""
    if asked is None:
        return default
    return asked if 0 <= asked <= most else most
