"""Putting the finished rows of an import into the store: by type, some rows at a time, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BigInteger, Executable, Table, bindparam, func, select, update

from gateway.caches import CACHES, watch_calls
from gateway.domain.changes import Kind
from gateway.querying.dialects import any_of
from gateway.store.databases.database import Connection
from gateway.store.databases.sequences import move_sequences
from gateway.store.imports.finished import AT_MERGE, Outcome, Values, insertion, written
from gateway.store.imports.staging import Staging
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import ORGANIZATIONS
from gateway.store.visibility import ORGANIZATION_ID
from gateway.store.writes.changes import IDS, LOG_AS_THEY_ARE, LOG_BEFORE_DELETE, log_values, take_ids
from gateway.store.writes.entry_writes import INSTANTS
from gateway.store.writes.images import image

ROW = "the_row"  # the parameter of the row that is updated, which is no column's name


@lru_cache(maxsize=CACHES["statements of imports"].entries)
def _update(table: Table, changed: tuple[str, ...]) -> Executable:
    # SQLite writes every index of a column that is named, also where its value stays.
    parameters = written(table)
    values = {name: parameters[name] for name in changed}
    return update(table).values(values).where(table.c.id == bindparam(ROW, type_=BigInteger()))


watch_calls("statements of imports", _update)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to an entry, and by whom, as far as that is known."""

    kind: Kind = Kind.IMPORTED
    actor_id: int | None = None


IMPORTED = Done()


async def merge_table(
    connection: Connection, staging: Staging, table: Table, *, now: int, done: Mapping[int, Done]
) -> None:
    """Insert and update what the staging has of a table; entries with their rows of the change log.

    `done` says what the log has of some entries; of all others it has an import.
    """
    made = {number: each for number, each in done.items() if each.kind is Kind.CREATED}
    changed_by = {number: each for number, each in done.items() if each.kind is not Kind.CREATED}
    for numbers in staging.finished.numbers(table, Outcome.CREATED):
        rows = staging.finished.rows(table, "id", numbers)
        logs = await _take_ids(connection, rows, now, made) if table is ENTRIES else []
        for log in logs:
            await _go_on(connection, log, rows)
        await connection.execute_many(insertion(table), rows)
        await move_sequences(connection, [table.name])
        for log in logs:
            await connection.fetch(LOG_AS_THEY_ARE, log.values(step=0))
        if table is ORGANIZATIONS:
            for number in numbers:
                await take_ids(connection, number, 0, at=now)
    for changed, numbers in staging.finished.updates(table):
        rows = staging.finished.rows(table, "id", numbers)
        logs = await _take_ids(connection, rows, now, changed_by) if table is ENTRIES else []
        for log in logs:
            # The image after is made once they are changed.
            await connection.fetch(LOG_BEFORE_DELETE, log.values(step=1))
        values = [{ROW: row["id"], **{name: row[name] for name in changed}} for row in rows]
        await connection.execute_many(_update(table, changed), values)
        for log in logs:
            await connection.fetch(LOG_AFTER, log.span)


LOG_AFTER = (
    update(CHANGES)
    .values(after=select(image(ENTRIES)).where(ENTRIES.c.id == CHANGES.c.time_entry_id).scalar_subquery())
    .where(
        CHANGES.c.organization_id == ORGANIZATION_ID,
        CHANGES.c.id.between(bindparam("first", type_=BigInteger()), bindparam("last", type_=BigInteger())),
    )
)


@dataclass(frozen=True, slots=True)
class _Log:
    """The rows of the change log that some entries of one organization get, to which the same was done."""

    organization_id: int
    ids: Sequence[int]
    last_id: int  # the one before them
    at: int
    done: Done

    def values(self, *, step: int) -> dict[str, object]:
        """Return what writes them; `step` is what the merge adds to the revisions that are read."""
        return log_values(
            last_id=self.last_id,
            kind=self.done.kind,
            actor_id=self.done.actor_id,
            at=self.at,
            ids=self.ids,
            step=step,
        )

    @property
    def span(self) -> dict[str, int]:
        """Return the values that name them all."""
        return {
            "organization_id": self.organization_id,
            "first": self.last_id + 1,
            "last": self.last_id + len(self.ids),
        }


async def _take_ids(connection: Connection, rows: Iterable[Values], now: int, done: Mapping[int, Done]) -> list[_Log]:
    """Take ids of the log for the entries, and put the instant of the write where they bring none."""
    alike: defaultdict[tuple[int, Done], list[Values]] = defaultdict(list)
    for row in rows:
        alike[row["organization_id"], done.get(row["id"], IMPORTED)].append(row)
    logs = []
    for (organization_id, shared), theirs in alike.items():
        last_id, at = await take_ids(connection, organization_id, len(theirs), at=now)
        for row in theirs:
            row |= {name: at - at % unit for name, unit in INSTANTS.items() if row[name] == AT_MERGE}
        logs.append(_Log(organization_id, [row["id"] for row in theirs], last_id, at, shared))
    return logs


LAST_REVISIONS = (
    select(CHANGES.c.time_entry_id, func.max(CHANGES.c.revision))
    .where(
        CHANGES.c.organization_id == ORGANIZATION_ID,
        any_of(CHANGES.c.time_entry_id, bindparam("ids", type_=IDS)),
    )
    .group_by(CHANGES.c.time_entry_id)
)


async def _go_on(connection: Connection, log: _Log, rows: Iterable[Values]) -> None:
    """Let entries that were deleted and come back go on with the revision after their last."""
    values = {"organization_id": log.organization_id, "ids": log.ids}
    last = {number: int(revision) for number, revision in await connection.fetch(LAST_REVISIONS, values)}
    for row in rows:
        if row["id"] in last:
            row["revision"] = last[row["id"]] + 1
