"""SELECT statements of reads, put together from what planning decided: columns, conditions, orders."""

from collections.abc import Sequence
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
    SQLColumnExpression,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

Expression = SQLColumnExpression[Any]


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
        return literal_column(str(self.size), Integer())

    def first(self, statement: Select[Any], limit: ColumnElement[int] | None = None) -> Select[Any]:
        """Cut the page, or as many rows as `limit` says from where the page begins."""
        cut = statement.limit(self.limit if limit is None else limit)
        return cut.offset(bindparam("offset", type_=BigInteger())) if self.has_offset else cut


def page_of(statement: Select[Any], order: Sequence[Any], cut: Cut) -> Select[Any]:
    """Order a statement and cut a page out of it."""
    return cut.first(statement.order_by(*order))


def first_of_parts(
    rows: Select[Any], parts: Sequence[ColumnElement[bool]], limit: ColumnElement[int], *, told: int | None = None
) -> CompoundSelect[Any]:
    """Return the first numbers of ordered rows that lie in parts, each of which is read as far as those before leave.

    `told` is how many rows of a part the database is told to find, where that is more than are then taken.
    """
    found: list[CTE] = []
    for place, part in enumerate(parts):
        ordered = rows.where(part).limit(limit if told is None else literal_column(str(told)))
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

    def first(self, statement: Select[Any], then: Sequence[Expression]) -> Select[Any]:
        """Keep the first groups, of each parent, in their order; how many is bound as `first`."""
        cut = statement.where(self.rank <= bindparam("first", type_=Integer()))
        return cut.order_by(*self.parent, self.rank, *then)


def ranked_sums(
    source: FromClause,
    keys: Sequence[ColumnElement[Any]],
    measures: Sequence[ColumnElement[Any]],
    split: Sequence[ColumnElement[Any]],
    condition: ColumnElement[bool],
    *,
    parent: Sequence[Expression] = (),
) -> Ranked:
    """Add up measures by keys, and by what splits a group (a currency), and rank the groups by their keys.

    Where there is a parent, the groups of each are ranked by themselves.
    """
    owner: list[Any] = [expression.label("parent") for expression in parent]
    grouped = select(*owner, *keys, *measures).select_from(source).where(condition)
    sums = grouped.group_by(*owner, *keys, *split).cte("sums")
    whose = [sums.c.parent] if parent else []
    order = [sums.c[key.name].asc().nulls_last() for key in keys]
    ranked = select(sums, func.dense_rank().over(partition_by=whose, order_by=order).label("rank")).cte("ranked")
    if not parent:
        return Ranked(ranked, ())
    total = func.max(ranked.c["rank"]).over(partition_by=ranked.c.parent).label("total")
    counted = select(ranked, total).cte("counted")
    return Ranked(counted, [counted.c.parent])


def sums_of(
    source: FromClause,
    measures: Sequence[ColumnElement[Any]],
    split: Sequence[ColumnElement[Any]],
    condition: ColumnElement[bool],
) -> Select[Any]:
    """Add up measures over all rows that meet a condition, or over each currency of them."""
    statement = select(*measures).select_from(source).where(condition)
    return statement.group_by(*split) if split else statement
