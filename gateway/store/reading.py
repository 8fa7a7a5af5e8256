"""SELECT statements of reads, put together from what planning decided: columns, conditions, orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Integer, Select, SQLColumnExpression, bindparam, func, select

Expression = SQLColumnExpression[Any]


def select_columns(columns: Sequence[Expression], source: FromClause) -> Select[Any]:
    """Select expressions by their place: the names of the answer's columns mean nothing."""
    labelled: list[Any] = [column.label(f"_{place}") for place, column in enumerate(columns)]
    return select(*labelled).select_from(source)


def page_of(statement: Select[Any], order: Sequence[Any]) -> Select[Any]:
    """Order a statement and cut a page out of it; `limit` and `offset` are bound."""
    limit, offset = bindparam("limit", type_=Integer()), bindparam("offset", type_=Integer())
    return statement.order_by(*order).limit(limit).offset(offset)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Sums by keys, each set of keys with its rank in their order; a rank has a row for each currency."""

    cte: CTE

    @property
    def rank(self) -> Expression:
        """The place of the group, from 1."""
        return self.cte.c["rank"]

    @property
    def total(self) -> Expression:
        """How many groups there are, whatever the limit."""
        return select(func.max(self.rank)).scalar_subquery()

    def first(self, statement: Select[Any], then: Sequence[Expression]) -> Select[Any]:
        """Keep the first groups, in their order; how many is bound as `first`."""
        return statement.where(self.rank <= bindparam("first", type_=Integer())).order_by(self.rank, *then)


def ranked_sums(
    source: FromClause,
    keys: Sequence[ColumnElement[Any]],
    measures: Sequence[ColumnElement[Any]],
    split: Sequence[ColumnElement[Any]],
    condition: ColumnElement[bool],
) -> Ranked:
    """Add up measures by keys, and by what splits a group (a currency), and rank the groups by their keys."""
    sums = select(*keys, *measures).select_from(source).where(condition).group_by(*keys, *split).cte("sums")
    order = [sums.c[key.name].asc().nulls_last() for key in keys]
    return Ranked(select(sums, func.dense_rank().over(order_by=order).label("rank")).cte("ranked"))


def sums_of(
    source: FromClause,
    measures: Sequence[ColumnElement[Any]],
    split: Sequence[ColumnElement[Any]],
    condition: ColumnElement[bool],
) -> Select[Any]:
    """Add up measures over all rows that meet a condition, or over each currency of them."""
    statement = select(*measures).select_from(source).where(condition)
    return statement.group_by(*split) if split else statement
