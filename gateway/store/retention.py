"""Which events of the change log are still kept, and the removal of others.

Up to an organization's `expired_id` there may be gaps. An event older than what is kept counts as gone at once, and is
removed soon: all but the first of an entry, which tells of its making, and the last, which holds its last state.
"""

from sqlalchemy import BigInteger, bindparam, delete, exists, select, update

from gateway.store.databases.database import Connection
from gateway.store.schema.change_log import CHANGES, COUNTERS
from gateway.store.visibility import ORGANIZATION_ID

THROUGH = bindparam("through", type_=BigInteger())
EVENTS_AT_ONCE = 1_000  # that are removed by one transaction

COUNTED = select(COUNTERS.c.organization_id, COUNTERS.c.last_id, COUNTERS.c.expired_id)
EXPIRED = select(COUNTERS.c.expired_id).where(COUNTERS.c.organization_id == ORGANIZATION_ID)
FIRST_FROM = (
    select(CHANGES.c.id, CHANGES.c.at)
    .where(CHANGES.c.organization_id == ORGANIZATION_ID, CHANGES.c.id >= bindparam("number", type_=BigInteger()))
    .order_by(CHANGES.c.id)
    .limit(1)
)
MARK = (
    update(COUNTERS)
    .values(expired_id=THROUGH)
    .where(COUNTERS.c.organization_id == ORGANIZATION_ID, COUNTERS.c.expired_id < THROUGH)
)

_older, _newer, _removed = CHANGES.alias("older"), CHANGES.alias("newer"), CHANGES.alias("removed")
_entries = select(_removed.c.time_entry_id).where(
    _removed.c.organization_id == ORGANIZATION_ID,
    _removed.c.id > bindparam("beyond", type_=BigInteger()),
    _removed.c.id <= THROUGH,
)
# What was the last of an entry when it expired is looked at again when a later one does.
REMOVE = delete(CHANGES).where(
    CHANGES.c.organization_id == ORGANIZATION_ID,
    CHANGES.c.id <= THROUGH,
    CHANGES.c.time_entry_id.in_(_entries),
    exists().where(_older.c.time_entry_id == CHANGES.c.time_entry_id, _older.c.id < CHANGES.c.id),
    exists().where(_newer.c.time_entry_id == CHANGES.c.time_entry_id, _newer.c.id > CHANGES.c.id),
)


async def counted_events(connection: Connection) -> list[tuple[int, int, int]]:
    """Return (organization, newest event, event up to which there may be gaps) of all organizations."""
    return [(int(number), int(last), int(expired)) for number, last, expired in await connection.fetch(COUNTED)]


async def oldest_since(connection: Connection, organization_id: int, *, before: int | None) -> int:
    """Return the oldest event after which nothing is missing; what is older than `before` counts as gone."""
    rows = await connection.fetch(EXPIRED, {"organization_id": organization_id})
    oldest = int(rows[0][0]) if rows else 0
    return oldest if before is None else await last_before(connection, organization_id, before, beyond=oldest)


async def is_kept(connection: Connection, organization_id: int, position: int, *, before: int | None) -> bool:
    """Tell whether nothing is missing after a position, without a search."""
    rows = await connection.fetch(EXPIRED, {"organization_id": organization_id})
    if rows and int(rows[0][0]) > position:
        return False
    if before is None:
        return True
    following = await _first_from(connection, organization_id, position + 1)
    return following is None or following[1] >= before


async def last_before(connection: Connection, organization_id: int, instant: int, *, beyond: int) -> int:
    """Return the last event before an instant, at least `beyond`: by bisection, for instants rise with the numbers."""
    low, high = beyond, beyond
    step = EVENTS_AT_ONCE
    while True:  # until the last one lies below `high`
        found = await _first_from(connection, organization_id, high + step)
        if found is None or found[1] >= instant:
            high += step
            break
        low = high = found[0]
        step *= 2
    while low < high:
        middle = (low + high + 1) // 2
        found = await _first_from(connection, organization_id, middle)
        if found is None or found[1] >= instant:
            high = middle - 1
        else:
            low = found[0]
    return low


async def _first_from(connection: Connection, organization_id: int, number: int) -> tuple[int, int] | None:
    rows = await connection.fetch(FIRST_FROM, {"organization_id": organization_id, "number": number})
    return (int(rows[0][0]), int(rows[0][1])) if rows else None


async def remove_through(connection: Connection, organization_id: int, through: int) -> None:
    """Remove the last events up to this one that are no longer kept; the caller goes on step by step."""
    # Twice as many, should the step before have been cut short.
    beyond = through - 2 * EVENTS_AT_ONCE
    values = {"organization_id": organization_id, "through": through, "beyond": beyond}
    await connection.fetch(MARK, values)
    await connection.fetch(REMOVE, values)
