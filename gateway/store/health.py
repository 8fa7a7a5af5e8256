"""Whether the store can answer, for those who route requests."""

import asyncio

from sqlalchemy import select

from gateway.store.engine import Database
from gateway.store.failures import StoreFailure
from gateway.store.tables import SCHEMA_REVISION, AlembicVersionRow

_REVISION = select(AlembicVersionRow.__table__.c.version_num)  # type: ignore[attr-defined]  # SQLModel declares none
PATIENCE = 2.0  # seconds


async def why_not_ready(database: Database) -> str | None:
    """Ask the database for its schema; return a sentence that says what is wrong, or None when all is well."""
    try:
        async with asyncio.timeout(PATIENCE), database.read(snapshot=False) as connection:
            rows = await connection.fetch(_REVISION)
    except TimeoutError:
        return "The database did not answer in time."
    except StoreFailure:
        return "The database cannot be read."
    if rows != [(SCHEMA_REVISION,)]:
        return f"The database's schema is not revision {SCHEMA_REVISION}."
    return None
