"""The rows of a ledger in an SQLite database in memory, for statements that are run as they are, without a gateway."""

import itertools
import sqlite3
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from sqlalchemy import bindparam, insert

from gateway.store.databases.statements import SQLITE, Row, Statement, compile_statement
from gateway.store.schema.creation import creation_statements
from gateway.store.schema.rows import table_of
from tests.support.worlds.ledger import make_ledger
from tests.support.worlds.ledger_values import Ledger


class InMemory:
    """A ledger, and a database that holds its rows and the sums that triggers keep of them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @cached_property
    def _database(self) -> sqlite3.Connection:
        """Made when it is first asked, as processes import modules that have it and run none of their tests."""
        made = sqlite3.connect(":memory:", check_same_thread=False)
        for text in creation_statements(SQLITE):
            made.execute(text)
        for rows in self.ledger.tables():
            if rows and rows is not self.ledger.change_counters:  # the records have made theirs
                _add(made, rows)
        return made

    def steps(self, statement: Statement, values: Mapping[str, object]) -> int:
        """Return how many steps SQLite's machine takes for a statement, which no clock has a part in."""
        taken = itertools.count()
        self._database.set_progress_handler(lambda: next(taken) < 0, 1)
        self.run(statement, values)
        self._database.set_progress_handler(None, 0)
        return next(taken)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def run(self, statement: Statement, values: Mapping[str, object]) -> list[Row]:
        """Return the rows of a statement."""
        return statement.read(self._database.execute(statement.text, statement.parameters(values)).fetchall())


def _add(database: sqlite3.Connection, rows: list[Any]) -> None:
    table = table_of(type(rows[0]))
    written = [column for column in table.columns if column.computed is None]
    binds = {column.name: bindparam(column.name, type_=column.type) for column in written}
    statement = compile_statement(insert(table).values(binds), SQLITE)
    database.executemany(statement.text, [statement.parameters(row.model_dump()) for row in rows])


@cache
def in_memory(seed: int, entries: int) -> InMemory:
    """Return a ledger in a database in memory, which nobody writes to."""
    return InMemory(make_ledger(seed, entries))
