"""Copying a whole store into an empty one of either kind, checked row by row.

The source is read in one snapshot and in the order of primary keys, the target is filled as a load, and then
both are read again side by side: counts, and a digest over all rows in a form that is the same on both.
"""

import asyncio
import datetime as dt
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import asyncpg
import orjson
from sqlalchemy import URL, Boolean, Date, String, Table

from gateway.store.bulk.batches import Batch, Encoding
from gateway.store.bulk.loading import fill_empty_store
from gateway.store.databases.database import address_of
from gateway.store.databases.failures import StoreFailure, StoreUnavailable
from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.schema.kept import (
    DAY_ENDS,
    ENTRY_DAYS,
    ENTRY_MONTHS,
    ENTRY_STATUS_MONTHS,
    ZONES,
)
from gateway.store.schema.own import ALEMBIC_VERSION, STORED_REVISION
from gateway.store.schema.rows import Row
from gateway.store.upkeep.health import why_not_revision

T = TypeVar("T")
Rows = Sequence[tuple[Any, ...]]
ROWS_AT_ONCE = 5_000
# The revision is written by the load; sums of months and days are added up, zones and ends of days looked up, again.
SUMS = (ENTRY_MONTHS, ENTRY_DAYS, ENTRY_STATUS_MONTHS)
MADE = {table.name for table in (ALEMBIC_VERSION, ZONES, DAY_ENDS, *SUMS)}
ANSWER_TIMEOUT = 600  # seconds, for the next rows


class CopyDiffers(StoreFailure):
    """What was copied is not what is stored now; the text names the tables."""


class Source(Protocol):
    """A store that is read in one snapshot."""

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the SQL answers
        """Return the first value of the first row; None without one."""

    def rows(self, sql: str) -> Iterator[Rows]:
        """Yield the rows, some at a time, with the driver's own values."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The number of a table's rows, and a digest of them in the order of their keys."""

    rows: int
    digest: str


Report = dict[str, Sum]
Progress = Callable[[int, int], None]


def copy_store(source_url: str, target_url: str, *, progress: Progress | None = None) -> Report:
    """Copy all rows of a store into an empty one and compare the two; `progress` gets (rows so far, all rows).

    Raises:
        StoreNotEmpty: the target has data; it was left alone.
        StoreUnavailable: a database cannot be reached, or the source is not a store of this schema.
        CopyDiffers: the target does not hold what was read.
    """
    tables = [table for table in Row.metadata.sorted_tables if table.name not in MADE]
    with _opened(source_url) as source:
        _require_schema(source, source_url)
        note = progress or _nobody
        counts = {table.name: int(source.value(f"SELECT count(*) FROM {table.name}")) for table in tables}
        done, total = 0, 2 * sum(counts.values())  # copied, then compared
        sums: Report = {}

        def batches(encoding: Encoding) -> Iterator[Batch]:
            nonlocal done
            for table in tables:
                reading = _Digest(table)
                encode = _encoder(table, encoding)
                for rows in source.rows(_select(table)):
                    reading.add(rows)
                    yield Batch(table.name, _columns(table), encode(rows))
                    done += len(rows)
                    note(done, total)
                sums[table.name] = reading.sum()

        fill_empty_store(target_url, batches)
    with _opened(target_url) as target:
        differing = []
        for table in tables:
            stored = _Digest(table)
            for rows in target.rows(_select(table)):
                stored.add(rows)
                done += len(rows)
                note(done, total)
            if stored.sum() != sums[table.name]:
                differing.append(f"{table.name} ({stored.rows:,} of {sums[table.name].rows:,} rows)")
    if differing:
        raise CopyDiffers(f"The copy differs from what was read: {', '.join(differing)}; do not use it.")
    return sums


def _nobody(done: int, total: int) -> None:
    del done, total


def _require_schema(source: Source, url: str) -> None:
    place = address_of(url).database
    try:
        revision = source.value(STORED_REVISION)
    except (sqlite3.Error, asyncpg.PostgresError) as error:
        raise StoreUnavailable(f"{place!r} is not a store of the gateway: {error}.") from error
    reason = why_not_revision(revision)
    if reason is not None:
        raise StoreUnavailable(f"{place!r} cannot be copied. {reason}")


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.computed is None)


def _select(table: Table) -> str:
    # Short words have no collation of their own on PostgreSQL.
    keys = (f"{key.name} COLLATE {{binary}}" if isinstance(key.type, String) else key.name for key in table.primary_key)
    names = ", ".join(f'"{name}"' for name in _columns(table))
    return f"SELECT {names} FROM {table.name} ORDER BY {', '.join(keys)}"


