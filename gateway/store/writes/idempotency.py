"""Idempotency keys: what a mutation made under a client's key, kept for 24 hours, written in its transaction."""

from sqlalchemy import BigInteger, String, Text, bindparam, insert, select

from gateway.store.databases.database import Connection
from gateway.store.schema.own import IDEMPOTENCY_KEYS
from gateway.store.writes.expiring import KEPT_FOR, OLDEST, forget_expired

_THIS = (
    IDEMPOTENCY_KEYS.c.person_id == bindparam("person_id", type_=BigInteger()),
    IDEMPOTENCY_KEYS.c.field == bindparam("field", type_=String()),
    IDEMPOTENCY_KEYS.c.key == bindparam("key", type_=Text()),
)
FIND = select(IDEMPOTENCY_KEYS.c.digest, IDEMPOTENCY_KEYS.c.time_entry_id).where(
    *_THIS, IDEMPOTENCY_KEYS.c.created_at > OLDEST
)
FORGET = forget_expired(IDEMPOTENCY_KEYS, _THIS)
REMEMBER = insert(IDEMPOTENCY_KEYS).values(
    {name: bindparam(name) for name in ("person_id", "field", "key", "digest", "time_entry_id", "created_at")}
)


async def find_made(
    connection: Connection, *, person_id: int, field: str, key: str, now: int
) -> tuple[str, int] | None:
    """Return the digest of the arguments and the entry that were once sent and made under the key."""
    values = {"person_id": person_id, "field": field, "key": key, "oldest": now - KEPT_FOR}
    rows = await connection.fetch(FIND, values)
    return rows[0] if rows else None


async def forget_made(connection: Connection, *, person_id: int, field: str, key: str, now: int) -> None:
    """Forget a key and some others, if they are older than 24 hours: before the write holds what others wait for."""
    values = {"person_id": person_id, "field": field, "key": key, "oldest": now - KEPT_FOR}
    await connection.fetch(FORGET, values, brief=True)


async def remember_made(connection: Connection, *, now: int, **made: int | str) -> None:
    """Keep what was made under the key."""
    await connection.fetch(REMEMBER, {**made, "created_at": now}, brief=True)
