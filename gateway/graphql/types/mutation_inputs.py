"""The inputs of mutations. Absent is UNSET, so that an update can tell it from null."""

from enum import Enum
from typing import Any

import strawberry

from gateway.graphql.enums import described
from gateway.graphql.scalars import Date, DateTime
from gateway.graphql.types.filters import TimeEntryFilter
from gateway.querying.pages import DEFAULT_BULK, MAX_BULK


def _given(description: str) -> Any:
    return strawberry.field(description=description, default=strawberry.UNSET)


ID_OR_NUMBER = "its id, or its own number"
NOTE = "What was done; up to 100,000 characters, kept byte for byte."
TIME = "Minutes of work, from 0 to 52,596,000 (100 years)."
BILLABLE = "Minutes to bill; {}. Always 0 on a service that is not billed."
STARTED = "When the tracked period began: a date-time with an offset."
CALENDAR = "Number of the calendar event that it was made from."
REASON = "Why it was, or is about to be, rejected."
JIRA = {
    "jira_issue_id": "Id of the Jira issue; up to 255 characters.",
    "jira_worklog_id": "Id of the Jira worklog; up to 255 characters.",
    "jira_organization": "Jira organization of the issue; up to 255 characters.",
    "jira_issue_status": "Status of the Jira issue; up to 255 characters.",
    "jira_issue_summary": "Summary of the Jira issue; up to 255 characters.",
}
KEY = (
    "Any text of your own, up to 255 characters: a retry with the same key and arguments answers the same entry and "
    "makes no second one, for 24 hours."
)


@strawberry.input(description="A new time entry.")
class TimeEntryCreateInput:
    """Attributes of a new entry."""

    date: Date = strawberry.field(description="Day the work was done.")
    person_id: strawberry.ID = strawberry.field(description=f"Person who did it: {ID_OR_NUMBER}.")
    service_id: strawberry.ID = strawberry.field(description=f"Service it is tracked on: {ID_OR_NUMBER}.")
    task_id: strawberry.ID | None = _given(f"Task of the project that the service is sold for: {ID_OR_NUMBER}.")
    note: str | None = _given(NOTE)
    time: int | None = strawberry.field(description=TIME, default=0)
    billable_time: int | None = _given(BILLABLE.format("as many as time if absent"))
    started_at: DateTime | None = _given(STARTED)
    calendar_event_id: strawberry.ID | None = _given(CALENDAR)
    rejected_reason: str | None = _given(REASON)
    jira_issue_id: str | None = _given(JIRA["jira_issue_id"])
    jira_worklog_id: str | None = _given(JIRA["jira_worklog_id"])
    jira_organization: str | None = _given(JIRA["jira_organization"])
    jira_issue_status: str | None = _given(JIRA["jira_issue_status"])
    jira_issue_summary: str | None = _given(JIRA["jira_issue_summary"])
    idempotency_key: str | None = _given(KEY)


@strawberry.input(description="What to change. Absent: it stays; null: it is cleared, where the attribute can be null.")
class TimeEntryUpdateInput:
    """Attributes to change."""

    date: Date | None = _given("Day the work was done.")
    person_id: strawberry.ID | None = _given(f"Person who did it: {ID_OR_NUMBER}.")
    service_id: strawberry.ID | None = _given(f"Service it is tracked on: {ID_OR_NUMBER}.")
    task_id: strawberry.ID | None = _given(f"Task of the project that the service is sold for: {ID_OR_NUMBER}.")
    note: str | None = _given(NOTE)
    time: int | None = _given(f"{TIME} It replaces what was there.")
    billable_time: int | None = _given(
        BILLABLE.format("a difference to time that was set is kept if only time changes")
    )
    started_at: DateTime | None = _given(STARTED)
    calendar_event_id: strawberry.ID | None = _given(CALENDAR)
    rejected_reason: str | None = _given(REASON)
    jira_issue_id: str | None = _given(JIRA["jira_issue_id"])
    jira_worklog_id: str | None = _given(JIRA["jira_worklog_id"])
    jira_organization: str | None = _given(JIRA["jira_organization"])
    jira_issue_status: str | None = _given(JIRA["jira_issue_status"])
    jira_issue_summary: str | None = _given(JIRA["jira_issue_summary"])


class BulkErrorPolicy(Enum):
    """What a bulk request does when some rows are refused."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    BEST_EFFORT = "BEST_EFFORT"


described(
    BulkErrorPolicy,
    "What a bulk request does when some rows are refused.",
    ALL_OR_NOTHING="Nothing is written unless every row can be.",
    BEST_EFFORT="What can be written is; the refused rows are told.",
)


@strawberry.input(one_of=True, description="Which time entries: exactly one of the two.")
class TimeEntryTarget:
    """A target of a bulk request."""

    ids: list[strawberry.ID] | None = _given("These, in this order; an id that is given twice counts once.")
    filter: TimeEntryFilter | None = _given("Those that match. A filter without any condition is refused.")


@strawberry.input(description="A bulk request: one transaction, one instant.")
class TimeEntryBulkInput:
    """Target and policy."""

    target: TimeEntryTarget = strawberry.field(description="Which time entries.")
    error_policy: BulkErrorPolicy = strawberry.field(
        description="What to do when some rows are refused.", default=BulkErrorPolicy.ALL_OR_NOTHING
    )
    at_most: int = strawberry.field(
        description=f"More entries than this are LIMIT_EXCEEDED and nothing is written; the ceiling is {MAX_BULK:,}.",
        default=DEFAULT_BULK,
    )
    dry_run: bool = strawberry.field(description="Answer what would happen, and write nothing.", default=False)


@strawberry.input(description="A timer to start: on a service, for a new entry of today, or on an entry that goes on.")
class TimerStartInput:
    """Where a timer starts."""

    person_id: strawberry.ID | None = _given(f"Whose timer: {ID_OR_NUMBER}; the caller's if absent.")
    service_id: strawberry.ID | None = _given(f"Service of the new entry: {ID_OR_NUMBER}.")
    time_entry_id: strawberry.ID | None = _given(f"Entry to go on with, instead of a service: {ID_OR_NUMBER}.")
    task_id: strawberry.ID | None = _given(f"Task of the new entry: {ID_OR_NUMBER}.")
    note: str | None = _given("Note of the new entry.")
    idempotency_key: str | None = _given(KEY)
