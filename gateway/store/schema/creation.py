"""The tables of an empty store, as SQL text."""

from collections.abc import Iterator

from sqlalchemy import Dialect
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

from gateway.store.schema.day_ends import day_end_statements
from gateway.store.schema.months import summary_statements
from gateway.store.schema.rows import SCHEMA_REVISION, Row, indexes_of
from gateway.store.schema.stamps import stamp_statements
from gateway.store.schema.statistics import EXTENDED_STATISTICS, statistics_statements
from gateway.store.schema.zones import zone_statements


def table_statements(dialect: Dialect, *, foreign_keys: bool = True) -> Iterator[str]:
    """Yield a CREATE TABLE for each table, what is referred to first, and the schema revision.

    Without foreign keys, `foreign_key_statements` has to follow: checking a million rows at once is quicker.
    """
    for table in Row.metadata.sorted_tables:
        included = None if foreign_keys else ()
        yield str(CreateTable(table, include_foreign_key_constraints=included).compile(dialect=dialect))
    yield f"INSERT INTO alembic_version (version_num) VALUES ('{SCHEMA_REVISION}')"


def foreign_key_statements(dialect: Dialect) -> Iterator[str]:
    """Yield an ALTER TABLE for each foreign key, for tables that were made without."""
    for table in Row.metadata.sorted_tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda constraint: str(constraint.name)):
            # Isolated, it would be missing from every CREATE TABLE that is compiled later.
            yield str(AddConstraint(constraint, isolate_from_table=False).compile(dialect=dialect))


def closing_statements(dialect: Dialect) -> Iterator[str]:
    """Yield what follows the rows of a bulk load: indexes, sums, stamps, zones, ends of days, triggers, statistics."""
    for table in Row.metadata.sorted_tables:
        for index in indexes_of(table, dialect.name):
            yield str(CreateIndex(index).compile(dialect=dialect))
    yield from summary_statements(dialect)
    yield from stamp_statements(dialect)
    if dialect.name == "postgresql":
        yield from zone_statements()
        yield EXTENDED_STATISTICS
    else:
        yield from day_end_statements()


def creation_statements(dialect: Dialect) -> Iterator[str]:
    """Yield all that makes an empty store."""
    yield from table_statements(dialect)
    yield from closing_statements(dialect)
    if dialect.name == "sqlite":
        yield from statistics_statements()
