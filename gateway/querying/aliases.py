"""Aliases of tables, one object for each name: an alias copies every column, and kept plans would hold many."""

from functools import lru_cache

from sqlalchemy import FromClause, Table

MOST_ALIASES = 4_096


@lru_cache(maxsize=MOST_ALIASES)
def alias_of(table: Table, name: str) -> FromClause:
    """Return the alias of a table under a name."""
    return table.alias(name)
