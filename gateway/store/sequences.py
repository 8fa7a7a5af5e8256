"""The numbers that PostgreSQL gives out next; SQLite moves past numbers that it is given by itself."""

from collections.abc import Iterable

from sqlalchemy import Executable, Table, func, select

from gateway.store.engine import Connection
from gateway.store.tables import Row


def numbered_tables() -> list[Table]:
    """Return the tables whose rows get their numbers from the database."""
    return [table for table in Row.metadata.sorted_tables if table.autoincrement_column is not None]


def _move_past(table: Table) -> Executable:
    number = table.c.id
    sequence = func.pg_get_serial_sequence(table.name, number.name)
    return select(func.setval(sequence, func.max(number))).having(func.max(number).is_not(None))


MOVE_PAST = {table.name: _move_past(table) for table in numbered_tables()}


async def move_sequences(connection: Connection, tables: Iterable[str] = tuple(MOVE_PAST)) -> None:
    """Give out later only numbers beyond those that the tables hold now."""
    if connection.dialect.name == "postgresql":
        for name in tables:
            await connection.fetch(MOVE_PAST[name])
