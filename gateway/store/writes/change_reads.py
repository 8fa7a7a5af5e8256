"""Reading the change log: the newest changes of each entry first, whether the entry is still there or not.

Whoever sees a part of the entries sees the changes of an entry while it was among them, and that it came or went.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Integer, Select, bindparam, func, select

from gateway.domain.access import Viewer
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.schema.change_log import CHANGES, COUNTERS
from gateway.store.visibility import ORGANIZATION_ID, visibility

_OF_ENTRIES = any_of(CHANGES.c.time_entry_id, bindparam("entries", type_=ListOf(BigInteger())))


def changes_seen(*, sees_everything: bool) -> ColumnElement[bool]:
    """Return the condition for the changes of the asked entries that a caller may see."""
    return _OF_ENTRIES & visibility(CHANGES.name, sees_everything=sees_everything).condition(CHANGES)


def newest_changes(seen: ColumnElement[bool]) -> FromClause:
    """Return the changes before the change `older_than`, each with its place from the newest of its entry.

    They are ranked by their numbers alone: an entry may have many, and long images.
    """
    place = func.row_number().over(partition_by=CHANGES.c.time_entry_id, order_by=CHANGES.c.id.desc()).label("place")
    older = CHANGES.c.id < bindparam("older_than", type_=BigInteger())
    ranked = select(CHANGES.c.organization_id, CHANGES.c.id, place).where(seen, older).subquery("ranked")
    is_it = (CHANGES.c.organization_id == ranked.c.organization_id) & (CHANGES.c.id == ranked.c.id)
    return select(*CHANGES.c, ranked.c.place).select_from(ranked).join(CHANGES, is_it).subquery("newest")


def first_changes(statement: Select[Any], newest: FromClause) -> Select[Any]:
    """Narrow a selection of `newest_changes` to the first `limit` of each entry, in order."""
    limited = statement.where(newest.c.place <= bindparam("limit", type_=Integer()))
    return limited.order_by(newest.c.time_entry_id, newest.c.place)


def counts_of_changes(seen: ColumnElement[bool]) -> Select[Any]:
    """Return how many changes each entry has, entries without any left out."""
    return select(CHANGES.c.time_entry_id, func.count()).where(seen).group_by(CHANGES.c.time_entry_id)


LAST_EVENT = select(COUNTERS.c.last_id).where(COUNTERS.c.organization_id == ORGANIZATION_ID)


async def last_event_id(connection: Connection, viewer: Viewer) -> str:
    """Return the newest change of the organization; 0 where nothing was ever written."""
    rows = await connection.fetch(LAST_EVENT, {"organization_id": viewer.organization_id})
    return str(rows[0][0]) if rows else "0"


STAMP = select(COUNTERS.c.stamp).where(COUNTERS.c.organization_id == ORGANIZATION_ID)


async def stamp_of(connection: Connection, organization: int) -> int:
    """Return what stands for all rows of an organization as they are now."""
    rows = await connection.fetch(STAMP, {"organization_id": organization})
    return int(rows[0][0]) if rows else 0
