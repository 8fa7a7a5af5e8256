"""The answers of mutations: what was written, or why nothing was."""

from typing import Any

import strawberry

from gateway.graphql.enums import described
from gateway.graphql.fields import structural
from gateway.graphql.prices import EACH_ROW, SINGLE, Pricing, rows
from gateway.graphql.types.references import Timesheet
from gateway.graphql.types.time_entry import TimeEntry
from gateway.graphql.types.user_errors import UserError
from gateway.operations.bulk import Outcome

described(
    Outcome,
    "The outcome of one row of a bulk request.",
    named="BulkOutcome",
    APPLIED="It was changed.",
    UNCHANGED="It was already in that state.",
    FAILED="It was refused; its userErrors say why.",
    ROLLED_BACK="It would have been changed, but another row was refused, so nothing was written.",
)


def _user_errors(of: str = "Why nothing was written; empty when it was.", price: Pricing | None = None) -> Any:
    return structural(of, price=price)


def _last_event() -> Any:
    return structural(
        "Id of the newest event that it made, as timeEntryChanged and lastEventId of lists know it: to wait for it "
        "in a subscription, or to skip it there; null when nothing was written."
    )


@strawberry.type(description="The answer of a mutation of one time entry.")
class TimeEntryPayload:
    time_entry: TimeEntry | None = structural("The entry as it is now; null when the mutation was refused.")
    last_event_id: strawberry.ID | None = _last_event()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The answer of a deletion.")
class TimeEntryDeletePayload:
    deleted_id: strawberry.ID | None = structural("Id of the entry that is gone; null when the mutation was refused.")
    last_event_id: strawberry.ID | None = _last_event()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The outcome of one time entry of a bulk request.")
class TimeEntryBulkResult:
    time_entry_id: strawberry.ID = structural("Id of the entry; the id as given where there is none.")
    outcome: Outcome = structural("Its outcome.")
    time_entry: TimeEntry | None = structural(
        "The entry as it is now; null once it is deleted, or where there is none."
    )
    user_errors: list[UserError] = _user_errors("Why it was refused; empty when it was not.", SINGLE)


@strawberry.type(description="The answer of a bulk request.")
class TimeEntryBulkPayload:
    results: list[TimeEntryBulkResult] = structural(
        "In the order asked, or by id for a filter; an id that was given twice is one result.",
        price=EACH_ROW,
    )
    applied_count: int = structural("How many rows were changed; in a dry run, would be.")
    unchanged_count: int = structural("How many rows were already in that state.")
    failed_count: int = structural("How many rows were refused.")
    last_event_id: strawberry.ID | None = _last_event()
    user_errors: list[UserError] = _user_errors("What is wrong with the request as a whole.")


@strawberry.type(description="The answer of a timer's start.")
class TimerStartPayload:
    time_entry: TimeEntry | None = structural("The entry whose timer runs; null when the mutation was refused.")
    stopped_time_entry: TimeEntry | None = structural("The entry whose timer ran before, now stopped, if any did.")
    last_event_id: strawberry.ID | None = _last_event()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The answer of submitting a day, or taking it back.")
class TimesheetPayload:
    timesheet: Timesheet | None = structural("The day's timesheet; null once it is taken back.")
    time_entries: list[TimeEntry] = structural("The entries of the day, by id.", price=rows(100))
    last_event_id: strawberry.ID | None = _last_event()
    user_errors: list[UserError] = _user_errors()
