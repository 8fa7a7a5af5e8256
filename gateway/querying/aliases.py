"""Aliases of tables, one object for each name: an alias copies every column, and kept plans would hold many."""

from sqlalchemy import FromClause, Table

from gateway.caches import BoundedCache

BYTES_OF_A_COLUMN = 3_000
ALIASES: BoundedCache[FromClause] = BoundedCache("aliases")


def alias_of(table: Table, name: str) -> FromClause:
    """Return the alias of a table under a name."""
    return ALIASES.get((table, name), lambda: table.alias(name), lambda _: BYTES_OF_A_COLUMN * (1 + len(table.columns)))
