"""What each command is in the account: one table, a function a command. All leave the store as the account is then."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gateway.domain.approval import KINDS
from gateway.domain.attributes import UNSET, Attributes
from gateway.domain.changes import Kind
from gateway.domain.errors import AccessDenied, Fault, InvalidAttribute, NotFound, Refusal
from gateway.domain.instants import ONE_DAY
from gateway.domain.timers import today
from gateway.http.refusals import HttpError
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Resource, attributes_of, related
from gateway.mirror.upstream.errors import NotThere, UpstreamError
from gateway.mirror.writes.making import Likeness, Making, make
from gateway.mirror.writes.readback import Resources, Unread
from gateway.mirror.writes.refusals import ALL_AT_ONCE, REFUSALS, failed, indeterminate, not_sent, refusal_of
from gateway.mirror.writes.spelling import agrees, is_in_state, spelled
from gateway.mirror.writes.way import Way
from gateway.operations.bulk import TARGET, Outcome
from gateway.operations.commands import (
    ChangeMany,
    ChangeState,
    Command,
    CreateEntry,
    DeleteEntry,
    Done,
    Start,
    Stop,
    SubmitDay,
    TakeDayBack,
    TakeTimesheetBack,
    UpdateEntry,
)
from gateway.store.writes.timesheets import find_timesheet, remove_timesheet

POLICY = ("input", "errorPolicy")
Sender = Callable[[Way, Any, Done], Awaitable[Done]]  # a command, and what it would do here


async def _create(way: Way, command: CreateEntry, _: Done) -> Done:
    given = command.given
    person_id, day = given.person_id, given.date
    assert isinstance(person_id, int)  # noqa: S101 - the rules were here before
    assert isinstance(day, dt.date)  # noqa: S101
    making = Making(
        sending=calls.create_entry(*spelled(given)),
        key=command.key,
        person_id=person_id,
        first=day,
        last=day,
        likeness=partial(_likeness, way, given),
    )
    number, is_retry = await make(way, making)
    return Done(entry_id=number, is_retry=is_retry)


def _likeness(way: Way, given: Attributes, entry: Resource) -> Likeness:
    wanted = Attributes(date=given.date, person_id=given.person_id, service_id=given.service_id, time=given.time)
    if not agrees(entry, wanted):
        return Likeness.OTHER
    return _by_note(way, entry, None if given.note is UNSET else given.note)


def _by_note(way: Way, entry: Resource, note: str | None) -> Likeness:
    """Return how far an entry is ours that agrees but for its creator and its note."""
    marks = {_is_by(way, entry), agrees(entry, Attributes(note=note))}
    return Likeness.SAME if marks == {True} else Likeness.NEAR if True in marks else Likeness.OTHER


def _is_by(way: Way, entry: Resource) -> bool:
    """Tell whether an entry was made by the one whose token it is; whose the account's own is, is not known."""
    return way.token is None or related(entry, "creator") in {None, way.viewer.person_id}


async def _update(way: Way, command: UpdateEntry, would: Done) -> Done:
    number = command.entry_id
    sending = calls.update_entry(number, *spelled(command.given))
    await way.change(
        sending, [number], Kind.UPDATED, lambda found: number in found and agrees(found[number], command.given)
    )
    return would


async def _delete(way: Way, command: DeleteEntry, would: Done) -> Done:
    number = command.entry_id
    await way.change(calls.delete_entry(number), [number], Kind.DELETED, lambda found: not found)
    return would


async def _change_state(way: Way, command: ChangeState, would: Done) -> Done:
    number, act, reason = command.entry_id, command.act, command.reason
    sending = calls.decide(number, act, reason)
    await way.change(sending, [number], KINDS[act], lambda found: is_in_state(found.get(number), act, reason))
    return would


# ---- many entries ---------------------------------------------------------------------------------------------------


