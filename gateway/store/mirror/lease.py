"""The lease: one process at a time mirrors an organization. Its instants are the database's, so clocks may differ."""

from functools import lru_cache

from sqlalchemy import BigInteger, ColumnElement, Executable, Text, bindparam, delete, literal_column, or_, select

from gateway.store.databases.database import Connection
from gateway.store.databases.statements import insert_into
from gateway.store.schema.mirror import LEASES
from gateway.store.visibility import ORGANIZATION_ID

HELD_FOR = 30_000  # milliseconds

NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)",
}
HOLDER = bindparam("holder", type_=Text())
_OURS = (LEASES.c.organization_id == ORGANIZATION_ID, LEASES.c.holder == HOLDER)
GIVE_BACK = delete(LEASES).where(*_OURS)
OF_OTHERS = select(LEASES.c.holder).where(LEASES.c.organization_id == ORGANIZATION_ID)


class LeaseLost(Exception):
    """Another process mirrors the organization by now; nothing was written."""


def _now(dialect: str) -> ColumnElement[int]:
    return literal_column(NOW[dialect], BigInteger())


@lru_cache(maxsize=2)
def _take(dialect: str) -> Executable:
    until = _now(dialect) + HELD_FOR
    taken = insert_into(LEASES, dialect).values(organization_id=ORGANIZATION_ID, holder=HOLDER, expires_at=until)
    return taken.on_conflict_do_update(
        index_elements=[LEASES.c.organization_id],
        set_={"holder": taken.excluded.holder, "expires_at": taken.excluded.expires_at},
        where=or_(LEASES.c.holder == taken.excluded.holder, LEASES.c.expires_at <= _now(dialect)),
    ).returning(LEASES.c.holder)


@lru_cache(maxsize=2)
def _held(dialect: str) -> Executable:
    # The lock is kept until COMMIT: nobody takes the lease over in the middle of a write.
    held = select(LEASES.c.organization_id).where(*_OURS, LEASES.c.expires_at > _now(dialect))
    return held.with_for_update(read=True)


async def take_lease(connection: Connection, organization_id: int, holder: str) -> bool:
    """Take the lease, or renew it, for 30 s; tell whether it is ours now."""
    values = {"organization_id": organization_id, "holder": holder}
    return bool(await connection.fetch(_take(connection.dialect.name), values, brief=True))


async def require_lease(connection: Connection, organization_id: int, holder: str) -> None:
    """Make sure, within a write, that the lease is ours until it is committed.

    Raises:
        LeaseLost: it is not.
    """
    values = {"organization_id": organization_id, "holder": holder}
    if not await connection.fetch(_held(connection.dialect.name), values, brief=True):
        raise LeaseLost


async def give_back_lease(connection: Connection, organization_id: int, holder: str) -> None:
    """Let others have the lease at once."""
    await connection.fetch(GIVE_BACK, {"organization_id": organization_id, "holder": holder}, brief=True)


async def holder_of(connection: Connection, organization_id: int) -> str | None:
    """Return who has the lease, or had it last."""
    rows = await connection.fetch(OF_OTHERS, {"organization_id": organization_id})
    return rows[0][0] if rows else None
