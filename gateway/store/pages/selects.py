"""SELECT statements of reads, put together from what planning decided: columns, conditions, orders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import sub
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
)

from gateway.querying.column_types import Expression
from gateway.querying.dialects import ONE, in_text
from gateway.querying.sorts import Order

# What groups are ordered by, of rows that are added up and what the rows of a group have in common.
Terms = Callable[[FromClause, Sequence[ColumnElement[Any]]], Sequence[ColumnElement[Any]]]


def select_columns(columns: Sequence[Expression], source: FromClause) -> Select[Any]:
    """Select expressions by their place: the names of the answer's columns mean nothing."""
    labelled: list[Any] = [column.label(f"_{place}") for place, column in enumerate(columns)]
    return select(*labelled).select_from(source)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page begins and ends: bound as `limit` and `offset`, or part of the text."""

    size: int | None = None  # rows; None: bound
    has_offset: bool = True

    @classmethod
    def of(cls, size: int, offset: int, *, dialect: str) -> "Cut":
        """Return the cut for a database: PostgreSQL keeps a plan only where the text has the size."""
        return cls(size if dialect == "postgresql" else None, offset > 0)

    @property
    def limit(self) -> ColumnElement[int]:
        """The number of rows."""
        if self.size is None:
            return bindparam("limit", type_=Integer())
        return in_text(self.size)

    @property
    def offset(self) -> ColumnElement[int]:
        """How many rows come before."""
        return bindparam("offset", type_=BigInteger())

    def first(self, statement: Select[Any], limit: ColumnElement[int] | None = None) -> Select[Any]:
        """Cut the page, or as many rows as `limit` says from where the page begins."""
        cut = statement.limit(self.limit if limit is None else limit)
        return cut.offset(self.offset) if self.has_offset else cut


def first_of_parts(
    parts: Sequence[Select[Any]], limit: ColumnElement[int], *, hint: int | None = None
) -> CompoundSelect[Any]:
    """Return the first ids of ordered parts, each of which is read as far as those before leave room.

    `hint` is the LIMIT of a part that the database plans for, where that is more rows than are then taken.
    """
    found: list[CTE] = []
    for place, part in enumerate(parts):
        ordered = part.limit(limit if hint is None else in_text(hint))
        # Materialized, so that each part is planned by itself; it is run no further than wanted all the same.
        each = ordered.cte(f"range_{place}").prefix_with("MATERIALIZED")
        taken = [select(func.count()).select_from(before).scalar_subquery() for before in found]
        left = reduce(sub, taken, limit)
        found.append(select(each.c.id).limit(left).cte(f"part_{place}"))
    return union_all(*(select(part.c.id) for part in found))


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Sums by keys, each set of keys with its rank in their order; a rank has a row for each currency."""

    cte: CTE
    parent: Sequence[Expression]  # what tells the groups of several parents apart; none where there are no parents

    @property
    def rank(self) -> Expression:
        """The place of the group among those of its parent, from 1."""
        return self.cte.c["rank"]

    @property
    def total(self) -> Expression:
        """How many groups there are, of the parent where there are several, whatever the limit."""
        return self.cte.c["total"] if self.parent else select(func.max(self.rank)).scalar_subquery()

    @property
    def start(self) -> Sequence[Expression]:
        """The rank of the first group beyond the cursor, null where there is none; nothing without a cursor."""
        return [self.cte.c["start"]] if "start" in self.cte.c else []

    def first(self, statement: Select[Any], then: Sequence[Expression]) -> Select[Any]:
        """Keep the first groups, of each parent, in their order; how many is bound as `first`.

        Where none is beyond the cursor, the very first one is kept, so that `total` is known.
        """
        wanted: ColumnElement[bool] = self.rank <= bindparam("first")
        for start in self.start:
            beyond = self.rank - start < bindparam("first")
            wanted = or_(and_(self.rank >= start, beyond), and_(start.is_(None), self.rank == ONE))
        return statement.where(wanted).order_by(*self.parent, self.rank, *then)

    def between(self, statement: Select[Any], then: Sequence[Expression]) -> Select[Any]:
        """Keep the groups beyond the rank that is bound as `passed` up to `last`, and the very first for `total`."""
        wanted = or_(and_(self.rank > bindparam("passed"), self.rank <= bindparam("last")), self.rank == ONE)
        return statement.where(wanted).order_by(self.rank, *then)


def ranked_sums(
    source: FromClause,
    keys: Sequence[ColumnElement[Any]],
    measures: Sequence[ColumnElement[Any]],
    split: Sequence[ColumnElement[Any]],
    condition: ColumnElement[bool],
    *,
    order: Order,
    terms: Terms | None = None,
    nulls: Sequence[bool] | None = None,
    parent: Sequence[Expression] = (),
) -> Ranked:
    """Add up measures by keys, and by what splits a group (a currency), and rank the groups by an order.

    The order names columns: keys, and `by_0`, `by_1` for what `terms` makes of the sums. `nulls` are those of a
    cursor's values. Where there is a parent, the groups of each are ranked by themselves.
    """
    owner: list[Any] = [expression.label("parent") for expression in parent]
    grouped = select(*owner, *keys, *measures).select_from(source).where(condition)
    sums = grouped.group_by(*owner, *keys, *split).cte("sums")
    if terms is not None:
        group = [*_parent_of(sums, parent), *(sums.c[key.name] for key in keys)] if split else []
        made: list[Any] = [term.label(f"by_{place}") for place, term in enumerate(terms(sums, group))]
        sums = select(sums, *made).cte("weighed")
    rank = func.dense_rank().over(
        partition_by=_parent_of(sums, parent), order_by=order.over(lambda key: sums.c[key.name]).to_sql()
    )
    ranked = select(sums, rank.label("rank")).cte("ranked")
    more: list[Any] = []
    whose = _parent_of(ranked, parent)
    if parent:
        more.append(func.max(ranked.c["rank"]).over(partition_by=whose).label("total"))
    if nulls is not None:
        beyond = case((order.over(lambda key: ranked.c[key.name]).beyond(nulls), ranked.c["rank"]))
        more.append(func.min(beyond).over(partition_by=whose).label("start"))
    counted = select(ranked, *more).cte("counted") if more else ranked
    return Ranked(counted, _parent_of(counted, parent))


def _parent_of(rows: CTE, parent: Sequence[Expression]) -> list[ColumnElement[Any]]:
    return [rows.c.parent] if parent else []


def sums_of(
    source: FromClause,
    measures: Sequence[ColumnElement[Any]],
    split: Sequence[ColumnElement[Any]],
    condition: ColumnElement[bool],
) -> Select[Any]:
    """Add up measures over all rows that meet a condition, or over each currency of them."""
    return select(*measures).select_from(source).where(condition).group_by(*split)
