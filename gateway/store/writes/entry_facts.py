"""Stored entries as the rules of a write see them: visible to the caller, locked until the write is over.

What only looks at what a write would do (`lock=False`) may run where nothing can be locked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Dialect, Select, bindparam, or_, select

from gateway.domain.access import Viewer
from gateway.domain.costs import AMOUNT_COLUMNS
from gateway.domain.facts import Entry, EntryState
from gateway.querying.conditions import Condition, Shape, bound_values, sql_of
from gateway.querying.dialects import any_of
from gateway.querying.slices import VALUES_AT_ONCE
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import Row, Statement, compile_statement, kept_for_writes
from gateway.store.derived import is_invoiced
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import DEALS, PEOPLE
from gateway.store.visibility import ORGANIZATION_ID, Visibility, viewer_values, visibility
from gateway.store.writes.changes import IDS
from gateway.store.writes.locks import lock_person_of_entry

STATE = (  # in the order that `_entry_state` reads
    "id",
    "revision",
    "person_id",
    "responsible_id",
    "approved",
    "rejected",
    "approved_at",
    "rejected_at",
    "task_id",
    "time",
    "timesheet_id",
)
# All that a rule looks at; the amounts are columns of their own.
_LOADED = {part.name for part in fields(Entry)} - {"manager_id", "invoiced", "deal_time_approval", "amounts"}
WHOLE = (*STATE, *sorted(_LOADED - set(STATE)))
STATES_AT_ONCE = VALUES_AT_ONCE // (2 * len(STATE))  # entries; their values are read, and then put into states


class EntrySelection(Enum):
    """Which entries to load, by the parameters that name them."""

    ONE = "id"
    LISTED = "ids"
    RUNNING = "a person's running timer"
    DAY = "a person's day, or what is on its timesheet"


CONDITIONS: Mapping[EntrySelection, ColumnElement[bool]] = {
    EntrySelection.ONE: ENTRIES.c.id == bindparam("id", type_=BigInteger()),
    EntrySelection.LISTED: any_of(ENTRIES.c.id, bindparam("ids", type_=IDS)),
    EntrySelection.RUNNING: (ENTRIES.c.person_id == bindparam("person_id", type_=BigInteger()))
    & ENTRIES.c.timer_started_at.is_not(None),
    EntrySelection.DAY: or_(
        # Once more, where it leads into an index.
        (ENTRIES.c.organization_id == ORGANIZATION_ID)
        & (ENTRIES.c.person_id == bindparam("person_id", type_=BigInteger()))
        & (ENTRIES.c.date == bindparam("date", type_=Date())),
        ENTRIES.c.timesheet_id == bindparam("timesheet_id", type_=BigInteger()),
    ),
}


@dataclass(frozen=True, slots=True)
class Matching:
    """Entries that a filter holds for, at most so many; two of the same shape share a statement."""

    condition: Condition = field(compare=False)
    shape: Shape


def _select(where: ColumnElement[bool], *, whole: bool, lock: bool) -> Select[Any]:
    columns = (*WHOLE, *AMOUNT_COLUMNS) if whole else STATE
    # No join: where a row was waited for, PostgreSQL joins it again with the person and the deal that it had before.
    manager = select(PEOPLE.c.manager_id).where(PEOPLE.c.id == ENTRIES.c.person_id).scalar_subquery()
    time_approval = select(DEALS.c.time_approval).where(DEALS.c.id == ENTRIES.c.deal_id).scalar_subquery()
    loaded = (*(ENTRIES.c[name] for name in columns), *((time_approval,) if whole else ()))
    found = select(manager, is_invoiced(ENTRIES), *loaded).where(where).order_by(ENTRIES.c.id)
    return found.with_for_update(of=ENTRIES) if lock else found


def _statement(
    selection: EntrySelection | Matching, *, whole: bool, lock: bool, seen: Visibility, dialect: Dialect
) -> Statement:
    def make() -> list[Statement]:
        match selection:
            case Matching(condition=condition):
                statement = _select(sql_of(condition), whole=whole, lock=lock).limit(bindparam("limit"))
            case EntrySelection():
                statement = _select(CONDITIONS[selection], whole=whole, lock=lock)
        return [compile_statement(statement.where(seen.condition(ENTRIES)), dialect, is_answer=False)]

    # By the shape alone: what a filter compares with is not kept.
    shape = selection.shape if isinstance(selection, Matching) else selection
    [statement] = kept_for_writes((_statement, shape, whole, lock, seen, dialect.name), make)
    return statement


async def _found(
    connection: Connection,
    viewer: Viewer,
    selection: EntrySelection | Matching,
    values: Mapping[str, object],
    *,
    whole: bool,
    lock: bool = True,
) -> tuple[Statement, Sequence[Row]]:
    # Who may take a day back takes everything off its timesheet, also what an import put there of others.
    seen = visibility("time_entries", sees_everything=viewer.sees_everything or selection is EntrySelection.DAY)
    statement = _statement(selection, whole=whole, lock=lock, seen=seen, dialect=connection.dialect)
    return statement, await connection.run(statement, viewer_values(viewer) | dict(values))


async def _rows(
    connection: Connection,
    viewer: Viewer,
    selection: EntrySelection,
    values: Mapping[str, object],
    *,
    whole: bool,
) -> list[Row]:
    """Return what is found where that is a few rows."""
    statement, rows = await _found(connection, viewer, selection, values, whole=whole)
    return statement.read(rows)


async def _states(
    connection: Connection,
    viewer: Viewer,
    selection: EntrySelection | Matching,
    values: Mapping[str, object],
    *,
    lock: bool = True,
) -> list[EntryState]:
    """Return the states of what is found, made some at a time: others get their turn between."""
    statement, rows = await _found(connection, viewer, selection, values, whole=False, lock=lock)
    states: list[EntryState] = []
    for start in range(0, len(rows), STATES_AT_ONCE):
        if start:
            await asyncio.sleep(0)
        states += map(_entry_state, statement.read(rows[start : start + STATES_AT_ONCE]))
    return states


def _entry_state(row: Row) -> EntryState:
    # By name and without a dictionary in between: bulk requests make ten thousand of these.
    return EntryState(
        manager_id=row[0],
        invoiced=row[1],
        id=row[2],
        revision=row[3],
        person_id=row[4],
        responsible_id=row[5],
        approved=row[6],
        rejected=row[7],
        approved_at=row[8],
        rejected_at=row[9],
        task_id=row[10],
        time=row[11],
        timesheet_id=row[12],
    )


def _entry(row: Row) -> Entry:
    manager_id, invoiced, *values, time_approval = row
    attributes = dict(zip(WHOLE, values[: len(WHOLE)], strict=True))
    amounts = dict(zip(AMOUNT_COLUMNS, values[len(WHOLE) :], strict=True))
    return Entry(
        manager_id=manager_id, invoiced=invoiced, deal_time_approval=time_approval, amounts=amounts, **attributes
    )


async def entry_state(connection: Connection, viewer: Viewer, entry_id: int) -> EntryState | None:
    """Return what decides about the entry's state; None when the caller sees no such entry."""
    rows = await _rows(connection, viewer, EntrySelection.ONE, {"id": entry_id}, whole=False)
    return _entry_state(rows[0]) if rows else None


