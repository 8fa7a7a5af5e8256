"""Filling a column by a function that SQL does not have, on both databases."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import orjson
from alembic import context, op
from alembic.util.exc import CommandError
from sqlalchemy import BigInteger, Connection, Text, bindparam, column, select, table, text

ROWS_A_BATCH = 5_000
# One statement a batch, since PostgreSQL's triggers add up months by statement; a batch is one JSON text.
WRITTEN = {
    "sqlite": "UPDATE {table} SET {target} = made.value ->> 1 FROM json_each(:made) AS made "
    "WHERE {table}.id = made.value ->> 0",
    "postgresql": "UPDATE {table} SET {target} = made.value ->> 1 "
    "FROM jsonb_array_elements(CAST(:made AS jsonb)) AS made WHERE {table}.id = CAST(made.value ->> 0 AS bigint)",
}

INDEXES = """SELECT CAST(CAST(indexrelid AS regclass) AS text), pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = CAST(CAST(:name AS text) AS regclass)
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


def fill(name: str, target: str, sources: Sequence[str], make: Callable[..., str]) -> None:
    """Write a text of each row from others of it, in the order of ids; where one of these is null it stays as it is.

    Raises:
        CommandError: the migration is only written as SQL, from a revision that has rows.
    """
    if context.is_offline_mode():
        if context.get_starting_revision_argument() is not None:
            raise CommandError(f"{name}.{target} is written row by row, by Python; run `gateway migrate` itself.")
        return
    rows = table(name, column("id", BigInteger), *(column(source, Text) for source in sources))
    given = [rows.c[source] for source in sources]
    batch = (
        select(rows.c.id, *given)
        .where(rows.c.id > bindparam("last", type_=BigInteger), *(source.is_not(None) for source in given))
        .order_by(rows.c.id)
        .limit(ROWS_A_BATCH)
    )
    connection, last = op.get_bind(), 0
    write = text(WRITTEN[connection.dialect.name].format(table=name, target=target))
    with _bare(connection, name):
        while found := connection.execute(batch, {"last": last}).fetchall():
            made = orjson.dumps([(number, make(*texts)) for number, *texts in found]).decode()
            connection.execute(write, {"made": made})
            last = found[-1][0]


@contextmanager
def _bare(connection: Connection, name: str) -> Iterator[None]:
    """Take the indexes and triggers off a table of PostgreSQL, but for keys, and make them again at the end.

    A row that is written moves, and every index would follow it: making forty again takes a fifth of that. No index and
    no trigger depends on a column that is filled.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    indexes = connection.execute(text(INDEXES), {"name": name}).fetchall()
    for index, _ in indexes:
        connection.execute(text(f"DROP INDEX {index}"))
    connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
    yield
    connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
    for _, definition in indexes:
        connection.exec_driver_sql(definition)
