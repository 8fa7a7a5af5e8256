"""What documents brought to an import: a record of each resource, in one piece."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

ROWS_A_PORTION = 500
TABLES = """
CREATE TABLE brought (
    type TEXT, id INTEGER, columns BLOB, file TEXT, pointer TEXT, document INTEGER, is_link INTEGER, is_broken INTEGER,
    PRIMARY KEY (type, id)
);
CREATE TABLE document_organizations (document INTEGER, id INTEGER, PRIMARY KEY (document, id)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """A record as its documents brought it, in one piece."""

    id: int
    columns: Mapping[str, object]
    file: str
    pointer: str
    document: int
    is_link: bool
    is_broken: bool


class BroughtRecords:
    """The records by type and number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, table: str, number: int) -> Brought | None:
        """Return what is known of a record so far."""
        row = self._connection.execute(f"{BROUGHT} WHERE type = ? AND id = ?", (table, number)).fetchone()
        return _brought(row) if row else None

    def put(self, table: str, record: Brought) -> None:
        """Keep a record, instead of what was known of it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO brought VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                table,
                record.id,
                orjson.dumps(record.columns),
                record.file,
                record.pointer,
                record.document,
                record.is_link,
                record.is_broken,
            ),
        )

    def note_organization(self, document: int, number: int) -> None:
        """Remember that a document speaks of an organization."""
        self._connection.execute("INSERT OR IGNORE INTO document_organizations VALUES (?, ?)", (document, number))

    def organizations_of(self, document: int | None) -> list[int]:
        """Return the organizations that a document speaks of, or all documents do."""
        everywhere = "SELECT DISTINCT id FROM document_organizations WHERE ? IS NULL OR document = ? LIMIT 2"
        return [number for (number,) in self._connection.execute(everywhere, (document, document))]

    def has_broken(self, tables: Sequence[str]) -> bool:
        """Tell whether some record of these types was brought and cannot be read."""
        found = self._connection.execute(
            "SELECT 1 FROM brought WHERE is_broken AND type IN (SELECT value FROM json_each(?)) LIMIT 1",
            (orjson.dumps(list(tables)).decode(),),
        )
        return found.fetchone() is not None

    def portions(self, table: str) -> Iterator[list[Brought]]:
        """Yield the records of a type in the order of their numbers, some at a time."""
        last = 0
        while rows := self._connection.execute(
            f"{BROUGHT} WHERE type = ? AND id > ? ORDER BY id LIMIT ?", (table, last, ROWS_A_PORTION)
        ).fetchall():
            last = rows[-1][0]
            yield [_brought(row) for row in rows]

    def brought_among(self, table: str, numbers: Collection[int]) -> set[int]:
        """Return which of the records were brought, broken ones included."""
        listed = orjson.dumps(list(numbers)).decode()
        rows = self._connection.execute(
            "SELECT id FROM brought WHERE type = ? AND id IN (SELECT value FROM json_each(?))", (table, listed)
        )
        return {number for (number,) in rows}

    def saying(self, table: str, numbers: Collection[int], columns: Collection[str]) -> set[int]:
        """Return which of the records were brought with one of these columns at least."""
        records = (self.find(table, number) for number in self.brought_among(table, numbers))
        return {record.id for record in records if record is not None and not record.columns.keys().isdisjoint(columns)}


BROUGHT = "SELECT id, columns, file, pointer, document, is_link, is_broken FROM brought"


def _brought(row: Sequence[Any]) -> Brought:
    number, columns, file, pointer, document, is_link, is_broken = row
    return Brought(number, orjson.loads(columns), file, pointer, document, bool(is_link), bool(is_broken))
