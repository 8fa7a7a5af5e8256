"""Connections: a page of rows with its cursors, and what is counted over all rows that match.

A connection is made of parts, each planned from the same selection and each with a statement of its own: the page
(`pages.py`), the totals (`totals.py`), the groups (`groups.py`), the newest event. A part is planned in two levels: a
plan holds what follows from the selection, such as columns and shapes; below it, the shape of filter, order and page
decides the SQL text, which is kept. A request only binds values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from gateway.graphql.plans.groups import GroupsPlan
from gateway.graphql.plans.matching import Matching
from gateway.graphql.plans.pages import PageShape
from gateway.graphql.plans.totals import TotalsPlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.cache import BoundedCache
from gateway.querying.conditions import Condition, bound_values
from gateway.querying.cursors import Cursors
from gateway.querying.pages import Page, page_of
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Row, Statement, compile_statement
from gateway.store.pages.paging import branches, statement_of
from gateway.store.pages.selects import Cut
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.tables import ENTRIES
from gateway.store.totals.months import covered
from gateway.store.writes.change_reads import last_event_id

STATEMENTS_KEPT = 64

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What can be listed: a table, and how arguments become a condition and an order."""

    table: Table
    condition: Callable[[Run, Arguments], Condition]
    order: Callable[[Arguments], Order]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where reading begins: a page of an order, and beyond which sort values."""

    page: Page
    order: Order
    cursors: Cursors
    beyond: Sequence[Any] | None  # None without a cursor

    @classmethod
    def of(cls, listing: Listing, matching: Matching, arguments: Arguments) -> "Start":
        """Read the arguments of a page.

        Raises:
            InvalidPagination, InvalidCursor: they cannot be answered.
        """
        page, order = page_of(arguments), listing.order(arguments)
        cursors = Cursors(listing.table.name, matching.condition, order)
        return cls(page, order, cursors, None if page.cursor is None else cursors.read(page.cursor, page.argument))

    @property
    def nulls(self) -> tuple[bool, ...] | None:
        """Which of the sort values are null, since the text depends on it."""
        return None if self.beyond is None else tuple(value is None for value in self.beyond)

    def values(self) -> dict[str, Any]:
        """Return what a page's statement binds besides its condition."""
        beyond = {f"c{place}": value for place, value in enumerate(self.beyond or ())}
        return beyond | {"limit": self.page.size + 1, "offset": self.page.offset}


class PagePlan:
    """Reads the page of a list."""

    def __init__(self, scope: Scope, selected: Selected, table: Table) -> None:
        self.shape = PageShape(scope, selected, table)
        self._dialect = scope.dialect
        self._statements: BoundedCache[Statement] = BoundedCache(STATEMENTS_KEPT)

    async def run(self, run: Run, matching: Matching, start: Start) -> dict[str, object]:
        """Return the parts of a connection's object that the page fills, by key."""
        order = start.order
        statement = self._statement(matching, start)
        values = run.viewer_values | bound_values(matching.condition) | start.values()
        places = self.shape.rows.places(*order.expressions)

        def cursor(row: Row) -> str:
            return start.cursors.write([row[place] for place in places])

        rows = await run.connection.run(statement, values)
        return self.shape.answer(await self.shape.page(run, start.page, rows, cursor))

    def _statement(self, matching: Matching, start: Start) -> Statement:
        page, order = start.page, start.order
        wanted = Wanted(
            table=matching.table,
            visibility=matching.visibility,
            condition=matching.condition,
            order=order,
            backward=page.backward,
            cut=Cut.of(page.size + 1, page.offset, dialect=self._dialect.name),
            nulls=start.nulls,
            dialect=self._dialect,
        )
        key = (matching.condition.shape(), order.shape(), page.backward, wanted.nulls, wanted.cut, branches(wanted))

        def build() -> Statement:
            rows = self.shape.rows.select(None, *order.expressions)  # of these the strategies take the visible ones
            return compile_statement(statement_of(wanted, rows), self._dialect)

        return self._statements.get(key, build)


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A connection whose filter was read: what is left can only go wrong while it runs."""

    arguments: Arguments
    matching: Matching
    groups: Sequence[Arguments]


class ConnectionPlan:
    """A connection as one selection wants it."""

    def __init__(self, scope: Scope, selected: Selected, listing: Listing) -> None:
        self._listing, self._selected = listing, selected
        self._visibility = scope.visibility(listing.table)
        self._page = PagePlan(scope, selected, listing.table)
        self._totals = TotalsPlan(scope, selected)
        self._groups = [GroupsPlan(scope, part) for part in selected.parts if part.name == "groups"]
        self._events = [part.key for part in selected.parts if part.name == "lastEventId"]
        self._typenames = {part.key: selected.type.name for part in selected.parts if part.name == "__typename"}
        sums = bool(self._groups) or self._totals.shape.statements > 0
        self._sums_entries = sums and listing.table is ENTRIES

    @property
    def statements(self) -> int:
        """How many statements a request costs at most."""
        parts = self._page.shape.statements + self._totals.shape.statements
        return parts + len(self._groups) + bool(self._events)

    def prepare(self, run: Run) -> Ready:
        """Read the arguments and the filter.

        Raises:
            GraphQLError, BadOperand: a value that cannot be; a request error.
        """
        arguments = self._selected.arguments.values(run.variables)
        groups = [plan.prepare(run) for plan in self._groups]
        condition = self._listing.condition(run, arguments)
        months = covered(condition, self._visibility) if self._sums_entries else None
        return Ready(arguments, Matching(self._listing.table, self._visibility, condition, months), groups)

    async def run(self, run: Run, ready: Ready) -> dict[str, object]:
        """Return the connection's object.

        Raises:
            InvalidPagination, InvalidCursor, BadInput: page arguments or groups that cannot be answered.
        """
        # All are read before anything runs, also what nothing wanted depends on: what is wrong is never passed over.
        start = Start.of(self._listing, ready.matching, ready.arguments)
        grouped = [plan.check(arguments) for plan, arguments in zip(self._groups, ready.groups, strict=True)]
        answers: dict[str, object] = dict(self._typenames)
        if self._page.shape.is_wanted:
            answers |= await self._page.run(run, ready.matching, start)
        if self._totals.shape.is_wanted:
            answers |= await self._totals.run(run, ready.matching, start.page)
        if self._events:
            answers |= dict.fromkeys(self._events, await last_event_id(run.connection, run.viewer))
        for plan, asked in zip(self._groups, grouped, strict=True):
            answers[plan.key] = await plan.run(run, asked, ready.matching)
        return {part.key: answers[part.key] for part in self._selected.parts}