async def _change_many(way: Way, command: ChangeMany, would: Done) -> Done:
    targets = would.bulk.ids(Outcome.APPLIED)
    most = calls.BULK_SIZE if way.can.bulk and command.act in calls.BULK else 1
    if command.request.all_or_nothing and len(targets) > most:
        raise InvalidAttribute(ALL_AT_ONCE.format(count=len(targets), most=most), path=POLICY)
    refused: dict[int, tuple[Fault, ...]] = {}
    for place in range(0, len(targets), most):
        try:
            await _part(way, command, targets[place : place + most], refused)
        except (HttpError, Refusal) as ended:
            if place == 0:
                raise
            raise _ended_early(ended, place, len(targets)) from None
    results = tuple(
        replace(result, outcome=Outcome.FAILED, faults=refused[result.entry_id])
        if result.entry_id in refused
        else result
        for result in would.bulk.results
    )
    return Done(bulk=replace(would.bulk, results=results))


async def _part(way: Way, command: ChangeMany, ids: Sequence[int], refused: dict[int, tuple[Fault, ...]]) -> None:
    """Change what one call can; of entries that are refused together, find those that are refused alone."""
    act, reason = command.act, command.reason

    def is_done(found: Resources) -> bool:
        return all(is_in_state(found.get(number), act, reason) for number in ids)

    if act is None:
        sending = calls.delete_entry(ids[0])
    elif len(ids) > 1:
        sending = calls.decide_all(ids, act)
    else:
        sending = calls.decide(ids[0], act, reason)
    try:
        await way.change(sending, ids, Kind.DELETED if act is None else KINDS[act], is_done)
    except AccessDenied:  # of the token, whatever the entry
        raise
    except Refusal as refusal:
        faults = tuple(replace(fault, path=TARGET) for fault in refusal.faults)
        if command.request.all_or_nothing:
            raise Refusal(faults) from None
        if len(ids) == 1:
            refused[ids[0]] = faults
            return
        half = len(ids) // 2
        await _part(way, command, ids[:half], refused)
        await _part(way, command, ids[half:], refused)


def _ended_early(ended: HttpError | Refusal, done: int, of: int) -> HttpError:
    message = ended.message if isinstance(ended, HttpError) else str(ended)
    said = f"The first {done:,} of {of:,} entries are done, and the others are not all: {message}"
    return HttpError(ended.code, said) if isinstance(ended, HttpError) else failed(said)


# ---- timers ---------------------------------------------------------------------------------------------------------


async def _start(way: Way, command: Start, would: Done) -> Done:
    timer = command.timer
    if timer.time_entry_id is not None:
        number = timer.time_entry_id
        sending = calls.start_timer({}, {"time_entry": (calls.ENTRIES, number)})
        await way.change(sending, [number], Kind.TIMER_STARTED, lambda found: _runs(found.get(number)))
        await _read_stopped(way, would)
        return would
    person_id = way.viewer.person_id if timer.person_id is None else timer.person_id
    links: dict[str, tuple[str, int] | None] = {"person": ("people", person_id)}
    for name, table, linked in (("service", "services", timer.service_id), ("task", "tasks", timer.task_id)):
        if linked is not None:
            links[name] = (table, linked)
    day = today(way.viewer, way.clock.now())
    making = Making(
        sending=calls.start_timer({} if timer.note is None else {"note": timer.note}, links),
        key=command.key,
        person_id=person_id,
        first=day - ONE_DAY,  # its clock and ours may be of two days
        last=day + ONE_DAY,
        likeness=partial(_timer_likeness, way, command),
    )
    number, is_retry = await make(way, making)
    await _read_stopped(way, would)
    return Done(entry_id=number, stopped_id=None if is_retry else would.stopped_id, is_retry=is_retry)


def _timer_likeness(way: Way, command: Start, entry: Resource) -> Likeness:
    is_of_service = agrees(entry, Attributes(service_id=command.timer.service_id))
    return _by_note(way, entry, command.timer.note) if _runs(entry) and is_of_service else Likeness.OTHER


async def _read_stopped(way: Way, would: Done) -> None:
    """Read the entry whose timer ended because another began."""
    if would.stopped_id is not None:
        await way.read([would.stopped_id], Kind.TIMER_STOPPED)


