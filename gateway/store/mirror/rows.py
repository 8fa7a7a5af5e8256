"""Writing a row of the mirror's state, whether it is there or not."""

from functools import cache

from sqlalchemy import Executable, Table, bindparam

from gateway.store.databases.statements import insert_into


@cache
def put(table: Table, dialect: str) -> Executable:
    """Insert a whole row, in the place of the one with the same key."""
    row = insert_into(table, dialect).values(
        {column.name: bindparam(column.name, type_=column.type) for column in table.columns}
    )
    changed = {column.name: row.excluded[column.name] for column in table.columns if not column.primary_key}
    return row.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
