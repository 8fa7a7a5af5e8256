"""Whoever leaves, at whatever moment, leaves nothing running on PostgreSQL, and no connection amid a transaction."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from gateway.store.databases.database import address_of
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql import PostgreSQLDatabase
from gateway.store.databases.postgresql_pool import GRACE
from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.schema.entries import TimeEntryRow
from tests.support.harness.lines import Line
from tests.support.harness.serving import listening, serving
from tests.support.harness.stores import stores
from tests.support.harness.waiting import eventually, put_forward
from tests.support.worlds.office import entry, furnish, table_rows

pytestmark = pytest.mark.postgresql_only
NAME = "callers that leave"
SETTINGS: dict[str, Any] = {"application_name": NAME, "statement_timeout_ms": 600_000}  # longer than a test takes
OPTIONS = StoreOptions(read_connections=4, **SETTINGS)
SLOW = "SELECT pg_sleep(600)"
STATES = "SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
CALLERS, ROUNDS, LATEST = 8, 25, 0.004  # seconds until a caller has left: as long as a short read takes
CLIENTS, LATEST_OF_CLIENTS = 40, 0.1  # seconds: twice what passes until the gateway looks whether they are there
GONE = re.compile(rb'gateway_operation_seconds_count{kind="\w+",result="gone"} (\S+)')
LISTED = b'{"query": "{ timeEntries(first: 1) { totalCount nodes { id } } }"}'


@asynccontextmanager
async def late(url: str) -> AsyncIterator[tuple[Line, PostgreSQLDatabase]]:
    """A line, and a database behind it."""
    line = Line(url)
    await line.mend()
    database = await PostgreSQLDatabase.open(address_of(line.url), OPTIONS)
    yield line, database
    await database.close()
    await line.cut()


async def left(line: Line, read: Awaitable[Any]) -> asyncio.Future[Any]:
    """Leave after all has been said, of which the server has heard nothing but that it should cancel."""
    line.hold()
    before, ended = line.kept, line.ended
    task = asyncio.ensure_future(read)
    await eventually(lambda: line.kept > before)
    task.cancel()
    await eventually(lambda: line.ended > ended)
    return task


async def leave(line: Line, read: Awaitable[Any]) -> None:
    """Leave likewise, and let the server hear the rest."""
    task = await left(line, read)
    line.release()
    await asyncio.wait([task])
    assert task.cancelled()


async def states(url: str) -> set[str]:
    """Return what the gateway's connections are doing."""
    connection = await asyncpg.connect(dsn_of(address_of(url)))
    found = await connection.fetch(STATES, NAME)
    await connection.close()
    return {state for (state,) in found}


def reading(database: PostgreSQLDatabase, text: str, *, snapshot: bool) -> Awaitable[Any]:
    async def read() -> Any:
        async with database.read(snapshot=snapshot) as connection:
            return await connection.execute(text)

    return read()


async def test_a_statement_that_comes_to_the_server_after_its_caller_left_is_stopped(url):
    async with late(url) as (line, database):
        prepared = "SELECT pg_sleep(600 * (SELECT count(*) FROM time_entries))"
        assert len(await reading(database, prepared, snapshot=False)) == 1
        await furnish(database, entry(225))

        await leave(line, reading(database, prepared, snapshot=False))

        assert await reading(database, "SELECT 1", snapshot=False) == [(1,)]  # by the same connection
        assert await states(url) == {"idle"}


async def test_a_caller_that_left_a_snapshot_before_it_began_leaves_no_old_state_to_others(url):
    async with late(url) as (line, database):
        await furnish(database, entry(225))
        await table_rows(database, TimeEntryRow)

        await leave(line, reading(database, "SELECT 1", snapshot=True))

        before = await table_rows(database, TimeEntryRow)
        await database.write(lambda connection: connection.execute("UPDATE time_entries SET time = 1"))
        after = await table_rows(database, TimeEntryRow)
        assert [[row["time"] for row in rows] for rows in (before, after)] == [[480], [1]]
        assert await states(url) == {"idle"}


async def test_a_connection_on_which_the_server_ends_nothing_in_time_is_not_waited_for(url):
    async with late(url) as (line, database):
        assert await reading(database, "SELECT 1", snapshot=False) == [(1,)]

        task = await left(line, reading(database, SLOW, snapshot=False))
        put_forward(SETTINGS["statement_timeout_ms"] / 1000 + GRACE + 1)
        await asyncio.wait([task])

        assert task.cancelled()
        assert await reading(database, "SELECT 2", snapshot=False) == [(2,)]  # by another connection
        line.release()


async def test_callers_that_leave_at_random_moments_leave_nothing_to_others(url):
    moments = random.Random(1)
    database = await PostgreSQLDatabase.open(address_of(url), OPTIONS)
    await furnish(database, entry(225))

    def works(number: int) -> list[Callable[[], Awaitable[Any]]]:
        """Return texts that are prepared anew each round, and longer than a line sends at once."""
        text = f"SELECT pg_sleep(600), {number}, '{'x' * 20_000}'"
        return [
            lambda: reading(database, text, snapshot=False),
            lambda: reading(database, text, snapshot=True),
            lambda: reading(database, "SELECT 1", snapshot=True),
            lambda: database.write(lambda connection: connection.execute("UPDATE time_entries SET time = 1")),
        ]

    for number in range(ROUNDS):
        tasks = [asyncio.ensure_future(work()) for work in works(number) * (CALLERS // 4)]
        for task in tasks:
            asyncio.get_running_loop().call_later(moments.uniform(0, LATEST), task.cancel)
        await asyncio.wait(tasks)
        assert [error for task in tasks if not task.cancelled() and (error := task.exception())] == []

    assert await states(url) == {"idle"}
    await database.close()


async def test_clients_that_leave_within_a_heavy_read_leave_nothing_running(tmp_path):
    moments = random.Random(2)
    async with serving(tmp_path, **SETTINGS) as served, listening(served.app) as address:
        url = stores.made[-1]
        host, port = address.removeprefix("http://").split(":")
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: {served.bearer()['authorization']}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(LISTED)}\r\n\r\n"

        async def ask_and_leave() -> None:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode() + LISTED)
            await asyncio.sleep(moments.uniform(0, LATEST_OF_CLIENTS))
            writer.close()

        async def is_quiet() -> bool:
            return await states(url) == {"idle"}

        exposition = served.app.pipeline.observer.exposition
        other = await asyncpg.connect(dsn_of(address_of(url)))
        async with other.transaction():
            await other.execute("LOCK TABLE time_entries")  # so that reads take as long as the test likes
            await asyncio.gather(*(ask_and_leave() for _ in range(CLIENTS)))
            await eventually(lambda: sum(map(float, GONE.findall(exposition()))) == CLIENTS)
            await eventually(is_quiet)
        await other.close()

        answer = await served.post("{ timeEntries { totalCount } }")

    assert answer.json()["data"] == {"timeEntries": {"totalCount": 0}}
