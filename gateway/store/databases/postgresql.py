"""PostgreSQL through asyncpg: a pool that only reads, a pool that writes, and a transaction for each unit of work.

Writes run at READ COMMITTED: what a rule looks at is locked row by row in the order of ids, so that bulks do
not wait for each other in a circle, and what two of them still collide over is done again from its beginning.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import URL, Dialect, Executable

from gateway.querying.sizes import Texts
from gateway.querying.slices import cut
from gateway.store.databases.commits import Commits
from gateway.store.databases.emptiness import TABLES, has_store
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql_failures import Collision, translated_errors
from gateway.store.databases.postgresql_pool import Connections, NoConnectionLeft
from gateway.store.databases.postgresql_replica import LONG_REST, Replica
from gateway.store.databases.postgresql_start import FIRST_PAUSE, LONGEST_PAUSE, Server, greet, patiently
from gateway.store.databases.statements import POSTGRESQL, Row, Statement, compiled
from gateway.store.databases.turns import BeginAgain, Turns
from gateway.store.databases.usage import caller, current_answer, current_usage, note_time
from gateway.store.schema.creation import creation_statements

T = TypeVar("T")
ATTEMPTS = 8  # of a unit of work that collides with others
BUSY_LOOK_SECONDS, LOOK_SECONDS = 0.01, 0.04  # between two looks at what other processes committed
SHORT = 0.1  # seconds that a statement may take on the connection of short reads
FEWEST_TO_PART = 3  # read connections, of which one is kept for short reads
LOCK_SCHEMA = f"SELECT pg_advisory_xact_lock({0x6761_7465})"  # who creates or migrates tables, does so alone


class PostgreSQLConnection:
    """A borrowed connection, within one transaction or none."""

    def __init__(
        self,
        raw: Any,  # noqa: ANN401 - the pool's proxy is untyped
        database: "PostgreSQLDatabase",
        *,
        is_quick: bool = False,
    ) -> None:
        self.raw = raw
        self._database = database
        self._is_quick = is_quick

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's, for those who keep compiled statements themselves."""
        return POSTGRESQL

    async def fetch(
        self, statement: Executable, values: Mapping[str, Any] | None = None, *, brief: bool = False
    ) -> list[Row]:
        """Run a Core statement and return its rows with Python's values."""
        del brief  # the server runs them all
        made = compiled(statement, POSTGRESQL)
        return made.read(await self.run(made, values or {}))

    async def run(self, statement: Statement, values: Mapping[str, Any], *, brief: bool = False) -> list[Row]:
        """Run a compiled statement and return the driver's own values: dates, booleans, Decimal for sums."""
        del brief
        rows = await self.execute(statement.text, statement.parameters(values), names=statement.names)
        if statement.size is not None and statement.is_answer:
            await _check(rows, statement.size)
        return rows

    async def execute_many(
        self, statement: Executable, rows: Sequence[Mapping[str, Any]], *, brief: bool = False
    ) -> None:
        """Run a Core statement once for each of the rows."""
        del brief  # the server runs them all
        made = compiled(statement, POSTGRESQL)
        self._database.statements += 1
        with translated_errors():
            await self.raw.executemany(made.text, [made.parameters(row) for row in rows])

    async def execute(self, text: str, parameters: Sequence[Any] = (), *, names: Sequence[str] = ()) -> list[Row]:
        """Run SQL as written; listeners get the names of its parameters.

        A record of asyncpg is as good as a tuple: equal, sliced, unpacked like one.
        """
        self._database.statements += 1
        usage, since = current_usage.get(), time.perf_counter_ns()
        began = time.time_ns() if usage is not None and usage.listeners else 0
        try:
            with translated_errors():
                rows = cast(
                    "list[Row]", await (self._fetch_quickly if self._is_quick else self.raw.fetch)(text, *parameters)
                )
        finally:
            note_time(time.perf_counter_ns() - since)
        if usage is not None:
            usage.note_statement(len(rows), text, names, parameters, began)
        return rows

    async def _fetch_quickly(self, text: str, *parameters: Any) -> Any:  # noqa: ANN401 - the driver's records
        try:
            return await self.raw.fetch(text, *parameters, timeout=SHORT)
        except TimeoutError:
            raise BeginAgain from None


async def _check(rows: Sequence[Row], texts: Texts) -> None:
    """Count the bytes of rows that were read.

    Raises:
        AnswerTooLong: they are more than the answer that is being made may have.
    """
    answer, read = current_answer(), 0
    for part in cut(rows, texts):
        read += texts.bytes(part.rows, part.characters, exactly=part.is_heavy)
        answer.check(read)
        if part.is_heavy:
            await asyncio.sleep(0)


class Shares:
    """The turns at connections that read: for reads of any length, and one for short ones where there are enough."""

    def __init__(self, connections: int) -> None:
        short = int(connections >= FEWEST_TO_PART)
        self.long, self.short = Turns(connections - short), Turns(short)


