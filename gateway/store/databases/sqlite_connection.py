"""One SQLite connection: what is short runs where it is asked, everything else in the connection's own thread.

A hop to a thread and back costs as much as reading a hundred rows. So a read starts on the event loop
with a budget of SQLite's own instructions; the few that need more are stopped, and run again in the
thread. What the loop can be held by is thereby bounded, whatever the statement. A write cannot be stopped so,
for that would roll its transaction back: only one that is said to be brief runs on the loop.
"""

import asyncio
import contextlib
import logging
import math
import sqlite3
import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable

from gateway.querying.sizes import AnswerSize, AnswerTooLong, SizeOf
from gateway.store.databases.failures import StatementTimeout, StoreUnavailable
from gateway.store.databases.slow_statements import SlowStatements
from gateway.store.databases.sqlite_thread import (
    BUSY_TIMEOUT_MS,
    DO_NOT_WAIT,
    Threaded,
    open_threaded,
    rows_within,
)
from gateway.store.databases.statements import SQLITE, Row, Statement, compiled
from gateway.store.databases.turns import BeginAgain
from gateway.store.databases.usage import current_answer, current_usage, note_time

T = TypeVar("T")

WAIT_SECONDS = BUSY_TIMEOUT_MS // 1000  # for another program that writes
SAY_SO_AFTER = 2.0  # seconds of that
WAIT_A_SPELL = "PRAGMA busy_timeout = 40"  # in which SQLite looks six times, at most 15 ms apart
# A list of 100 entries with its joins takes about 12,000 instructions; 60,000 take about a millisecond.
INSTRUCTIONS_AT_ONCE = 60_000
# SQLite counts on from the statement's last run, so the first look may come at once, and the second one ends it.
TICKS_AT_ONCE, NO_BOUND = 1, math.inf
UNBOUNDED = AnswerSize()  # what is no answer
AT_ONCE = AnswerSize(2_000_000)  # bytes of texts, which are copied and decoded
INTERRUPT_AGAIN = 0.01  # seconds

_log = logging.getLogger(__name__)

# What waits for the disk where rows were written; a savepoint is kept in memory.
WAITING = ("COMMIT", "ROLLBACK")
BEGIN_WRITING = "BEGIN IMMEDIATE"
PRIMARY_CODE = 0xFF  # the bits of SQLite's result code that are not its extension


