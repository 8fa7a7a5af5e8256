"""Connections that hang on records: each parent has a page, totals and groups of its own, as the list at the root has.

All parents of a level are answered by one statement for the rows, one for the totals and one for each `groups`,
whatever their number (`store/pages/parents.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.graphql.plans.connections import Arguments, Listing
from gateway.graphql.plans.groups import GroupsPlan
from gateway.graphql.plans.pages import PageShape
from gateway.graphql.plans.totals import TotalsPlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.pages import page_of
from gateway.store.databases.statements import Row
from gateway.store.pages.parents import Key, Link, Parents
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.totals.matching import Level, Matching
from gateway.store.writes.change_reads import last_event_id

Part = Callable[[Key], Mapping[str, object]]  # what one statement fills of each parent's connection, by key


class NestedConnection:
    """A connection as one selection wants it, for any number of parents at once."""

    def __init__(self, scope: Scope, selected: Selected, listing: Listing, links: Sequence[Link]) -> None:
        self._selected, self._listing = selected, listing
        self._visibility = scope.visibility(listing.table)
        self._parents = Parents(links, scope.dialect)
        self._page = page = PageShape(scope, selected, listing.table)
        self._pages = PageStatements(
            listing.table, self._visibility, scope.dialect, lambda more: page.rows.select(None, *more)
        )
        self._totals = TotalsPlan(scope, selected)
        self._groups = [GroupsPlan(scope, part) for part in selected.parts if part.name == "groups"]
        self._events = [part.key for part in selected.parts if part.name == "lastEventId"]
        self._typenames = {part.key: selected.type.name for part in selected.parts if part.name == "__typename"}

    @property
    def statements(self) -> int:
        """How many statements that costs at most."""
        return self._page.statements + self._totals.shape.statements + len(self._groups) + bool(self._events)

    async def load(self, run: Run, parents: Sequence[int]) -> Mapping[int, dict[str, object]]:
        """Return the connections by the number of their parent.

        Raises:
            BadOperand, InvalidPagination, InvalidCursor, BadInput: arguments that cannot be answered.
        """
        found = await self.answer(run, self._selected.arguments.values(run.variables), [(one,) for one in parents])
        return {key[0]: connection for key, connection in found.items()}

    async def answer(self, run: Run, arguments: Arguments, keys: Sequence[Key]) -> Mapping[Key, dict[str, object]]:
        """Return the connections of these parents."""
        condition, order = self._listing.condition(run, arguments), self._listing.order(arguments)
        page = page_of(arguments)
        grouped = [plan.check(plan.prepare(run)) for plan in self._groups]
        if not keys:
            return {}
        starts = {key: Start.of(self._listing.table, condition, order, page, self._parents.owner(key)) for key in keys}
        matching = Matching.of(self._listing.table, self._visibility, condition, Level(self._parents, keys))
        parts: list[Part] = [lambda _: self._typenames]
        if self._page.is_wanted:
            parts.append(await self._read_pages(run, matching, starts))
        if self._totals.shape.is_wanted:
            parts.append(await self._totals.by_parent(run, matching, page))
        if self._events:
            events = dict.fromkeys(self._events, await last_event_id(run.connection, run.viewer))
            parts.append(lambda _: events)
        for plan, asked in zip(self._groups, grouped, strict=True):
            parts.append(_under(plan.key, await plan.by_parent(run, asked, matching)))
        return {key: self._connection([part(key) for part in parts]) for key in keys}

    async def _read_pages(self, run: Run, matching: Matching, starts: Mapping[Key, Start]) -> Part:
        keys, [start, *_] = list(starts), starts.values()
        statement, values = self._pages.of_parents(matching.condition, start, self._parents, keys)
        *columns, parent = self._page.rows.places(*start.order.expressions, self._parents.place)
        by_place = self._parents.places(keys)

        def cursor(row: Row) -> str:
            return starts[by_place[row[parent]]].cursors.write([row[column] for column in columns])

        rows = await run.connection.run(statement, run.viewer_values | values)
        found = await self._page.pages_by_parent(run, start.page, rows, parent, cursor)
        answers = {key: self._page.answer(found(place)) for place, key in by_place.items()}
        return answers.__getitem__

    def _connection(self, parts: Sequence[Mapping[str, Any]]) -> dict[str, object]:
        answers = {key: value for part in parts for key, value in part.items()}
        return {part.key: answers[part.key] for part in self._selected.parts}


def _under(key: str, answer: Callable[[Key], object]) -> Part:
    return lambda parent: {key: answer(parent)}