class PostgreSQLDatabase:
    """A database on a PostgreSQL server."""

    dialect: Dialect = POSTGRESQL

    def __init__(self, address: URL, options: StoreOptions, server: Server, replica: URL | None) -> None:
        self._address, self._options = address, options
        self.statements = 0
        self.collisions = 0
        self._listeners: set[Callable[[], None]] = set()  # of commits
        self._aside, self._writing = Turns(1), Turns(options.write_connections)
        self._shares = Shares(options.read_connections)
        self._readers = Connections(address, options, server, read_only=True)
        self._writers = Connections(address, options, server, read_only=False)
        self._replica = Replica(replica, options, self._look_at) if replica is not None else None
        self._replica_shares = Shares(options.read_connections)
        self.replica_reads = 0

    @classmethod
    async def open(cls, address: URL, options: StoreOptions, replica: URL | None = None) -> "PostgreSQLDatabase":
        """Connect, trying again with growing pauses while the server is not there yet, or full.

        A replica is connected with when it is first read from, and read from while it can be.

        Raises:
            StoreUnavailable: with a sentence that says why there is no connection, and what to do.
        """
        database = cls(address, options, await greet(address, options), replica)
        # Writes have a connection before reads take what there is.
        await patiently(address, options, database._writers.connect_once)
        return database

    def read(self, *, snapshot: bool) -> AbstractAsyncContextManager[PostgreSQLConnection]:
        """Borrow a connection that reads the primary; waits for a turn while all are busy."""
        return self._reading(self._shares.long, snapshot=snapshot)

    def look_up(self) -> AbstractAsyncContextManager[PostgreSQLConnection]:
        """Borrow the connection that is kept for look-ups, of the primary."""
        return self._reading(self._aside, snapshot=False)

    @asynccontextmanager
    async def walk(self) -> AsyncIterator[PostgreSQLConnection]:
        """Open a connection to the primary for one snapshot."""
        async with self._readers.opened() as raw, self._readers.reading(raw, snapshot=True):
            connection = PostgreSQLConnection(raw, self)
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits for its reader
            yield connection

    async def _look_at(self, text: str) -> Any:  # noqa: ANN401 - a value of the driver's
        async with self.look_up() as connection:
            [(value,)] = await connection.execute(text)
        return value

    async def answer(self, work: Callable[[PostgreSQLConnection], Awaitable[T]], *, snapshot: bool) -> T:
        """Do what reads, on the replica where it is current; where all are busy, begin on the one for short reads."""
        if self._replica is not None and await self._replica.is_current():
            with contextlib.suppress(BeginAgain):
                return await self._answer(work, self._replica_shares, self._reading_replica, snapshot=snapshot)
        return await self._answer(work, self._shares, self._reading, snapshot=snapshot)

    async def _answer(
        self,
        work: Callable[[PostgreSQLConnection], Awaitable[T]],
        shares: "Shares",
        reading: Callable[..., AbstractAsyncContextManager[PostgreSQLConnection]],
        *,
        snapshot: bool,
    ) -> T:
        if shares.short.most and not shares.long.has_one_for(caller()):
            with contextlib.suppress(BeginAgain):
                async with reading(shares.short, snapshot=snapshot) as connection:
                    return await work(connection)
        async with reading(shares.long, snapshot=snapshot) as connection:
            return await work(connection)

    @asynccontextmanager
    async def _reading(self, turns: Turns, *, snapshot: bool) -> AsyncIterator[PostgreSQLConnection]:
        pool = self._readers
        try:
            lent = await pool.borrow(turns)
        except NoConnectionLeft:
            # A server that has no more leaves the writers' connection, which was opened at the start.
            pool, snapshot = self._writers, True
            lent = await pool.borrow(self._writing)
        async with lent as raw, pool.reading(raw, snapshot=snapshot):
            yield PostgreSQLConnection(raw, self, is_quick=turns is self._shares.short)

    @asynccontextmanager
    async def _reading_replica(self, turns: Turns, *, snapshot: bool) -> AsyncIterator[PostgreSQLConnection]:
        """Borrow a connection of the replica; where it cannot be read, the read begins again on the primary."""
        replica = self._replica
        if replica is None or replica.connections is None:
            raise BeginAgain
        async with AsyncExitStack() as stack:
            try:
                raw = await stack.enter_async_context(await replica.connections.borrow(turns))
                await stack.enter_async_context(replica.connections.reading(raw, snapshot=snapshot))
            except StoreUnavailable:
                replica.rest(LONG_REST)
                raise BeginAgain from None
            yield PostgreSQLConnection(raw, self, is_quick=turns is self._replica_shares.short)
            self.replica_reads += 1

    async def write(self, work: Callable[[PostgreSQLConnection], Awaitable[T]]) -> T:
        """Do the work in a transaction of its own, again from the beginning when it collides with another's."""
        pause = FIRST_PAUSE
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(work)
            except Collision as collision:
                self.collisions += 1
                last = collision
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - to part those who collided
            pause = min(2 * pause, LONGEST_PAUSE)
        if isinstance(last.cause, asyncpg.UniqueViolationError):
            raise last.cause
        raise StoreUnavailable(f"{ATTEMPTS} attempts collided with other writes: {last}") from last

    async def _attempt(self, work: Callable[[PostgreSQLConnection], Awaitable[T]]) -> T:
        async with await self._writers.borrow(self._writing) as raw, self._writers.transaction(raw):
            answer = await work(PostgreSQLConnection(raw, self))
        for committed in self._listeners:
            committed()
        return answer

    def watch_commits(self, changed: Callable[[], None]) -> Commits:
        """Call `changed` after every commit of this process, and often enough for those of others.

        NOTIFY would take a lock of the whole database at each commit.
        """
        return Commits(changed, self._listeners, lambda: True, busy_pause=BUSY_LOOK_SECONDS, quiet_pause=LOOK_SECONDS)

    async def create_tables(self) -> None:
        """Create the tables in an empty database; refuse one with the tables of another program."""

        async def create(connection: PostgreSQLConnection) -> None:
            await connection.execute(LOCK_SCHEMA)
            if has_store({name for (name,) in await connection.execute(TABLES["postgresql"])}):
                return
            for text in creation_statements(POSTGRESQL):
                await connection.execute(text)

        await self.write(create)

    async def close(self) -> None:
        """Let what runs end, then close all connections."""
        if self._replica is not None:
            await self._replica.close()
        await self._writers.close()
        await self._readers.close()
