"""Reading the change log: the newest changes of each entry first, whether the entry is still there or not."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, FromClause, Integer, Select, bindparam, func, select

from gateway.domain.access import Viewer
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.schema.tables import ENTRIES, ChangeCounterRow, TimeEntryChangeRow, table_of
from gateway.store.visibility import Visibility, organization_id, viewer_values, visibility
from gateway.store.writes.images import read_image

CHANGES = table_of(TimeEntryChangeRow)
COUNTERS = table_of(ChangeCounterRow)

_ENTRIES_ASKED = bindparam("entries", type_=ListOf(BigInteger()))
_OF_ENTRIES = (CHANGES.c.organization_id == organization_id()) & any_of(CHANGES.c.time_entry_id, _ENTRIES_ASKED)


def newest_changes() -> FromClause:
    """Return the changes of the asked entries before the change `older_than`, each with its place from the newest."""
    place = func.row_number().over(partition_by=CHANGES.c.time_entry_id, order_by=CHANGES.c.id.desc()).label("place")
    older = CHANGES.c.id < bindparam("older_than", type_=BigInteger())
    return select(*CHANGES.c, place).where(_OF_ENTRIES, older).subquery("newest")


def first_changes(statement: Select[Any], newest: FromClause) -> Select[Any]:
    """Narrow a selection of `newest_changes` to the first `limit` of each entry, in order."""
    limited = statement.where(newest.c.place <= bindparam("limit", type_=Integer()))
    return limited.order_by(newest.c.time_entry_id, newest.c.place)


COUNTS = select(CHANGES.c.time_entry_id, func.count()).where(_OF_ENTRIES).group_by(CHANGES.c.time_entry_id)
LAST_EVENT = select(COUNTERS.c.last_id).where(COUNTERS.c.organization_id == organization_id())

_ENTRY_ID = bindparam("entry_id", type_=BigInteger())
LAST_IMAGE = (
    select(CHANGES.c.before)
    .where(
        CHANGES.c.organization_id == organization_id(),
        CHANGES.c.time_entry_id == _ENTRY_ID,
        CHANGES.c.kind == "DELETED",
    )
    .order_by(CHANGES.c.id.desc())
    .limit(1)
)


@cache
def _seen(seen: Visibility) -> Select[Any]:
    """Select the entry in `entry_id` where the caller may see it; one statement for each rule."""
    return select(ENTRIES.c.id).where(ENTRIES.c.id == _ENTRY_ID, seen.condition(ENTRIES))


async def sees_changes_of(connection: Connection, viewer: Viewer, entry_id: int) -> bool:
    """Tell whether the caller sees an entry, or would see it had it not been deleted."""
    seen = visibility("time_entries", sees_everything=viewer.sees_everything)
    values = viewer_values(viewer) | {"entry_id": entry_id}
    if await connection.fetch(_seen(seen), values):
        return True
    rows = await connection.fetch(LAST_IMAGE, {"organization_id": viewer.organization_id, "entry_id": entry_id})
    return bool(rows) and seen.shows(read_image(rows[0][0]), viewer)


async def last_event_id(connection: Connection, viewer: Viewer) -> str | None:
    """Return the newest change of the organization; None where nothing was ever written."""
    rows = await connection.fetch(LAST_EVENT, {"organization_id": viewer.organization_id})
    return str(rows[0][0]) if rows else None
