"""Whether a database has a store's tables, or none, or those of another program."""

from collections.abc import Set as AbstractSet

from gateway.store.databases.failures import StoreUnavailable
from gateway.store.schema.own import ALEMBIC_VERSION

REVISIONS = ALEMBIC_VERSION.name  # the table that every store has, also one that was emptied of all others

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}


def any_row(table: str) -> str:
    """Return what reads a row of a table, if it has one."""
    return f'SELECT 1 FROM "{table}" LIMIT 1'


def has_store(tables: AbstractSet[str]) -> bool:
    """Tell by the names of its tables whether a database has a store; False is an empty database.

    Raises:
        StoreUnavailable: the tables are another program's.
    """
    if REVISIONS in tables:
        return True
    if tables:
        raise StoreUnavailable(
            f"The database holds the tables of another program ({min(tables)}, ...); name an empty one by "
            "GATEWAY_DATABASE_URL."
        )
    return False
