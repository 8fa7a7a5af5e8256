"""SQLite: WAL, readers that are shared fairly, one writer whose commits are shared."""

import asyncio
import contextlib
import sqlite3
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from contextvars import Context
from typing import Any, TypeVar

from sqlalchemy import Dialect

from gateway.store.databases.commits import Commits
from gateway.store.databases.emptiness import TABLES, has_store
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.slow_statements import SlowStatements
from gateway.store.databases.sqlite_checkpoints import Checkpoints
from gateway.store.databases.sqlite_connection import SQLiteConnection
from gateway.store.databases.sqlite_readers import Readers, Reading
from gateway.store.databases.statements import SQLITE
from gateway.store.databases.turns import BeginAgain
from gateway.store.databases.usage import caller, current_usage, metered
from gateway.store.schema.creation import creation_statements

T = TypeVar("T")

OLDEST_SUPPORTED = (3, 38, 0)  # json functions built in, RETURNING, STRICT
READERS = 4  # that take reads of any length, of which a token holds one less at most
MOST_WORKS_IN_A_COMMIT = 64
CACHE_OF_A_WALK = "PRAGMA cache_size = -4000"  # KiB: what it has passed it does not read again
LOOK_SECONDS = 0.01  # between two looks at whether another process has committed
VERSION = "PRAGMA data_version"  # as this connection sees the file


class SQLiteDatabase:
    """A SQLite file, or a database in memory for a test."""

    dialect: Dialect = SQLITE

    def __init__(self, path: str, statement_timeout_ms: int) -> None:
        self._path = path
        self.statement_timeout = statement_timeout_ms / 1000
        self.commits = 0
        self._slow = SlowStatements()
        self._writer: SQLiteConnection
        self._checkpoints: Checkpoints | None = None  # what is in memory has no log
        self._readers, self._quick, self._aside = Readers(READERS), Readers(1), Readers(1)
        self._committing: asyncio.Task[None] | None = None  # while there is anything to commit
        self._listeners: set[Callable[[], None]] = set()  # of commits
        self._waiting: deque[_Work] = deque()

    @classmethod
    async def open(cls, path: str, *, statement_timeout_ms: int) -> "SQLiteDatabase":
        """Open the file, making it where there is none.

        Raises:
            StoreUnavailable: the file cannot be opened or is not a SQLite database, or SQLite is too old.
        """
        if sqlite3.sqlite_version_info < OLDEST_SUPPORTED:
            raise StoreUnavailable(f"SQLite {sqlite3.sqlite_version} is too old: 3.38 or newer is needed.")
        database = cls(path, statement_timeout_ms)
        try:
            slow = database._slow
            database._writer = await database._connect(slow, writes=True)
            for readers in (database._readers, database._quick, database._aside):
                for _ in range(readers.turns.most):
                    is_quick = readers is database._quick
                    readers.add(await database._connect(slow, writes=False, is_quick=is_quick))
            if not database._in_memory:
                database._checkpoints = await Checkpoints.open(path)
        except (sqlite3.Error, StoreUnavailable) as error:
            raise StoreUnavailable(f"The database file {path!r} cannot be opened: {error}.") from error
        return database

    @property
    def _in_memory(self) -> bool:
        return self._path == ":memory:"

    @property
    def _address(self) -> str:
        # Readers of a database in memory share the writer's through the cache of this process.
        return f"file:gateway-{id(self)}?mode=memory&cache=shared" if self._in_memory else self._path

    async def _connect(
        self, slow: SlowStatements, *, writes: bool, is_quick: bool = False, is_walk: bool = False
    ) -> SQLiteConnection:
        return await SQLiteConnection.open(
            self._address,
            uri=self._in_memory,
            statement_timeout=self.statement_timeout,
            slow=slow,
            writes=writes,
            is_quick=is_quick,
            is_walk=is_walk,
        )

    @property
    def statements(self) -> int:
        """How many statements were run so far to read."""
        return sum(readers.statements for readers in (self._readers, self._quick, self._aside))

    @property
    def write_statements(self) -> int:
        """How many statements were run so far to write, those that begin and end transactions left out."""
        return self._writer.statements

    def read(self, *, snapshot: bool) -> "Reading":
        """Borrow a read connection; waits for a turn while all are busy."""
        return Reading(self._readers, snapshot=snapshot)

    def look_up(self) -> "Reading":
        """Borrow the connection that is kept for look-ups."""
        return Reading(self._aside, snapshot=False)

    @asynccontextmanager
    async def walk(self) -> AsyncIterator[SQLiteConnection]:
        """Open a connection for one snapshot."""
        try:
            connection = await self._connect(self._slow, writes=False, is_walk=True)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"The database file {self._path!r} cannot be opened: {error}.") from error
        try:
            await connection.control(CACHE_OF_A_WALK)
            await connection.control("BEGIN")
            yield connection
        finally:
            await connection.close()

    async def answer(self, work: Callable[[SQLiteConnection], Awaitable[T]], *, snapshot: bool) -> T:
        """Do what reads; where all are busy, begin on the connection of short reads."""
        asks, readers = caller(), self._readers
        if not snapshot and readers.turns.take_now(asks):
            connection = readers.idle.pop()
            try:
                return await work(connection)
            finally:
                readers.give_back(connection, asks)
        if not readers.turns.has_one_for(asks):
            with contextlib.suppress(BeginAgain):
                async with Reading(self._quick, snapshot=snapshot) as connection:
                    return await work(connection)
        async with self.read(snapshot=snapshot) as connection:
            return await work(connection)

    async def write(self, work: Callable[[SQLiteConnection], Awaitable[T]]) -> T:
        """Hand the work to the writer and wait for the commit that holds it."""
        return await self._written(work)

    async def write_alone(self, work: Callable[[SQLiteConnection], Awaitable[T]]) -> T:
        """Do a large work in a commit that nobody shares.

        It needs no savepoint, which would keep every page that it touches in memory.
        """
        return await self._written(work, is_alone=True)

    def _written(
        self, work: Callable[[SQLiteConnection], Awaitable[T]], *, is_alone: bool = False
    ) -> "asyncio.Future[T]":
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Work(work, answer, is_alone=is_alone))
        if self._committing is None or self._committing.done():
            self._committing = _begun(self._commit_in_groups())
        return answer

    async def _commit_in_groups(self) -> None:
        """Take works while there are any; those that wait while a commit runs share the next one."""
        while self._waiting:
            first = self._waiting.popleft()
            group = [first]
            await self._commit(group, more=not first.is_alone)
            # Where one of several made the transaction fail, each gets one of its own; its own error it has already.
            for work in group:
                if not work.is_answered:
                    await self._commit([work])

    async def _commit(self, group: "list[_Work]", *, more: bool = False) -> None:
        """Run a work in a transaction, with `more` also those that wait by then, and answer them once it is committed.

        Where it does not hold, a group of one gets the error; of several, those are not answered that may be run again.
        """
        try:
            await self._writer.begin_writing()
            if not await group[0].run(self._writer):
                await self._roll_back()
                return
            while more and (following := self._following(len(group))) is not None:
                group.append(following)
                await following.run_behind_savepoint(self._writer)
            await self._writer.control("COMMIT")
        except sqlite3.Error as error:
            await self._roll_back()
            if len(group) == 1:
                group[0].fail(StoreUnavailable(str(error)))
            return
        self.commits += 1
        for work in group:
            work.succeed()
        if self._checkpoints is not None:
            self._checkpoints.note(self._writer.rows_written)
        for committed in self._listeners:
            committed()

    def _following(self, count: int) -> "_Work | None":
        """Return the next work that waits and may share a commit with so many."""
        if not self._waiting or self._waiting[0].is_alone or count >= MOST_WORKS_IN_A_COMMIT:
            return None
        return self._waiting.popleft()

    async def _roll_back(self) -> None:
        # SQLite may have done it by itself: after a full disk, or when a write was interrupted.
        with contextlib.suppress(sqlite3.Error):
            await self._writer.control("ROLLBACK")

    @contextmanager
    def watch_commits(self, changed: Callable[[], None]) -> Iterator[Commits]:
        """Call `changed` after every commit; of those of other processes the file tells, in microseconds."""
        opened = sqlite3.connect(self._address, uri=self._in_memory, isolation_level=None, timeout=0)
        with closing(opened) as file:
            seen = [0]

            def look() -> bool:
                try:
                    before, seen[0] = seen[0], file.execute(VERSION).fetchone()[0]
                except sqlite3.OperationalError:
                    return True  # locked, as another process opens or closes the file: who reads it will see
                return before != seen[0]

            commits = Commits(changed, self._listeners, look, busy_pause=LOOK_SECONDS, quiet_pause=LOOK_SECONDS)
            with commits:
                yield commits

    async def create_tables(self) -> None:
        """Create the tables in an empty database; refuse one with the tables of another program."""

        async def create(connection: SQLiteConnection) -> None:
            if has_store({name for (name,) in await connection.execute(TABLES["sqlite"])}):
                return
            for text in creation_statements(SQLITE):
                await connection.execute(text)

        await self.write(create)

    async def close(self) -> None:
        """Let the waiting works end, then close all connections."""
        if self._committing is not None:
            await self._committing
        for readers in (self._readers, self._quick, self._aside):
            await readers.close()
        if self._checkpoints is not None:
            await self._checkpoints.close()
        await self._writer.close()


