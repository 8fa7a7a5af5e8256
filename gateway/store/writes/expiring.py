"""Rows that are kept for a day under a client's key: each write forgets some of those that are older."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, Delete, Table, bindparam, delete, select, tuple_

from gateway.domain.instants import DAY

KEPT_FOR = DAY
MOST_FORGOTTEN = 100  # by one write, which makes one: so none waits for what a day has left
OLDEST = bindparam("oldest", type_=BigInteger())


def forget_expired(table: Table, own: Sequence[ColumnElement[bool]]) -> Delete:
    """Return what forgets the row that is a write's own and some others, where they are not younger than `oldest`.

    Those that another write forgets at this moment are left to it.
    """
    names = tuple(table.primary_key)
    is_old = table.c.created_at <= OLDEST
    some = select(*names).where(is_old).order_by(table.c.created_at).limit(MOST_FORGOTTEN)
    some_old = some.with_for_update(skip_locked=True).subquery()
    return delete(table).where(tuple_(*names).in_(select(*some_old.c).union_all(select(*names).where(is_old, *own))))
