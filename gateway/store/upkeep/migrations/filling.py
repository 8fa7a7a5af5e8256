"""Filling a column by a function that SQL does not have, on both databases."""

from collections.abc import Callable, Sequence

import orjson
from alembic import context, op
from alembic.util.exc import CommandError
from sqlalchemy import BigInteger, Text, bindparam, column, select, table, text

ROWS_A_BATCH = 5_000
# One statement a batch, since PostgreSQL's triggers add up months by statement; a batch is one JSON text.
WRITTEN = {
    "sqlite": "UPDATE {table} SET {target} = made.value ->> 1 FROM json_each(:made) AS made "
    "WHERE {table}.id = made.value ->> 0",
    "postgresql": "UPDATE {table} SET {target} = made.value ->> 1 "
    "FROM jsonb_array_elements(CAST(:made AS jsonb)) AS made WHERE {table}.id = CAST(made.value ->> 0 AS bigint)",
}


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
    while found := connection.execute(batch, {"last": last}).fetchall():
        made = orjson.dumps([(number, make(*texts)) for number, *texts in found]).decode()
        connection.execute(write, {"made": made})
        last = found[-1][0]
