"""The statements that read pages of one SELECT, kept by the shape of what is asked of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select, SQLColumnExpression, Table

from gateway.querying.cache import BoundedCache
from gateway.querying.conditions import Condition, bound_values
from gateway.querying.cursors import Cursors
from gateway.querying.pages import Page
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Statement, compile_statement
from gateway.store.pages.paging import branches, statement_of
from gateway.store.pages.selects import Cut
from gateway.store.pages.wanted import Wanted
from gateway.store.visibility import Visibility

STATEMENTS_KEPT = 64

SelectWith = Callable[[Sequence[SQLColumnExpression[Any]]], Select[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where reading begins: a page of an order, and beyond which sort values."""

    page: Page
    order: Order
    cursors: Cursors
    beyond: Sequence[Any] | None  # None without a cursor

    @classmethod
    def of(cls, table: Table, condition: Condition, order: Order, page: Page) -> "Start":
        """Read the cursor of a page.

        Raises:
            InvalidCursor: there is one, and it belongs to another list.
        """
        cursors = Cursors(table.name, condition, order)
        return cls(page, order, cursors, None if page.cursor is None else cursors.read(page.cursor, page.argument))

    @property
    def nulls(self) -> tuple[bool, ...] | None:
        """Which of the sort values are null, since the text depends on it."""
        return None if self.beyond is None else tuple(value is None for value in self.beyond)


class PageStatements:
    """Statements that read pages of a table's visible rows, one row further than a page is long."""

    def __init__(self, table: Table, visibility: Visibility, dialect: Dialect, select: SelectWith) -> None:
        """Say what is read: `select` returns the SELECT of all rows, with more columns behind."""
        self._table, self._visibility, self._dialect, self._select = table, visibility, dialect, select
        self._kept: BoundedCache[Statement] = BoundedCache(STATEMENTS_KEPT)

    def of(self, condition: Condition, start: Start) -> tuple[Statement, dict[str, Any]]:
        """Return the statement for a page of the rows that meet a condition, and what it binds besides the viewer."""
        page, order = start.page, start.order
        wanted = Wanted(
            table=self._table,
            visibility=self._visibility,
            condition=condition,
            order=order,
            backward=page.backward,
            cut=Cut.of(page.size + 1, page.offset, dialect=self._dialect.name),
            nulls=start.nulls,
            dialect=self._dialect,
        )
        key = (condition.shape(), order.shape(), page.backward, wanted.nulls, wanted.cut, branches(wanted))

        def build() -> Statement:
            # Of these the strategies take the visible ones.
            return compile_statement(statement_of(wanted, self._select(order.expressions)), self._dialect)

        beyond = {f"c{place}": value for place, value in enumerate(start.beyond or ())}
        bounds = {"limit": page.size + 1, "offset": page.offset}
        return self._kept.get(key, build), bound_values(condition) | beyond | bounds
