"""The store that all servers answer from: made once for a number of entries, and kept in .bench/."""

import asyncio
import datetime as dt
import hashlib
import json
import sqlite3
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.operations.seeding import seed
from gateway.store.creation import creation_statements
from gateway.store.engine import Connection, Database, open_database
from gateway.store.statements import SQLITE
from gateway.store.tokens import create_token, wall_clock

FOLDER = Path(__file__).resolve().parents[2] / ".bench"
TODAY = dt.date(2025, 7, 31)


@dataclass(frozen=True, slots=True)
class Store:
    """A seeded file, and who asks."""

    path: str
    token: str  # of an admin of the first and largest organization, who sees everything
    schema: str  # stands for the tables and indexes that it was made with

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.path}"

    def connect(self) -> sqlite3.Connection:
        """Open the file beside the servers."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


def store_of(entries: int) -> Store:
    """Return the store of that many entries, making it where there is none of this schema."""
    folder = FOLDER / f"{entries}"
    facts = folder / "store.json"
    schema = _schema()
    if facts.exists():
        known = Store(**json.loads(facts.read_text()))
        if known.schema == schema:
            return known
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("gateway.db*"):
        old.unlink()
    path = str(folder / "gateway.db")
    url = f"sqlite+aiosqlite:///{path}"
    start = time.perf_counter()
    report = seed(url, entries, today=TODAY)
    print(f"Seeded {entries:,} entries in {time.perf_counter() - start:.1f} s.", file=sys.stderr)  # noqa: T201
    store = Store(path, asyncio.run(_finish(url, report.admin_id)), schema)
    facts.write_text(json.dumps(asdict(store)))
    return store


async def _finish(url: str, person: int) -> str:
    async def make(connection: Connection) -> str:
        return await create_token(connection, person_id=person, name="bench", now=wall_clock())

    async with open_database(url) as database:
        known: Database = database
        return await known.write(make)


def _schema() -> str:
    return hashlib.sha256("\n".join(creation_statements(SQLITE)).encode()).hexdigest()
