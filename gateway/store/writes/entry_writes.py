"""Writing entries: set-based, the same statements for one row and for thousands, each write with its log rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Executable,
    Insert,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from gateway.domain.changes import Kind
from gateway.querying.dialects import any_of
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import Row, Statement, compile_statement, kept_for_writes
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import APPROVAL_STATUSES, TASKS
from gateway.store.writes.changes import (
    BOUND,
    IDS,
    Raised,
    chosen,
    log_statement,
    logged_at_once,
    take_ids,
)
from gateway.store.writes.images import IMAGE, STATES
from gateway.store.writes.locks import lock_tasks_of_entries

PREFIX = "new_"  # a parameter that is written, apart from one that is compared
# Updates name their columns freely, so there are many shapes: these are compiled here and kept within bounds.
FEW = 10  # rows that are not worth a thread of their own


@dataclass(slots=True)
class Logged:
    """What a unit of work has put into the change log so far."""

    last_id: int | None = None  # of the newest row; None where there is none


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes and when; a recalculation and an import have no actor."""

    organization_id: int
    actor_id: int | None
    at: int  # the store writes the organization's last instant where that is later
    logged: Logged = field(default_factory=Logged)

    def logs(self, ids: Sequence[int], kind: Kind, *, step: int) -> dict[str, object]:
        """Return what statements bind that write entries with their log; `step` is added to the revision."""
        return {
            "organization_id": self.organization_id,
            "actor_id": self.actor_id,
            "at": self.at,
            "kind": kind.value,
            "step": step,
            "count": len(ids),
            "ids": ids,
        }


# The columns that hold the instant of the write which sets them, and to how many milliseconds it is cut.
INSTANTS: Mapping[str, int] = {
    "created_at": 1,
    "updated_at": 1,
    "last_activity_at": 1,
    "rejected_at": 1,
    "approved_at": 1_000,
    "timer_started_at": 1_000,
    "timer_stopped_at": 1_000,
}


def _written(names: Iterable[str], at: ColumnElement[int]) -> dict[str, ColumnElement[Any]]:
    """Return what is written into columns: what is bound, and where an instant is bound, that of the write itself."""
    written: dict[str, ColumnElement[Any]] = {}
    for name in names:
        bound = bindparam(PREFIX + name, type_=ENTRIES.c[name].type)
        if name not in INSTANTS:
            written[name] = bound
            continue
        unit = INSTANTS[name]
        instant = at if unit == 1 else at - at % unit
        written[name] = case((bound.is_not(None), instant)) if ENTRIES.c[name].nullable else instant
    return written


def _update_shape(columns: frozenset[str], dialect: Dialect, *, one: bool) -> Sequence[Statement]:
    """Return what updates these columns of the chosen entries, once the counter is raised on SQLite.

    The log goes before the update, for its image before is of the entries as they are.
    """
    shown = columns | {"revision"} | ({"status_id"} if columns & STATES else set())

    def after(raised: Raised) -> dict[str, ColumnElement[Any]]:
        return {**_written(sorted(columns), raised.at), "revision": ENTRIES.c.revision + 1}

    def change(raised: Raised) -> Update:
        return update(ENTRIES).values(after(raised)).where(chosen(one=one))

    def log(raised: Raised) -> Insert:
        before = [name for name in IMAGE if name in shown]
        return log_statement(before=before, after=after(raised), raised=raised, one=one)

    at_once = dialect.name == "postgresql"
    written = [logged_at_once(log, changed=change).returning(CHANGES.c.id)] if at_once else [log(BOUND), change(BOUND)]
    return [compile_statement(statement, dialect, is_answer=False) for statement in written]


# A new entry has every column, so that inserting has one shape: what a decision does not name is as declared.
INSERTED = [column for column in ENTRIES.columns if column.name != "id" and column.computed is None]
DEFAULTS: Mapping[str, object] = {
    column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
    for column in INSERTED
}


def _insert(raised: Raised) -> Insert:
    return insert(ENTRIES).values(_written([column.name for column in INSERTED], raised.at))


def _log_created(raised: Raised) -> Insert:
    made = _insert(raised).returning(*ENTRIES.columns).cte("made")
    return log_statement(before=None, after={}, raised=raised, one=True, made=made)


INSERT = _insert(BOUND).returning(ENTRIES.c.id)
LOG_CREATED = log_statement(before=None, after={}, one=True)
INSERT_LOGGED = logged_at_once(_log_created).returning(CHANGES.c.time_entry_id, CHANGES.c.id)


def _prefixed(columns: Mapping[str, object]) -> dict[str, object]:
    return {PREFIX + name: value for name, value in columns.items()}


