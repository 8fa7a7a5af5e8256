"""The statements that read pages of one SELECT, kept by the shape of what is asked of it."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select, Table

from gateway.querying.column_types import Expression
from gateway.querying.conditions import Condition, bound_values
from gateway.querying.cursors import Cursors
from gateway.querying.pages import Page
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Kept, Statement, compile_statement, one_statement
from gateway.store.pages.branching import items_of
from gateway.store.pages.paging import branches, statement_of
from gateway.store.pages.parents import Level, read_of_parents
from gateway.store.pages.selects import Cut
from gateway.store.pages.wanted import Wanted
from gateway.store.visibility import Visibility

SelectWith = Callable[[Sequence[Expression]], Select[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where reading begins: a page of an order, and beyond which sort values."""

    page: Page
    order: Order
    cursors: Cursors
    beyond: Sequence[Any] | None  # None without a cursor

    @classmethod
    def of(cls, table: Table, condition: Condition, order: Order, page: Page, owner: str = "") -> "Start":
        """Read the cursor of a page; `owner` names the parent that the list belongs to, if it belongs to one.

        Raises:
            InvalidCursor: there is one, and it belongs to another list, such as that of another parent.
        """
        cursors = Cursors(f"{table.name}{owner}", condition, order)
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
        self._kept: Kept[Statement] = Kept(one_statement)

    def of(self, condition: Condition, start: Start) -> tuple[Statement, dict[str, Any]]:
        """Return the statement for a page of the rows that meet a condition, and what it binds besides the viewer."""
        wanted = self._wanted(condition, start)
        found = branches(wanted)
        key = (*_shape(wanted), tuple([branch.shape for branch in found]))

        def build() -> Statement:
            # Of these the strategies take the visible ones.
            return compile_statement(statement_of(wanted, self._select(wanted.order.expressions)), self._dialect)

        values = _values(condition, start)
        if found:
            values |= items_of(found, condition)
        return self._kept.get(key, build), values

    def of_parents(self, condition: Condition, start: Start, level: Level) -> tuple[Statement, dict[str, Any]]:
        """Return the statement for a page of each parent, which has the parent's place as its last column."""
        wanted = self._wanted(condition, start)

        def build() -> Statement:
            rows = self._select([*wanted.order.expressions, level.parents.place])
            return compile_statement(read_of_parents(wanted, rows, level), self._dialect)

        return self._kept.get((*_shape(wanted), level.shape()), build), _values(condition, start) | level.values()

    def _wanted(self, condition: Condition, start: Start) -> Wanted:
        page = start.page
        return Wanted(
            table=self._table,
            visibility=self._visibility,
            condition=condition,
            order=start.order,
            backward=page.backward,
            cut=Cut.of(page.size + 1, page.offset, dialect=self._dialect.name),
            nulls=start.nulls,
            dialect=self._dialect,
        )


def _shape(wanted: Wanted) -> tuple[Hashable, ...]:
    """Return what the text depends on, whichever way the page is found."""
    return wanted.condition.shape(), wanted.order.shape(), wanted.backward, wanted.nulls, wanted.cut


def _values(condition: Condition, start: Start) -> dict[str, Any]:
    beyond = {f"c{place}": value for place, value in enumerate(start.beyond or ())}
    return bound_values(condition) | beyond | {"limit": start.page.size + 1, "offset": start.page.offset}
