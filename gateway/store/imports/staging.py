"""Where an import waits: a temporary SQLite file with what documents brought and with the rows made of it.

It lies outside the store, so that reading and checking take as long as they take and disturb nobody.
"""

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.store.imports import brought, finished, reliance
from gateway.store.imports.brought import BroughtRecords
from gateway.store.imports.finished import FinishedRows
from gateway.store.imports.reliance import Reliance

FOLDER = "gateway-import-"  # begins the name of the temporary one


@cache
def _empty_file() -> bytes:
    """The file with its tables: making them takes longer than all that a small import does with them."""
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
        path = Path(folder) / "empty.db"
        with closing(_open(path)) as connection:
            # One transaction: each of its own would be a change of the file for every table and index.
            tables = brought.TABLES + finished.TABLES + reliance.TABLES + finished.tables_like_the_stores()
            connection.executescript(f"BEGIN;{tables};COMMIT")
        return path.read_bytes()


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that nobody else opens and that need not outlive a crash, so nothing waits for the disk."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16000", "locking_mode = EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Staging:
    """The temporary file; it is gone with the context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=FOLDER)
        path = Path(self._folder.name) / "staging.db"
        path.write_bytes(_empty_file())
        self._connection = _open(path)
        self.brought = BroughtRecords(self._connection)
        self.finished = FinishedRows(self._connection)
        self.reliance = Reliance(self._connection)
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._folder.cleanup()

    def forget_rows(self) -> None:
        """Give up all finished rows and what they rely on, to make them again."""
        self.finished.forget()
        self.reliance.forget()
