"""Connections that read are shared: nobody takes all of them, and what is short waits for nothing that is long."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.store.databases.database import Database, open_database
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.usage import LONG_STEP_NS, Usage, current_usage
from gateway.store.tokens import Credentials, create_token
from gateway.store.upkeep.health import why_not_ready
from tests.support.harness.stores import store_url
from tests.support.worlds.office import ADMIN, NOW, furnish

COUNT = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {}) SELECT count(*) FROM n"
ENDLESS = {"sqlite": COUNT.format(10**12), "postgresql": "SELECT 1 FROM pg_sleep(600)"}
LONG = {"sqlite": COUNT.format(300_000), "postgresql": "SELECT 300000 FROM pg_sleep(0.3)"}
READERS = 4
TIMEOUT_MS = 600_000


@pytest.fixture
async def shared(tmp_path) -> AsyncIterator[Database]:
    """A database of four connections for reads of any length, and one for short ones."""
    options = StoreOptions(read_connections=READERS + 1, statement_timeout_ms=TIMEOUT_MS)
    async with open_database(store_url(tmp_path), options) as opened:
        yield opened


class Crowd:
    """Long reads by tokens: which of them hold a connection, in the order in which they got it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.holding: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, *tokens: int, holding: int) -> None:
        """Begin a long read by each token, and go on once so many hold a connection."""
        self.tasks += [asyncio.create_task(self._read(token)) for token in tokens]
        await self.until(holding)

    async def until(self, holding: int) -> None:
        """Wait until so many got a connection, one after the other."""
        while len(self.holding) < holding:  # noqa: ASYNC110 - the server's
            await asyncio.sleep(0.001)

    async def _read(self, token: int) -> None:
        current_usage.set(Usage(token_id=token))
        async with self._database.read(snapshot=False) as connection:
            self.holding.append(token)
            await connection.execute(ENDLESS[self._database.dialect.name])  # type: ignore[attr-defined]

    async def leave(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def crowd(database: Database) -> AsyncIterator[Crowd]:
    made = Crowd(database)
    try:
        yield made
    finally:
        for task in made.tasks:  # at once, so that no turn is handed on to a statement that has not begun
            task.cancel()
        if made.tasks:
            await asyncio.wait(made.tasks)


async def asked_by(token: int, database: Database, text: str, is_begun: asyncio.Event | None = None) -> tuple[Any, int]:
    """Answer a read as an operation does; return its row, and how often it was begun."""
    begun = 0

    async def work(connection: Any) -> Any:
        nonlocal begun
        begun += 1
        if is_begun is not None:
            is_begun.set()
        return await connection.execute(text)

    async def run() -> Any:
        current_usage.set(Usage(token_id=token))
        return await database.answer(work, snapshot=True)

    [row] = await asyncio.create_task(run())
    return tuple(row), begun


async def test_one_token_leaves_a_connection_to_others(shared):
    async with crowd(shared) as crowded:
        await crowded.ask(1, 1, 1, 1, 1, holding=3)
        held = [*crowded.holding]
        found = await asked_by(2, shared, "SELECT 7")

    assert held == [1, 1, 1]
    assert found == ((7,), 1)


async def test_tokens_get_their_turns_one_after_the_other(shared):
    async with crowd(shared) as crowded:
        await crowded.ask(1, 1, 2, 2, 3, 3, 3, 4, holding=4)
        for held, task in enumerate(crowded.tasks[:4], start=5):
            await crowded.leave(task)
            await crowded.until(held)
        order = [*crowded.holding]

    assert sorted(order[:4]) == [1, 1, 2, 2]
    assert order[4:] == [3, 4, 3, 3]


async def test_readiness_and_tokens_are_answered_while_all_connections_are_held(shared):
    await furnish(shared)
    token = await shared.write(lambda connection: create_token(connection, person_id=ADMIN, name="a", now=NOW))
    credentials = Credentials(shared, clock=lambda: NOW)
    async with crowd(shared) as crowded:
        await crowded.ask(1, 1, 1, 2, 3, holding=4)
        ready = await why_not_ready(shared)
        credential = await credentials.find(token)
        held = [*crowded.holding]
    await credentials.close()

    assert sorted(held) == [1, 1, 1, 2]
    assert ready is None
    assert credential is not None
    assert credential.viewer.person_id == ADMIN


async def test_a_short_read_is_answered_while_long_ones_hold_all_connections(shared):
    async with crowd(shared) as crowded:
        await crowded.ask(1, 1, 1, 2, holding=4)
        found = [await asked_by(token, shared, "SELECT 7") for token in (1, 2, 3)]

    assert sorted(crowded.holding) == [1, 1, 1, 2]
    assert found == [((7,), 1)] * 3


async def test_a_read_that_turns_out_long_begins_again_among_the_long_ones(shared, monkeypatch):
    is_begun = asyncio.Event()
    async with crowd(shared) as crowded:
        await crowded.ask(1, 1, 1, 2, holding=4)
        with monkeypatch.context() as patch:
            patch.setattr("gateway.store.databases.postgresql.SHORT", 0.1)
            long = asyncio.create_task(asked_by(3, shared, LONG[shared.dialect.name], is_begun))
            await is_begun.wait()
        # However busy the machine is, this is not taken for a long one, which would wait for one of the four.
        short, _ = await asked_by(4, shared, "SELECT 7")
        await crowded.leave(crowded.tasks[0])
        found = await long

    assert short == (7,)
    assert found == ((300_000,), 2)


@pytest.mark.sqlite_only  # PostgreSQL is waited for with each statement
@pytest.mark.parametrize(("ran_for", "others_came_between"), [(0, False), (2 * LONG_STEP_NS, True)])
async def test_short_statements_one_after_the_other_leave_others_their_turn(shared, ran_for, others_came_between):
    events: list[str] = []

    async def another() -> None:
        events.append("another")

    async def statements(connection: Any) -> None:
        usage = current_usage.get()
        assert usage is not None
        usage.step_began = time.thread_time_ns() - ran_for
        task = asyncio.create_task(another())
        await connection.execute("SELECT 1")
        events.append("statement")
        await task

    token = current_usage.set(Usage())
    try:
        await shared.answer(statements, snapshot=False)
    finally:
        current_usage.reset(token)

    assert events == (["another", "statement"] if others_came_between else ["statement", "another"])


@pytest.mark.sqlite_only
async def test_a_connection_is_given_back_once_its_thread_has_ended_also_to_one_cancelled_again(shared):
    stopped: list[int] = []
    found: list[object] = []
    is_running = asyncio.Event()

    async def read() -> None:
        async with shared.read(snapshot=False) as connection:
            threaded = connection._threaded  # noqa: SLF001 - its thread
            interrupt, in_thread = threaded.interrupt, threaded.read

            def read_in_thread(*given: object) -> Any:
                is_running.set()
                return in_thread(*given)

            async def interrupt_late() -> None:
                stopped.append(len(stopped))
                if len(stopped) <= 3:
                    asyncio.get_running_loop().call_soon(reading.cancel)
                else:
                    await interrupt()

            threaded.interrupt, threaded.read = interrupt_late, read_in_thread
            try:
                await connection.execute(ENDLESS["sqlite"])
            finally:
                threaded.interrupt, threaded.read = interrupt, in_thread
                found.append(await connection.execute("SELECT 7"))

    reading = asyncio.create_task(read())
    await is_running.wait()
    reading.cancel()
    await asyncio.wait([reading])

    assert reading.cancelled()
    assert len(stopped) > 3
    assert found == [[(7,)]]
