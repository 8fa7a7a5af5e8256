"""What the store has of records that the upstream speaks of.

Every statement names the organization: an account says nothing of what others have.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Executable, Table, bindparam, delete, func, select

from gateway.domain.changes import Kind
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import APPROVAL_STATUSES, ORGANIZATIONS, TIMESHEETS
from gateway.store.visibility import ORGANIZATION_ID
from gateway.store.writes.changes import IDS
from gateway.store.writes.entry_writes import Author, delete_entries, update_entries
from gateway.store.writes.locks import lock_entries

_TIME_ZONE = select(ORGANIZATIONS.c.time_zone).where(ORGANIZATIONS.c.id == ORGANIZATION_ID)
_THESE = bindparam("ids", type_=IDS)
_FIRST, _LAST = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_OURS = ENTRIES.c.organization_id == ORGANIZATION_ID
_OF_DAYS = (_OURS, ENTRIES.c.date.between(_FIRST, _LAST))
_WRITTEN = select(ENTRIES.c.id, ENTRIES.c.updated_at).where(_OURS, any_of(ENTRIES.c.id, _THESE))
_SEEN = select(ENTRIES.c.id, ENTRIES.c.updated_at).where(*_OF_DAYS)
_NEWEST = select(func.count(), func.max(ENTRIES.c.updated_at)).where(*_OF_DAYS)
_SHEETS = (
    select(ENTRIES.c.timesheet_id)
    .where(_OURS, any_of(ENTRIES.c.id, _THESE), ENTRIES.c.timesheet_id.is_not(None))
    .distinct()
)
_ON_SHEETS = select(ENTRIES.c.id, ENTRIES.c.timesheet_id).where(_OURS, any_of(ENTRIES.c.timesheet_id, _THESE))
_DROP_STATUSES = delete(APPROVAL_STATUSES).where(
    APPROVAL_STATUSES.c.organization_id == ORGANIZATION_ID,
    any_of(APPROVAL_STATUSES.c.time_entry_id, bindparam("entries", type_=IDS)),
    ~any_of(APPROVAL_STATUSES.c.id, _THESE),
)


def _is_ours(table: Table) -> ColumnElement[bool]:
    return (table.c.id if table is ORGANIZATIONS else table.c.organization_id) == ORGANIZATION_ID


@cache
def _ids(table: Table) -> Executable:
    return select(table.c.id).where(_is_ours(table), any_of(table.c.id, _THESE))


@cache
def _remove(table: Table) -> Executable:
    return delete(table).where(_is_ours(table), any_of(table.c.id, _THESE))


@cache
def _same(table: Table, names: tuple[str, ...]) -> Executable:
    lists = [any_of(table.c[name], bindparam(f"those_{name}", type_=ListOf(table.c[name].type))) for name in names]
    return select(table.c.id, *(table.c[name] for name in names)).where(_is_ours(table), *lists)


async def time_zone_of(connection: Connection, organization_id: int) -> str:
    """Return an organization's time zone; UTC while there is no organization."""
    rows = await connection.fetch(_TIME_ZONE, {"organization_id": organization_id})
    return str(rows[0][0]) if rows else "UTC"


async def stored_among(connection: Connection, organization_id: int, table: Table, ids: Collection[int]) -> set[int]:
    """Return which of these records an organization has."""
    return {int(number) for (number,) in await connection.fetch(_ids(table), _these(organization_id, ids))}


def _these(organization_id: int, ids: Collection[int]) -> dict[str, object]:
    return {"organization_id": organization_id, "ids": sorted(ids)}


async def written_at(connection: Connection, organization_id: int, ids: Collection[int]) -> dict[int, int]:
    """Return when the entries were last written, by the upstream's clock; those that are not stored are left out."""
    return dict(await connection.fetch(_WRITTEN, _these(organization_id, ids)))


async def seen_of_days(connection: Connection, organization_id: int, first: dt.date, last: dt.date) -> dict[int, int]:
    """Return when each entry of some days was last written."""
    return dict(await connection.fetch(_SEEN, {"organization_id": organization_id, "first": first, "last": last}))


async def newest_of_days(
    connection: Connection, organization_id: int, first: dt.date, last: dt.date
) -> tuple[int, int | None]:
    """Return how many entries some days have, and when the last of them was written."""
    values = {"organization_id": organization_id, "first": first, "last": last}
    [(count, newest)] = await connection.fetch(_NEWEST, values)
    return int(count), newest


async def stored_twins(
    connection: Connection,
    organization_id: int,
    table: Table,
    names: tuple[str, ...],
    keys: Mapping[tuple[Any, ...], int],
) -> set[int]:
    """Return the stored records that have a key of these, which belongs to another number by now."""
    lists = {f"those_{name}": sorted({key[place] for key in keys}) for place, name in enumerate(names)}
    rows = await connection.fetch(_same(table, names), lists | {"organization_id": organization_id})
    return {int(number) for number, *key in rows if keys.get(tuple(key), number) != number}


async def timesheets_of(connection: Connection, organization_id: int, ids: Collection[int]) -> set[int]:
    """Return the timesheets that entries are on."""
    return {int(number) for (number,) in await connection.fetch(_SHEETS, _these(organization_id, ids))}


async def remove_records(connection: Connection, organization_id: int, table: Table, ids: Collection[int]) -> None:
    """Remove records that nothing points to but, in the case of timesheets, entries: they are taken off them."""
    if table is TIMESHEETS:
        rows = await connection.fetch(_ON_SHEETS, _these(organization_id, ids))
        if rows:
            entries = sorted(int(number) for number, _ in rows)
            await lock_entries(connection, entries)
            columns = {"timesheet_id": None, "submitted": False}
            await update_entries(connection, entries, columns, Kind.IMPORTED, Author(organization_id, None, 0))
    await connection.fetch(_remove(table), _these(organization_id, ids))


async def drop_statuses(connection: Connection, organization_id: int, statuses: Mapping[int, Collection[int]]) -> None:
    """Remove approval statuses of entries that are not among those that each has."""
    if statuses:
        kept = {number for numbers in statuses.values() for number in numbers}
        await connection.fetch(_DROP_STATUSES, _these(organization_id, kept) | {"entries": sorted(statuses)})


async def bury(connection: Connection, organization_id: int, ids: Collection[int], actor: int | None, at: int) -> None:
    """Delete entries as the upstream did: who and when is in the log, their images with it.

    `at` is the upstream's; where a later write is in the log already, the log has that instant.
    """
    await lock_entries(connection, ids)
    stored = await stored_among(connection, organization_id, ENTRIES, ids)
    await delete_entries(connection, sorted(stored), Author(organization_id, actor, at))
