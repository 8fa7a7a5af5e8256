"""What was read of an account: months of entries, and the other types; and how far it was behind, for a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from sqlalchemy import BigInteger, Executable, Integer, bindparam, case, delete, func, select

from gateway.domain.instants import MINUTE
from gateway.querying.sizes import Row
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import insert_into
from gateway.store.mirror.rows import put
from gateway.store.schema.mirror import LAGS, MONTHS, NEIGHBOURS
from gateway.store.visibility import ORGANIZATION_ID

MINUTES_KEPT = 24 * 60

_LIST_MONTHS = (
    select(
        MONTHS.c.organization_id,
        MONTHS.c.month,
        MONTHS.c.entries,
        MONTHS.c.loaded_at,
        MONTHS.c.swept_at,
        MONTHS.c.differences,
    )
    .where(MONTHS.c.organization_id == ORGANIZATION_ID)
    .order_by(MONTHS.c.month.desc())
)
_NEWEST_MONTHS = _LIST_MONTHS.limit(bindparam("most", type_=Integer()))
_COUNT_MONTHS = select(func.count(), func.coalesce(func.sum(MONTHS.c.entries), 0)).where(
    MONTHS.c.organization_id == ORGANIZATION_ID
)
_LIST_NEIGHBOURS = select(NEIGHBOURS.c.type, NEIGHBOURS.c.records, NEIGHBOURS.c.read_at).where(
    NEIGHBOURS.c.organization_id == ORGANIZATION_ID
)
_LIST_LAGS = (
    select(LAGS.c.minute, LAGS.c.lag_ms).where(LAGS.c.organization_id == ORGANIZATION_ID).order_by(LAGS.c.minute)
)
_FORGET_LAGS = delete(LAGS).where(
    LAGS.c.organization_id == ORGANIZATION_ID, LAGS.c.minute <= bindparam("last", type_=BigInteger())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A row of `mirror_months`."""

    organization_id: int
    month: dt.date
    entries: int = 0
    loaded_at: int | None = None
    swept_at: int | None = None
    differences: int = 0


@dataclass(frozen=True, slots=True)
class ReadType:
    """When all records of a type were last read, and how many there were."""

    type: str
    records: int
    read_at: int


async def list_months(connection: Connection, organization_id: int) -> list[Month]:
    """Return the months that were begun, the latest first."""
    return _months(await connection.fetch(_LIST_MONTHS, {"organization_id": organization_id}))


async def newest_months(connection: Connection, organization_id: int, most: int) -> list[Month]:
    """Return the latest of the months that were begun."""
    return _months(await connection.fetch(_NEWEST_MONTHS, {"organization_id": organization_id, "most": most}))


async def count_months(connection: Connection, organization_id: int) -> tuple[int, int]:
    """Return how many months were begun, and how many entries are in them."""
    [(months, entries)] = await connection.fetch(_COUNT_MONTHS, {"organization_id": organization_id})
    return months, int(entries)


def _months(rows: Sequence[Row]) -> list[Month]:
    return [
        Month(
            organization_id=row[0],
            month=row[1],
            entries=row[2],
            loaded_at=row[3],
            swept_at=row[4],
            differences=row[5],
        )
        for row in rows
    ]


async def put_month(connection: Connection, month: Month) -> None:
    """Keep what is known of a month, instead of what was."""
    await connection.fetch(put(MONTHS, connection.dialect.name), asdict(month), brief=True)


async def list_read_types(connection: Connection, organization_id: int) -> dict[str, ReadType]:
    """Return the types other than entries that were read, by name."""
    rows = await connection.fetch(_LIST_NEIGHBOURS, {"organization_id": organization_id})
    return {row[0]: ReadType(*row) for row in rows}


async def put_read_type(connection: Connection, organization_id: int, read: ReadType) -> None:
    """Keep when a type was read."""
    values = {"organization_id": organization_id, **asdict(read)}
    await connection.fetch(put(NEIGHBOURS, connection.dialect.name), values, brief=True)


@lru_cache(maxsize=2)
def _note_lag(dialect: str) -> Executable:
    row = insert_into(LAGS, dialect).values(
        organization_id=ORGANIZATION_ID,
        minute=bindparam("minute", type_=BigInteger()),
        lag_ms=bindparam("lag_ms", type_=BigInteger()),
    )
    longer = case((LAGS.c.lag_ms > row.excluded.lag_ms, LAGS.c.lag_ms), else_=row.excluded.lag_ms)
    return row.on_conflict_do_update(index_elements=list(LAGS.primary_key), set_={"lag_ms": longer})


async def note_lag(connection: Connection, organization_id: int, lag: int, *, now: int) -> None:
    """Keep a lag for its minute, where it is the longest so far; forget those of a day ago."""
    minute = now // MINUTE
    values = {"organization_id": organization_id, "minute": minute, "lag_ms": lag}
    await connection.fetch(_note_lag(connection.dialect.name), values, brief=True)
    await connection.fetch(
        _FORGET_LAGS, {"organization_id": organization_id, "last": minute - MINUTES_KEPT}, brief=True
    )


async def list_lags(connection: Connection, organization_id: int) -> list[tuple[int, int]]:
    """Return (minute since 1970, longest lag in milliseconds) of the last day, in order."""
    rows = await connection.fetch(_LIST_LAGS, {"organization_id": organization_id})
    return [(int(minute), int(lag)) for minute, lag in rows]
