"""Locks that the rules of a write need on PostgreSQL, where other writes go on meanwhile.

Everywhere in this order, so that no two wait for each other: expired idempotency keys, people, entries by id,
tasks by id, the change counter of the organization, and what triggers keep. What a person has once (a running
timer, a day's timesheet) is decided under the lock of that person. SQLite has one writer and needs none of it.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Executable, bindparam, select

from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import PEOPLE, TASKS

PERSON = select(PEOPLE.c.id).where(PEOPLE.c.id == bindparam("person_id", type_=BigInteger()))
PERSON_OF_ENTRY = select(PEOPLE.c.id).where(
    PEOPLE.c.id == ENTRIES.c.person_id, ENTRIES.c.id == bindparam("entry_id", type_=BigInteger())
)
_THESE = bindparam("ids", type_=ListOf(BigInteger()))
LOCK_PEOPLE = (
    select(PEOPLE.c.id).where(any_of(PEOPLE.c.id, _THESE)).order_by(PEOPLE.c.id).with_for_update(key_share=True)
)
LOCK_ENTRIES = select(ENTRIES.c.id).where(any_of(ENTRIES.c.id, _THESE)).order_by(ENTRIES.c.id).with_for_update()
TASKS_OF_ENTRIES = (
    select(TASKS.c.id)
    .where(TASKS.c.id.in_(select(ENTRIES.c.task_id).where(any_of(ENTRIES.c.id, _THESE))))
    .order_by(TASKS.c.id)
)
# Weaker than FOR UPDATE: new entries that refer to the person or the task need not wait.
LOCK_PERSON = PERSON.with_for_update(key_share=True)
LOCK_PERSON_OF_ENTRY = PERSON_OF_ENTRY.with_for_update(key_share=True, of=PEOPLE)
LOCK_TASKS_OF_ENTRIES = TASKS_OF_ENTRIES.with_for_update(key_share=True)


async def lock_person(connection: Connection, person_id: int) -> None:
    """Let nobody else decide about the person's timers and days until this write is over."""
    await _lock(connection, LOCK_PERSON, person_id=person_id)


async def lock_person_of_entry(connection: Connection, entry_id: int) -> None:
    """Lock the person of an entry, before the entry itself."""
    await _lock(connection, LOCK_PERSON_OF_ENTRY, entry_id=entry_id)


async def lock_people(connection: Connection, person_ids: Iterable[int]) -> None:
    """Lock several people, in order."""
    await _lock(connection, LOCK_PEOPLE, ids=list(person_ids))


async def lock_entries(connection: Connection, ids: Iterable[int]) -> None:
    """Lock entries as they are, in order, whoever sees them."""
    await _lock(connection, LOCK_ENTRIES, ids=list(ids))


async def lock_tasks_of_entries(connection: Connection, ids: Sequence[int]) -> None:
    """Lock the tasks that entries were tracked on, in order."""
    await _lock(connection, LOCK_TASKS_OF_ENTRIES, ids=list(ids))


async def _lock(connection: Connection, statement: Executable, **values: object) -> None:
    if connection.dialect.name == "postgresql":
        await connection.fetch(statement, values)
