"""What submitting a day is in the account, and taking it back."""

import datetime as dt
from dataclasses import replace

from gateway.domain.changes import Kind
from gateway.domain.errors import NotFound, Refusal
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.errors import NotThere, UpstreamError
from gateway.mirror.writes.delivery import Delivery
from gateway.mirror.writes.readback import Unread
from gateway.mirror.writes.refusals import indeterminate, not_done, refusal_of
from gateway.operations.commands import (
    Done,
    SubmitDay,
    TakeDayBack,
    TakeTimesheetBack,
)
from gateway.store.writes.timesheets import find_timesheet, remove_timesheet


async def submit_day(delivery: Delivery, command: SubmitDay, would: Done) -> Done:
    """Submit a day there."""
    person_id, day = command.person_id, command.date
    assert isinstance(day, dt.date)  # noqa: S101 - the rules were here before
    ended: UpstreamError | None = None
    try:
        await delivery.send(calls.submit_day(person_id, day))
    except UpstreamError as error:
        if (reason := not_done(error)) is not None:
            raise reason from None
        ended = error
    look_at = f"the timesheet of person {person_id} of {day}"
    try:
        number = await delivery.readback.timesheet(person_id, day)
    except Unread as unread:
        raise indeterminate(f"{unread}.", look_at) from None
    if number is None:
        raise indeterminate("it is not to be seen.", look_at) if ended is None else delivery.not_found(ended, look_at)
    await delivery.read(list(would.entry_ids), Kind.SUBMITTED)
    return replace(would, timesheet_id=number)


async def take_day_back(delivery: Delivery, command: TakeDayBack, would: Done) -> Done:
    """Take a submitted day back there."""
    whose = {"organization_id": delivery.viewer.organization_id, "person_id": command.person_id, "date": command.date}
    async with delivery.database.read(snapshot=False) as connection:
        number = await find_timesheet(connection, **whose)  # type: ignore[arg-type]  # the rules saw to the day
    if number is None:
        raise NotFound("This day is not submitted, so there is nothing to take back.", path=("date",))
    return await _take_back(delivery, number, would)


async def take_timesheet_back(delivery: Delivery, command: TakeTimesheetBack, would: Done) -> Done:
    """Take a submitted day back there, by the number of its timesheet."""
    return await _take_back(delivery, command.timesheet_id, would)


async def _take_back(delivery: Delivery, number: int, would: Done) -> Done:
    sending = calls.take_day_back(number)
    refusal: Refusal | None = None
    try:
        await delivery.send(sending)
    except NotThere as error:
        refusal = refusal_of(error)
    except UpstreamError as error:
        if (reason := not_done(error)) is not None:
            raise reason from None
        look_at = f"timesheet {number}"
        try:
            is_there = await delivery.readback.is_there(sending.path)
        except UpstreamError:
            raise indeterminate(error.sentence, look_at) from None
        if is_there:
            raise delivery.not_found(error, look_at) from None
    await delivery.read(list(would.entry_ids), Kind.UNSUBMITTED)
    await delivery.database.write(lambda connection: remove_timesheet(connection, number))
    if refusal is not None:
        raise refusal
    return would
