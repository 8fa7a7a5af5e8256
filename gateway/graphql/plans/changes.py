"""The history of entries, newest first: `TimeEntry.changes` for all entries of a level, and `timeEntryChanges`."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.catalog.records import RECORDS
from gateway.domain.numbers import MAX_STORED
from gateway.graphql.plans.pages import FoundPage, PageShape
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.column_types import ID_TYPE
from gateway.querying.conditions import EVERYTHING
from gateway.querying.cursors import Cursors
from gateway.querying.errors import BadInput
from gateway.querying.identifiers import NotAnId, record_number
from gateway.querying.pages import page_of
from gateway.querying.projections import Many
from gateway.querying.sorts import Order, SortKey
from gateway.store.databases.statements import Row, compile_statement
from gateway.store.schema.change_log import CHANGES
from gateway.store.writes.change_reads import (
    changes_seen,
    counts_of_changes,
    first_changes,
    newest_changes,
)

NEWEST_FIRST = Order(((SortKey("id", CHANGES.c.id, ID_TYPE), True),))
# Every entry has the same order of changes, so a cursor is good for any of them.
CURSORS = Cursors(CHANGES.name, EVERYTHING, NEWEST_FIRST)


class Changes:
    """A connection of changes as one selection wants it, for any number of entries at once."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._selected = selected
        seen = changes_seen(sees_everything=scope.rights.sees_everything)
        newest = newest_changes(seen)
        self._page = PageShape(scope, selected, newest)
        rows = self._page.rows
        self._entry, self._id = rows.projection.column(newest.c.time_entry_id), rows.projection.column(newest.c.id)
        self._counts = [part.key for part in selected.parts if part.name == "totalCount"]
        self._typenames = {part.key: selected.type.name for part in selected.parts if part.name == "__typename"}
        self.statements = 1 + rows.statements + bool(self._counts)
        self._statement = compile_statement(first_changes(rows.select(None), newest), scope.dialect)
        self._counting = compile_statement(counts_of_changes(seen), scope.dialect)

    async def load(self, run: Run, parents: Sequence[int]) -> Mapping[int, dict[str, object]]:
        """Return the connections by the number of their entry.

        Raises:
            InvalidPagination, InvalidCursor: page arguments that cannot be answered.
        """
        return await self.answer(run, self._selected.arguments.values(run.variables), parents)

    async def answer(
        self, run: Run, arguments: Mapping[str, Any], entries: Sequence[int]
    ) -> dict[int, dict[str, object]]:
        """Return the connections of these entries, an empty one for an entry without changes."""
        page = page_of(arguments)
        if not entries:
            return {}
        [older_than] = [MAX_STORED] if page.cursor is None else CURSORS.read(page.cursor, page.argument)
        asked = run.viewer_values | {"entries": list(entries)}
        rows = await run.connection.run(self._statement, asked | {"older_than": older_than, "limit": page.size + 1})
        totals: dict[int, int] = dict(await run.connection.run(self._counting, asked)) if self._counts else {}
        found = await self._page.pages_by_parent(run, page, rows, self._entry, self._cursor)
        return {entry: self._connection(found(entry), totals.get(entry, 0)) for entry in entries}

    def _cursor(self, row: Row) -> str:
        return CURSORS.write([row[self._id]])

    def _connection(self, found: FoundPage, total: int) -> dict[str, object]:
        answers = self._page.answer(found) | dict.fromkeys(self._counts, total) | self._typenames
        return {part.key: answers[part.key] for part in self._selected.parts}


def changes(scope: Scope, selected: Selected) -> Many:
    """Plan the changes of entries."""
    return Many(Changes(scope, selected))


class TimeEntryChangesPlan:
    """`timeEntryChanges(timeEntryId)`: also of an entry that was deleted, or is not the caller's any more."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._selected = selected
        self._changes = Changes(scope, selected)
        self.statements = self._changes.statements

    def prepare(self, run: Run) -> Mapping[str, Any]:
        """Coerce the arguments."""
        return self._selected.arguments.values(run.variables)

    async def run(self, run: Run, arguments: Mapping[str, Any]) -> dict[str, object]:
        """Return the connection."""
        number = self._number(arguments["timeEntryId"])
        return (await self._changes.answer(run, arguments, [number]))[number]

    def _number(self, text: str) -> int:
        try:
            return record_number(text, "TimeEntry")
        except NotAnId as error:
            if error.other_type in RECORDS:
                return 0
            sentence = f"timeEntryId: {text[:100]!r} is not an id; pass a TimeEntry id or a record's number."
            raise BadInput(sentence) from None
