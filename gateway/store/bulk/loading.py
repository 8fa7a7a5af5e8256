"""Filling an empty store quickly: plain rows in, one transaction, indexes made after the rows."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing

from gateway.store.bulk.batches import Batch, Encoding, StoreNotEmpty
from gateway.store.bulk.postgresql_loading import fill_empty_postgresql
from gateway.store.databases.database import address_of
from gateway.store.databases.emptiness import REVISIONS, TABLES, any_row
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.sqlite_checkpoints import TO_THE_DISK
from gateway.store.databases.sqlite_thread import WITH_A_LOG
from gateway.store.databases.statements import SQLITE
from gateway.store.schema.creation import closing_statements, table_statements
from gateway.store.schema.rows import Row
from gateway.store.schema.statistics import statistics_statements

# sqlite3 binds only exact str, int and float without asking its adapters.
SQLITE_ENCODING = Encoding(day=dt.date.isoformat, yes=1, no=0)

# The rollback journal undoes an interrupted load. It stays small, for a new page needs no undoing.
BEFORE = (
    "PRAGMA journal_mode = DELETE",
    "PRAGMA synchronous = OFF",
    # Sorting for an index goes to other threads only with temporary files, in portions of the cache's size.
    "PRAGMA temp_store = FILE",
    "PRAGMA threads = 4",
    "PRAGMA cache_size = -6000",
    "PRAGMA ignore_check_constraints = ON",  # the rows are the program's own, and a test checks them
    "PRAGMA busy_timeout = 5000",
)
AFTER = (TO_THE_DISK, WITH_A_LOG)


def fill_empty_store(url: str, batches: Callable[[Encoding], Iterable[Batch]]) -> None:
    """Make the tables where there are none, and load the batches, all or nothing.

    Raises:
        StoreNotEmpty: a table has rows, or is another program's; nothing was changed.
        StoreUnavailable: the database cannot be opened or written, or somebody else has the file open.
    """
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        fill_empty_postgresql(address, batches)
    else:
        _fill_empty_file(address.database or ":memory:", batches)


def _fill_empty_file(path: str, batches: Callable[[Encoding], Iterable[Batch]]) -> None:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _refuse_data(connection, path)
            for pragma in BEFORE:
                connection.execute(pragma)
            connection.execute("BEGIN EXCLUSIVE")
            _make_bare_tables(connection)
            for batch in batches(SQLITE_ENCODING):
                connection.executemany(_insert(batch), batch.rows)
            for statement in (*closing_statements(SQLITE), *statistics_statements()):
                connection.execute(statement)
            connection.execute("COMMIT")
            for pragma in AFTER:
                connection.execute(pragma)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"The database file {path!r} cannot be filled: {error}.") from error


def _refuse_data(connection: sqlite3.Connection, path: str) -> None:
    ours = {table.name for table in Row.metadata.sorted_tables}
    for table in _tables(connection):
        if table == REVISIONS:
            continue
        if table not in ours or connection.execute(any_row(table)).fetchone():
            raise StoreNotEmpty(f"The store {path!r} already has {table}; choose another file.")


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES["sqlite"])]


def _make_bare_tables(connection: sqlite3.Connection) -> None:
    """Make the tables without indexes, also where an empty store has them already."""
    present = set(_tables(connection))
    for table in reversed(Row.metadata.sorted_tables):
        if table.name in present:
            connection.execute(f'DROP TABLE "{table.name}"')
    for statement in table_statements(SQLITE):
        connection.execute(statement)


def _insert(batch: Batch) -> str:
    columns = ", ".join(f'"{name}"' for name in batch.columns)
    return f'INSERT INTO "{batch.table}" ({columns}) VALUES ({", ".join("?" * len(batch.columns))})'
