"""Writing entries: set-based, the same statements for one row and for thousands, each write with its log rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from gateway.domain.changes import Kind
from gateway.querying.dialects import any_of
from gateway.store.changes import (
    IDS,
    LOG_AS_THEY_ARE,
    LOG_BEFORE_DELETE,
    log_values,
    logged_update,
    take_ids,
)
from gateway.store.engine import Connection
from gateway.store.images import IMAGE, STATES
from gateway.store.locks import lock_tasks_of_entries
from gateway.store.statements import Statement, compile_statement
from gateway.store.tables import ApprovalStatusRow, TaskRow, TimeEntryRow, table_of

ENTRIES = table_of(TimeEntryRow)
TASKS = table_of(TaskRow)
STATUSES = table_of(ApprovalStatusRow)
PREFIX = "new_"  # a parameter that is written, apart from one that is compared
# Updates name their columns freely, so there are many shapes: these are compiled here and kept within bounds.
SHAPES_KEPT = 512
FEW = 10  # rows that are not worth a thread of their own


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes and when; a recalculation and an import have no actor."""

    organization_id: int
    actor_id: int | None
    at: int


@lru_cache(maxsize=SHAPES_KEPT)
def _update_shape(
    columns: frozenset[str], dialect: Dialect, *, one: bool
) -> tuple[Statement | None, Sequence[Statement]]:
    """Return what raises the counter, if that is apart, and what updates these columns, the log included."""
    written = {name: bindparam(PREFIX + name, type_=ENTRIES.c[name].type) for name in sorted(columns)}
    shown = columns | {"revision"} | ({"status_id"} if columns & STATES else set())
    counter, statements = logged_update(
        {**written, "revision": ENTRIES.c.revision + 1},
        [name for name in IMAGE if name in shown],
        dialect.name,
        one=one,
    )
    compiled = [compile_statement(statement, dialect) for statement in statements]
    return None if counter is None else compile_statement(counter, dialect), compiled


# A new entry has every column, so that inserting has one shape: what a decision does not name is as declared.
INSERTED = [column for column in ENTRIES.columns if column.name != "id" and column.computed is None]
DEFAULTS: Mapping[str, object] = {
    column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
    for column in INSERTED
}
INSERT = (
    insert(ENTRIES)
    .values({column.name: bindparam(PREFIX + column.name, type_=column.type) for column in INSERTED})
    .returning(ENTRIES.c.id)
)


def _prefixed(columns: Mapping[str, object]) -> dict[str, object]:
    return {PREFIX + name: value for name, value in columns.items()}


async def update_entries(
    connection: Connection, ids: Sequence[int], columns: Mapping[str, object], kind: Kind, author: Author
) -> None:
    """Put the same values into every one of the entries: one step of the revision and one log row each."""
    if not ids or not columns:
        return
    values = {
        **_prefixed(columns),
        "organization_id": author.organization_id,
        "count": len(ids),
        "kind": kind.value,
        "actor_id": author.actor_id,
        "at": author.at,
        "step": 1,
        "id": ids[0],
        "ids": ids,
    }
    counter, statements = _update_shape(frozenset(columns), connection.dialect, one=len(ids) == 1)
    if counter is not None:
        await connection.run(counter, values, brief=True)
    for statement in statements:
        await connection.run(statement, values, brief=len(ids) <= FEW)


async def insert_entry(connection: Connection, columns: Mapping[str, object], author: Author) -> int:
    """Store a new entry and return its number."""
    # The counter first, as everywhere: what triggers keep of an organization changes under its lock alone.
    last_id = await take_ids(connection, author.organization_id, 1)
    [(number,)] = await connection.fetch(INSERT, _prefixed({**DEFAULTS, **columns}), brief=True)
    logged = log_values(
        last_id=last_id, kind=Kind.CREATED, actor_id=author.actor_id, at=author.at, ids=[number], step=0
    )
    await connection.fetch(LOG_AS_THEY_ARE, logged, brief=True)
    return int(number)


DELETE_STATUSES = delete(STATUSES).where(any_of(STATUSES.c.time_entry_id, bindparam("ids", type_=IDS)))
DELETE_ENTRIES = delete(ENTRIES).where(any_of(ENTRIES.c.id, bindparam("ids", type_=IDS)))


async def delete_entries(connection: Connection, ids: Sequence[int], author: Author) -> None:
    """Remove entries with their approval statuses; their whole images stay in the log."""
    if not ids:
        return
    brief = len(ids) <= FEW
    last_id = await take_ids(connection, author.organization_id, len(ids))
    logged = log_values(last_id=last_id, kind=Kind.DELETED, actor_id=author.actor_id, at=author.at, ids=ids, step=1)
    await connection.fetch(LOG_BEFORE_DELETE, logged, brief=brief)
    await connection.fetch(DELETE_STATUSES, {"ids": list(ids)}, brief=brief)
    await connection.fetch(DELETE_ENTRIES, {"ids": list(ids)}, brief=brief)


TAKE_FROM_TASK = (
    update(TASKS)
    .values(remaining_time=TASKS.c.remaining_time - bindparam("minutes", type_=BigInteger()))
    .where(TASKS.c.id == bindparam("task_id", type_=BigInteger()))
)


async def work_on_tasks(connection: Connection, worked: Mapping[int, int]) -> None:
    """Take minutes from what remains of tasks, by task id; negative minutes are given back."""
    if worked:
        rows = [{"task_id": task_id, "minutes": minutes} for task_id, minutes in sorted(worked.items())]
        await connection.execute_many(TAKE_FROM_TASK, rows)


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
