"""The database: connections that read, with snapshots, and units of work that write.

Everything above says what it wants as SQLAlchemy Core statements or as compiled text; which driver runs
them is decided here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from typing import Protocol, TypeVar

from sqlalchemy import URL, Dialect, Executable, make_url
from sqlalchemy.exc import ArgumentError

from gateway.store.databases.commits import Commits
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql import PostgreSQLDatabase
from gateway.store.databases.sqlite import SQLiteDatabase
from gateway.store.databases.statements import Row, Statement

T = TypeVar("T")


class Connection(Protocol):
    """A connection within one transaction or snapshot."""

    @property
    def dialect(self) -> Dialect:
        """The database's dialect, for those who keep compiled statements themselves."""

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None, *, brief: bool = False
    ) -> list[Row]:
        """Run a Core statement and return its rows with Python's values: dates, booleans, whole numbers.

        Write the statement once, at module level, with bindparam for what varies: its compiled form is kept by the
        object.
        """

    async def run(self, statement: Statement, values: Mapping[str, object], *, brief: bool = False) -> list[Row]:
        """Run a compiled statement and return the driver's own values.

        A write that touches a handful of rows by their keys may be called `brief`: it is not worth a thread.
        """

    async def execute_many(
        self, statement: Executable, rows: Sequence[Mapping[str, object]], *, brief: bool = False
    ) -> None:
        """Run a Core statement once for each of the rows, without an answer."""


class Database(Protocol):
    """A store of one organization or many, open for reading and writing."""

    @property
    def dialect(self) -> Dialect:
        """What SQL is compiled for."""

    @property
    def statements(self) -> int:
        """How many statements were run so far to read, the token check included."""

    def read(self, *, snapshot: bool) -> AbstractAsyncContextManager[Connection]:
        """Borrow a read connection; with `snapshot`, all its statements see one state of the data.

        Connections are shared fairly among tokens (`turns.py`).
        """

    async def answer(self, work: Callable[[Connection], Awaitable[T]], *, snapshot: bool) -> T:
        """Do what reads and return its answer; it may be begun again from its beginning, so it has no other effect.

        While all connections are busy it begins on one that is kept for short reads, and goes on waiting for another
        if it is none.
        """

    def look_up(self) -> AbstractAsyncContextManager[Connection]:
        """Borrow the connection that no request holds: for tokens and readiness, one short statement at a time."""

    def walk(self) -> AbstractAsyncContextManager[Connection]:
        """Open a connection that reads one state of the data for as long as it takes, and close it in the end.

        It is nobody's turn: who walks says how many may do so at once.
        """

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run a unit of work and return its answer once it is committed.

        What the work raises rolls back this work alone and is raised here.
        """

    def watch_commits(self, changed: Callable[[], None]) -> AbstractContextManager["Commits"]:
        """Call `changed` soon after every commit, of this process or another, and now and then without one."""

    async def create_tables(self) -> None:
        """Create the tables where the store is empty; leave a store alone that has them."""

    async def close(self) -> None:
        """Let what runs end, then close all connections."""


class UnsupportedDatabase(ValueError):
    """The address names a database or a driver that the gateway does not speak."""


SPOKEN = "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"


def address_of(url: str) -> URL:
    """Read a SQLAlchemy address of a database that the gateway speaks.

    Raises:
        UnsupportedDatabase: the address is malformed, or names another database or driver.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UnsupportedDatabase(f"This is not a database address; write {SPOKEN}.") from error
    if address.drivername not in {"sqlite", "sqlite+aiosqlite", "postgresql+asyncpg"}:
        raise UnsupportedDatabase(f"{address.drivername!r} is not supported; use {SPOKEN}.")
    return address


@asynccontextmanager
async def open_database(url: str, options: StoreOptions | None = None) -> AsyncIterator[Database]:
    """Open the database at a SQLAlchemy address and close it at the end.

    Raises:
        UnsupportedDatabase: see `address_of`.
        StoreUnavailable: it cannot be opened; the text says why and what to do.
    """
    address, chosen = address_of(url), options or StoreOptions()
    database: Database
    if address.get_backend_name() == "postgresql":
        replica = address_of(chosen.read_url) if chosen.read_url else None
        database = await PostgreSQLDatabase.open(address, chosen, replica)
    else:
        database = await SQLiteDatabase.open(
            address.database or ":memory:", statement_timeout_ms=chosen.statement_timeout_ms
        )
    try:
        yield database
    finally:
        await database.close()


async def write_alone(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run a large unit of work in a transaction that nobody shares, and return its answer once it is committed.

    What the work raises rolls everything back and is raised here.
    """
    if isinstance(database, SQLiteDatabase):
        return await database.write_alone(work)
    return await database.write(work)
