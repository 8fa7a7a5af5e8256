"""The gateway behind a pgbouncer in transaction mode, as it is configured by itself and without prepared statements.

`scripts/soak/pooler.py` starts a PostgreSQL and a pgbouncer of its own, and lets readers and writers work at once over
fewer sessions than there are connections; where there is no pgbouncer, it says so.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import URL, make_url  # noqa: E402

from gateway.store.databases.database import address_of, open_database  # noqa: E402
from gateway.store.databases.failures import StatementTimeout, StoreUnavailable  # noqa: E402
from gateway.store.databases.options import StoreOptions  # noqa: E402
from gateway.store.databases.postgresql import PostgreSQLDatabase  # noqa: E402
from gateway.store.databases.postgresql_start import greet  # noqa: E402
from gateway.store.schema.entries import TimeEntryRow  # noqa: E402
from gateway.store.upkeep.health import why_not_ready  # noqa: E402
from tests.support.harness.postgres import NoServer, Server  # noqa: E402
from tests.support.harness.waiting import TIMEOUT  # noqa: E402
from tests.support.worlds.office import entry, furnish, table_rows  # noqa: E402

IDLE = "idle_in_transaction_session_timeout, default_transaction_read_only"
CONFIGURATIONS = {
    "as it is": ("max_prepared_statements = 200", True),
    "without prepared statements": ("max_prepared_statements = 0", False),
    "ignoring the settings": ("ignore_startup_parameters = statement_timeout, jit, " + IDLE, True),
}
ROUNDS = 400
LEAVING = 100  # reads that nobody waits for
SESSIONS = 3


@contextmanager
def pgbouncer(program: str, server: URL, configuration: str) -> Iterator[str]:
    """Run a pooler before the server; yield the folder of its socket."""
    with tempfile.TemporaryDirectory(prefix="tegb") as folder:
        Path(folder).chmod(0o777)
        Path(str(server.query["host"])).chmod(0o711)  # the pooler is another user
        Path(folder, "users").write_text('"postgres" ""\n')
        Path(folder, "ini").write_text(
            f"[databases]\n* = host={server.query['host']}\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\n"
            f"auth_type = trust\nauth_file = {folder}/users\npool_mode = transaction\n"
            f"default_pool_size = {SESSIONS}\nlogfile = {folder}/log\n{configuration}\n"
        )
        as_user = [] if os.geteuid() else ["-u", "nobody"]  # it refuses to run as root
        running = subprocess.Popen([program, "-q", *as_user, f"{folder}/ini"])  # noqa: S603 - what was found above
        try:
            yield folder
        finally:
            running.terminate()
            running.wait()


def require(right: object, what: str) -> None:
    """End where something is not as it has to be."""
    if not right:
        raise SystemExit(f"FAILED: {what}")


async def work(url: str, *, keeps_prepared: bool) -> None:
    """Read and write at once, and look at what was written."""
    options = StoreOptions(statement_timeout_ms=TIMEOUT * 1_000, connect_timeout_ms=TIMEOUT * 1_000)
    server = await greet(address_of(url), options)
    require(server.is_pooled and server.keeps_prepared == keeps_prepared, "the pooler was taken for another")
    database = await PostgreSQLDatabase.open(address_of(url), options)
    try:
        require(await why_not_ready(database) is None, "the store is not ready")
        before = (await table_rows(database, TimeEntryRow))[0]["time"]

        async def read(number: int) -> None:
            async with database.read(snapshot=bool(number % 2)) as connection:
                rows = await connection.execute(f"SELECT id, {number % 7} FROM time_entries WHERE id = $1", (225,))
                require(rows == [(225, number % 7)], "a read got the rows of another")

        async def write() -> None:
            await database.write(lambda one: one.execute("UPDATE time_entries SET time = time + 1"))

        await asyncio.gather(*(one for number in range(ROUNDS) for one in (read(number), write())))
        require((await table_rows(database, TimeEntryRow))[0]["time"] == before + ROUNDS, "a write was lost")
        await require_refused(database, StoreUnavailable, "DELETE FROM tokens")
        await leave_at_random(database)
    finally:
        await database.close()
    database = await PostgreSQLDatabase.open(address_of(url), options.model_copy(update={"statement_timeout_ms": 500}))
    try:
        await require_refused(database, StatementTimeout, f"SELECT pg_sleep({TIMEOUT})")
    finally:
        await database.close()


async def leave_at_random(database: PostgreSQLDatabase) -> None:
    """Leave slow reads at random moments; what they had begun would keep the few sessions from others."""

    async def read(number: int) -> None:
        async with database.read(snapshot=bool(number % 2)) as connection:
            await connection.execute(f"SELECT pg_sleep({TIMEOUT}), {number}")

    for number in range(LEAVING):
        task = asyncio.create_task(read(number))
        await asyncio.wait([task], timeout=random.uniform(0, 0.01))  # noqa: S311 - within about what a short one takes
        task.cancel()
        await asyncio.wait([task])
        require(task.cancelled(), "a read that was left had an error")
        async with asyncio.timeout(TIMEOUT / 2), database.read(snapshot=False) as connection:
            require(await connection.execute("SELECT 1") == [(1,)], "a read got the rows of one that was left")


async def require_refused(database: PostgreSQLDatabase, error: type[Exception], text: str) -> None:
    """End where a statement is not refused by this error."""
    try:
        async with database.read(snapshot=False) as connection:
            await connection.execute(text)
    except error:
        return
    require(right=False, what=f"{text} was not refused")


def main() -> None:
    """Try each configuration."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        print("SKIPPED: there is no pgbouncer; apt-get install pgbouncer")
        return
    try:
        server = Server.find()
    except NoServer as error:
        print(f"SKIPPED: {error}")
        return
    try:
        url = server.database()
        asyncio.run(furnished(url))
        for name, (configuration, keeps_prepared) in CONFIGURATIONS.items():
            with pgbouncer(program, server.address, configuration) as folder:
                pooled = make_url(url).set(query={"host": folder, "port": "6432"}).render_as_string(hide_password=False)
                asyncio.run(work(pooled, keeps_prepared=keeps_prepared))
            done = f"{ROUNDS} reads and {ROUNDS} writes at once over {SESSIONS} sessions, none lost; {LEAVING} left"
            print(f"pgbouncer {name}: {done}")
    finally:
        server.close()


async def furnished(url: str) -> None:
    """Put something into the store."""
    async with open_database(url) as database:
        await furnish(database, entry(225))


if __name__ == "__main__":
    main()