class SQLiteConnection:
    """A connection, its thread, and the choice between the two ways to run a statement."""

    def __init__(
        self,
        threaded: Threaded,
        raw: sqlite3.Connection,
        *,
        statement_timeout: float,
        slow: SlowStatements,
        writes: bool,
        is_quick: bool = False,
        is_walk: bool = False,
    ) -> None:
        """Wrap an open connection; `slow` knows which reads are not to be tried on the loop.

        On a quick one a read that needs the thread has to begin again; on that of a walk each one goes there.
        """
        self._threaded, self._raw = threaded, raw
        self._timeout = statement_timeout
        self._slow = slow
        self._writes = writes
        self._is_quick, self._is_walk = is_quick, is_walk
        self._ticks, self._most_ticks = 0, NO_BOUND
        self._bound_steps()
        self._changes = 0  # rows that were written before this transaction
        self.statements = 0  # run so far

    @classmethod
    async def open(
        cls,
        address: str,
        *,
        uri: bool,
        statement_timeout: float,
        slow: SlowStatements,
        writes: bool,
        is_quick: bool = False,
        is_walk: bool = False,
    ) -> "SQLiteConnection":
        """Open a file, to write or only to read."""
        threaded, raw = await open_threaded(address, uri=uri, writes=writes)
        return cls(
            threaded,
            raw,
            statement_timeout=statement_timeout,
            slow=slow,
            writes=writes,
            is_quick=is_quick,
            is_walk=is_walk,
        )

    @property
    def rows_written(self) -> int:
        """How many rows this transaction, or the last one, has written, with those that triggers wrote."""
        return self._raw.total_changes - self._changes

    @property
    def dialect(self) -> Dialect:
        """SQLite's, for those who keep compiled statements themselves."""
        return SQLITE

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None, *, brief: bool = False
    ) -> list[Row]:
        """Run a Core statement and return its rows with Python's values."""
        made = compiled(statement, SQLITE)
        return made.read(await self.run(made, values or {}, brief=brief))

    async def run(self, statement: Statement, values: Mapping[str, object], *, brief: bool = False) -> list[Row]:
        """Run a compiled statement and return SQLite's own values: dates as ISO text, booleans as 0 and 1."""
        parameters = statement.parameters(values)
        return await self.execute(
            statement.text,
            parameters,
            names=statement.names,
            size=statement.size,
            brief=brief,
            is_answer=statement.is_answer,
        )

    async def execute_many(
        self, statement: Executable, rows: Sequence[Mapping[str, object]], *, brief: bool = False
    ) -> None:
        """Run a Core statement once for each of the rows."""
        made = compiled(statement, SQLITE)
        parameters = [made.parameters(row) for row in rows]
        if not brief:
            await self._in_thread(self._threaded.executemany(made.text, parameters))
            return
        for values in parameters:
            self._briefly(made.text, values)

    async def execute(
        self,
        text: str,
        parameters: Sequence[object] = (),
        *,
        names: Sequence[str] = (),
        size: SizeOf | None = None,
        brief: bool = False,
        is_answer: bool = False,
    ) -> list[Row]:
        """Run SQL as written; listeners get the names of its parameters.

        With `size`, which counts the bytes of rows, few of them are read on the event loop, and of an answer no more
        than it may have.

        Raises:
            AnswerTooLong: there was more.
        """
        usage = current_usage.get()
        began = time.time_ns() if usage is not None and usage.listeners else 0
        found: list[Row] | None = None
        if brief and self._writes:
            found = self._briefly(text, parameters)
        elif (not self._writes or text.startswith("SELECT")) and not (self._is_walk or self._slow.skips(text)):
            if usage is not None and usage.is_step_long:  # of many statements none waits for anything
                await asyncio.sleep(0)
            found = self._at_once(text, parameters, size)
            if found is None:
                self._slow.add(text)
        if found is None:
            if self._is_quick:
                raise BeginAgain
            found = await self._in_thread(
                self._threaded.read(text, parameters, size, current_answer() if is_answer else UNBOUNDED)
            )
        if usage is not None:
            usage.note_statement(len(found), text, names, parameters, began)
        return found

    def _briefly(self, text: str, parameters: Sequence[object]) -> list[Row]:
        """Run a write on the event loop."""
        self.statements += 1
        try:
            return self._raw.execute(text, parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(str(error)) from error

    def _at_once(self, text: str, parameters: Sequence[object], size: SizeOf | None) -> list[Row] | None:
        """Run a read on the event loop; None when it needed more than the budget, of instructions or of bytes."""
        self.statements += 1
        self._ticks, self._most_ticks = 0, TICKS_AT_ONCE
        try:
            return rows_within(self._raw.execute(text, parameters), size, AT_ONCE)
        except AnswerTooLong:
            self.statements -= 1
            return None
        except sqlite3.OperationalError as error:
            if self._ticks > TICKS_AT_ONCE:
                self.statements -= 1
                return None
            raise StoreUnavailable(str(error)) from error
        finally:
            self._most_ticks = NO_BOUND

    def _bound_steps(self) -> None:
        """Look at what runs on the event loop every so many instructions."""
        self._raw.set_progress_handler(self._tick, INSTRUCTIONS_AT_ONCE)

    def _tick(self) -> bool:
        self._ticks += 1
        return self._ticks > self._most_ticks

    async def _in_thread(self, work: Awaitable[T]) -> T:
        """Wait for a statement; interrupt it when time is over or when nobody waits for it any more."""
        self.statements += 1
        began = time.perf_counter_ns()
        self._raw.set_progress_handler(None, 0)  # which would wait for the loop's lock
        running = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait((running,), timeout=self._timeout)
        except asyncio.CancelledError:
            await self._interrupt(running)
            raise
        finally:
            note_time(time.perf_counter_ns() - began)
        if not done:
            await self._interrupt(running)
            raise StatementTimeout
        self._bound_steps()
        try:
            return running.result()
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(str(error)) from error

    async def _interrupt(self, running: asyncio.Future[Any]) -> None:
        """End what runs in the thread; nobody else may have the connection before, whoever stops waiting meanwhile."""
        cancelled: asyncio.CancelledError | None = None
        # The thread may not have begun the statement yet, and an interruption means only what runs.
        while not running.done():
            await self._threaded.interrupt()
            try:
                await asyncio.wait((running,), timeout=INTERRUPT_AGAIN)
            except asyncio.CancelledError as error:
                cancelled = error
        self._bound_steps()
        with contextlib.suppress(sqlite3.Error):
            running.result()
        if cancelled is not None:
            raise cancelled

    async def begin_writing(self) -> None:
        """Take the lock of writers: at once where it is free, else by waiting for other processes in the thread.

        Nothing else that a writer does can meet a lock, so this alone has a time to wait.

        Raises:
            sqlite3.Error: as the driver says it.
        """
        try:
            self._raw.execute(BEGIN_WRITING)
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            await self._wait_to_write()
        self._changes = self._raw.total_changes

    async def _wait_to_write(self) -> None:
        """Wait in short spells: SQLite looks ever more rarely in a long one, and finds no pause of who writes on."""
        loop = asyncio.get_running_loop()
        began, is_said = loop.time(), False
        self._raw.execute(WAIT_A_SPELL)
        try:
            while True:
                try:
                    await self._threaded.control(BEGIN_WRITING)
                except sqlite3.OperationalError as error:
                    if not _is_busy(error):
                        raise
                    waited = loop.time() - began
                    if waited > WAIT_SECONDS:
                        raise sqlite3.OperationalError(
                            f"Another program has been writing to the database file for {WAIT_SECONDS} s; try again "
                            "when it has ended."
                        ) from error
                    if waited > SAY_SO_AFTER and not is_said:
                        is_said = True
                        _log.warning(
                            "Another program writes to the database file; waiting for it for %s s.", WAIT_SECONDS
                        )
                else:
                    return
        finally:
            self._raw.execute(DO_NOT_WAIT)

    async def control(self, text: str) -> None:
        """Begin to read, end or mark a transaction: without a timeout, since it may wait for the disk.

        Raises:
            sqlite3.Error: as the driver says it.
        """
        if self._writes and text in WAITING and self.rows_written:
            await self._threaded.control(text)
        else:
            self._raw.execute(text)

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._threaded.close()


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
