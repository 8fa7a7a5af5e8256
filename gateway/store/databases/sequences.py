"""The numbers that PostgreSQL gives out next; SQLite moves past numbers that it is given by itself."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Executable, Select, Table, func, select, union_all

from gateway.store.databases.database import Connection
from gateway.store.schema.rows import Row


def _numbered_tables() -> dict[str, Table]:
    """Return the tables whose rows get their numbers from the database, by name."""
    return {table.name: table for table in Row.metadata.sorted_tables if table.autoincrement_column is not None}


NUMBERED = _numbered_tables()


def _move_past(table: Table) -> Select[tuple[int]]:
    number = table.c.id
    sequence = func.pg_get_serial_sequence(table.name, number.name)
    return select(func.setval(sequence, func.max(number))).having(func.max(number).is_not(None))


@lru_cache
def move_past(names: tuple[str, ...]) -> Executable:
    """Return the statement that moves the sequences of these tables."""
    return union_all(*(_move_past(NUMBERED[name]) for name in names))


async def move_sequences(connection: Connection, tables: Iterable[str] = NUMBERED) -> None:
    """Give out later only numbers beyond those that the tables hold now, where the database gives them out."""
    names = tuple(name for name in tables if name in NUMBERED)
    if names and connection.dialect.name == "postgresql":
        await connection.fetch(move_past(names))
