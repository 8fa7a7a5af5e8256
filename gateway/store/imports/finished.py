"""The finished rows of an import, and what the merge is to do with each."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Executable, Table, bindparam, insert, select
from sqlalchemy.schema import CreateTable

from gateway.domain.instants import EARLIEST
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.statements import SQLITE, compiled
from gateway.store.imports.brought import ROWS_A_PORTION
from gateway.store.schema.rows import Row

Key = int
Values = dict[str, Any]

# The instant of the merge, which is known when it writes: no document can bring this one.
AT_MERGE = EARLIEST - 1

# What rows are looked up by, other than their number.
LOOKED_UP_BY = {
    "salaries": "person_id",
    "deal_cost_rates": "deal_id",
    "exchange_rates": "organization_id",
    "timesheets": "person_id",
}
TABLES = """
CREATE TABLE outcomes (type TEXT, id INTEGER, outcome TEXT, changed TEXT, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE INDEX outcomes_by_outcome ON outcomes (type, outcome, changed, id);
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


def tables_like_the_stores() -> str:
    """Return the statements that make the tables of rows."""
    tables = [str(CreateTable(table).compile(dialect=SQLITE)) for table in Row.metadata.sorted_tables]
    indexes = [f"CREATE INDEX by_{table} ON {table} ({column})" for table, column in LOOKED_UP_BY.items()]
    return ";".join((*tables, *indexes))


class FinishedRows:
    """The rows in tables like those of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

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

    def forget(self) -> None:
        """Give up all rows, to make them again."""
        for table in Row.metadata.sorted_tables:
            self._connection.execute(f'DELETE FROM "{table.name}"')
        self._connection.execute("DELETE FROM outcomes")


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


def written(table: Table) -> dict[str, object]:
    """Return a parameter for each column that is written, by its name."""
    return {
        column.name: bindparam(column.name, type_=column.type) for column in table.columns if column.computed is None
    }
