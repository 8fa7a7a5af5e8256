"""Entries whose cost is to be computed again, in batches by id, over all organizations."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, bindparam, or_, select

from gateway.domain.costs import AMOUNT_COLUMNS, SUFFIXES
from gateway.store.databases.database import Connection
from gateway.store.schema.entries import ENTRIES

LABELS = tuple(f"currency{suffix}" for suffix in SUFFIXES)
STORED = ("overhead", *LABELS, *AMOUNT_COLUMNS)
KEYS = ("id", "organization_id", "person_id", "service_id", "date", "time")


@dataclass(frozen=True, slots=True)
class Costed:
    """An entry, what its cost depends on, and what is stored of it, by column name."""

    id: int
    organization_id: int
    person_id: int
    service_id: int
    date: dt.date
    time: int
    stored: Mapping[str, object]


BATCH = (
    select(*(ENTRIES.c[name] for name in (*KEYS, *STORED)))
    .where(
        ENTRIES.c.id > bindparam("beyond", type_=BigInteger()),
        ENTRIES.c.date >= bindparam("since", type_=Date()),
        or_(
            bindparam("any_person", type_=Integer()) == 1,
            ENTRIES.c.person_id == bindparam("person_id", type_=BigInteger()),
        ),
        or_(bindparam("any_deal", type_=Integer()) == 1, ENTRIES.c.deal_id == bindparam("deal_id", type_=BigInteger())),
    )
    .order_by(ENTRIES.c.id)
    .limit(bindparam("limit", type_=Integer()))
)
LOCKED_BATCH = BATCH.with_for_update()


async def costed_entries(
    connection: Connection,
    *,
    since: dt.date,
    person_id: int | None,
    deal_id: int | None,
    beyond: int,
    limit: int,
    lock: bool,
) -> list[Costed]:
    """Return the next entries after the id `beyond`, where asked for locked until the unit of work ends."""
    values = {
        "beyond": beyond,
        "since": since,
        "any_person": int(person_id is None),
        "person_id": person_id or 0,
        "any_deal": int(deal_id is None),
        "deal_id": deal_id or 0,
        "limit": limit,
    }
    rows = await connection.fetch(LOCKED_BATCH if lock else BATCH, values)
    return [_costed(dict(zip((*KEYS, *STORED), row, strict=True))) for row in rows]


def _costed(row: dict[str, Any]) -> Costed:
    return Costed(**{name: row[name] for name in KEYS}, stored={name: row[name] for name in STORED})
