"""Idempotency keys: what a mutation made under a client's key, kept for 24 hours, written in its transaction."""

from sqlalchemy import BigInteger, String, Text, bindparam, delete, insert, select, tuple_

from gateway.store.databases.database import Connection
from gateway.store.schema.own import IDEMPOTENCY_KEYS

KEPT_FOR = 24 * 60 * 60 * 1000  # milliseconds
MOST_FORGOTTEN = 100  # keys by one write, which makes one: so none waits for what a day has left

FIND = select(IDEMPOTENCY_KEYS.c.digest, IDEMPOTENCY_KEYS.c.time_entry_id).where(
    IDEMPOTENCY_KEYS.c.person_id == bindparam("person_id"),
    IDEMPOTENCY_KEYS.c.field == bindparam("field"),
    IDEMPOTENCY_KEYS.c.key == bindparam("key"),
    IDEMPOTENCY_KEYS.c.created_at > bindparam("oldest", type_=BigInteger()),
)
_IS_OLD = IDEMPOTENCY_KEYS.c.created_at <= bindparam("oldest", type_=BigInteger())
_NAME = (IDEMPOTENCY_KEYS.c.person_id, IDEMPOTENCY_KEYS.c.field, IDEMPOTENCY_KEYS.c.key)
_THIS = (
    IDEMPOTENCY_KEYS.c.person_id == bindparam("person_id", type_=BigInteger()),
    IDEMPOTENCY_KEYS.c.field == bindparam("field", type_=String()),
    IDEMPOTENCY_KEYS.c.key == bindparam("key", type_=Text()),
)
# Those that another write forgets at this moment are left to it.
_SOME = select(*_NAME).where(_IS_OLD).order_by(IDEMPOTENCY_KEYS.c.created_at).limit(MOST_FORGOTTEN)
_SOME_OLD = _SOME.with_for_update(skip_locked=True).subquery()
FORGET = delete(IDEMPOTENCY_KEYS).where(
    tuple_(*_NAME).in_(select(*_SOME_OLD.c).union_all(select(*_NAME).where(_IS_OLD, *_THIS)))
)
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
    await connection.fetch(FORGET, {"person_id": person_id, "field": field, "key": key, "oldest": now - KEPT_FOR})


async def remember_made(connection: Connection, *, now: int, **made: int | str) -> None:
    """Keep what was made under the key."""
    await connection.fetch(REMEMBER, {**made, "created_at": now}, brief=True)
