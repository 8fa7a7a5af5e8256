"""Connections: a page of rows with its cursors, and what is counted over all rows that match.

A connection is made of parts, each planned from the same selection and each with a statement of its own: the page
(`pages.py`), the totals (`totals.py`), the groups (`groups.py`), the newest event. A part is planned in two levels: a
plan holds what follows from the selection, such as columns and shapes; below it, the shape of filter, order and page
decides the SQL text, which is kept. A request only binds values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table

from gateway.catalog.grouping import Grouping
from gateway.graphql.plans.listings import Arguments, Listing
from gateway.graphql.plans.nested import groups_of
from gateway.graphql.plans.pages import PageShape
from gateway.graphql.plans.totals import TotalsPlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.errors import BadInput
from gateway.querying.pages import page_of
from gateway.store.databases.statements import Row
from gateway.store.databases.usage import current_answer
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.totals.effort import Effort, listed, summed
from gateway.store.totals.matching import Matching
from gateway.store.writes.change_reads import last_event_id


class PagePlan:
    """Reads the page of a list."""

    def __init__(self, scope: Scope, selected: Selected, table: Table) -> None:
        self.shape = rows = PageShape(scope, selected, table)
        self._statements = PageStatements(
            table, scope.visibility(table), scope.dialect, lambda more: rows.rows.select(None, *more)
        )

    async def run(self, run: Run, matching: Matching, start: Start) -> dict[str, object]:
        """Return the parts of a connection's object that the page fills, by key."""
        statement, values = self._statements.of(matching.condition, start)
        places = self.shape.rows.places(*start.order.expressions)

        answer = current_answer()

        def cursor(row: Row) -> str:
            text = start.cursors.write([row[place] for place in places])
            answer.grow(len(text))
            return text

        rows = await run.connection.run(statement, run.viewer_values | values)
        return self.shape.answer(await self.shape.page(run, start.page, rows, cursor))


@dataclass(slots=True, eq=False)
class Ready:
    """A connection whose filter was read: what is left can only go wrong while it runs."""

    arguments: Arguments
    matching: Matching
    groups: Sequence[Arguments]
    begun: tuple[Start, Sequence[Grouping]] | None = None  # once the arguments of page and groups were read


class ConnectionPlan:
    """A connection as one selection wants it."""

    def __init__(self, scope: Scope, selected: Selected, listing: Listing) -> None:
        self._listing, self._arguments = listing, selected.arguments
        self._keys = [part.key for part in selected.parts]
        self._visibility = scope.visibility(listing.table)
        self._page = PagePlan(scope, selected, listing.table)
        self._totals = TotalsPlan(scope, selected)
        self._groups = groups_of(scope, selected, listing)
        self._events = [part.key for part in selected.parts if part.name == "lastEventId"]
        self._typenames = {part.key: selected.type.name for part in selected.parts if part.name == "__typename"}

    @property
    def statements(self) -> int:
        """How many statements a request costs at most."""
        parts = self._page.shape.statements + self._totals.shape.statements
        return parts + sum(plan.statements for plan in self._groups) + bool(self._events)

    def prepare(self, run: Run) -> Ready:
        """Read the arguments and the filter.

        Raises:
            GraphQLError, BadOperand: a value that cannot be; a request error.
        """
        arguments = self._arguments.values(run.variables)
        groups = [plan.prepare(run) for plan in self._groups]
        condition = self._listing.condition(run, arguments)
        # Whether months may stand for the rows is asked only where rows are added up.
        made = Matching.of if self._groups or self._totals.shape.statements else Matching
        return Ready(arguments, made(self._listing.table, self._visibility, condition), groups)

    def efforts(self, ready: Ready) -> list[Effort]:
        """Return what the statements can be made to do; nothing where the arguments will be refused."""
        try:
            start, grouped = self._begun(ready)
        except BadInput:
            return []
        matching = ready.matching
        found: list[Effort] = []
        if self._page.shape.is_wanted:
            found.append(listed(matching, start.order, start.page))
        if self._totals.shape.needs(start.page):
            found.append(summed(matching, measures=len(self._totals.shape.measures.names)))
        found += [plan.effort(grouping, matching) for plan, grouping in zip(self._groups, grouped, strict=True)]
        return found

    async def run(self, run: Run, ready: Ready) -> dict[str, object]:
        """Return the connection's object.

        Raises:
            InvalidPagination, InvalidCursor, BadInput: page arguments or groups that cannot be answered.
        """
        # All are read before anything runs, also what nothing wanted depends on: what is wrong is never passed over.
        start, grouped = self._begun(ready)
        answers: dict[str, object] = dict(self._typenames)
        if self._page.shape.is_wanted:
            answers |= await self._page.run(run, ready.matching, start)
        if self._totals.shape.is_wanted:
            answers |= await self._totals.run(run, ready.matching, start.page)
        if self._events:
            answers |= dict.fromkeys(self._events, await last_event_id(run.connection, run.viewer))
        for plan, asked in zip(self._groups, grouped, strict=True):
            answers[plan.key] = await plan.run(run, asked, ready.matching)
        return {key: answers[key] for key in self._keys}

    def _begun(self, ready: Ready) -> tuple[Start, Sequence[Grouping]]:
        if ready.begun is None:
            page, order = page_of(ready.arguments), self._listing.order(ready.arguments)
            start = Start.of(self._listing.table, ready.matching.condition, order, page)
            grouped = [plan.check(arguments) for plan, arguments in zip(self._groups, ready.groups, strict=True)]
            ready.begun = start, grouped
        return ready.begun
