"""Which database a test runs on, and fresh stores of that kind.

tests/conftest.py runs each test of integration, e2e and conformance that opens a store once for each kind.
"""

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from gateway.store.databases.statements import SQLITE as SQLITE_DIALECT
from gateway.store.schema.creation import creation_statements
from tests.support.harness.postgres import EMPTIED, Server

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_EMPTYING = "".join(f"DELETE FROM {name};" for name in EMPTIED) + "DELETE FROM sqlite_sequence;"
KINDS = (SQLITE, POSTGRESQL)


@cache
def _template() -> Path:
    """Return a file with the tables of a store; copying it is quicker than making them."""
    folder = tempfile.TemporaryDirectory(prefix="gateway-template-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "gateway.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in creation_statements(SQLITE_DIALECT):
            connection.execute(statement)
        connection.commit()
    return path


class Stores:
    """The kind of the present test, the server, and the databases that were made since."""

    def __init__(self) -> None:
        self.kind = SQLITE
        self.server: Server | None = None
        self.made: list[str] = []
        self.dropped: list[str] = []  # afterwards, as they have other tables
        self._emptiers: dict[str, sqlite3.Connection] = {}  # a connection that stays, for each file that does

    def url(self, directory: Path, name: str = "gateway.db") -> str:
        """Return the address of a fresh store with its tables, and no row."""
        if self.kind == SQLITE:
            return self.sqlite_url(directory, name)
        assert self.server is not None
        self.made.append(self.server.database())
        return self.made[-1]

    def sqlite_url(self, directory: Path, name: str) -> str:
        """Return the address of a fresh SQLite file with its tables, on whatever the test is run."""
        shutil.copy(_template(), directory / name)
        return f"sqlite+aiosqlite:///{directory}/{name}"

    def empty_url(self, directory: Path, name: str) -> str:
        """Return the address of a store without tables."""
        if self.kind == SQLITE:
            return f"sqlite+aiosqlite:///{directory}/{name}"
        assert self.server is not None
        self.dropped.append(self.server.empty_database())
        return self.dropped[-1]

    def copy_url(self, url: str) -> str:
        """Return the address of a copy of a PostgreSQL database that nobody is connected with."""
        assert self.server is not None
        self.dropped.append(self.server.copy(url))
        return self.dropped[-1]

    def empty(self, url: str) -> None:
        """Delete all rows of a store that stays open."""
        if url in self.made:
            assert self.server is not None
            self.server.empty(url)
            return
        if url not in self._emptiers:
            file = url.partition(":///")[2]
            self._emptiers[url] = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._emptiers[url].execute("PRAGMA synchronous = OFF")
        # Without a look at foreign keys, which a connection does not take unless it is asked to.
        self._emptiers[url].executescript(f"BEGIN IMMEDIATE; {_EMPTYING} COMMIT")

    def close(self) -> None:
        """Give back all databases, and close what emptied them."""
        self.give_back()
        while self._emptiers:
            self._emptiers.popitem()[1].close()

    def count(self) -> tuple[int, int]:
        """Return how many databases were made so far."""
        return len(self.made), len(self.dropped)

    def give_back(self, since: tuple[int, int] = (0, 0)) -> None:
        """Give back the databases that were made since they were so many."""
        made, dropped = since
        while len(self.made) > made:
            url = self.made.pop()
            if self.server is not None:
                self.server.give_back(url)
        while len(self.dropped) > dropped:
            url = self.dropped.pop()
            if self.server is not None:
                self.server.drop(url)


stores = Stores()


def store_url(directory: Path, name: str = "gateway.db") -> str:
    """Return the address of a fresh store of the kind that the test is run on."""
    return stores.url(directory, name)


def empty_store_url(directory: Path, name: str = "gateway.db") -> str:
    """Return the address of a store without tables, of the kind that the test is run on."""
    return stores.empty_url(directory, name)
