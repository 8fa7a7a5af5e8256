"""PostgreSQL through asyncpg: a pool that only reads, a pool that writes, and a transaction for each unit of work.

Writes run at READ COMMITTED: what a rule looks at is locked row by row in the order of ids, so that bulks do
not wait for each other in a circle, and what two of them still collide over is done again from its beginning.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, cast

import asyncpg
from asyncpg.pool import Pool
from sqlalchemy import URL, Dialect, Executable

from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql_failures import Collision, is_passing, told, why_not_connected
from gateway.store.databases.statements import POSTGRESQL, Row, Statement, compiled
from gateway.store.databases.turns import Overlong, Turns
from gateway.store.databases.usage import caller, note_statement, statement_begins
from gateway.store.schema.creation import creation_statements

T = TypeVar("T")
OLDEST_SUPPORTED = 16
STATEMENTS_KEPT = 512  # prepared, by connection
ATTEMPTS = 8  # of a unit of work that collides with others
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0  # seconds; doubled from one attempt to the next
# The server ends a statement in time; the client waits this much longer for a server that does not answer at all.
GRACE = 2.0
SHORT = 0.1  # seconds that a statement may take on the connection of short reads
FEWEST_TO_PART = 3  # read connections, of which one is kept for short reads
CREATION_LOCK = 0x6761_7465  # one creator of tables at a time


async def _as_it_is(raw: object) -> None:
    """Save the round trip of a reset: the gateway changes no setting, and leaves no cursor and no lock."""
    del raw


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
        return await self.execute(statement.text, statement.parameters(values), names=statement.names)

    async def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a Core statement once for each of the rows."""
        made = compiled(statement, POSTGRESQL)
        self._database.statements += 1
        with told():
            await self.raw.executemany(made.text, [made.parameters(row) for row in rows])

    async def execute(self, text: str, parameters: Sequence[Any] = (), *, names: Sequence[str] = ()) -> list[Row]:
        """Run SQL as written; who listens is told the names of its parameters.

        A record of asyncpg is as good as a tuple: equal, sliced, unpacked like one.
        """
        self._database.statements += 1
        began = statement_begins()
        with told():
            rows = cast(
                "list[Row]", await (self._fetch_quickly if self._is_quick else self.raw.fetch)(text, *parameters)
            )
        note_statement(len(rows), text, names, parameters, began)
        return rows

    async def _fetch_quickly(self, text: str, *parameters: Any) -> Any:  # noqa: ANN401 - the driver's records
        try:
            return await self.raw.fetch(text, *parameters, timeout=SHORT)
        except TimeoutError:
            raise Overlong from None


