"""Rows on their way into an empty store: plain tuples, some of one table at a time."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class StoreNotEmpty(Exception):
    """The store has data, which a fresh load would mix with its own."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a database's bulk load wants days and truth values."""

    day: Callable[[dt.date], object]
    yes: object
    no: object


def as_it_is(day: dt.date) -> object:
    """Take a day for a database that wants it so."""
    return day


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table; each is a tuple in the order of `columns`."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
