"""Connections: a page of rows with its cursors, and what is counted over all rows that match.

Planned in two levels. A plan holds what follows from the selection: columns, shapes, measures. Below it,
the shape of filter, order and page decides the SQL text, which is kept; a request only binds values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, and_

from gateway.graphql.plans.aggregates import AggregateShape, Measures, Totals
from gateway.graphql.plans.edges import edge_wants
from gateway.graphql.plans.groups import GroupsPlan
from gateway.graphql.plans.rows import Rows
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.cache import BoundedCache
from gateway.querying.conditions import Condition, bound_values, sql_of
from gateway.querying.cursors import Cursors
from gateway.querying.pages import MAX_SIZE, Page, page_of, total_pages
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Row, Statement, compile_statement
from gateway.store.pages.paging import branches, statement_of
from gateway.store.pages.selects import Cut, sums_of
from gateway.store.pages.wanted import Wanted
from gateway.store.totals.months import ENTRIES, Covered, covered
from gateway.store.totals.sums import Sums, sums_of_entries, sums_of_months
from gateway.store.writes.change_reads import last_event_id

STATEMENTS_KEPT = 64


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What can be listed: a table, and how arguments become a condition and an order."""

    table: Table
    condition: Callable[[Run, Mapping[str, Any]], Condition]
    order: Callable[[Mapping[str, Any]], Order]


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A connection whose arguments were read: what is left can only go wrong while it runs."""

    arguments: Mapping[str, Any]
    condition: Condition
    groups: Sequence[Any]
    months: Covered | None  # what stands for the condition where sums are made


class ConnectionPlan:
    """A connection as one selection wants it."""

    def __init__(self, scope: Scope, selected: Selected, listing: Listing) -> None:
        self._listing = listing
        self._dialect = scope.dialect
        self._arguments = selected.arguments
        self._parts = selected.parts
        self._type_name = selected.type.name
        table = listing.table
        self._visibility = scope.visibility(table)
        self._seen = self._visibility.condition(table)
        self._rows = Rows(scope, table)
        self._measures = Measures()
        self._aggregates: dict[str, AggregateShape] = {}
        self._groups: dict[str, GroupsPlan] = {}
        self._details: dict[str, list[Selected]] = {}
        for part in self._parts:
            self._plan(scope, part)
        names = {part.name for part in self._parts}
        self._wants_rows = bool(names & {"nodes", "edges", "pageInfo"})
        # An aggregate of nothing but hidden costs adds nothing up.
        self._wants_totals = bool(names & {"totalCount", "aggregate"} and self._measures.names)
        self._wants_last_event = "lastEventId" in names
        sums = self._wants_totals or self._groups or "pageMeta" in names
        self._sums_entries = bool(sums) and table is ENTRIES
        self._statements: BoundedCache[Statement] = BoundedCache(STATEMENTS_KEPT)

    def _plan(self, scope: Scope, part: Selected) -> None:
        match part.name:
            case "nodes":
                self._rows.add(part.key, wants_of(part))
            case "edges":
                self._rows.add(part.key, edge_wants(part))
            case "pageInfo" | "pageMeta":
                self._details[part.key] = part.parts
                if part.name == "pageMeta":
                    self._measures.need("count")
            case "totalCount":
                self._measures.need("count")
            case "aggregate":
                self._aggregates[part.key] = AggregateShape(scope, part, self._measures)
            case "groups":
                self._groups[part.key] = GroupsPlan(scope, part)

    @property
    def statements(self) -> int:
        """How many statements a request costs at most."""
        totals = self._wants_totals or any(part.name == "pageMeta" for part in self._parts)
        rows = 1 + self._rows.statements if self._wants_rows else 0
        return rows + totals + len(self._groups) + self._wants_last_event

    def prepare(self, run: Run) -> Ready:
        """Read the arguments and the filter.

        Raises:
            GraphQLError, BadOperand: a value that cannot be; a request error.
        """
        arguments = self._arguments.values(run.variables)
        groups = [plan.prepare(run) for plan in self._groups.values()]
        condition = self._listing.condition(run, arguments)
        months = covered(condition, self._visibility) if self._sums_entries else None
        return Ready(arguments, condition, groups, months)

    async def run(self, run: Run, ready: Ready) -> dict[str, Any]:
        """Return the connection's object.

        Raises:
            InvalidPagination, InvalidCursor, BadInput: page arguments or groups that cannot be answered.
        """
        page = page_of(ready.arguments)
        order = self._listing.order(ready.arguments)
        for (key, plan), arguments in zip(self._groups.items(), ready.groups, strict=True):
            plan.check(arguments, key)
        cursors = Cursors(self._listing.table.name, ready.condition, order)
        # Read even where only totals are wanted: what is wrong is never passed over.
        beyond = None if page.cursor is None else cursors.read(page.cursor, page.argument)
        found = await self._page(run, ready, page, order, (cursors, beyond)) if self._wants_rows else None
        totals = None
        if self._wants_totals or (page.number is not None and self._measures.names):
            totals = await self._totals(run, ready)
        answers = dict(found.shaped) if found is not None else {}
        newest = await last_event_id(run.connection, run.viewer) if self._wants_last_event else None
        answers |= {part.key: newest for part in self._parts if part.name == "lastEventId"}
        for (key, plan), arguments in zip(self._groups.items(), ready.groups, strict=True):
            answers[key] = await plan.run(run, arguments, ready.condition, self._seen, ready.months)
        for part in self._parts:
            if part.key not in answers:
                answers[part.key] = self._part(part, page, found, totals)
        return {part.key: answers[part.key] for part in self._parts}

    def _part(self, part: Selected, page: Page, found: "FoundPage | None", totals: Any) -> Any:
        match part.name:
            case "pageInfo" if found is not None:
                return found.info(self._details[part.key])
            case "pageMeta":
                return _meta(self._details[part.key], page, totals)
            case "totalCount":
                return totals["count"]
            case "aggregate":
                return self._aggregates[part.key].answer(totals)
        return self._type_name

    async def _page(
        self, run: Run, ready: Ready, page: Page, order: Order, start: tuple[Cursors, list[Any] | None]
    ) -> "FoundPage":
        cursors, beyond = start
        nulls = None if beyond is None else tuple(value is None for value in beyond)
        wanted = Wanted(
            table=self._listing.table,
            visibility=self._visibility,
            condition=ready.condition,
            order=order,
            backward=page.backward,
            cut=Cut.of(page.size + 1, page.offset, dialect=self._dialect.name),
            nulls=nulls,
            dialect=self._dialect,
        )
        key = (ready.condition.shape(), order.shape(), page.backward, nulls, wanted.cut, branches(wanted))

        def build() -> Statement:
            rows = self._rows.select(None, *order.expressions)  # of these the strategies take the visible ones
            return compile_statement(statement_of(wanted, rows), self._dialect)

        statement = self._statements.get(key, build)
        values = run.viewer_values | bound_values(ready.condition)
        values |= {"limit": page.size + 1, "offset": page.offset}
        values |= {f"c{place}": value for place, value in enumerate(beyond or ())}
        rows = await run.connection.run(statement, values)
        more = len(rows) > page.size
        rows = rows[: page.size]
        if page.backward:
            rows.reverse()
        places = self._rows.places(*order.expressions)

        def cursor(row: Row) -> str:
            return cursors.write([row[place] for place in places])

        return FoundPage(page, rows, more, cursor, await self._rows.shape(run, rows, cursor))

    async def _totals(self, run: Run, ready: Ready) -> Totals:
        months, condition = ready.months, ready.condition

        def build() -> Statement:
            sums = self._of_rows(condition) if months is None else sums_of_months(months)
            measures, split = self._measures.columns(sums), self._measures.split(sums)
            return compile_statement(sums_of(sums.table, measures, split, sums.condition), self._dialect)

        shape = condition.shape() if months is None else months.shape()
        statement = self._statements.get(("totals", shape), build)
        bound = bound_values(condition) if months is None else months.values()
        return self._measures.read(await run.connection.run(statement, run.viewer_values | bound))

    def _of_rows(self, condition: Condition) -> Sums:
        matching = and_(self._seen, sql_of(condition))
        return replace(sums_of_entries(matching), table=self._listing.table)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The rows of a page and what was made of them."""

    page: Page
    rows: Sequence[Row]
    more: bool  # whether further rows lie in the direction of reading
    cursor: Callable[[Row], str]
    shaped: dict[str, Any]

    def info(self, fields: Sequence[Selected]) -> dict[str, Any]:
        """Return the page info's object."""
        return {wanted.key: self._info(wanted.name) for wanted in fields}

    def _info(self, name: str) -> Any:
        match name:
            case "hasNextPage":
                return self.more if not self.page.backward else self.page.cursor is not None
            case "hasPreviousPage":
                if self.page.backward:
                    return self.more
                return self.page.cursor is not None or self.page.offset > 0
            case "startCursor":
                return self.cursor(self.rows[0]) if self.rows else None
            case "endCursor":
                return self.cursor(self.rows[-1]) if self.rows else None
            case _:
                return "PageInfo"


def _meta(fields: Sequence[Selected], page: Page, totals: Any) -> dict[str, Any] | None:
    if page.number is None:
        return None
    total = totals["count"]
    values = {
        "__typename": "PageMeta",
        "currentPage": page.number if total else 1,
        "totalPages": total_pages(total, page.size),
        "totalCount": total,
        "pageSize": page.size,
        "maxPageSize": MAX_SIZE,
    }
    return {wanted.key: values[wanted.name] for wanted in fields}
