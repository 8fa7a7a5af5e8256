"""Whether there is a store and whether it can answer."""

import asyncio
from pathlib import Path

from sqlalchemy import make_url, select

from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure, StoreUnavailable
from gateway.store.schema.own import ALEMBIC_VERSION
from gateway.store.schema.rows import SCHEMA_REVISION

_REVISION = select(ALEMBIC_VERSION.c.version_num)
ANSWER_TIMEOUT = 2.0  # seconds


def require_file(url: str) -> None:
    """Refuse a database file that is not there: opening it would make an empty one.

    Raises:
        StoreUnavailable: with a sentence that says how to make one.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise StoreUnavailable(
            f"There is no database at {address.database}; make one by `gateway seed`, `gateway import` or "
            "`gateway mirror`, or name another by GATEWAY_DATABASE_URL."
        )


async def why_not_ready(database: Database) -> str | None:
    """Ask the database for its schema; return a sentence that says what is wrong, or None when all is well."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT), database.look_up() as connection:
            rows = await connection.fetch(_REVISION)
    except TimeoutError:
        return "The database did not answer in time."
    except StoreFailure:
        return (
            "The database cannot be read, or has no tables of the gateway; `gateway doctor` says more, and "
            "`gateway migrate` makes the tables of an empty one."
        )
    return why_not_revision(str(rows[0][0]) if rows else None)


def why_not_revision(revision: str | None) -> str | None:
    """Say what to do about a store of this revision (None: emptied of its tables); None when it is the right one."""
    if revision == SCHEMA_REVISION:
        return None
    if revision is None:
        return "The database has no tables yet; run `gateway migrate`, or `gateway seed`."
    if revision < SCHEMA_REVISION:  # numbers with leading zeros
        return f"The database's schema is revision {revision}, older than {SCHEMA_REVISION}: run `gateway migrate`."
    return (
        f"The database's schema is revision {revision}, newer than {SCHEMA_REVISION}: a newer gateway made it. Install "
        "that version, or go back by its `gateway migrate --down --to`."
    )
