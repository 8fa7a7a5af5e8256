"""A SQLite file that another program writes to: who waits looks for a pause again and again, and holds up no reads."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from gateway.store.databases import sqlite_connection
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.sqlite import SQLiteDatabase
from tests.support.harness.waiting import eventually

SPELLS = 5


@pytest.fixture
async def waited_for(tmp_path, monkeypatch):
    """A database, another program that writes to its file, and the spells of waiting for that which have ended."""
    path, spells = str(tmp_path / "numbers.db"), list[object]()
    is_busy = sqlite_connection._is_busy  # noqa: SLF001 - asked at the end of each

    def ended(error):
        spells.append(error)
        return is_busy(error)

    database = await SQLiteDatabase.open(path, statement_timeout_ms=600_000)
    await database.write(make)
    monkeypatch.setattr(sqlite_connection, "_is_busy", ended)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield database, other, spells
    await database.close()


async def make(connection):
    await connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")


async def add(connection):
    await connection.execute("INSERT INTO numbers VALUES (1)")


async def test_who_waits_to_write_does_so_in_spells_and_others_read_meanwhile(waited_for):
    database, other, spells = waited_for

    writing = asyncio.ensure_future(database.write(add))
    await eventually(lambda: len(spells) >= SPELLS)
    async with database.read(snapshot=False) as connection:
        before = await connection.execute("SELECT count(*) FROM numbers")
    other.execute("COMMIT")
    await writing
    async with database.read(snapshot=False) as connection:
        after = await connection.execute("SELECT count(*) FROM numbers")

    assert (before, after) == ([(0,)], [(1,)])


async def test_who_waits_too_long_is_told_so_and_the_next_one_may_write(waited_for, monkeypatch):
    database, other, spells = waited_for
    monkeypatch.setattr(sqlite_connection, "WAIT_SECONDS", 0)

    with pytest.raises(StoreUnavailable, match="Another program has been writing"):
        await database.write(add)
    other.execute("COMMIT")
    await database.write(add)

    assert spells


async def test_who_gives_up_waiting_leaves_nothing_behind(waited_for):
    database, other, spells = waited_for

    writing = asyncio.ensure_future(database.write(add))
    await eventually(lambda: len(spells) > 2)
    writing.cancel()
    other.execute("COMMIT")
    await database.write(add)

    async with database.read(snapshot=False) as connection:
        assert await connection.execute("SELECT count(*) FROM numbers") == [(1,)]