def _places(table: Table, kind: type) -> list[int]:
    return [place for place, name in enumerate(_columns(table)) if isinstance(table.c[name].type, kind)]


def _encoder(table: Table, encoding: Encoding) -> Callable[[Rows], Rows]:
    """Return what turns either driver's rows into rows for a load."""
    days, flags = _places(table, Date), _places(table, Boolean)

    def day(value: Any) -> object:  # noqa: ANN401 - text or a date
        if value is None:
            return None
        return encoding.day(dt.date.fromisoformat(value) if isinstance(value, str) else value)

    def flag(value: object) -> object:
        return None if value is None else encoding.yes if value else encoding.no

    def encode(rows: Rows) -> Rows:
        columns: list[Any] = list(zip(*rows, strict=True))
        for places, convert in ((days, day), (flags, flag)):
            for place in places:
                columns[place] = map(convert, columns[place])
        return list(zip(*columns, strict=True))

    return encode


class _Digest:
    """Adds up rows: dates as ISO text, truth values as 0 and 1, whichever database they come from."""

    def __init__(self, table: Table) -> None:
        self.rows = 0
        self._hash = hashlib.blake2b(digest_size=16)
        self._flags = _places(table, Boolean)

    def add(self, rows: Rows) -> None:
        columns: list[Any] = list(zip(*rows, strict=True))
        for place in self._flags:
            columns[place] = [None if value is None else int(value) for value in columns[place]]
        # Column by column within portions that are cut alike on both sides.
        self._hash.update(orjson.dumps(columns))
        self.rows += len(rows)

    def sum(self) -> Sum:
        return Sum(self.rows, self._hash.hexdigest())


@contextmanager
def _opened(url: str) -> Iterator[Source]:
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        with _PostgreSQLSource.opened(address) as source:
            yield source
        return
    try:
        # A load into PostgreSQL asks for the rows from a thread of its own, while this one waits.
        file = sqlite3.connect(
            f"file:{address.database}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        with closing(file) as connection:
            connection.execute("BEGIN")
            yield _SQLiteSource(connection)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"The database file {address.database!r} cannot be read: {error}.") from error


class _SQLiteSource:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the SQL answers
        row = self._connection.execute(sql).fetchone()
        return None if row is None else row[0]

    def rows(self, sql: str) -> Iterator[Rows]:
        cursor = self._connection.execute(sql.format(binary="BINARY"))
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows


class _PostgreSQLSource:
    """A snapshot that is read on a thread of its own, the next rows while the last ones are being used."""

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any], connection: Any) -> None:  # noqa: ANN401
        self._start, self._connection = run, connection

    @classmethod
    @contextmanager
    def opened(cls, address: URL) -> Iterator["_PostgreSQLSource"]:
        """Connect, and begin to read."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        def start(work: Coroutine[Any, Any, T]) -> Any:  # noqa: ANN401 - a future of concurrent.futures
            return asyncio.run_coroutine_threadsafe(work, loop)

        try:
            connection = start(asyncpg.connect(dsn_of(address))).result(ANSWER_TIMEOUT)
            try:
                transaction = connection.transaction(isolation="repeatable_read", readonly=True)
                start(transaction.start()).result(ANSWER_TIMEOUT)
                yield cls(start, connection)
            finally:
                start(_hang_up(connection)).result(ANSWER_TIMEOUT)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StoreUnavailable(f"The database {address.database!r} cannot be read: {error}") from error
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def value(self, sql: str) -> Any:  # noqa: ANN401 - whatever the SQL answers
        return self._start(self._connection.fetchval(sql)).result(ANSWER_TIMEOUT)

    def rows(self, sql: str) -> Iterator[Rows]:
        async def cursor() -> Any:  # noqa: ANN401 - asyncpg brings no types
            return await self._connection.cursor(sql.format(binary='"C"'))

        opened = self._start(cursor()).result(ANSWER_TIMEOUT)
        coming = self._start(opened.fetch(ROWS_AT_ONCE))
        while rows := coming.result(ANSWER_TIMEOUT):
            coming = self._start(opened.fetch(ROWS_AT_ONCE))
            yield rows


async def _hang_up(connection: Any) -> None:  # noqa: ANN401 - asyncpg brings no types
    try:
        await connection.close()
    except asyncpg.InterfaceError:  # the next rows are still coming
        connection.terminate()
        await asyncio.sleep(0)
