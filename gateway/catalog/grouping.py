"""Groupings: by which keys entries are grouped, in which order, and which page of the groups is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, column
from sqlalchemy.types import TypeEngine

from gateway.catalog.entry_groups import GROUP_KEYS, SPANS, GroupKey, GroupSort
from gateway.querying.column_types import DATE_TYPE, ID_TYPE
from gateway.querying.pages import Page
from gateway.querying.sorts import Order, SortKey
from gateway.store.totals.sums import Sums


@dataclass(frozen=True, slots=True)
class Grouping:
    """By which keys, in which order, and which page of the groups."""

    keys: tuple[str, ...]
    page: Page
    sort: GroupSort | None = None  # None: in the order of the keys
    descending: bool = False

    @property
    def order(self) -> Order:
        """The order of the groups, by the names of columns; the keys break ties."""
        terms = 0 if self.sort is None else self.sort.terms
        nullable = self.sort is not None and self.sort.nullable
        weighed = [(_sorted_by(f"by_{place}", nullable=nullable), self.descending) for place in range(terms)]
        return Order((*weighed, *[(_SORTED[key], False) for key in self.keys]))

    @property
    def resource(self) -> str:
        """What a cursor belongs to, besides filter, keys and directions."""
        return " groups" if self.sort is None else f" groups by {self.sort.word}"

    @property
    def shape(self) -> tuple[Any, ...]:
        """What the SQL text depends on."""
        return (self.keys, None if self.sort is None else self.sort.word, self.descending)


def _sorted_by(name: str, type_: TypeEngine[Any] = ID_TYPE, *, nullable: bool) -> SortKey:
    return SortKey(name, column(name), type_, nullable=nullable)


def label_of(key: GroupKey) -> str:
    """Return the name of the column that holds a key."""
    return f"{key.field}_id" if isinstance(key.shows, str) else key.field


_SORTED = {
    name: _sorted_by(label_of(key), DATE_TYPE if key.is_span else ID_TYPE, nullable=key.nullable)
    for name, key in GROUP_KEYS.items()
}


def columns_of(keys: Sequence[str], sums: Sums, *, submission: bool) -> list[ColumnElement[Any]]:
    """Return what rows are grouped by; `submission` tells whether the organization submits timesheets."""
    return [
        (sums.key(key.word) if sums.key else key.expression(submission)).label(label_of(key))
        for key in (GROUP_KEYS[name] for name in keys)
    ]


def fault_of(keys: Sequence[str]) -> str | None:
    """Say what is wrong with keys that exist, if anything."""
    if not keys:
        return "[] names no key; name at least one, such as PERSON."
    if len(set(keys)) < len(keys):
        return f"{', '.join(keys)} names a key twice; name each once."
    if sum(GROUP_KEYS[key].is_span for key in keys) > 1:
        return f"{SPANS} exclude each other; name at most one of them."
    return None
