"""Whether a database has a store's tables, or none, or those of another program."""

from collections.abc import Set as AbstractSet

from gateway.store.databases.failures import StoreUnavailable

REVISIONS = "alembic_version"  # the table that every store has, also one that was emptied of all others


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
