"""What can be changed: every mutation with its arguments, and the plan behind it."""

from typing import Any

import strawberry

from gateway.graphql.fields import argument, root
from gateway.graphql.mutations.bulk import BulkPlan
from gateway.graphql.mutations.time_entries import CreatePlan, EntryPlan
from gateway.graphql.mutations.timers import TimerStartPlan, TimerStopPlan
from gateway.graphql.mutations.timesheets import SubmitPlan, UnsubmitPlan
from gateway.graphql.planning import RootPlanner
from gateway.graphql.prices import bulk_by
from gateway.graphql.scalars import Date
from gateway.graphql.types.mutation_inputs import (
    TimeEntryBulkInput,
    TimeEntryCreateInput,
    TimeEntryUpdateInput,
    TimerStartInput,
)
from gateway.graphql.types.payloads import (
    TimeEntryBulkPayload,
    TimeEntryDeletePayload,
    TimeEntryPayload,
    TimerStartPayload,
    TimesheetPayload,
)
from gateway.graphql.types.relay import ID_OR_NUMBER

ENTRY = argument("id", strawberry.ID, f"The entry: {ID_OR_NUMBER}.")
REVISION = argument("ifRevision", int | None, "Only if the entry is still at this revision; else STALE_REVISION.")
REASON = argument("reason", str | None, "Why; without one, a reason that was written before stays.")
BULK = argument("input", TimeEntryBulkInput, "The entries, and what to do when some are refused.")


def _transition(description: str, *more: Any) -> Any:
    return root(EntryPlan, description, (ENTRY, *more, REVISION))


def _bulk(description: str, *more: Any) -> Any:
    sentences = f"{description} One transaction, one instant, one result per row."
    return root(BulkPlan, sentences, (BULK, *more), price=bulk_by("input"))


def _day(plan: RootPlanner, description: str) -> Any:
    arguments = (
        argument("personId", strawberry.ID, f"Person whose day it is: {ID_OR_NUMBER}."),
        argument("date", Date, "The day."),
    )
    return root(plan, description, arguments)


@strawberry.type(
    description="Everything that can be changed. Each field is a unit of work of its own, in the order written; its "
    "answer is read inside it and sent after the commit."
)
class Mutation:
    """The root of all changes."""

    time_entry_create: TimeEntryPayload = root(
        CreatePlan, "Make a time entry.", (argument("input", TimeEntryCreateInput, "Its attributes."),)
    )
    time_entry_update: TimeEntryPayload = root(
        EntryPlan,
        "Change a time entry. An update that changes nothing keeps the revision.",
        (ENTRY, argument("input", TimeEntryUpdateInput, "What to change."), REVISION),
    )
    time_entry_delete: TimeEntryDeletePayload = root(
        EntryPlan, "Remove a time entry; its changes can still be read.", (ENTRY, REVISION)
    )
    time_entry_approve: TimeEntryPayload = _transition(
        "Approve a time entry; a rejection and its reason are cleared. Approving it twice changes nothing."
    )
    time_entry_unapprove: TimeEntryPayload = _transition(
        "Take an approval back. An entry that is not approved is left unchanged."
    )
    time_entry_reject: TimeEntryPayload = _transition(
        "Reject a time entry. An approved entry has to be unapproved first.", REASON
    )
    time_entry_unreject: TimeEntryPayload = _transition(
        "Take a rejection back, with its reason. An entry that is not rejected is a conflict."
    )
    time_entry_bulk_approve: TimeEntryBulkPayload = _bulk("Approve time entries.")
    time_entry_bulk_unapprove: TimeEntryBulkPayload = _bulk("Take approvals back.")
    time_entry_bulk_reject: TimeEntryBulkPayload = _bulk("Reject time entries.", REASON)
    time_entry_bulk_unreject: TimeEntryBulkPayload = _bulk("Take rejections back.")
    time_entry_bulk_delete: TimeEntryBulkPayload = _bulk("Remove time entries.")
    timer_start: TimerStartPayload = root(
        TimerStartPlan,
        "Start a timer. One runs for a person at a time: a start stops the one that runs.",
        (argument("input", TimerStartInput, "Where it starts."),),
    )
    timer_stop: TimeEntryPayload = root(
        TimerStopPlan,
        "Stop a timer and add its session to the entry's time: whole minutes, 30 seconds and more round up.",
        (argument("timeEntryId", strawberry.ID, f"The entry: {ID_OR_NUMBER}."),),
    )
    timesheet_submit: TimesheetPayload = _day(
        SubmitPlan, "Submit a person's day. Submitting it twice answers the same timesheet."
    )
    timesheet_unsubmit: TimesheetPayload = _day(UnsubmitPlan, "Take a submitted day back.")