class PostgreSQLDatabase:
    """A database on a PostgreSQL server."""

    dialect: Dialect = POSTGRESQL

    def __init__(self, address: URL, options: StoreOptions) -> None:
        self._address, self._options = address, options
        self.statements = 0
        self.collisions = 0
        quick = options.read_connections >= FEWEST_TO_PART
        self._turns, self._quick, self._aside = Turns(options.read_connections - quick), Turns(1), Turns(1)
        self._has_quick = quick
        self._readers = self._pool(options.read_connections + 1, default_transaction_read_only="on")
        self._writers = self._pool(options.write_connections)

    @classmethod
    async def open(cls, address: URL, options: StoreOptions) -> "PostgreSQLDatabase":
        """Connect, trying again with growing pauses while the server is not there yet.

        Raises:
            StoreUnavailable: with a sentence that says why there is no connection, and what to do.
        """
        await _greet(address, options)
        database = cls(address, options)
        for pool in (database._readers, database._writers):
            await pool
        return database

    def _pool(self, size: int, **settings: str) -> "Pool[Any]":
        options = self._options
        return asyncpg.create_pool(
            dsn_of(self._address),
            min_size=0,
            max_size=size,
            max_inactive_connection_lifetime=0,
            reset=_as_it_is,
            statement_cache_size=STATEMENTS_KEPT,
            max_cached_statement_lifetime=0,
            command_timeout=options.statement_timeout_ms / 1000 + GRACE,
            timeout=options.connect_timeout_ms / 1000,
            server_settings={
                "application_name": options.application_name,
                "statement_timeout": str(options.statement_timeout_ms),
                # A worker that hangs in the middle of a transaction does not keep its locks.
                "idle_in_transaction_session_timeout": str(options.statement_timeout_ms * 6),
                "jit": "off",  # compiling a statement takes longer than running it
                **settings,
            },
        )

    def read(self, *, snapshot: bool) -> AbstractAsyncContextManager[PostgreSQLConnection]:
        """Borrow a read connection; waits for a turn while all are busy."""
        return self._reading(self._turns, snapshot=snapshot)

    def look_up(self) -> AbstractAsyncContextManager[PostgreSQLConnection]:
        """Borrow the connection that is kept for look-ups."""
        return self._reading(self._aside, snapshot=False)

    async def answer(self, work: Callable[[PostgreSQLConnection], Awaitable[T]], *, snapshot: bool) -> T:
        """Do what reads; where all are busy, begin on the connection of short reads."""
        if self._has_quick and not self._turns.has_one_for(caller()):
            with contextlib.suppress(Overlong):
                async with self._reading(self._quick, snapshot=snapshot) as connection:
                    return await work(connection)
        async with self.read(snapshot=snapshot) as connection:
            return await work(connection)

    @asynccontextmanager
    async def _reading(self, turns: Turns, *, snapshot: bool) -> AsyncIterator[PostgreSQLConnection]:
        token = caller()
        await turns.take(token)
        try:
            async with self._borrowed(self._readers) as raw:
                connection = PostgreSQLConnection(raw, self, is_quick=turns is self._quick)
                if not snapshot:
                    yield connection
                    return
                async with _transaction(raw, isolation="repeatable_read", readonly=True):
                    yield connection
        finally:
            turns.give_back(token)

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
        async with self._borrowed(self._writers) as raw, _transaction(raw):
            return await work(PostgreSQLConnection(raw, self))

    @asynccontextmanager
    async def _borrowed(self, pool: "Pool[Any]") -> AsyncIterator[Any]:
        with told():
            raw = await pool.acquire(timeout=self._options.statement_timeout_ms / 1000 + GRACE)
        try:
            yield raw
        finally:
            await pool.release(raw)

    async def create_tables(self) -> None:
        """Create the tables where the store is empty."""

        async def create(connection: PostgreSQLConnection) -> None:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", (CREATION_LOCK,))
            known = await connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
            )
            names = {name for (name,) in known}
            if "alembic_version" in names and "time_entries" in names:
                return
            if names:
                raise StoreUnavailable(
                    f"Database {self._address.database!r} holds the tables of another program ({min(names)}, ...); "
                    "name an empty one by GATEWAY_DATABASE_URL."
                )
            for text in creation_statements(POSTGRESQL):
                await connection.execute(text)

        await self.write(create)

    async def close(self) -> None:
        """Let what runs end, then close all connections."""
        await self._writers.close()
        await self._readers.close()


async def _greet(address: URL, options: StoreOptions) -> None:
    """Connect once, with growing pauses while the server is not there yet, and ask for its version."""
    loop = asyncio.get_running_loop()
    until = loop.time() + options.connect_timeout_ms / 1000
    pause = FIRST_PAUSE
    while True:
        try:
            raw = await asyncpg.connect(dsn_of(address), timeout=max(1, options.connect_timeout_ms / 1000))
            break
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
            if not is_passing(error) or loop.time() + pause > until:
                raise StoreUnavailable(why_not_connected(address, error)) from error
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    major, version = raw.get_server_version().major, raw.get_settings().server_version
    await raw.close()
    if major < OLDEST_SUPPORTED:
        raise StoreUnavailable(f"PostgreSQL {version} is too old: {OLDEST_SUPPORTED} or newer is needed.")


@asynccontextmanager
async def _transaction(raw: Any, **how: Any) -> AsyncIterator[None]:  # noqa: ANN401 - the pool's proxy is untyped
    transaction = raw.transaction(**how)
    with told():
        await transaction.start()
    try:
        yield
    except BaseException:
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await transaction.rollback()  # without a connection the server has done it already
        raise
    with told():
        await transaction.commit()


def dsn_of(address: URL) -> str:
    """Return the address as the driver takes it; `ssl` is what SQLAlchemy calls sslmode."""
    query = {("sslmode" if name == "ssl" else name): value for name, value in address.query.items()}
    return address.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
