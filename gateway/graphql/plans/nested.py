"""Connections that hang on records or groups: each parent has a page, totals and groups of its own, as at the root.

All parents of a level are answered by one statement for the rows, one for the totals and one for each `groups`,
whatever their number (`store/pages/parents.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError
from sqlalchemy import Table

from gateway.graphql.errors import placed
from gateway.graphql.plans.groups import GroupsPlan
from gateway.graphql.plans.listings import Arguments, Listing
from gateway.graphql.plans.pages import PageShape
from gateway.graphql.plans.totals import TotalsPlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.conditions import EVERYTHING, Condition, all_of
from gateway.querying.cursors import Cursors
from gateway.querying.errors import BadInput
from gateway.querying.pages import Page, page_of
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Row
from gateway.store.databases.usage import current_answer
from gateway.store.pages.parents import Key, Level, Link, Parents, Same
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.effort import Effort, below, listed, summed
from gateway.store.totals.matching import Matching
from gateway.store.writes.change_reads import last_event_id

Part = Callable[[Key], Mapping[str, object]]  # what one statement fills of each parent's connection, by key


class NestedConnection:
    """A connection as one selection wants it, for the parents of any level."""

    def __init__(self, scope: Scope, selected: Selected, listing: Listing, column: str | None = None) -> None:
        """Plan a selection; `column` is that of an entry which names its parent, where it is one alone."""
        self._selected, self._listing, self._column = selected, listing, column
        scope.searches[selected] = self.efforts
        self._visibility = scope.visibility(listing.table)
        self._page = page = PageShape(scope, selected, listing.table)
        self._pages = PageStatements(
            listing.table, self._visibility, scope.dialect, lambda more: page.rows.select(None, *more)
        )
        self._totals = TotalsPlan(scope, selected)
        self._groups = groups_of(scope, selected, listing)
        self._events = [part.key for part in selected.parts if part.name == "lastEventId"]
        self._keys = [part.key for part in selected.parts]
        self._typenames = {part.key: selected.type.name for part in selected.parts if part.name == "__typename"}

    @property
    def statements(self) -> int:
        """How many statements that costs at most."""
        groups = sum(plan.statements for plan in self._groups)
        return self._page.statements + self._totals.shape.statements + groups + bool(self._events)

    def efforts(self, run: Run, parents: int) -> list[Effort]:
        """Return what the statements can be made to do for so many parents; nothing where arguments will be refused."""
        try:
            arguments = self._selected.arguments.values(run.variables)
            page, order = page_of(arguments), self._listing.order(arguments)
            condition = self._listing.condition(run, arguments)
            grouped = [plan.check(plan.prepare(run)) for plan in self._groups]
        except (BadInput, GraphQLError):
            return []
        matching = Matching(self._listing.table, self._visibility, condition)
        found: list[Effort] = []
        if self._page.is_wanted:
            found.append(listed(matching, order, Page((page.size + 1) * parents)))
        if self._totals.shape.needs(page):
            found.append(summed(matching, measures=len(self._totals.shape.measures.names)))
        found += [plan.effort(grouping, matching) for plan, grouping in zip(self._groups, grouped, strict=True)]
        return [below(effort, parents, self._column) for effort in found]

    async def of_level(self, run: Run, level: Level, within: Condition = EVERYTHING) -> Mapping[Key, dict[str, object]]:
        """Return the connection of each parent: its rows `within` a condition that meet the filter asked for, too.

        Raises:
            GraphQLError: arguments that cannot be answered, at this field.
        """
        try:
            return await self._of_level(run, self._selected.arguments.values(run.variables), level, within)
        except BadInput as error:
            raise placed(error, self._selected.nodes) from None

    async def _of_level(
        self, run: Run, arguments: Arguments, level: Level, within: Condition
    ) -> Mapping[Key, dict[str, object]]:
        table, page, order = self._listing.table, page_of(arguments), self._listing.order(arguments)
        read = run.conditions.get(self._selected)
        condition = all_of([within, self._listing.condition(run, arguments) if read is None else read])
        grouped = [plan.check(plan.prepare(run)) for plan in self._groups]
        if not level.keys:
            return {}
        lists = Lists(table, condition, order, page, level)
        parts: list[Part] = [lambda _: self._typenames] if self._typenames else []
        if self._page.is_wanted:
            parts.append(await self._read_pages(run, lists))
        matching = Matching.of(table, self._visibility, condition, level)
        if self._totals.shape.is_wanted:
            parts.append(await self._totals.by_parent(run, matching, page))
        if self._events:
            events = dict.fromkeys(self._events, await last_event_id(run.connection, run.viewer))
            parts.append(lambda _: events)
        for plan, asked in zip(self._groups, grouped, strict=True):
            parts.append(_under(plan.key, await plan.by_parent(run, asked, matching)))
        return {key: self._connection([part(key) for part in parts]) for key in level.keys}

    async def _read_pages(self, run: Run, lists: "Lists") -> Part:
        level, start = lists.level, lists.start
        statement, values = self._pages.of_parents(lists.condition, start, level)
        *columns, parent = self._page.rows.places(*start.order.expressions, level.parents.place)
        by_place, answer = level.by_place(), current_answer()

        def cursor(row: Row) -> str:
            text = lists.cursors(by_place[row[parent]]).write([row[column] for column in columns])
            answer.grow(len(text))
            return text

        rows = await run.connection.run(statement, run.viewer_values | values)
        found = await self._page.pages_by_parent(run, start.page, rows, parent, cursor)
        answers = {key: self._page.answer(found(place)) for place, key in by_place.items()}
        return answers.__getitem__

    def _connection(self, parts: Sequence[Mapping[str, Any]]) -> dict[str, object]:
        answers: Mapping[str, Any] = parts[0] if len(parts) == 1 else {k: v for part in parts for k, v in part.items()}
        return {key: answers[key] for key in self._keys}


class Lists:
    """The lists of the parents of a level: alike, but that each has cursors of its own."""

    def __init__(self, table: Table, condition: Condition, order: Order, page: Page, level: Level) -> None:
        """Read the cursor of the page, which has to be that of every parent.

        Raises:
            InvalidCursor: there is one, and it belongs to another list.
        """
        self.condition, self.level = condition, level
        self._of = (table, condition, order, page)
        self._starts: dict[Key, Start] = {}
        for key in level.keys if page.cursor is not None else level.keys[:1]:
            self.start = self._start(key)

    def cursors(self, key: Key) -> Cursors:
        """Return the cursors of a parent; they are made where they are asked for."""
        return (self._starts.get(key) or self._start(key)).cursors

    def _start(self, key: Key) -> Start:
        start = self._starts[key] = Start.of(*self._of, self.level.parents.owner(key))
        return start


def _under(key: str, answer: Callable[[Key], object]) -> Part:
    return lambda parent: {key: answer(parent)}


def groups_of(scope: Scope, selected: Selected, listing: Listing) -> list[GroupsPlan]:
    """Plan the `groups` of a connection, and the entries of each group."""
    return [
        GroupsPlan(scope, part, lambda field: NestedConnection(scope, field, listing))
        for part in selected.parts
        if part.name == "groups"
    ]


class BackEdge:
    """What points to records by a column of its own: a connection for each of them."""

    def __init__(self, scope: Scope, selected: Selected, listing: Listing, links: Sequence[Link]) -> None:
        column = links[0].name if listing.table is ENTRIES and len(links) == 1 and isinstance(links[0], Same) else None
        self._connection = NestedConnection(scope, selected, listing, column)
        self._parents = Parents(links, scope.dialect)

    @property
    def statements(self) -> int:
        """How many statements that costs at most."""
        return self._connection.statements

    async def load(self, run: Run, parents: Sequence[int]) -> Mapping[int, dict[str, object]]:
        """Return the connections by the number of their parent."""
        found = await self._connection.of_level(run, Level(self._parents, [(number,) for number in parents]))
        return {key[0]: connection for key, connection in found.items()}
