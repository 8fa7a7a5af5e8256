"""What the finished rows of an import rely on: how rows of the store were when they were read."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from gateway.store.imports.brought import ROWS_A_PORTION
from gateway.store.imports.finished import Key

TABLES = """
CREATE TABLE relied_on (
    type TEXT, name TEXT, key INTEGER, digest INTEGER, PRIMARY KEY (type, name, key)
) WITHOUT ROWID;
CREATE TABLE matched (
    type TEXT, names TEXT, key TEXT, digest INTEGER, PRIMARY KEY (type, names, key)
) WITHOUT ROWID;
"""
Match = tuple[Any, ...]  # a value for each of several columns, days as their ISO text


class Reliance:
    """Digests of stored rows by table, column and key."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rely_on(self, table: str, column: str, digests: Iterable[tuple[Key, int]]) -> None:
        """Remember how rows of the store were when they were read."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO relied_on VALUES (?, ?, ?, ?)",
            [(table, column, key, digest) for key, digest in digests],
        )

    def relied_on(self) -> Iterator[tuple[str, str, dict[Key, int]]]:
        """Yield (table, column, digest by key), some at a time."""
        groups = self._connection.execute("SELECT DISTINCT type, name FROM relied_on").fetchall()
        for table, column in groups:
            last = -1
            while rows := self._connection.execute(
                "SELECT key, digest FROM relied_on WHERE type = ? AND name = ? AND key > ? ORDER BY key LIMIT ?",
                (table, column, last, ROWS_A_PORTION),
            ).fetchall():
                last = rows[-1][0]
                yield table, column, dict(rows)

    def rely_on_matches(self, table: str, columns: tuple[str, ...], digests: Iterable[tuple[Match, int]]) -> None:
        """Remember what was found by several columns together, or that nothing was."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO matched VALUES (?, ?, ?, ?)",
            [(table, ",".join(columns), orjson.dumps(key).decode(), digest) for key, digest in digests],
        )

    def matched(self) -> Iterator[tuple[str, tuple[str, ...], dict[Match, int]]]:
        """Yield (table, columns, digest by key), some at a time."""
        groups = self._connection.execute("SELECT DISTINCT type, names FROM matched").fetchall()
        for table, names in groups:
            last = ""
            while rows := self._connection.execute(
                "SELECT key, digest FROM matched WHERE type = ? AND names = ? AND key > ? ORDER BY key LIMIT ?",
                (table, names, last, ROWS_A_PORTION),
            ).fetchall():
                last = rows[-1][0]
                yield table, tuple(names.split(",")), {tuple(orjson.loads(key)): digest for key, digest in rows}

    def forget(self) -> None:
        """Rely on nothing any more."""
        self._connection.execute("DELETE FROM relied_on")
        self._connection.execute("DELETE FROM matched")