async def update_entries(
    connection: Connection, ids: Sequence[int], columns: Mapping[str, object], kind: Kind, author: Author
) -> None:
    """Put the same values into every one of the entries: one step of the revision and one log row each.

    An instant that is put there is that of the write, whatever it says: the author's, or a later one.
    """
    if not ids or not columns:
        return
    one = len(ids) == 1
    values = _prefixed(columns) | author.logs(ids, kind, step=1) | ({"id": ids[0]} if one else {})
    await _raise_counter(connection, values, author, len(ids))
    shape, dialect = frozenset(columns), connection.dialect
    key = (_update_shape, shape, dialect.name, one)
    for statement in kept_for_writes(key, lambda: _update_shape(shape, dialect, one=one)):
        _note_logged(author.logged, await connection.run(statement, values, brief=len(ids) <= FEW))


async def _raise_counter(connection: Connection, values: dict[str, object], author: Author, count: int) -> None:
    """Raise the counter where it is not part of the write, and have what was raised bound."""
    if connection.dialect.name != "postgresql":
        before, instant = await take_ids(connection, author.organization_id, count, at=author.at)
        values |= {"last_id": before, "at": instant}
        author.logged.last_id = before + count


def _note_logged(logged: Logged, rows: Sequence[Row]) -> None:
    """Take note of the ids of the log that a write answers, where the counter is part of it."""
    if rows:
        logged.last_id = max(int(row[0]) for row in rows)


async def insert_entry(connection: Connection, columns: Mapping[str, object], author: Author) -> int:
    """Store a new entry and return its number."""
    values = _prefixed({**DEFAULTS, **columns}) | author.logs((0,), Kind.CREATED, step=0)
    if connection.dialect.name == "postgresql":
        [(number, last_id)] = await connection.fetch(INSERT_LOGGED, values)
        author.logged.last_id = int(last_id)
        return int(number)
    await _raise_counter(connection, values, author, 1)
    [(number,)] = await connection.fetch(INSERT, values, brief=True)
    await connection.fetch(LOG_CREATED, values | {"id": number}, brief=True)
    return int(number)


DELETE_STATUSES = delete(APPROVAL_STATUSES).where(
    any_of(APPROVAL_STATUSES.c.time_entry_id, bindparam("ids", type_=IDS))
)
DELETE_ENTRIES = delete(ENTRIES).where(any_of(ENTRIES.c.id, bindparam("ids", type_=IDS)))


def _log_deleted(raised: Raised) -> Insert:
    return log_statement(before=IMAGE, after=None, raised=raised)


DELETE_LOGGED: Mapping[str, Sequence[Executable]] = {
    "sqlite": [_log_deleted(BOUND), DELETE_STATUSES, DELETE_ENTRIES],
    "postgresql": [
        logged_at_once(_log_deleted, statuses=lambda _: DELETE_STATUSES, gone=lambda _: DELETE_ENTRIES).returning(
            CHANGES.c.id
        )
    ],
}


async def delete_entries(connection: Connection, ids: Sequence[int], author: Author) -> None:
    """Remove entries with their approval statuses; their whole images stay in the log."""
    if not ids:
        return
    values = author.logs(ids, Kind.DELETED, step=1)
    await _raise_counter(connection, values, author, len(ids))
    for statement in DELETE_LOGGED[connection.dialect.name]:
        _note_logged(author.logged, await connection.fetch(statement, values, brief=len(ids) <= FEW))


TAKE_FROM_TASK = (
    update(TASKS)
    .values(remaining_time=TASKS.c.remaining_time - bindparam("minutes", type_=BigInteger()))
    .where(TASKS.c.id == bindparam("task_id", type_=BigInteger()))
)


async def work_on_tasks(connection: Connection, worked: Mapping[int, int]) -> None:
    """Take minutes from what remains of tasks, by task id; negative minutes are given back."""
    if worked:
        rows = [{"task_id": task_id, "minutes": minutes} for task_id, minutes in sorted(worked.items())]
        await connection.execute_many(TAKE_FROM_TASK, rows, brief=len(rows) <= FEW)


_OF_TASK = (
    select(func.coalesce(func.sum(ENTRIES.c.time), 0))
    .where(any_of(ENTRIES.c.id, bindparam("ids", type_=IDS)), ENTRIES.c.task_id == TASKS.c.id)
    .correlate(TASKS)
    .scalar_subquery()
)
_TASKS_OF = select(ENTRIES.c.task_id).where(any_of(ENTRIES.c.id, bindparam("ids", type_=IDS)))
GIVE_BACK = update(TASKS).values(remaining_time=TASKS.c.remaining_time + _OF_TASK).where(TASKS.c.id.in_(_TASKS_OF))


async def give_back_to_tasks(connection: Connection, ids: Sequence[int]) -> None:
    """Undo what entries that are about to go took from their tasks."""
    if ids:
        await lock_tasks_of_entries(connection, ids)
        await connection.fetch(GIVE_BACK, {"ids": list(ids)})
