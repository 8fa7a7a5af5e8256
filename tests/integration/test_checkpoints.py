"""A SQLite file's log goes into the file while no commit waits for it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store.databases.sqlite import SQLiteDatabase
from gateway.store.databases.sqlite_checkpoints import PAGES_AT_MOST, ROWS_BETWEEN
from gateway.store.databases.sqlite_connection import SQLiteConnection
from tests.support.harness.waiting import eventually

MAKE = "CREATE TABLE numbers (number INTEGER PRIMARY KEY)"
ADD = (
    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {}) "
    "INSERT INTO numbers SELECT coalesce((SELECT max(number) FROM numbers), 0) + n FROM n"
)


@pytest.fixture
async def written(tmp_path):
    """A file with a table of numbers, whose log is in it."""
    path = str(tmp_path / "numbers.db")
    database = await SQLiteDatabase.open(path, statement_timeout_ms=600_000)
    await run(database, MAKE)
    with closing(sqlite3.connect(path, isolation_level=None)) as aside:
        aside.execute("PRAGMA wal_checkpoint(PASSIVE)")
    yield database, Path(path)
    await database.close()


async def run(database: SQLiteDatabase, *texts: str) -> list[tuple[int]]:
    """Run SQL in one transaction, and return the rows of the last."""

    async def work(connection: SQLiteConnection) -> list[tuple[int]]:
        return [await connection.execute(text) for text in texts][-1]

    return await database.write(work)


def in_file(path: Path) -> int:
    """Count the rows that are in the file itself, whatever its log has."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as file:
        return int(file.execute("SELECT count(*) FROM numbers").fetchone()[0])


async def until_in_file(path: Path, rows: int) -> None:
    def are_there() -> bool:
        try:
            return in_file(path) == rows
        except sqlite3.DatabaseError:  # met a checkpoint halfway: some pages are of before, some of after
            return False

    await eventually(are_there)


async def test_many_rows_that_were_committed_are_in_the_file_soon_and_no_commit_has_put_them_there(written):
    database, path = written
    assert await run(database, "PRAGMA wal_autocheckpoint") == [(PAGES_AT_MOST,)]

    await run(database, ADD.format(ROWS_BETWEEN))

    await until_in_file(path, ROWS_BETWEEN)


async def test_few_rows_wait_in_the_log_until_there_are_enough_together(written):
    database, path = written
    await run(database, ADD.format(ROWS_BETWEEN - 1))
    assert in_file(path) == 0

    await run(database, ADD.format(1))

    await until_in_file(path, ROWS_BETWEEN)


async def test_what_is_committed_during_a_checkpoint_is_in_the_file_by_the_next(written):
    database, path = written
    await run(database, ADD.format(ROWS_BETWEEN))

    for _ in range(20):
        await run(database, ADD.format(ROWS_BETWEEN))

    await until_in_file(path, 21 * ROWS_BETWEEN)


async def test_what_was_taken_back_is_not_counted(written):
    database, path = written

    with pytest.raises(ZeroDivisionError):
        await database.write(failing)
    await run(database, ADD.format(1))
    await asyncio.sleep(0.1)

    assert in_file(path) == 0


async def failing(connection: SQLiteConnection) -> None:
    await connection.execute(ADD.format(ROWS_BETWEEN))
    raise ZeroDivisionError
