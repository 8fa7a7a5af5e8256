"""Timesheets: a row for a person's submitted day."""

import datetime as dt
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Date, Select, bindparam, delete, insert, select

from gateway.domain.access import Viewer
from gateway.store.databases.database import Connection
from gateway.store.schema.tables import TIMESHEETS
from gateway.store.visibility import ORGANIZATION_ID, Visibility, viewer_values, visibility

FIND = select(TIMESHEETS.c.id).where(
    TIMESHEETS.c.organization_id == ORGANIZATION_ID,
    TIMESHEETS.c.person_id == bindparam("person_id", type_=BigInteger()),
    TIMESHEETS.c.date == bindparam("date", type_=Date()),
)
ADD = (
    insert(TIMESHEETS)
    .values(
        {
            name: bindparam(name, type_=TIMESHEETS.c[name].type)
            for name in ("organization_id", "person_id", "creator_id", "date", "created_at", "imported")
        }
    )
    .returning(TIMESHEETS.c.id)
)
REMOVE = delete(TIMESHEETS).where(TIMESHEETS.c.id == bindparam("timesheet_id", type_=BigInteger()))


async def find_timesheet(connection: Connection, *, organization_id: int, person_id: int, date: dt.date) -> int | None:
    """Return the number of the day's timesheet; None when the day is not submitted."""
    values = {"organization_id": organization_id, "person_id": person_id, "date": date}
    rows = await connection.fetch(FIND, values)
    return int(rows[0][0]) if rows else None


async def day_of_timesheet(connection: Connection, viewer: Viewer, timesheet_id: int) -> tuple[int, dt.date] | None:
    """Return whose day a timesheet is, and which; None where there is none, or the caller may not see it."""
    seen = visibility("timesheets", sees_everything=viewer.sees_everything)
    rows = await connection.fetch(_seen(seen), viewer_values(viewer) | {"timesheet_id": timesheet_id})
    return (int(rows[0][0]), rows[0][1]) if rows else None


@cache
def _seen(seen: Visibility) -> Select[Any]:
    """Select the day of a timesheet where the caller may see it; one statement for each rule."""
    number = bindparam("timesheet_id", type_=BigInteger())
    return select(TIMESHEETS.c.person_id, TIMESHEETS.c.date).where(
        TIMESHEETS.c.id == number, seen.condition(TIMESHEETS)
    )


async def add_timesheet(
    connection: Connection, *, organization_id: int, person_id: int, creator_id: int, date: dt.date, now: int
) -> int:
    """Store a timesheet and return its number."""
    values = {
        "organization_id": organization_id,
        "person_id": person_id,
        "creator_id": creator_id,
        "date": date,
        "created_at": now,
        "imported": False,
    }
    [(number,)] = await connection.fetch(ADD, values, brief=True)
    return int(number)


async def remove_timesheet(connection: Connection, timesheet_id: int) -> None:
    """Remove a timesheet whose entries were taken off it."""
    await connection.fetch(REMOVE, {"timesheet_id": timesheet_id}, brief=True)
