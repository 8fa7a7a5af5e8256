"""The history of entries, newest first: `TimeEntry.changes` for all entries of a level, and `timeEntryChanges`."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.catalog.records import RECORDS
from gateway.graphql.plans.edges import edge_wants
from gateway.graphql.plans.rows import Rows
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.errors import BadInput, InvalidCursor
from gateway.querying.identifiers import LARGEST, NotAnId, record_number
from gateway.querying.pages import Page, page_of
from gateway.querying.projections import Many
from gateway.store.databases.statements import compile_statement
from gateway.store.writes.change_reads import COUNTS, first_changes, newest_changes, sees_changes_of

_CURSOR = re.compile(r"change:(\d{1,19})", re.ASCII)


def write_cursor(number: int) -> str:
    """Write the cursor of a change: its id alone, since every entry has one order of changes."""
    return base64.urlsafe_b64encode(f"change:{number}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int:
    """Read the id that a cursor holds.

    Raises:
        InvalidCursor: it is no cursor of changes.
    """
    try:
        content = base64.b64decode(text[:100] + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:  # binascii's and the decoder's errors are ValueErrors
        content = ""
    match = _CURSOR.fullmatch(content)
    if match is None or int(match[1]) > LARGEST:
        raise InvalidCursor(f"after: {text[:60]!r} is no cursor of changes; pass an endCursor as it was answered.")
    return int(match[1])


@dataclass(frozen=True, slots=True)
class _Found:
    """The changes of one entry on a page."""

    page: Page
    ids: Sequence[int]
    shaped: Mapping[str, list[dict[str, Any]]]
    total: int

    @property
    def size(self) -> int:
        return min(len(self.ids), self.page.size)


class Changes:
    """A connection of changes as one selection wants it, for any number of entries at once."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._arguments = selected.arguments
        self._type_name = selected.type.name
        self._parts = selected.parts
        newest = newest_changes()
        self._rows = Rows(scope, newest)
        self._info: dict[str, list[Selected]] = {}
        for part in self._parts:
            self._plan(part)
        self._entry = self._rows.projection.column(newest.c.time_entry_id)
        self._id = self._rows.projection.column(newest.c.id)
        self._counted = any(part.name == "totalCount" for part in self._parts)
        self.statements = 1 + self._counted + self._rows.statements
        # Of entries that the caller was found to see: `timeEntryChanges` asks first, `changes` hangs on an entry.
        self._statement = compile_statement(first_changes(self._rows.select(None), newest), scope.dialect)

    def _plan(self, part: Selected) -> None:
        match part.name:
            case "nodes":
                self._rows.add(part.key, wants_of(part))
            case "edges":
                self._rows.add(part.key, edge_wants(part))
            case "pageInfo":
                self._info[part.key] = part.parts

    async def load(self, run: Run, parents: Sequence[int]) -> Mapping[int, Any]:
        """Return the connections by the number of their entry.

        Raises:
            InvalidPagination, InvalidCursor: page arguments that cannot be answered.
        """
        return await self.answer(run, self._arguments.values(run.variables), parents)

    async def answer(self, run: Run, arguments: Mapping[str, Any], entries: Sequence[int]) -> dict[int, Any]:
        """Return the connections of these entries, an empty one for an entry without changes."""
        page = page_of(arguments)
        if not entries:
            return {}
        asked = run.viewer_values | {"entries": list(entries)}
        older_than = LARGEST if page.cursor is None else read_cursor(page.cursor)
        rows = await run.connection.run(self._statement, asked | {"older_than": older_than, "limit": page.size + 1})
        totals: dict[int, int] = dict(await run.connection.fetch(COUNTS, asked)) if self._counted else {}
        shaped = await self._rows.shape(run, rows, lambda row: write_cursor(row[self._id]))
        places: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(row[self._entry], []).append(place)
        return {
            entry: self._connection(
                _Found(
                    page,
                    [rows[place][self._id] for place in places.get(entry, ())],
                    {key: [values[place] for place in places.get(entry, ())] for key, values in shaped.items()},
                    totals.get(entry, 0),
                )
            )
            for entry in entries
        }

    def _connection(self, found: _Found) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for part in self._parts:
            match part.name:
                case "nodes" | "edges":
                    answer[part.key] = found.shaped[part.key][: found.size]
                case "pageInfo":
                    answer[part.key] = {wanted.key: _info(wanted.name, found) for wanted in self._info[part.key]}
                case "totalCount":
                    answer[part.key] = found.total
                case _:
                    answer[part.key] = self._type_name
        return answer


def _info(name: str, found: _Found) -> Any:
    match name:
        case "hasNextPage":
            return len(found.ids) > found.page.size
        case "hasPreviousPage":
            return found.page.cursor is not None
        case "startCursor":
            return write_cursor(found.ids[0]) if found.size else None
        case "endCursor":
            return write_cursor(found.ids[found.size - 1]) if found.size else None
        case _:
            return "PageInfo"


def changes(scope: Scope, selected: Selected) -> Many:
    """Plan the changes of entries."""
    return Many(Changes(scope, selected))


class TimeEntryChangesPlan:
    """`timeEntryChanges(timeEntryId)`: also of an entry that was deleted; empty where the caller sees none."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._arguments = selected.arguments
        self._changes = Changes(scope, selected)
        self.statements = 2 + self._changes.statements

    def prepare(self, run: Run) -> Mapping[str, Any]:
        """Coerce the arguments."""
        return self._arguments.values(run.variables)

    async def run(self, run: Run, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the connection."""
        number = self._number(arguments["timeEntryId"])
        if not await sees_changes_of(run.connection, run.viewer, number):
            number = 0
        found: dict[str, Any] = (await self._changes.answer(run, arguments, [number]))[number]
        return found

    def _number(self, text: str) -> int:
        try:
            return record_number(text, "TimeEntry")
        except NotAnId as error:
            if error.other_type in RECORDS:
                return 0
            sentence = f"timeEntryId: {text[:100]!r} is no id; pass a TimeEntry id or a record's number."
            raise BadInput(sentence) from None
