"""Timers: one running per person; a stop adds the session to the entry's time. Timer instants are whole seconds."""

import datetime as dt
from dataclasses import dataclass

from gateway.domain.access import Viewer
from gateway.domain.approval import approval_undone, whole_second
from gateway.domain.attributes import Attributes, plain_columns, text_faults
from gateway.domain.billable import MAX_MINUTES, Minutes, billable_time_after
from gateway.domain.changes import Change, Kind, work_done
from gateway.domain.codes import TrackMethod
from gateway.domain.costs import priced
from gateway.domain.errors import AccessDenied, Code, Fault, Refusal, TimerAlreadyStopped
from gateway.domain.facts import Entry, Organization, References
from gateway.domain.instants import MINUTE, zone
from gateway.domain.rights import is_locked, may_edit
from gateway.domain.time_entries import new_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    """A timer to start: on a service for a new entry, or on an existing entry."""

    person_id: int | None = None  # the caller, when nobody is named
    service_id: int | None = None
    time_entry_id: int | None = None
    task_id: int | None = None
    note: str | None = None


def target_faults(command: StartTimer) -> list[Fault]:
    """Return a fault unless exactly one of service and entry is named, and nothing that the entry has already."""
    if (command.service_id is None) == (command.time_entry_id is None):
        sentence = "Name either serviceId, for a new entry, or timeEntryId, to go on with one."
        return [Fault(Code.INVALID_ATTRIBUTE, sentence, ("input",))]
    if command.service_id is not None:
        return []
    return [
        Fault(Code.INVALID_ATTRIBUTE, f"{name} goes with serviceId; update the entry to change it.", ("input", name))
        for name, value in (("taskId", command.task_id), ("note", command.note))
        if value is not None
    ]


def today(viewer: Viewer, now: int) -> dt.date:
    """Return the date in the organization's zone."""
    return zone(viewer.time_zone).day_of(now)


def start_new(command: StartTimer, references: References, viewer: Viewer, now: int) -> Change:
    """Decide an entry of today whose timer runs.

    Raises:
        Refusal: with every fault of the input at once.
    """
    faults = [*target_faults(command), *text_faults(command.note, name="note", path=("input", "note"))]
    task_asked = command.task_id is not None
    day = today(viewer, now)
    columns = new_entry(references, viewer, now, date=day, minutes=0, task_asked=task_asked, faults=faults)
    columns |= plain_columns(Attributes(note=command.note))
    columns |= {
        "track_method_id": TrackMethod.BY_TIMER.value,
        "timer_started_at": whole_second(now),
    }
    return Change(Kind.CREATED, columns)


def resume(entry: Entry, command: StartTimer, organization: Organization, viewer: Viewer, now: int) -> Change:
    """Decide that an entry's timer runs on; nothing changes when it runs already.

    Raises:
        Refusal: AccessDenied (not the viewer's to edit, or locked), or InvalidAttribute: it is another person's.
    """
    path = ("input", "timeEntryId")
    if not may_edit(viewer, entry):
        raise AccessDenied(
            f"You may not run a timer on time entry {entry.id}: only on your own, those of people you manage "
            "and of deals you own.",
            path=path,
        )
    if is_locked(entry, lock_approved=organization.lock_approved):
        raise AccessDenied(f"Time entry {entry.id} is locked by your organization; start on its service.", path=path)
    faults = target_faults(command)
    if command.person_id not in {None, entry.person_id}:
        sentence = f"Time entry {entry.id} is another person's; leave personId out, or name its person."
        faults.append(Fault(Code.INVALID_ATTRIBUTE, sentence, ("input", "personId")))
    if faults:
        raise Refusal(faults)
    if entry.timer_started_at is not None:
        return Change(Kind.TIMER_STARTED, {})
    return Change(
        Kind.TIMER_STARTED,
        {
            "timer_started_at": whole_second(now),
            "timer_stopped_at": None,
            "track_method_id": _timed(entry.track_method_id),
            **_touched(viewer, now),
        },
    )


def stop(entry: Entry, references: References, viewer: Viewer, now: int) -> Change:
    """Decide the end of a session: whole minutes, half a minute and more rounded up, are added.

    A timer can always be ended, also on an entry that was approved and locked while it ran.

    Raises:
        Refusal: AccessDenied, TimerAlreadyStopped, or InvalidAttribute: its cost cannot be computed.
    """
    if not may_edit(viewer, entry):
        raise AccessDenied(f"You may not stop the timer of time entry {entry.id}.", path=("timeEntryId",))
    return end_session(entry, references, viewer, now, path=("timeEntryId",))


def end_session(entry: Entry, references: References, viewer: Viewer, now: int, *, path: tuple[str, ...]) -> Change:
    """Decide the end of a session whoever asks: a start ends the one that runs.

    Raises:
        Refusal: TimerAlreadyStopped, or InvalidAttribute: its cost cannot be computed.
    """
    if entry.timer_started_at is None:
        raise TimerAlreadyStopped(f"No timer runs on time entry {entry.id}; start one to stop it.", path=path)
    stopped_at = whole_second(now)
    session = max(stopped_at - entry.timer_started_at, 0)
    minutes = min(entry.time + (session + MINUTE // 2) // MINUTE, MAX_MINUTES)
    columns: dict[str, object] = {"timer_started_at": None, "timer_stopped_at": stopped_at, **_touched(viewer, now)}
    if minutes != entry.time:
        amounts, faults = priced(
            references, minutes=minutes, date=entry.date, overhead=entry.overhead, date_path=path, time_path=path
        )
        if faults:
            raise Refusal(faults)
        columns |= amounts
        columns |= {"time": minutes, "billable_time": _billable(entry, references, minutes)}
        columns |= approval_undone(entry, references, viewer, is_edited=True)
    worked = work_done(before=(entry.task_id, entry.time), after=(entry.task_id, minutes))
    return Change(Kind.TIMER_STOPPED, columns, worked)


def _timed(track_method_id: int) -> int:
    by_hand = track_method_id == TrackMethod.BY_HAND
    return TrackMethod.BY_HAND_AND_TIMER.value if by_hand else track_method_id


def _billable(entry: Entry, references: References, minutes: int) -> int:
    return billable_time_after(
        before=Minutes(entry.time, entry.billable_time, entry.is_billable),
        time=minutes,
        given=None,
        billable=entry.is_billable,
        rounding=references.organization.rounding,
    )


def _touched(viewer: Viewer, now: int) -> dict[str, object]:
    return {"updated_at": now, "updater_id": viewer.person_id, "last_actor_id": viewer.person_id}
