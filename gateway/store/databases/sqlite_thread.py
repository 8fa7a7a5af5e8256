"""A SQLite file as it is opened, and the thread of its connection."""

import math
import sqlite3
from collections.abc import Sequence

import aiosqlite

from gateway.querying.sizes import AnswerSize, SizeOf
from gateway.store.databases.sqlite_checkpoints import PAGES_AT_MOST, TO_THE_DISK
from gateway.store.databases.statements import Row

STATEMENTS_KEPT = 128
BUSY_TIMEOUT_MS = 30_000
# Rows between two looks at how many bytes there are by now, and before the first: two long images take a millisecond.
ROWS_AT_ONCE, ROWS_AT_FIRST = 16, 2

DO_NOT_WAIT = "PRAGMA busy_timeout = 0"
WAIT = f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"
WITH_A_LOG = "PRAGMA journal_mode = WAL"
PRAGMAS = (
    WITH_A_LOG,
    TO_THE_DISK,
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    WAIT,
)
TO_WRITE = (f"PRAGMA wal_autocheckpoint = {PAGES_AT_MOST}", DO_NOT_WAIT)
TO_READ = ("PRAGMA query_only = ON",)
# Kilobytes of pages. More than this was no quicker to read with: what is not here is copied out of the system's cache.
# A large write keeps here what it changed.
CACHE_TO_READ, CACHE_TO_WRITE = 8_000, 32_000


def rows_within(cursor: sqlite3.Cursor, size: SizeOf | None, answer: AnswerSize) -> list[Row]:
    """Fetch all rows, a few at a time where they may hold more bytes than an answer may.

    What goes wrong ends the statement here, and not where somebody lets go of the error.

    Raises:
        AnswerTooLong: they do.
    """
    try:
        if size is None or answer.most == math.inf:
            return cursor.fetchall()
        rows: list[Row] = []
        read, step = 0, ROWS_AT_FIRST
        while len(more := cursor.fetchmany(step)) == step:
            rows += more
            read += size(more)
            answer.check(read)
            step = min(2 * step, ROWS_AT_ONCE)
    except BaseException:
        cursor.close()
        raise
    return rows + more if rows else more


class Threaded(aiosqlite.Connection):
    """A connection whose reads are looked at in its thread."""

    async def read(self, text: str, parameters: Sequence[object], size: SizeOf | None, answer: AnswerSize) -> list[Row]:
        """Run a statement and fetch its rows; see `rows_within`."""

        def read() -> list[Row]:
            return rows_within(self._conn.execute(text, parameters), size, answer)

        rows: list[Row] = await self._execute(read)  # type: ignore[no-untyped-call]  # aiosqlite left it untyped
        return rows

    async def control(self, text: str) -> None:
        """Run a statement without parameters or rows."""
        await self._execute(self._conn.execute, text)  # type: ignore[no-untyped-call]


async def open_threaded(address: str, *, uri: bool, writes: bool) -> tuple[Threaded, sqlite3.Connection]:
    """Open a file, to write or only to read; return the connection with its thread, and the one that it wraps.

    Raises:
        sqlite3.Error: as the driver says it.
    """
    # Before there is a thread: one whose first call fails may end after the loop, and says so by a traceback.
    raw = sqlite3.connect(
        address, isolation_level=None, uri=uri, cached_statements=STATEMENTS_KEPT, check_same_thread=False
    )
    threaded = Threaded(lambda: raw, iter_chunk_size=64)
    await threaded
    try:
        cache = f"PRAGMA cache_size = -{CACHE_TO_WRITE if writes else CACHE_TO_READ}"
        for pragma in (*PRAGMAS, cache, *(TO_WRITE if writes else TO_READ)):
            await threaded.execute_fetchall(pragma)  # a statement with a row left would stay active
    except sqlite3.Error:
        await threaded.close()  # its thread would keep the process alive
        raise
    return threaded, raw
