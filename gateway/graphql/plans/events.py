"""The events of `timeEntryChanged`: rows of the change log, each with its entry and its actor, by one statement."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam

from gateway.catalog.time_entries import FILTERS
from gateway.domain.numbers import MAX_STORED
from gateway.graphql.planning import Watched
from gateway.graphql.plans.rows import Rows
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.dialects import ListOf, any_of
from gateway.querying.errors import InvalidCursor
from gateway.store.databases.statements import compile_statement
from gateway.store.schema.change_log import CHANGES
from gateway.store.visibility import ORGANIZATION_ID

EVENT_ID = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)


class TimeEntryEvents:
    """The events of one selection."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._arguments = selected.arguments
        self._rows = Rows(scope, CHANGES)
        self._rows.add("events", wants_of(selected))
        self._number = self._rows.projection.column(CHANGES.c.id)
        statement = (
            self._rows.select(None)
            .where(CHANGES.c.organization_id == ORGANIZATION_ID)
            .where(any_of(CHANGES.c.id, bindparam("numbers", type_=ListOf(BigInteger()))))
            .order_by(CHANGES.c.id)
        )
        self.statements = 1 + self._rows.statements
        self._statement = compile_statement(statement, scope.dialect)

    def prepare(self, run: Run) -> Watched:
        """Read filter and position."""
        arguments = self._arguments.values(run.variables)
        condition = FILTERS.condition(arguments.get("filter"), run.filter_context)
        return Watched(condition, read_event_id(arguments.get("since")))

    async def shown(self, run: Run, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the events by their numbers; what hangs on their entries is as it is now."""
        values = {"numbers": list(numbers), **run.viewer_values}
        rows = await run.connection.run(self._statement, values)
        shaped = (await self._rows.shape(run, rows))["events"]
        return {row[self._number]: event for row, event in zip(rows, shaped, strict=True)}


def read_event_id(text: str | None) -> int | None:
    """Read the position that a subscriber goes on from.

    Raises:
        InvalidCursor: it is no event's id.
    """
    if text is None:
        return None
    if not EVENT_ID.fullmatch(text) or int(text) > MAX_STORED:
        raise InvalidCursor(f"since: {text[:100]!r} is not an event's id; pass an eventId or a lastEventId.")
    return int(text)
