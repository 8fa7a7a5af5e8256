"""Timesheets: submitting a person's day marks its entries, taking it back unmarks them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.changes import Kind
from gateway.domain.errors import Fault, NotFound
from gateway.domain.facts import EntryState
from gateway.domain.timesheets import check_submission, submission
from gateway.operations.work import Work
from gateway.store.writes.entry_facts import entry_states_of_day
from gateway.store.writes.entry_writes import update_entries
from gateway.store.writes.reference_facts import references
from gateway.store.writes.timesheets import add_timesheet, day_of_timesheet, find_timesheet, remove_timesheet


@dataclass(frozen=True, slots=True)
class Day:
    """The day's timesheet (None once taken back) and the ids of its entries."""

    timesheet_id: int | None
    entry_ids: tuple[int, ...]


async def submit_timesheet(work: Work, person_id: int, date: dt.date | Sequence[Fault]) -> Day:
    """Submit a person's day; a day that is submitted already answers the same timesheet.

    What is not on that timesheet yet is put there: an import may have brought the one without the other.

    Raises:
        Refusal: nothing was written.
    """
    whose = await _day(work, person_id, date)
    timesheet_id = await find_timesheet(work.connection, **whose)
    entries = await _entries(work, whose, timesheet_id)
    if timesheet_id is None:
        timesheet_id = await add_timesheet(work.connection, **whose, creator_id=work.viewer.person_id, now=work.now)
    missing = [entry.id for entry in entries if entry.timesheet_id != timesheet_id]
    columns = submission(timesheet_id, work.viewer, work.now)
    await update_entries(work.connection, missing, columns, Kind.SUBMITTED, work.author)
    return Day(timesheet_id, _ids(entries))


async def unsubmit_timesheet(work: Work, person_id: int, date: dt.date | Sequence[Fault]) -> Day:
    """Take a person's submitted day back; the answer lists its entries.

    Raises:
        Refusal: nothing was written.
    """
    whose = await _day(work, person_id, date)
    timesheet_id = await find_timesheet(work.connection, **whose)
    if timesheet_id is None:
        raise NotFound("This day is not submitted, so there is nothing to take back.", path=("date",))
    entries = _ids(await _entries(work, whose, timesheet_id))
    columns = submission(None, work.viewer, work.now)
    await update_entries(work.connection, entries, columns, Kind.UNSUBMITTED, work.author)
    await remove_timesheet(work.connection, timesheet_id)
    return Day(None, entries)


async def take_timesheet_back(work: Work, timesheet_id: int) -> Day:
    """Take a submitted day back by the number of its timesheet.

    Raises:
        Refusal: nothing was written.
    """
    found = await day_of_timesheet(work.connection, work.viewer, timesheet_id)
    if found is None:
        raise NotFound("There is no timesheet with this id, or you may not see it.", path=("id",))
    return await unsubmit_timesheet(work, *found)


async def _day(work: Work, person_id: int, date: dt.date | Sequence[Fault]) -> dict[str, Any]:
    organization_id = work.viewer.organization_id
    found = await references(work.connection, organization_id=organization_id, person_id=person_id)
    person, day = check_submission(found.person, date, found.organization, work.viewer)
    return {"organization_id": organization_id, "person_id": person.id, "date": day}


async def _entries(work: Work, whose: dict[str, Any], timesheet_id: int | None) -> list[EntryState]:
    return await entry_states_of_day(
        work.connection,
        work.viewer,
        person_id=whose["person_id"],
        date=whose["date"],
        timesheet_id=timesheet_id,
    )


def _ids(entries: Sequence[EntryState]) -> tuple[int, ...]:
    return tuple(entry.id for entry in entries)
