"""What each command is in the account: one table, a function a command. All leave the store as the account is then."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.mirror.upstream import calls
from gateway.mirror.writes.delivery import Delivery
from gateway.mirror.writes.entries import change_state, create_entry, delete_entry, update_entry
from gateway.mirror.writes.many import change_many
from gateway.mirror.writes.timers import start_timer, stop_timer
from gateway.mirror.writes.timesheets import submit_day, take_day_back, take_timesheet_back
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

Sender = Callable[[Delivery, Any, Done], Awaitable[Done]]  # a command, and what it would do here

SENDERS: Mapping[type[Command], Sender] = {
    CreateEntry: create_entry,
    UpdateEntry: update_entry,
    DeleteEntry: delete_entry,
    ChangeState: change_state,
    ChangeMany: change_many,
    Start: start_timer,
    Stop: stop_timer,
    SubmitDay: submit_day,
    TakeDayBack: take_day_back,
    TakeTimesheetBack: take_timesheet_back,
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
