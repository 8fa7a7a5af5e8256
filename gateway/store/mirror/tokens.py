"""People's tokens for the mirrored account, as they are kept: encrypted texts by person."""

from functools import lru_cache

from sqlalchemy import BigInteger, Text, bindparam, delete, select
from sqlalchemy.sql.dml import Insert

from gateway.store.databases.database import Connection
from gateway.store.databases.statements import insert_into
from gateway.store.schema.mirror import UPSTREAM_TOKENS
from gateway.store.schema.tables import PEOPLE

_PERSON = bindparam("person", type_=BigInteger())
_IS_THERE = select(PEOPLE.c.id).where(PEOPLE.c.id == _PERSON)
_FIND = select(UPSTREAM_TOKENS.c.ciphertext).where(UPSTREAM_TOKENS.c.person_id == _PERSON)
_LIST = select(UPSTREAM_TOKENS.c.person_id, UPSTREAM_TOKENS.c.ciphertext).order_by(UPSTREAM_TOKENS.c.person_id)
_FORGET = delete(UPSTREAM_TOKENS).where(UPSTREAM_TOKENS.c.person_id == _PERSON).returning(UPSTREAM_TOKENS.c.person_id)


@lru_cache(maxsize=2)
def _keep(dialect: str) -> Insert:
    row = insert_into(UPSTREAM_TOKENS, dialect).values(
        person_id=_PERSON, ciphertext=bindparam("text", type_=Text()), created_at=bindparam("now", type_=BigInteger())
    )
    changed = {"ciphertext": row.excluded.ciphertext, "created_at": row.excluded.created_at}
    return row.on_conflict_do_update(index_elements=[UPSTREAM_TOKENS.c.person_id], set_=changed)


async def keep_ciphertext(connection: Connection, person_id: int, ciphertext: str, *, now: int) -> bool:
    """Keep what was encrypted for a person in place of what was kept before; False where there is no such person."""
    if not await connection.fetch(_IS_THERE, {"person": person_id}):
        return False
    values = {"person": person_id, "text": ciphertext, "now": now}
    await connection.execute_many(_keep(connection.dialect.name), [values])
    return True


async def find_ciphertext(connection: Connection, person_id: int) -> str | None:
    """Return what is kept for a person."""
    rows = await connection.fetch(_FIND, {"person": person_id})
    return str(rows[0][0]) if rows else None


async def list_ciphertexts(connection: Connection) -> list[tuple[int, str]]:
    """Return all that is kept, by person."""
    return [(person_id, ciphertext) for person_id, ciphertext in await connection.fetch(_LIST)]


async def forget_ciphertext(connection: Connection, person_id: int) -> bool:
    """Remove what is kept for a person; False where nothing is."""
    return bool(await connection.fetch(_FORGET, {"person": person_id}))
