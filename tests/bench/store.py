"""The stores that servers answer from: made once for a number of entries and a database, and kept in .bench/."""

import asyncio
import datetime as dt
import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.clock import system_clock
from gateway.seeding.filling import seed
from gateway.store.databases.database import Connection, Database, open_database
from gateway.store.databases.statements import SQLITE
from gateway.store.schema.creation import creation_statements
from gateway.store.tokens import create_token

FOLDER = Path(__file__).resolve().parents[2] / ".bench"
TODAY = dt.date(2025, 7, 31)


class Beside(Protocol):
    """A connection beside those of the servers."""

    def run(self, sql: str) -> Sequence[Sequence[Any]]:
        """Run a statement and return its rows."""

    def settle(self) -> None:
        """Do what the database would otherwise do sooner or later after writes, within somebody's turn."""

    def close(self) -> None: ...


class Store(Protocol):
    """A seeded store, and who asks."""

    @property
    def database(self) -> str:
        """Its kind: sqlite or postgresql."""

    @property
    def version(self) -> str:
        """Name and version of the database."""

    @property
    def token(self) -> str:
        """Return the token of an admin of the first and largest organization, who sees everything."""

    @property
    def manager_token(self) -> str:
        """Return the token of a manager there, who decides what is undecided of some deals and people alone."""

    @property
    def url(self) -> str:
        """Its address, as the gateway takes it."""

    @property
    def driver_address(self) -> str:
        """Its address, as drivers take it."""

    @property
    def has_log(self) -> bool:
        """Whether writes are logged as changes."""

    def connect(self) -> Beside: ...


class FileConnection:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA synchronous = NORMAL")

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def settle(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True, slots=True)
class FileStore:
    """A file of SQLite."""

    driver_address: str
    token: str
    manager_token: str
    database: str = "sqlite"
    version: str = f"SQLite {sqlite3.sqlite_version}"
    has_log: bool = True  # of changes

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.driver_address}"

    def connect(self) -> FileConnection:
        return FileConnection(self.driver_address)


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a store beside it."""

    token: str
    manager_token: str
    schema: str  # stands for the tables and indexes that it was made with


def file_store(entries: int) -> FileStore:
    """Return the file of that many entries, making it where there is none with today's tables and indexes."""
    folder = FOLDER / f"{entries}"
    path = str(folder / "gateway.db")
    schema = schema_of(creation_statements(SQLITE))
    known = remembered(folder / "store.json", schema)
    if known is None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("gateway.db*"):
            old.unlink()
        known = filled(f"sqlite+aiosqlite:///{path}", entries, folder / "store.json", schema)
    return FileStore(path, known.token, known.manager_token)


def remembered(note: Path, schema: str) -> Known | None:
    """Return what is known of a store, or None where it has to be made; says so of one with other tables."""
    if not note.exists():
        return None
    stored = json.loads(note.read_text())
    if stored["schema"] == schema:
        return Known(**stored)
    say(f"The store beside {note} has other tables or indexes than the gateway has now: it is made again.")
    note.unlink()
    return None


def filled(url: str, entries: int, note: Path, schema: str) -> Known:
    """Seed an empty store, and remember what it was made with."""
    say(f"Seeding {entries:,} entries ...")
    start = time.perf_counter()
    report = seed(url, entries, today=TODAY)
    say(f"Seeded in {time.perf_counter() - start:.1f} s.")
    cast = report.casts[0]
    admin, manager = (asyncio.run(_token(url, person)) for person in (cast.admin_id, cast.manager_id))
    known = Known(admin, manager, schema)
    note.write_text(json.dumps(asdict(known)))
    return known


async def _token(url: str, person: int) -> str:
    async def make(connection: Connection) -> str:
        return await create_token(connection, person_id=person, name="bench", now=system_clock())

    async with open_database(url) as database:
        known: Database = database
        return await known.write(make)


def schema_of(statements: Iterable[str]) -> str:
    """Return what stands for tables and indexes, and for what is remembered of a store."""
    return hashlib.sha256("\n".join((*statements, *Known.__match_args__)).encode()).hexdigest()


def say(sentence: str) -> None:
    """Tell how far a run is."""
    print(sentence, file=sys.stderr)  # noqa: T201
