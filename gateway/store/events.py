"""The change log as it is followed: how far it is, what comes after an event, and who leads whom by now."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, func, select

from gateway.querying.dialects import ListOf, any_of, bytes_of
from gateway.store.databases.database import Connection
from gateway.store.schema.change_log import CHANGES, COUNTERS
from gateway.store.schema.tables import DEALS, PEOPLE
from gateway.store.visibility import ORGANIZATION_ID

NUMBERS = bindparam("numbers", type_=ListOf(BigInteger()))

EVENTS_AT_ONCE = 500
BYTES_AT_ONCE = 1_000_000  # of images; one event may be longer

HEADS = select(COUNTERS.c.organization_id, COUNTERS.c.last_id).where(any_of(COUNTERS.c.organization_id, NUMBERS))

_WHOSE = CHANGES.c.organization_id == ORGANIZATION_ID
_SIZE = func.coalesce(bytes_of(CHANGES.c.before), 0) + func.coalesce(bytes_of(CHANGES.c.after), 0)
_first = (
    select(CHANGES.c.id, _SIZE.label("size"))
    .where(_WHOSE, CHANGES.c.id > bindparam("position", type_=BigInteger()))
    .order_by(CHANGES.c.id)
    .limit(bindparam("limit", type_=Integer()))
    .subquery("first")
)
_sized = select(
    _first.c.id, (func.sum(_first.c.size).over(order_by=_first.c.id) - _first.c.size).label("before_it")
).subquery("sized")
# The images of those alone that are answered are read.
NEXT = (
    select(CHANGES.c.id, CHANGES.c.at, CHANGES.c.before, CHANGES.c.after)
    .join(_sized, CHANGES.c.id == _sized.c.id)
    .where(_WHOSE, _sized.c.before_it < bindparam("bytes", type_=BigInteger()))
    .order_by(CHANGES.c.id)
)

MANAGERS = select(PEOPLE.c.id, PEOPLE.c.manager_id).where(
    PEOPLE.c.organization_id == ORGANIZATION_ID, any_of(PEOPLE.c.id, NUMBERS)
)
OWNERS = select(DEALS.c.id, DEALS.c.responsible_id).where(
    DEALS.c.organization_id == ORGANIZATION_ID, any_of(DEALS.c.id, NUMBERS)
)


async def newest_events(connection: Connection, organizations: Collection[int]) -> dict[int, int]:
    """Return the newest event of each organization; one in which nothing was ever written is absent."""
    return dict(await connection.fetch(HEADS, {"numbers": list(organizations)}))


async def events_after(connection: Connection, organization_id: int, position: int) -> Sequence[Any]:
    """Return (id, instant, image before, image after) of the next events, as many as may be held at once."""
    values = {
        "organization_id": organization_id,
        "position": position,
        "limit": EVENTS_AT_ONCE,
        "bytes": BYTES_AT_ONCE,
    }
    return await connection.fetch(NEXT, values)


async def managers_of(connection: Connection, organization_id: int, people: Collection[int]) -> dict[int, int | None]:
    """Return the direct managers of people."""
    return dict(await connection.fetch(MANAGERS, {"organization_id": organization_id, "numbers": list(people)}))


async def owners_of(connection: Connection, organization_id: int, deals: Collection[int]) -> dict[int, int | None]:
    """Return the owners of deals."""
    return dict(await connection.fetch(OWNERS, {"organization_id": organization_id, "numbers": list(deals)}))
