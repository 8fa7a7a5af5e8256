"""The stores on PostgreSQL: one server in .bench/, started for a run, with a database for each number of entries."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import URL

from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.databases.statements import POSTGRESQL
from gateway.store.schema.creation import creation_statements
from tests.bench.store import FOLDER, filled, remembered, schema_of
from tests.support.harness.postgres import start_embedded

DATA = FOLDER / "postgresql"
# The default buffers are for a machine of long ago. Durability stays on. Vacuuming has its place between turns, and
# statistics stay as the load left them: those of another sample may turn a plan over.
SETTINGS = {"shared_buffers": "1GB", "jit": "off", "autovacuum": "off"}


class ServerConnection:
    def __init__(self, address: str, tables: str = "time_entries, time_entry_changes") -> None:
        self._tables = tables  # that are written
        self._loop = asyncio.Runner()
        self._connection: Any = self._loop.run(asyncpg.connect(address))

    def run(self, sql: str) -> list[Any]:
        rows: list[Any] = self._loop.run(self._connection.fetch(sql))
        return rows

    def settle(self) -> None:
        self.run(f"VACUUM {self._tables}")
        self.run("CHECKPOINT")

    def close(self) -> None:
        self._loop.run(self._connection.close())
        self._loop.close()


@dataclass(frozen=True, slots=True)
class ServerStore:
    """A database of the server."""

    address: URL
    token: str
    manager_token: str
    version: str
    database: str = "postgresql"
    has_log: bool = True

    @property
    def url(self) -> str:
        return self.address.render_as_string(hide_password=False)

    @property
    def driver_address(self) -> str:
        return dsn_of(self.address)

    def connect(self) -> ServerConnection:
        return ServerConnection(self.driver_address, *(() if self.has_log else ("time_entries",)))


@contextmanager
def server_store(entries: int) -> Iterator[ServerStore]:
    """Start the server and give the database of that many entries, made where there is none with today's tables."""
    FOLDER.mkdir(exist_ok=True)
    address, stop = _configured()
    try:
        admin = ServerConnection(dsn_of(address))
        version = str(admin.run("SHOW server_version")[0][0]).split()[0]
        name, note = f"entries_{entries}", FOLDER / f"{entries}-postgresql.json"
        schema = schema_of(creation_statements(POSTGRESQL))
        known = remembered(note, schema)
        if known is None:
            admin.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            admin.run(f"CREATE DATABASE {name} TEMPLATE template0")
            known = filled(address.set(database=name).render_as_string(hide_password=False), entries, note, schema)
        admin.close()
        yield ServerStore(address.set(database=name), known.token, known.manager_token, f"PostgreSQL {version}")
    finally:
        stop()


def _configured() -> tuple[Any, Any]:
    """Start the server, once more where it has not been set up yet."""
    is_new = not (DATA / "PG_VERSION").exists()
    address, stop = start_embedded(DATA)
    if not is_new:
        return address, stop
    admin = ServerConnection(dsn_of(address))
    for name, value in SETTINGS.items():
        admin.run(f"ALTER SYSTEM SET {name} = '{value}'")
    admin.close()
    stop()
    return start_embedded(DATA)