def _runs(entry: Mapping[str, Any] | None) -> bool:
    """Tell whether the timer of an entry runs."""
    said = attributes_of(entry or {})
    return said.get("timer_started_at") is not None and said.get("timer_stopped_at") is None


async def _stop(way: Way, command: Stop, would: Done) -> Done:
    number = command.entry_id
    sending = calls.stop_timer(number)
    await way.change(sending, [number], Kind.TIMER_STOPPED, lambda found: number in found and not _runs(found[number]))
    return would


# ---- timesheets -----------------------------------------------------------------------------------------------------


async def _submit(way: Way, command: SubmitDay, would: Done) -> Done:
    person_id, day = command.person_id, command.date
    assert isinstance(day, dt.date)  # noqa: S101 - the rules were here before
    ended: UpstreamError | None = None
    try:
        await way.send(calls.submit_day(person_id, day))
    except REFUSALS as error:
        raise refusal_of(error) from None
    except UpstreamError as error:
        if not error.may_have_happened:
            raise not_sent(error) from None
        ended = error
    look_at = f"the timesheet of person {person_id} of {day}"
    try:
        number = await way.readback.timesheet(person_id, day)
    except Unread as unread:
        raise indeterminate(f"{unread}.", look_at) from None
    if number is None:
        raise indeterminate("it is not to be seen.", look_at) if ended is None else way.not_found(ended, look_at)
    await way.read(list(would.entry_ids), Kind.SUBMITTED)
    return replace(would, timesheet_id=number)


async def _take_day_back(way: Way, command: TakeDayBack, would: Done) -> Done:
    whose = {"organization_id": way.viewer.organization_id, "person_id": command.person_id, "date": command.date}
    async with way.database.read(snapshot=False) as connection:
        number = await find_timesheet(connection, **whose)  # type: ignore[arg-type]  # the rules saw to the day
    if number is None:
        raise NotFound("This day is not submitted, so there is nothing to take back.", path=("date",))
    return await _take_back(way, number, would)


async def _take_timesheet_back(way: Way, command: TakeTimesheetBack, would: Done) -> Done:
    return await _take_back(way, command.timesheet_id, would)


async def _take_back(way: Way, number: int, would: Done) -> Done:
    sending = calls.take_day_back(number)
    refusal: Refusal | None = None
    try:
        await way.send(sending)
    except NotThere as error:
        refusal = refusal_of(error)
    except REFUSALS as error:
        raise refusal_of(error) from None
    except UpstreamError as error:
        if not error.may_have_happened:
            raise not_sent(error) from None
        look_at = f"timesheet {number}"
        try:
            is_there = await way.readback.is_there(sending.path)
        except UpstreamError:
            raise indeterminate(error.sentence, look_at) from None
        if is_there:
            raise way.not_found(error, look_at) from None
    await way.read(list(would.entry_ids), Kind.UNSUBMITTED)
    await way.database.write(lambda connection: remove_timesheet(connection, number))
    if refusal is not None:
        raise refusal
    return would


SENDERS: Mapping[type[Command], Sender] = {
    CreateEntry: _create,
    UpdateEntry: _update,
    DeleteEntry: _delete,
    ChangeState: _change_state,
    ChangeMany: _change_many,
    Start: _start,
    Stop: _stop,
    SubmitDay: _submit,
    TakeDayBack: _take_day_back,
    TakeTimesheetBack: _take_timesheet_back,
}
# What the account is asked for only where it was found to have it.
NEEDS: Mapping[type[Command], str] = {
    Start: calls.TIMERS,
    Stop: calls.TIMERS,
    SubmitDay: calls.TIMESHEETS,
    TakeDayBack: calls.TIMESHEETS,
    TakeTimesheetBack: calls.TIMESHEETS,
}


def depends_on_plan(command: Command) -> bool:
    """Tell whether a command is sent in a way, or at all, that not every account has."""
    return isinstance(command, ChangeMany) or type(command) in NEEDS
