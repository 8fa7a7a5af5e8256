"""Idempotency keys: what a mutation made under a client's key, kept for 24 hours, written in its transaction."""

from sqlalchemy import BigInteger, bindparam, delete, insert, select

from gateway.store.databases.database import Connection
from gateway.store.schema.own import IdempotencyKeyRow
from gateway.store.schema.tables import table_of

KEYS = table_of(IdempotencyKeyRow)
KEPT_FOR = 24 * 60 * 60 * 1000  # milliseconds

FIND = select(KEYS.c.digest, KEYS.c.time_entry_id).where(
    KEYS.c.person_id == bindparam("person_id"),
    KEYS.c.field == bindparam("field"),
    KEYS.c.key == bindparam("key"),
    KEYS.c.created_at > bindparam("oldest", type_=BigInteger()),
)
FORGET = delete(KEYS).where(KEYS.c.created_at <= bindparam("oldest", type_=BigInteger()))
REMEMBER = insert(KEYS).values(
    {name: bindparam(name) for name in ("person_id", "field", "key", "digest", "time_entry_id", "created_at")}
)


async def find_made(
    connection: Connection, *, person_id: int, field: str, key: str, now: int
) -> tuple[str, int] | None:
    """Return the digest of the arguments and the entry that were once sent and made under the key."""
    values = {"person_id": person_id, "field": field, "key": key, "oldest": now - KEPT_FOR}
    rows = await connection.fetch(FIND, values)
    return rows[0] if rows else None


async def forget_made(connection: Connection, *, now: int) -> None:
    """Forget what is older than 24 hours: before the write holds what others wait for."""
    await connection.fetch(FORGET, {"oldest": now - KEPT_FOR})


async def remember_made(connection: Connection, *, now: int, **made: int | str) -> None:
    """Keep what was made under the key."""
    await connection.fetch(REMEMBER, {**made, "created_at": now}, brief=True)
