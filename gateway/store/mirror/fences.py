"""What was written since a page was asked for: of that the page knows less than the store.

The change log of an organization is in commit order, so its last number, read before a request is sent, stands for all
that the answer can know of. An entry with a later row was written meanwhile by a forwarded write, and is read again.
"""

from collections.abc import Collection

from sqlalchemy import BigInteger, bindparam, select

from gateway.querying.dialects import any_of
from gateway.store.databases.database import Connection
from gateway.store.schema.change_log import CHANGES, COUNTERS
from gateway.store.visibility import ORGANIZATION_ID
from gateway.store.writes.changes import IDS

_LAST = select(COUNTERS.c.last_id).where(COUNTERS.c.organization_id == ORGANIZATION_ID)
CHANGED = (
    select(CHANGES.c.time_entry_id)
    .where(
        CHANGES.c.organization_id == ORGANIZATION_ID,
        any_of(CHANGES.c.time_entry_id, bindparam("ids", type_=IDS)),
        CHANGES.c.id > bindparam("fence", type_=BigInteger()),
    )
    .distinct()
)


async def fence(connection: Connection, organization_id: int) -> int:
    """Return what stands for all that is written by now; read it before the request is sent."""
    rows = await connection.fetch(_LAST, {"organization_id": organization_id})
    return int(rows[0][0]) if rows else 0


async def written_since(connection: Connection, organization_id: int, since: int, ids: Collection[int]) -> set[int]:
    """Return which of the entries were written after a fence."""
    values = {"organization_id": organization_id, "fence": since, "ids": sorted(ids)}
    rows = await connection.fetch(CHANGED, values)
    return {int(number) for (number,) in rows}