async def whole_entry(connection: Connection, viewer: Viewer, entry_id: int) -> Entry | None:
    """Return the entry with all that an update looks at; None when the caller sees no such entry."""
    await lock_person_of_entry(connection, entry_id)
    rows = await _rows(connection, viewer, EntrySelection.ONE, {"id": entry_id}, whole=True)
    return _entry(rows[0]) if rows else None


async def running_entries(connection: Connection, viewer: Viewer, person_id: int) -> list[Entry]:
    """Return the entries of a person on which a timer runs: one, unless an import brought more."""
    rows = await _rows(connection, viewer, EntrySelection.RUNNING, {"person_id": person_id}, whole=True)
    return [_entry(row) for row in rows]


async def entry_states_listed(
    connection: Connection, viewer: Viewer, ids: Sequence[int], *, lock: bool
) -> list[EntryState]:
    """Return those of the entries that the caller sees, by id."""
    return await _states(connection, viewer, EntrySelection.LISTED, {"ids": list(ids)}, lock=lock)


async def entry_states_matching(
    connection: Connection, viewer: Viewer, condition: Condition, *, limit: int, lock: bool
) -> list[EntryState]:
    """Return the visible entries that the condition holds for, by id, at most `limit`."""
    values = bound_values(condition) | {"limit": limit}
    return await _states(connection, viewer, Matching(condition, condition.shape()), values, lock=lock)


async def entry_states_of_day(
    connection: Connection, viewer: Viewer, *, person_id: int, date: object, timesheet_id: int | None
) -> list[EntryState]:
    """Return the entries of a person's day, and those that are on its timesheet, whoever sees them."""
    values = {"person_id": person_id, "date": date, "timesheet_id": timesheet_id}
    return await _states(connection, viewer, EntrySelection.DAY, values)
