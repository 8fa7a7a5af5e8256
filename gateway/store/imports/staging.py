"""Where an import waits: a temporary SQLite file with what documents brought and with the rows made of it.

It lies outside the store, so that reading and checking take as long as they take and disturb nobody.
"""

import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from sqlalchemy import BigInteger, Executable, Table, bindparam, insert, select
from sqlalchemy.schema import CreateTable

from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.statements import SQLITE, compiled
from gateway.store.schema.tables import Row

Key = int
Values = dict[str, Any]

ROWS_A_PORTION = 500
# What rows are looked up by, other than their number.
LOOKED_UP_BY = {
    "salaries": "person_id",
    "deal_cost_rates": "deal_id",
    "exchange_rates": "organization_id",
    "timesheets": "person_id",
}
OWN_TABLES = """
CREATE TABLE brought (
    type TEXT, id INTEGER, columns BLOB, file TEXT, pointer TEXT, document INTEGER, is_link INTEGER, is_broken INTEGER,
    PRIMARY KEY (type, id)
);
CREATE TABLE document_organizations (document INTEGER, id INTEGER, PRIMARY KEY (document, id)) WITHOUT ROWID;
CREATE TABLE outcomes (type TEXT, id INTEGER, outcome TEXT, changed TEXT, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE INDEX outcomes_by_outcome ON outcomes (type, outcome, changed, id);
CREATE TABLE relied_on (
    type TEXT, name TEXT, key INTEGER, digest INTEGER, PRIMARY KEY (type, name, key)
) WITHOUT ROWID;
"""


class Outcome(Enum):
    """What the merge will do with a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Finished:
    """A row as it will be, and what the merge will do with it."""

    row: Values
    outcome: Outcome
    changed: tuple[str, ...] = ()  # of a row that is updated: the columns that come out different


@dataclass(frozen=True, slots=True)
class Brought:
    """A record as its documents brought it, in one piece."""

    id: int
    columns: Mapping[str, Any]
    file: str
    pointer: str
    document: int
    is_link: bool
    is_broken: bool


class Staging:
    """The temporary file; it is gone with the context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gateway-import-")
        path = Path(self._folder.name) / "staging.db"
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16000", "locking_mode = EXCLUSIVE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(OWN_TABLES)
        for table in Row.metadata.sorted_tables:
            self._connection.execute(str(CreateTable(table).compile(dialect=SQLITE)))
        for table_name, column in LOOKED_UP_BY.items():
            self._connection.execute(f"CREATE INDEX by_{table_name} ON {table_name} ({column})")
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._folder.cleanup()

    # ---- what documents brought ----------------------------------------------------------------------------------

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

    def count(self, table: str) -> int:
        """Return how many records of a type were brought."""
        (count,) = self._connection.execute("SELECT count(*) FROM brought WHERE type = ?", (table,)).fetchone()
        return int(count)

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

    # ---- the rows that were made of it ---------------------------------------------------------------------------

    def keep_rows(self, table: Table, rows: Sequence[Finished]) -> None:
        """Keep finished rows, and what the merge is to do with each."""
        statement = compiled(insertion(table), SQLITE)
        self._connection.executemany(statement.text, [statement.parameters(each.row) for each in rows])
        self._connection.executemany(
            "INSERT INTO outcomes VALUES (?, ?, ?, ?)",
            [(table.name, each.row["id"], each.outcome.value, ",".join(each.changed)) for each in rows],
        )

    def rows(self, table: Table, column: str, keys: Collection[Key]) -> list[Values]:
        """Return the finished rows whose column is one of the keys."""
        return self.select(table, selection(table, column), {"keys": list(keys)})

    def select(self, table: Table, statement: Executable, values: Values) -> list[Values]:
        """Run a selection of whole finished rows."""
        made = compiled(statement, SQLITE)
        found = self._connection.execute(made.text, made.parameters(values)).fetchall()
        return [dict(zip(table.c.keys(), row, strict=True)) for row in made.read(found)]

    def numbers(self, table: Table, outcome: Outcome) -> Iterator[list[int]]:
        """Yield the numbers of the rows with an outcome, some at a time, in their order."""
        last = 0
        while rows := self._connection.execute(
            "SELECT id FROM outcomes WHERE type = ? AND outcome = ? AND id > ? ORDER BY id LIMIT ?",
            (table.name, outcome.value, last, ROWS_A_PORTION),
        ).fetchall():
            last = rows[-1][0]
            yield [number for (number,) in rows]

    def updates(self, table: Table) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        """Yield (columns, numbers) of the rows in which just these columns change, some at a time."""
        shapes = self._connection.execute(
            "SELECT DISTINCT changed FROM outcomes WHERE type = ? AND outcome = ?", (table.name, Outcome.UPDATED.value)
        ).fetchall()
        for (changed,) in shapes:
            last = 0
            while rows := self._connection.execute(
                "SELECT id FROM outcomes WHERE type = ? AND outcome = ? AND changed = ? AND id > ? ORDER BY id LIMIT ?",
                (table.name, Outcome.UPDATED.value, changed, last, ROWS_A_PORTION),
            ).fetchall():
                last = rows[-1][0]
                yield tuple(changed.split(",")), [number for (number,) in rows]

    def outcomes(self, table: Table) -> dict[Outcome, int]:
        """Count the rows by outcome."""
        counted = "SELECT outcome, count(*) FROM outcomes WHERE type = ? GROUP BY outcome"
        return {Outcome(outcome): count for outcome, count in self._connection.execute(counted, (table.name,))}

    def forget_rows(self) -> None:
        """Give up all finished rows, to make them anew."""
        for table in Row.metadata.sorted_tables:
            self._connection.execute(f'DELETE FROM "{table.name}"')
        self._connection.execute("DELETE FROM outcomes")
        self._connection.execute("DELETE FROM relied_on")

    # ---- what the rows rely on -----------------------------------------------------------------------------------

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


BROUGHT = "SELECT id, columns, file, pointer, document, is_link, is_broken FROM brought"


def _brought(row: Sequence[Any]) -> Brought:
    number, columns, file, pointer, document, is_link, is_broken = row
    return Brought(number, orjson.loads(columns), file, pointer, document, bool(is_link), bool(is_broken))


# One statement object a table and columns, by which its compiled form is found.
@cache
def selection(table: Table, column: str) -> Executable:
    """Select the whole rows whose column is one of `keys`."""
    keys = bindparam("keys", type_=ListOf(BigInteger()))
    return select(*table.c).where(any_of(table.c[column], keys)).order_by(table.c.id)


@cache
def match(table: Table, columns: tuple[str, ...]) -> Executable:
    """Select the whole rows whose columns are each in the list of their name."""
    conditions = [any_of(table.c[name], bindparam(name, type_=ListOf(table.c[name].type))) for name in columns]
    return select(*table.c).where(*conditions).order_by(table.c.id)


@cache
def insertion(table: Table) -> Executable:
    """Insert whole rows."""
    return insert(table).values(written(table))


def written(table: Table) -> dict[str, Any]:
    """Return a parameter for each column that is written, by its name."""
    return {
        column.name: bindparam(column.name, type_=column.type) for column in table.columns if column.computed is None
    }
