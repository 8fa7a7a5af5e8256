"""A page of a table as the strategies see it: which rows, in which order, where it begins and ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Alias, Boolean, Column, ColumnElement, Dialect, FromClause, Select, literal_column, select
from sqlalchemy.sql.visitors import ExternallyTraversible, iterate, replacement_traverse

from gateway.querying.conditions import Condition, sql_of
from gateway.querying.dialects import apart_from_indexes
from gateway.querying.sorts import Order
from gateway.store.pages.selects import Cut
from gateway.store.visibility import Visibility

# True of every row on PostgreSQL; no index has the place of a row, so none answers alone where this is asked.
NOT_OFF_AN_INDEX_ALONE = literal_column("ctid <> '(0,0)'", Boolean())


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

    def rows_cut(self, rows: Select[Any]) -> Select[Any]:
        """Return the statement that selects what `rows` does, of the first rows beyond the cursor, in order.

        They are cut out of the table before anything is joined to them, so that whatever PostgreSQL takes their number
        for, it reads them off the index of the order: it would sort all of a range that it takes for short, or all that
        another index has every column of.
        """
        found = rows.order_by(*self.terms)
        read = {part for part in iterate(found) if isinstance(part, Column) and part.table is self.table}
        cut = select(*(column for column in self.table.c if column in read))
        cut = cut.where(*self.where, *self.beyond, NOT_OFF_AN_INDEX_ALONE)
        page = cut.order_by(*self.terms).limit(self.cut.limit).subquery("page")

        def of_page(element: ExternallyTraversible, **_: object) -> ExternallyTraversible | None:
            if isinstance(element, Alias):
                return element  # of the same table, too, it is another place
            return page if element is self.table else None

        return cast("Select[Any]", replacement_traverse(found, {}, of_page))
