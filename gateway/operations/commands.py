"""Everything that may be written, a command a write, the same for all faces; `writing.py` says where it is done."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.approval import Act
from gateway.domain.attributes import Attributes
from gateway.domain.errors import Fault
from gateway.domain.timers import StartTimer
from gateway.operations.bulk import BulkAnswer, BulkRequest, change_states, delete_time_entries
from gateway.operations.idempotency import Key, made_before
from gateway.operations.time_entries import change_state, create_time_entry, delete_time_entry, update_time_entry
from gateway.operations.timers import start_timer, stop_timer
from gateway.operations.timesheets import Day, submit_timesheet, take_timesheet_back, unsubmit_timesheet
from gateway.operations.work import Work

NO_RESULTS = BulkAnswer(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command made or changed; what it has no part in is as it stands here."""

    entry_id: int = 0
    stopped_id: int | None = None  # the entry whose timer ended because another began
    timesheet_id: int | None = None
    entry_ids: Sequence[int] = ()  # of a day
    bulk: BulkAnswer = NO_RESULTS
    is_retry: bool = False  # an earlier request under the same key made it


@dataclass(frozen=True, slots=True)
class CreateEntry:
    """Make an entry."""

    given: Attributes
    key: Key | None = None

    async def perform(self, work: Work) -> Done:
        """Make it, unless that was done under the key."""
        made = await made_before(work, self.key)
        if made is not None:
            return Done(entry_id=made, is_retry=True)
        return Done(entry_id=await create_time_entry(work, self.given, self.key))


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """Change what is given of an entry."""

    entry_id: int
    given: Attributes
    if_revision: int | None = None

    async def perform(self, work: Work) -> Done:
        """Change it."""
        return Done(entry_id=await update_time_entry(work, self.entry_id, self.given, if_revision=self.if_revision))


@dataclass(frozen=True, slots=True)
class DeleteEntry:
    """Remove an entry."""

    entry_id: int
    if_revision: int | None = None

    async def perform(self, work: Work) -> Done:
        """Remove it."""
        return Done(entry_id=await delete_time_entry(work, self.entry_id, if_revision=self.if_revision))


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Approve, unapprove, reject or unreject an entry."""

    entry_id: int
    act: Act
    reason: str | None = None
    if_revision: int | None = None

    async def perform(self, work: Work) -> Done:
        """Do that."""
        changed = await change_state(work, self.entry_id, self.act, reason=self.reason, if_revision=self.if_revision)
        return Done(entry_id=changed)


@dataclass(frozen=True, slots=True)
class ChangeMany:
    """Change the state of many entries, or remove them where there is no act."""

    request: BulkRequest
    act: Act | None
    reason: str | None = None

    async def perform(self, work: Work) -> Done:
        """Do that with every target."""
        if self.act is None:
            return Done(bulk=await delete_time_entries(work, self.request))
        return Done(bulk=await change_states(work, self.request, self.act, reason=self.reason))


@dataclass(frozen=True, slots=True)
class Start:
    """Start a timer."""

    timer: StartTimer
    key: Key | None = None

    async def perform(self, work: Work) -> Done:
        """Start it, unless that was done under the key."""
        made = await made_before(work, self.key)
        if made is not None:
            return Done(entry_id=made, is_retry=True)
        started = await start_timer(work, self.timer, self.key)
        return Done(entry_id=started.entry_id, stopped_id=started.stopped_id)


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the timer of an entry."""

    entry_id: int

    async def perform(self, work: Work) -> Done:
        """Stop it."""
        return Done(entry_id=await stop_timer(work, self.entry_id))


@dataclass(frozen=True, slots=True)
class SubmitDay:
    """Submit a person's day; faults stand for no date."""

    person_id: int
    date: dt.date | Sequence[Fault]

    async def perform(self, work: Work) -> Done:
        """Submit it."""
        return _of_day(await submit_timesheet(work, self.person_id, self.date))


@dataclass(frozen=True, slots=True)
class TakeDayBack:
    """Take a person's submitted day back; faults stand for no date."""

    person_id: int
    date: dt.date | Sequence[Fault]

    async def perform(self, work: Work) -> Done:
        """Take it back."""
        return _of_day(await unsubmit_timesheet(work, self.person_id, self.date))


@dataclass(frozen=True, slots=True)
class TakeTimesheetBack:
    """Take a submitted day back by the number of its timesheet."""

    timesheet_id: int

    async def perform(self, work: Work) -> Done:
        """Take it back."""
        return _of_day(await take_timesheet_back(work, self.timesheet_id))


def _of_day(day: Day) -> Done:
    return Done(timesheet_id=day.timesheet_id, entry_ids=day.entry_ids)


Command = (
    CreateEntry
    | UpdateEntry
    | DeleteEntry
    | ChangeState
    | ChangeMany
    | Start
    | Stop
    | SubmitDay
    | TakeDayBack
    | TakeTimesheetBack
)


def subject_of(command: Command) -> int | None:
    """Return the number of the entry that a command is about, where it is about one."""
    return command.entry_id if isinstance(command, UpdateEntry | DeleteEntry | ChangeState | Stop) else None
