"""Checkpoints of a SQLite file: what was committed to its log goes into the file while no commit waits for it.

SQLite does this within a commit once the log has 1,000 pages, so a commit of that many waited for as many more writes,
and for the disk twice. Here a connection of its own does it, in its thread, once enough rows were written; it holds up
neither readers nor the writer. What the writer's own limit is for (`PAGES_AT_MOST`), is a writer that never pauses: the
log can only begin anew when all of it is in the file.
"""

import asyncio
import contextlib
import sqlite3

import aiosqlite

ROWS_BETWEEN = 2_000  # with those that triggers write; 200 approvals write 801, and as many single ones 1,000
TO_THE_DISK = "PRAGMA synchronous = FULL"  # a commit that was answered outlives a loss of power
PAGES_AT_MOST = 16_000  # of the log, 64 MB: with more, a commit checkpoints
CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """The connection that checkpoints, and how many rows were written since it last did."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._rows = 0
        self._running: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: str) -> "Checkpoints":
        """Open a file that is there.

        Raises:
            sqlite3.Error: as the driver says it.
        """
        connection = await aiosqlite.connect(path, isolation_level=None)
        try:
            await connection.execute(TO_THE_DISK)
        except sqlite3.Error:
            await connection.close()  # its thread would keep the process alive
            raise
        return cls(connection)

    def note(self, rows: int) -> None:
        """Take note of a commit of so many rows, and begin where there are enough."""
        self._rows += rows
        if self._rows >= ROWS_BETWEEN and self._running is None:
            self._running = asyncio.create_task(self._checkpoint())

    async def _checkpoint(self) -> None:
        while self._rows >= ROWS_BETWEEN:
            self._rows = 0
            # Where it fails, the log is as it was, and the next one does it all; a commit tells of a disk that is full.
            with contextlib.suppress(sqlite3.Error):
                await self._connection.execute_fetchall(CHECKPOINT)
        self._running = None

    async def close(self) -> None:
        """Let what runs end, and close the connection."""
        if self._running is not None:
            await self._running
        await self._connection.close()
