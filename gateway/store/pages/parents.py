"""Pages of many parents at once: the first rows of each project, of each person, of each group, in one statement.

The parents are a table that is bound, and the page of each is sought by itself: PostgreSQL joins it LATERAL; SQLite,
which has no such join, looks rows up by the ids that a subquery finds for the parent. By date both seek the index of
the parent's column and read no further than the page needs; in other orders they sort what they find there, a parent's
rows alone. A window over all rows of all parents would sort them all: 1.3 s where this takes 1 ms (300,000 entries,
30 parents).
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Dialect,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.types import TypeEngine

from gateway.querying.dialects import ZERO, ListOf, in_text
from gateway.querying.sorts import Order
from gateway.store.pages.replanning import IN_ORDER_OF_DATES
from gateway.store.pages.seeking import LIMIT_HINT
from gateway.store.pages.wanted import Wanted

Value = int | str | dt.date  # as a driver hands it over
Key = tuple[Any, ...]  # what tells a parent's rows from those of others: a value for each link
Nulls = tuple[bool, ...]  # for which links a parent has no value: its rows have none either


class Link(Protocol):
    """How rows say whose they are."""

    @property
    def name(self) -> str:
        """What the parents are told apart by."""

    @property
    def types(self) -> Sequence[TypeEngine[Any]]:
        """The types of the values that a parent is bound as."""

    def bound(self, value: Value) -> tuple[Any, ...]:
        """Return what a parent's value is bound as."""

    def condition(self, row: FromClause, bound: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        """Return the condition for a row of the parent whose value is bound so."""

    def without(self, row: FromClause) -> ColumnElement[bool]:
        """Return the condition for a row of the parent that has no value."""


@dataclass(frozen=True, slots=True)
class Same:
    """By a column that holds the parent's number or code."""

    name: str
    type: TypeEngine[Any] = BigInteger()  # noqa: RUF009 - SQLAlchemy's types are values

    @property
    def is_of_records(self) -> bool:
        """Whether it is the number of a record, of which there are more than codes."""
        return isinstance(self.type, BigInteger)

    @property
    def types(self) -> Sequence[TypeEngine[Any]]:
        """One value."""
        return (self.type,)

    def bound(self, value: Value) -> tuple[Any, ...]:
        """Bind it as it is."""
        return (value,)

    def condition(self, row: FromClause, bound: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        """Compare the column."""
        own: ColumnElement[bool] = row.c[self.name] == bound[0]
        return own

    def without(self, row: FromClause) -> ColumnElement[bool]:
        """Look for nothing."""
        return row.c[self.name].is_(None)


@dataclass(frozen=True, slots=True)
class Span:
    """By the day of a row, which lies in the parent's week, month or year, or is its day."""

    name: str  # DATE, WEEK, MONTH or YEAR
    types: Sequence[TypeEngine[Any]] = (Date(), Date())

    def bound(self, value: Value) -> tuple[dt.date, dt.date]:
        """Bind the first and the last day."""
        first = dt.date.fromisoformat(str(value))
        match self.name:
            case "WEEK":
                return first, first + min(dt.timedelta(days=6), dt.date.max - first)
            case "MONTH":
                return first, first.replace(day=monthrange(first.year, first.month)[1])
            case "YEAR":
                return first, first.replace(month=12, day=31)
            case _:
                return first, first

    def condition(self, row: FromClause, bound: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        """Look whether the day lies between the two."""
        return and_(row.c.date >= bound[0], row.c.date <= bound[1])

    def without(self, row: FromClause) -> ColumnElement[bool]:
        """Look for no day, which no row has."""
        return row.c.date.is_(None)


class Parents:
    """The parents of a level as a table: the place of each, and the values that its rows have."""

    def __init__(self, links: Sequence[Link], dialect: Dialect) -> None:
        self.links, self._is_postgresql = tuple(links), dialect.name == "postgresql"
        types = [type_ for link in links for type_ in link.types]
        if self._is_postgresql:
            names = [f"value_{place}" for place in range(len(types))]
            lists = [bindparam(f"parents_{place}", type_=ListOf(type_)) for place, type_ in enumerate(types)]
            self.table: FromClause = func.unnest(*lists).table_valued(*names, with_ordinality="place").render_derived()
            values: Iterator[ColumnElement[Any]] = (self.table.c[name] for name in names)
            self.place: ColumnElement[int] = self.table.c.place
        else:
            listed = bindparam("parents", type_=ListOf(Text()))
            self.table = func.json_each(listed).table_valued("key", "value")
            whole = self.table.c.value
            values = (func.json_extract(whole, literal_column(f"'$[{place}]'")) for place in range(len(types)))
            self.place = self.table.c["key"]
        self._binds_as_they_are = all(isinstance(link, Same) for link in links)
        self._values = [list(islice(values, len(link.types))) for link in links]

    @property
    def column(self) -> str | None:
        """The column that tells by itself whose a row is; None where it takes more, or less."""
        only = self.links[0] if len(self.links) == 1 else None
        return only.name if isinstance(only, Same) else None

    @property
    def are_records(self) -> bool:
        """Whether they are records, or groups by one: many, with a part of the rows each."""
        return any(isinstance(link, Same) and link.is_of_records for link in self.links)

    def are_in_order(self, order: Order) -> bool:
        """Tell whether an index has the rows of each of them in this order."""
        first = order.keys[0][0].name
        return first == "date" and any(isinstance(link, Span) or link.name in IN_ORDER_OF_DATES for link in self.links)

    def conditions(self, row: FromClause, nulls: Sequence[Nulls]) -> list[ColumnElement[bool]]:
        """Return conditions of which one may hold for a row of a parent; `nulls` says what parents lack."""
        return [self._condition(row, each) for each in nulls]

    def _condition(self, row: FromClause, nulls: Nulls) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = []
        for link, bound, is_null in zip(self.links, self._values, nulls, strict=True):
            parts += [bound[0].is_(None), link.without(row)] if is_null else [link.condition(row, bound)]
        return and_(*parts)

    def owner(self, key: Key) -> str:
        """Name a parent for its cursors."""
        return " of " + ", ".join(f"{link.name} {value}" for link, value in zip(self.links, key, strict=True))

    def places(self, keys: Sequence[Key]) -> Mapping[int, Key]:
        """Return the parents by their places in the table."""
        return dict(enumerate(keys, 1 if self._is_postgresql else 0))

    def values(self, keys: Sequence[Key]) -> dict[str, Any]:
        """Return what the table is bound to."""
        rows = keys if self._binds_as_they_are else [self._bound(key) for key in keys]
        if not self._is_postgresql:
            return {"parents": rows}
        return {f"parents_{place}": list(values) for place, values in enumerate(zip(*rows, strict=True))}

    def _bound(self, key: Key) -> list[Any]:
        return [part for link, value in zip(self.links, key, strict=True) for part in link.bound(value)]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Some parents, each with rows of its own."""

    parents: Parents
    keys: Sequence[Key]

    @property
    def nulls(self) -> tuple[Nulls, ...]:
        """Which values parents lack, since the text depends on it; what lacks none comes first."""
        if all(None not in key for key in self.keys):
            return ((False,) * len(self.parents.links),)
        return tuple(sorted({tuple(value is None for value in key) for key in self.keys}))

    def shape(self) -> Hashable:
        """Return what the text of a statement depends on."""
        return self.parents, self.nulls

    def values(self) -> dict[str, Any]:
        """Return what a statement binds."""
        return self.parents.values(self.keys)

    def conditions(self, row: FromClause) -> list[ColumnElement[bool]]:
        """Return conditions of which one may hold for a row, and does for one of the joined parent."""
        return self.parents.conditions(row, self.nulls)

    def by_place(self) -> Mapping[int, Key]:
        """Return the parents by their places in the table."""
        return self.parents.places(self.keys)


def read_of_parents(wanted: Wanted, rows: Select[Any], level: Level) -> Select[Any]:
    """Return the statement that selects what `rows` does, of a page of each parent, one parent after the other."""
    parents = level.parents
    pages = [_page(wanted, own, parents) for own in level.conditions(wanted.table)]
    # Only one of several has rows of a parent.
    page = pages[0] if len(pages) == 1 else union_all(*(select(each.subquery().c.id) for each in pages))
    number = wanted.table.c.id
    if wanted.dialect.name == "sqlite":
        found = rows.select_from(parents.table).where(number.in_(page))
    else:
        each = page.lateral("page")
        found = rows.select_from(parents.table.join(each, true())).where(number == each.c.id)
    return found.order_by(parents.place, *wanted.apart)


def _page(wanted: Wanted, own: ColumnElement[bool], parents: Parents) -> Select[Any]:
    """Select the ids of a parent's page."""
    keys: list[Any] = [key.expression.label(key.name) for key, _ in wanted.order.keys]
    matching = select(*keys).where(*wanted.where, own).correlate(parents.table)
    if wanted.nulls is not None:
        matching = matching.where(wanted.order.beyond(wanted.nulls, backward=wanted.backward))
    is_in_order = parents.are_in_order(wanted.order)
    if wanted.dialect.name == "sqlite":
        by_number = parents.are_records and wanted.order.keys[0][0].name == "id"
        # Else SQLite may read the rows of all parents in order, for each of them.
        terms = wanted.terms if is_in_order or by_number else wanted.apart
        return matching.with_only_columns(wanted.table.c.id).order_by(*terms).limit(wanted.cut.limit)
    if parents.are_records and not is_in_order:
        # Likewise PostgreSQL, which takes the rows of a parent for evenly spread over the order.
        near = matching.offset(ZERO).subquery("near")
    else:
        # It is asked for more rows than are taken, for the same reason; see `seeking.py`.
        hint = in_text(max(LIMIT_HINT, wanted.cut.size or 0))
        near = matching.order_by(*wanted.terms).limit(hint).subquery("near")
    # In order once more, or it would plan for the smaller limit all the same.
    terms = wanted.terms_of(wanted.order.over(lambda key: near.c[key.name]))
    return select(near.c.id).order_by(*terms).limit(wanted.cut.limit)
