"""What is PostgreSQL's own: a server that goes and comes, statements that take too long, callers that leave."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from gateway.store.databases.database import Database, address_of, open_database
from gateway.store.databases.failures import StatementTimeout, StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql import PostgreSQLDatabase
from gateway.store.databases.postgresql_pool import LONGEST_KEPT
from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.upkeep.health import why_not_ready
from tests.support.harness.lines import Line
from tests.support.harness.stores import empty_store_url
from tests.support.harness.waiting import TIMEOUT, eventually
from tests.support.worlds.office import entry, furnish, table_rows

pytestmark = pytest.mark.postgresql_only
SLOW = "SELECT pg_sleep(600)"  # longer than a test may take
RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND wait_event = 'PgSleep'"


async def is_slow(url: str) -> bool:
    """Tell whether the server runs the slow statement for somebody."""
    connection = await asyncpg.connect(dsn_of(address_of(url)))
    count: int = await connection.fetchval(f"{RUNNING} AND datname = current_database()", SLOW)
    await connection.close()
    return count > 0


async def opened(url: str, **options: Any) -> PostgreSQLDatabase:
    return await PostgreSQLDatabase.open(address_of(url), StoreOptions(**options))


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgreSQLDatabase]:
    database = await opened(url, statement_timeout_ms=1_000)
    yield database
    await database.close()


async def test_a_statement_that_takes_too_long_is_stopped_and_the_connection_serves_on(database):
    with pytest.raises(StatementTimeout):
        async with database.read(snapshot=False) as connection:
            await connection.execute(SLOW)
    with pytest.raises(StatementTimeout):
        await database.write(lambda connection: connection.execute(SLOW))

    assert await why_not_ready(database) is None


async def test_a_statement_ends_on_the_server_when_nobody_waits_for_it(url):
    database = await opened(url)
    waiting = asyncio.create_task(database.write(lambda connection: connection.execute(SLOW)))
    await eventually(lambda: is_slow(url))

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    async def has_ended() -> bool:
        return not await is_slow(url)

    await eventually(has_ended)
    await database.close()


async def test_what_was_written_before_a_caller_left_is_rolled_back(url):
    database = await opened(url)
    await furnish(database, entry(225))

    async def work(connection):
        await connection.execute("UPDATE time_entries SET time = 1")
        await connection.execute(SLOW)

    waiting = asyncio.create_task(database.write(work))
    await eventually(lambda: is_slow(url))
    waiting.cancel()
    await asyncio.wait([waiting])

    assert [row["time"] for row in await table_rows(database, TimeEntryRow)] == [480]
    await database.close()


async def test_readers_cannot_write(database):
    with pytest.raises(StoreUnavailable, match=r"read-only transaction"):
        async with database.read(snapshot=False) as connection:
            await connection.execute("DELETE FROM tokens")


async def test_a_statement_is_prepared_once_up_to_a_length(database):
    prepared = "SELECT length(statement) FROM pg_prepared_statements WHERE statement LIKE $1 ORDER BY 1"

    async with database.read(snapshot=False) as connection:
        for length in (LONGEST_KEPT - 1, LONGEST_KEPT, LONGEST_KEPT + 1):
            await connection.execute(f"SELECT 1 -- {'x' * length}"[:length])
        kept = await connection.execute(prepared, ["%xxx%"])

    assert [length for (length,) in kept] == [LONGEST_KEPT - 1, LONGEST_KEPT]


async def test_a_snapshot_sees_one_state(url):
    database = await opened(url)
    await furnish(database, entry(225))

    async with database.read(snapshot=True) as connection:
        before = await connection.execute("SELECT time FROM time_entries")
        await database.write(lambda writing: writing.execute("UPDATE time_entries SET time = 1"))
        after = await connection.execute("SELECT time FROM time_entries")

    assert before == after == [(480,)]
    await database.close()


async def test_a_write_that_another_one_was_in_the_way_of_is_done_again(url):
    database = await opened(url)
    await furnish(database, entry(1), entry(2))
    met = asyncio.Barrier(2)
    attempts = []

    def work(first: int, second: int):
        async def lock_both(connection):
            attempts.append(first)
            await connection.execute(f"UPDATE time_entries SET revision = revision + 1 WHERE id = {first}")
            if attempts.count(first) == 1:
                await met.wait()
            await connection.execute(f"UPDATE time_entries SET revision = revision + 1 WHERE id = {second}")

        return lock_both

    await asyncio.gather(database.write(work(1, 2)), database.write(work(2, 1)))

    assert [row["revision"] for row in await table_rows(database, TimeEntryRow)] == [3, 3]
    assert database.collisions > 0  # and more than one where the second try meets the same write again
    assert len(attempts) == 2 + database.collisions
    await database.close()


async def test_a_server_that_goes_away_is_reported_and_one_that_comes_back_is_used(url):
    line = Line(url)
    await line.mend()
    database = await opened(line.url)
    await furnish(database, entry(225))
    running = asyncio.create_task(database.write(lambda connection: connection.execute(SLOW)))
    await eventually(lambda: is_slow(url))

    await line.cut()

    with pytest.raises(StoreUnavailable):
        await running
    with pytest.raises(StoreUnavailable):
        await table_rows(database, TimeEntryRow)
    assert await why_not_ready(database) is not None

    await line.mend()

    assert [row["id"] for row in await table_rows(database, TimeEntryRow)] == [225]
    assert await why_not_ready(database) is None
    await database.close()
    await line.cut()


async def test_the_start_waits_for_a_server_that_is_not_there_yet(url):
    line = Line(url)
    await line.mend()
    await line.cut()
    opening = asyncio.create_task(opened(line.url, connect_timeout_ms=TIMEOUT * 1_000))
    await asyncio.sleep(0.3)  # at most so long it has tried in vain

    await line.mend()

    database = await opening
    assert await why_not_ready(database) is None
    await database.close()
    await line.cut()


async def test_a_server_that_stays_away_is_reported_in_a_sentence(url):
    line = Line(url)
    await line.mend()
    await line.cut()

    with pytest.raises(StoreUnavailable, match=r"at 127.0.0.1:\d+ cannot be reached: .* Is the server running\?"):
        await opened(line.url, connect_timeout_ms=100)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"database": "not_there"}, r"There is no database 'not_there' at .*; make it by `createdb`"),
        ({"username": "nobody_there", "password": "secret"}, r"refuses user 'nobody_there'"),
    ],
)
async def test_what_is_wrong_with_an_address_is_reported_without_the_password(url, changed, sentence):
    wrong = make_url(url).set(**changed).render_as_string(hide_password=False)

    with pytest.raises(StoreUnavailable, match=sentence) as raised:
        async with open_database(wrong):
            pass

    assert "secret" not in str(raised.value)


async def test_connections_carry_the_gateways_name_and_are_as_many_as_was_said(url):
    database = await PostgreSQLDatabase.open(
        address_of(url), StoreOptions(read_connections=2, write_connections=1, application_name="time gateway")
    )
    named = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'time gateway'"

    async def slow(connection) -> None:
        await connection.execute("SELECT pg_sleep(0.2)")

    async def read() -> None:
        async with database.read(snapshot=False) as connection:
            await slow(connection)

    busy = asyncio.gather(*(read() for _ in range(6)), *(database.write(slow) for _ in range(3)))
    other, counts = await asyncpg.connect(dsn_of(address_of(url))), set[int]()
    while not busy.done():
        counts.add(await other.fetchval(named))
    await other.close()
    await busy
    assert max(counts) == 3
    await database.close()


async def test_the_tables_of_another_program_are_left_alone(tmp_path, url):
    del url
    database = await opened(empty_store_url(tmp_path))
    await database.write(lambda one: one.execute("CREATE TABLE guests (id int)"))

    with pytest.raises(StoreUnavailable, match=r"holds the tables of another program \(guests"):
        await database.create_tables()

    await database.close()


LIMITED = f"gateway_limited_{os.getpid()}"  # of a server that processes of tests share


@pytest.fixture
async def limited(url: str) -> AsyncIterator[Callable[[int], Awaitable[str]]]:
    """Makes the address of the store for a role that may have so many connections."""
    owner = await asyncpg.connect(dsn_of(address_of(url)))

    async def address(limit: int) -> str:
        await owner.execute(f"CREATE ROLE {LIMITED} LOGIN CONNECTION LIMIT {limit}")
        await owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {LIMITED}")
        await owner.execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {LIMITED}")
        return make_url(url).set(username=LIMITED).render_as_string(hide_password=False)

    yield address
    await owner.execute(f"DROP OWNED BY {LIMITED}")
    await owner.execute(f"DROP ROLE {LIMITED}")
    await owner.close()


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_a_gateway_reads_and_writes_by_as_many_connections_as_it_gets(url, limited, limit):
    owner = await opened(url)
    await furnish(owner, entry(225))
    await owner.close()
    database = await opened(await limited(limit))

    async def read(snapshot: bool) -> int:
        async with database.read(snapshot=snapshot) as connection:
            await connection.execute("SELECT pg_sleep(0.01)")
            return len(await connection.execute("SELECT id FROM time_entries"))

    async def write() -> int:
        return len(
            await database.write(
                lambda connection: connection.execute("UPDATE time_entries SET time = time + 1 RETURNING id")
            )
        )

    works = [work for number in range(20) for work in (read(snapshot=bool(number % 2)), write())]
    assert await asyncio.gather(*works) == [1] * 40
    assert await why_not_ready(database) is None
    assert [row["time"] for row in await table_rows(database, TimeEntryRow)] == [500]
    await database.close()


async def test_a_gateway_that_gets_no_connection_is_reported_what_to_lower(limited):
    url = await limited(0)

    with pytest.raises(StoreUnavailable, match=r"has no connection left: .* Lower GATEWAY_READ_CONNECTIONS"):
        await opened(url, connect_timeout_ms=100)


async def count_of(database: Database) -> int:
    """Answer a read as an operation does."""

    async def work(connection: Any) -> int:
        return len(await connection.execute("SELECT id FROM time_entries"))

    return await database.answer(work, snapshot=False)


async def test_a_read_url_that_is_no_standby_leaves_reads_to_the_primary(url, caplog):
    database = await PostgreSQLDatabase.open(address_of(url), StoreOptions(read_url=url), address_of(url))
    await furnish(database, entry(225))

    found = [await count_of(database) for _ in range(3)]

    assert (found, database.replica_reads) == ([1, 1, 1], 0)
    assert [record.message for record in caplog.records] == [
        "the replica cannot be read, so the primary is: it is not a standby; GATEWAY_READ_URL has to name one"
    ]
    await database.close()


async def test_a_replica_that_is_not_there_leaves_reads_to_the_primary(url, caplog):
    gone = "postgresql+asyncpg://me:secret@127.0.0.1:1/office"
    async with open_database(url, StoreOptions(read_url=gone)) as database:
        await furnish(database, entry(225))

        found = [await count_of(database) for _ in range(3)]

    assert found == [1, 1, 1]
    [record] = caplog.records
    assert record.message.startswith(
        "the replica cannot be read, so the primary is: The database at 127.0.0.1:1 cannot"
    )
    assert "secret" not in caplog.text