def _begun(committing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Begin a task of the writer's, where Python can before its caller goes on: not a round of the event loop later.

    It belongs to no caller: one who goes away takes no work along that shares a commit, and none runs as another's.
    """
    if sys.version_info >= (3, 12):
        return asyncio.Task(committing, loop=asyncio.get_running_loop(), context=Context(), eager_start=True)
    return asyncio.create_task(committing, context=Context())


class _Work:
    """A unit of work in the writer's queue, and the future that its caller waits for."""

    def __init__(
        self,
        work: Callable[[SQLiteConnection], Awaitable[object]],
        answer: "asyncio.Future[Any]",
        *,
        is_alone: bool = False,
    ) -> None:
        self._work, self._answer, self.is_alone = work, answer, is_alone
        self._usage = current_usage.get()
        self._result: Any = None

    @property
    def is_answered(self) -> bool:
        """Tell whether nobody waits for it any more."""
        return self._answer.done()

    async def run(self, connection: SQLiteConnection) -> bool:
        """Do the work; tell whether it may be committed, and its caller what went wrong where it may not."""
        if self.is_answered:
            return False
        current_usage.set(self._usage)  # the writer runs the works of others in a task of its own
        try:
            self._result = await metered(self._work(connection), self._usage)
        except Exception as error:  # noqa: BLE001 - whatever went wrong belongs to the caller
            self.fail(error)
            return False
        return True

    async def run_behind_savepoint(self, connection: SQLiteConnection) -> None:
        """Do the work so that it can be taken back alone.

        Raises:
            sqlite3.Error: the transaction is gone, with all that shares it.
        """
        await connection.control("SAVEPOINT work")
        if not await self.run(connection):
            await connection.control("ROLLBACK TO work")
        await connection.control("RELEASE work")

    def fail(self, error: Exception) -> None:
        """Tell the caller what went wrong, once."""
        if not self._answer.done():
            self._answer.set_exception(error)

    def succeed(self) -> None:
        """Give the caller the answer, after the commit."""
        if not self._answer.done():
            self._answer.set_result(self._result)
