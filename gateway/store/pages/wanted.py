"""A page of a table as the strategies see it: which rows, in which order, where it begins and ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ColumnElement, Dialect, FromClause, Select, select

from gateway.querying.conditions import Condition, sql_of
from gateway.querying.dialects import apart_from_indexes
from gateway.querying.sorts import Order
from gateway.store.pages.selects import Cut
from gateway.store.visibility import Visibility


@dataclass(frozen=True, eq=False)
class Wanted:
    """The wanted page, and the SQL that all strategies share. `limit` and `offset` are bound, or part of the cut."""

    table: FromClause
    visibility: Visibility
    condition: Condition
    order: Order
    backward: bool
    cut: Cut
    nulls: Sequence[bool] | None  # which of the cursor's values are null; None without a cursor
    dialect: Dialect

    @property
    def is_narrowed(self) -> bool:
        """Whether the caller sees a part of the organization's rows only."""
        return self.visibility.rule is not None

    @cached_property
    def seen(self) -> ColumnElement[bool]:
        """The rows that the caller sees."""
        return self.visibility.condition(self.table)

    @cached_property
    def where(self) -> Sequence[ColumnElement[bool]]:
        """The rows that the caller sees and asks for, on this page or not."""
        return [self.seen, sql_of(self.condition)]

    @cached_property
    def beyond(self) -> Sequence[ColumnElement[bool]]:
        """The ranges of the order that lie beyond the cursor, the nearest first; none without a cursor."""
        return [] if self.nulls is None else self.order.ranges_beyond(self.nulls, backward=self.backward)

    @property
    def terms(self) -> Sequence[Any]:
        """The terms of ORDER BY, in the direction of reading."""
        return self.terms_of(self.order)

    def terms_of(self, order: Order) -> Sequence[Any]:
        """Return the terms of another order, in the direction of reading."""
        return order.to_sql(backward=self.backward)

    @property
    def apart(self) -> Sequence[Any]:
        """The same terms, said so that no index can serve them."""
        return self.terms_of(
            self.order.over(lambda key: apart_from_indexes(cast("ColumnElement[Any]", key.expression)))
        )

    def ids(self) -> Select[Any]:
        """Select the ids of all rows `where`."""
        return select(self.table.c.id).where(*self.where)

    def rows_of(self, page: FromClause, rows: Select[Any]) -> Select[Any]:
        """Return the statement that selects what `rows` does, of the ids of a page, in order."""
        return rows.select_from(page).where(self.table.c.id == page.c.id).order_by(*self.apart)
