"""What could not be read of an account, and records that wait for what they point to."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, Text, bindparam, delete, func, select

from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.mirror.rows import put
from gateway.store.schema.mirror import TROUBLES, WAITING
from gateway.store.visibility import ORGANIZATION_ID
from gateway.store.writes.changes import IDS

MOST_HINTED = 10_000  # records that wait; what is hinted at beyond them is found by following and by sweeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A page or a record that could not be read."""

    what: str
    sentence: str
    tries: int
    next_try_at: int
    first_at: int
    is_skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A record that is to be read by its number; what it `lacks` is empty where nothing is known to be missing."""

    type: str
    id: int
    lacks: str
    tries: int
    next_try_at: int
    since: int


_LIST_TROUBLES = (
    select(
        TROUBLES.c.what,
        TROUBLES.c.sentence,
        TROUBLES.c.tries,
        TROUBLES.c.next_try_at,
        TROUBLES.c.first_at,
        TROUBLES.c.is_skipped,
    )
    .where(TROUBLES.c.organization_id == ORGANIZATION_ID)
    .order_by(TROUBLES.c.first_at, TROUBLES.c.what)
)
_FORGET_TROUBLES = delete(TROUBLES).where(
    TROUBLES.c.organization_id == ORGANIZATION_ID, any_of(TROUBLES.c.what, bindparam("names", type_=ListOf(Text())))
)
_WAITING_COLUMNS = (
    WAITING.c.type,
    WAITING.c.id,
    WAITING.c.lacks,
    WAITING.c.tries,
    WAITING.c.next_try_at,
    WAITING.c.since,
)
_LIST_WAITING = (
    select(*_WAITING_COLUMNS)
    .where(
        WAITING.c.organization_id == ORGANIZATION_ID,
        WAITING.c.next_try_at <= bindparam("due", type_=BigInteger()),
    )
    .order_by(WAITING.c.next_try_at, WAITING.c.type, WAITING.c.id)
    .limit(bindparam("most", type_=BigInteger()))
)
_COUNT = select(func.count()).where(WAITING.c.organization_id == ORGANIZATION_ID)
_FORGET_WAITING = delete(WAITING).where(
    WAITING.c.organization_id == ORGANIZATION_ID,
    WAITING.c.type == bindparam("type", type_=Text()),
    any_of(WAITING.c.id, bindparam("ids", type_=IDS)),
)


async def list_troubles(connection: Connection, organization_id: int) -> dict[str, Trouble]:
    """Return what is broken, by name, the oldest first."""
    rows = await connection.fetch(_LIST_TROUBLES, {"organization_id": organization_id})
    return {
        row[0]: Trouble(
            what=row[0], sentence=row[1], tries=row[2], next_try_at=row[3], first_at=row[4], is_skipped=row[5]
        )
        for row in rows
    }


async def put_troubles(connection: Connection, organization_id: int, troubles: Sequence[Trouble]) -> None:
    """Keep what is broken, instead of what was known of the same."""
    if troubles:
        rows = [{"organization_id": organization_id, **asdict(trouble)} for trouble in troubles]
        await connection.execute_many(put(TROUBLES, connection.dialect.name), rows)


async def forget_troubles(connection: Connection, organization_id: int, names: Collection[str]) -> None:
    """These are whole again."""
    if names:
        await connection.fetch(_FORGET_TROUBLES, {"organization_id": organization_id, "names": sorted(names)})


async def list_waiting(connection: Connection, organization_id: int, *, due: int, most: int) -> list[Waiting]:
    """Return records whose next try is due, those first that wait longest for it."""
    rows = await connection.fetch(_LIST_WAITING, {"organization_id": organization_id, "due": due, "most": most})
    names = [column.name for column in _WAITING_COLUMNS]
    return [Waiting(**dict(zip(names, row, strict=True))) for row in rows]


async def count_waiting(connection: Connection, organization_id: int) -> int:
    """Return how many records wait."""
    [(count,)] = await connection.fetch(_COUNT, {"organization_id": organization_id})
    return int(count)


async def hint(connection: Connection, organization_id: int, type_: str, ids: Collection[int], *, now: int) -> None:
    """Have records read soon, by whichever process mirrors the organization, as far as there is room."""
    room = max(0, MOST_HINTED - await count_waiting(connection, organization_id))
    numbers = sorted(ids)[:room]
    soon = [Waiting(type=type_, id=number, lacks="", tries=0, next_try_at=0, since=now) for number in numbers]
    await put_waiting(connection, organization_id, soon)


async def put_waiting(connection: Connection, organization_id: int, waiting: Sequence[Waiting]) -> None:
    """Let records wait."""
    if waiting:
        rows = [{"organization_id": organization_id, **asdict(record)} for record in waiting]
        await connection.execute_many(put(WAITING, connection.dialect.name), rows)


async def forget_waiting(connection: Connection, organization_id: int, type_: str, ids: Collection[int]) -> None:
    """These wait no more."""
    if ids:
        await connection.fetch(_FORGET_WAITING, {"organization_id": organization_id, "type": type_, "ids": sorted(ids)})
