"""Writes that were sent to the mirrored account under a key: what became of them, kept as long as keys are."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Select, String, Text, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from gateway.querying.dialects import any_of
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import insert_into
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.mirror import DONE, FORWARDED, SENT
from gateway.store.writes.changes import IDS
from gateway.store.writes.expiring import KEPT_FOR, forget_expired


@dataclass(frozen=True, slots=True)
class Named:
    """Which write: a person's, of a mutation's field, under a key."""

    organization_id: int
    person_id: int
    field: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A row of `forwarded_writes`."""

    digest: str
    state: str
    attempt: int
    time_entry_id: int | None
    document: str | None


_OF_KEY = (
    FORWARDED.c.person_id == bindparam("person", type_=BigInteger()),
    FORWARDED.c.field == bindparam("of_field", type_=String()),
    FORWARDED.c.key_hash == bindparam("hash", type_=String()),
)
_FIND = select(
    FORWARDED.c.digest, FORWARDED.c.state, FORWARDED.c.attempt, FORWARDED.c.time_entry_id, FORWARDED.c.document
).where(*_OF_KEY)
_FORGET = forget_expired(FORWARDED, _OF_KEY)
_SEND_AGAIN = (
    update(FORWARDED)
    .where(*_OF_KEY, FORWARDED.c.attempt == bindparam("before"))
    .values(state=SENT, attempt=bindparam("before") + 1, document=bindparam("sent", type_=Text()))
    .returning(FORWARDED.c.id)
)
_SETTLE = (
    update(FORWARDED)
    .where(*_OF_KEY, FORWARDED.c.state != DONE)
    .values(state=bindparam("new_state", type_=String()), time_entry_id=bindparam("entry", type_=BigInteger()))
    .returning(FORWARDED.c.id)
)
NEWEST: Select[tuple[int]] = select(func.max(CHANGES.c.id)).where(
    CHANGES.c.organization_id == bindparam("organization", type_=BigInteger()),
    any_of(CHANGES.c.time_entry_id, bindparam("ids", type_=IDS)),
    CHANGES.c.id > bindparam("fence", type_=BigInteger()),
)


def _claim(dialect: str) -> ReturningInsert[tuple[int]]:
    row = insert_into(FORWARDED, dialect).values(
        organization_id=bindparam("organization", type_=BigInteger()),
        person_id=bindparam("person", type_=BigInteger()),
        field=bindparam("of_field", type_=String()),
        key_hash=bindparam("hash", type_=String()),
        digest=bindparam("digest", type_=String()),
        state=SENT,
        attempt=1,
        document=bindparam("sent", type_=Text()),
        created_at=bindparam("now", type_=BigInteger()),
    )
    return row.on_conflict_do_nothing().returning(FORWARDED.c.id)


_CLAIMS = {dialect: _claim(dialect) for dialect in ("postgresql", "sqlite")}


def _values(named: Named) -> dict[str, object]:
    return {"person": named.person_id, "of_field": named.field, "hash": named.key_hash}


async def claim(connection: Connection, named: Named, *, digest: str, document: str, now: int) -> Forwarded | None:
    """Note that a write is about to be sent; return what is noted already where it was sent before."""
    await connection.fetch(_FORGET, {**_values(named), "oldest": now - KEPT_FOR})
    values = {**_values(named), "organization": named.organization_id, "digest": digest, "sent": document, "now": now}
    if await connection.fetch(_CLAIMS[connection.dialect.name], values):
        return None
    return await find_forwarded(connection, named)


async def find_forwarded(connection: Connection, named: Named) -> Forwarded | None:
    """Return what is noted of a write."""
    rows = await connection.fetch(_FIND, _values(named))
    return Forwarded(*rows[0]) if rows else None


async def claim_again(connection: Connection, named: Named, *, attempt: int, document: str) -> bool:
    """Note that a write is sent once more, after so many attempts; False where somebody else was quicker."""
    return bool(await connection.fetch(_SEND_AGAIN, {**_values(named), "before": attempt, "sent": document}))


async def settle(connection: Connection, named: Named, state: str, entry_id: int | None = None) -> bool:
    """Note what became of a write; False where it is known to be done already."""
    return bool(await connection.fetch(_SETTLE, {**_values(named), "new_state": state, "entry": entry_id}))


async def newest_change(connection: Connection, organization_id: int, ids: list[int], since: int) -> int | None:
    """Return the number of the newest change of some entries after a fence; None where there is none."""
    [(found,)] = await connection.fetch(NEWEST, {"organization": organization_id, "ids": ids, "fence": since})
    return None if found is None else int(found)
