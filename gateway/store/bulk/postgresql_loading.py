"""Filling an empty PostgreSQL database: COPY into bare tables, then keys, indexes and sums, in one transaction."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
from sqlalchemy import URL

from gateway.store.bulk.batches import Batch, Encoding, StoreNotEmpty, as_it_is
from gateway.store.databases.emptiness import REVISIONS, TABLES, any_row
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql import LOCK_SCHEMA, PostgreSQLDatabase
from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.databases.sequences import NUMBERED, move_past
from gateway.store.databases.statements import POSTGRESQL, compile_statement
from gateway.store.schema.creation import closing_statements, foreign_key_statements, table_statements
from gateway.store.schema.rows import Row
from gateway.store.schema.stamps import FUNCTION

POSTGRESQL_ENCODING = Encoding(day=as_it_is, yes=True, no=False)
SETTINGS = {
    "application_name": "gateway load",
    "maintenance_work_mem": "256MB",  # an index of ten million rows is sorted in memory, not in a file
    # VACUUM marks no page as seen by everyone before the commit is on the disk, and a plan off an index alone then
    # looks up every row.
    "synchronous_commit": "on",
}


def fill_empty_postgresql(address: URL, batches: Callable[[Encoding], Iterable[Batch]]) -> None:
    """Make the tables, also where an empty store has them already, and load the batches, all or nothing.

    Raises:
        StoreNotEmpty: a table has rows, or the tables are another program's; nothing was changed.
        StoreUnavailable: the server cannot be reached or refuses.
    """
    with ThreadPoolExecutor(1) as thread:  # whoever calls may have a loop of their own
        thread.submit(asyncio.run, _fill(address, batches)).result()


async def _fill(address: URL, batches: Callable[[Encoding], Iterable[Batch]]) -> None:
    database = await PostgreSQLDatabase.open(address, StoreOptions())  # says why, where that is not possible
    await database.close()
    connection = await asyncpg.connect(dsn_of(address), server_settings=SETTINGS)
    try:
        async with connection.transaction():
            await connection.execute(LOCK_SCHEMA)
            await _make_bare_tables(connection, address)
            for batch in batches(POSTGRESQL_ENCODING):
                await connection.copy_records_to_table(batch.table, records=batch.rows, columns=batch.columns)
            for statement in (*foreign_key_statements(POSTGRESQL), *closing_statements(POSTGRESQL)):
                await connection.execute(statement)
            moving = compile_statement(move_past(tuple(NUMBERED)), POSTGRESQL, is_answer=False)
            await connection.fetch(moving.text, *moving.parameters({}))
        await connection.execute("VACUUM ANALYZE")  # the planner's numbers, and which pages everyone sees
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StoreUnavailable(f"The database {address.database!r} cannot be filled: {error}") from error
    finally:
        await connection.close()


async def _make_bare_tables(connection: Any, address: URL) -> None:  # noqa: ANN401 - asyncpg brings no types
    found = await connection.fetch(TABLES["postgresql"])
    present = {name for (name,) in found}
    ours = {table.name for table in Row.metadata.sorted_tables}
    for table in sorted(present - {REVISIONS}):
        if table not in ours or await connection.fetch(any_row(table)):
            raise StoreNotEmpty(f"The store {address.database!r} already has {table}; choose another database.")
    if present:
        await connection.execute(f"DROP TABLE {', '.join(sorted(present))}")
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
    made = f"(proname LIKE 'time\\_entry\\_%' OR proname = '{FUNCTION}')"
    for (function,) in await connection.fetch(f"{functions} AND {made}"):
        await connection.execute(f"DROP FUNCTION {function}")
    for statement in table_statements(POSTGRESQL, foreign_keys=False):
        await connection.execute(statement)
