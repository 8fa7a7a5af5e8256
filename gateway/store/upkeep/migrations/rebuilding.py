"""Altering a table on both databases: SQLite rebuilds it, and Alembic's batch mode forgets some of what it was."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy import Column, Computed, Connection, inspect
from sqlalchemy.exc import SAWarning


@contextmanager
def rebuilt(table: str) -> Iterator[BatchOperations]:
    """Alter a table in batch mode; on SQLite keep its generated columns, indexes, triggers and statistics.

    An index that is to change or go has to be dropped by the revision before.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        with op.batch_alter_table(table) as batch:
            yield batch
        return
    kept = _texts(connection, table)
    statistics = connection.exec_driver_sql(
        "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = ?", (table,)
    ).fetchall()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of indexes that it cannot reflect: they are made from their text
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
            _renew_generated(connection, table, batch)
            yield batch
    for name in _texts(connection, table):
        connection.exec_driver_sql(f"DROP INDEX {name}")
    for text in kept.values():
        connection.exec_driver_sql(text)
    for row in statistics:
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", tuple(row))


def _texts(connection: Connection, table: str) -> dict[str, str]:
    """Return the indexes and triggers of a table, by name, as they were made."""
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL",
        (table,),
    )
    return {name: text for name, text in found}  # noqa: C416 - rows of a result are no pairs to mypy


def _renew_generated(connection: Connection, table: str, batch: BatchOperations) -> None:
    """Make generated columns again in their places: batch mode would copy their values, which is refused."""
    before = ""
    for column in inspect(connection).get_columns(table):
        if computed := column.get("computed"):
            made = Computed(computed["sqltext"], persisted=computed.get("persisted"))
            batch.drop_column(column["name"])
            batch.add_column(
                Column(column["name"], column["type"], made, nullable=column["nullable"]), insert_after=before
            )
        before = column["name"]
