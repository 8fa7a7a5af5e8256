"""The inputs of mutations. Absent is UNSET, so that an update can tell it from null."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from gateway.domain.attributes import MAX_LABEL, MAX_TEXT, WRITABLE, Attribute, Kind
from gateway.domain.billable import MAX_MINUTES
from gateway.graphql.enums import described
from gateway.graphql.scalars import Date, DateTime
from gateway.graphql.types.filters import TimeEntryFilter
from gateway.graphql.types.relay import ID_OR_NUMBER
from gateway.querying.pages import DEFAULT_BULK, MAX_BULK


def _given(description: str) -> Any:
    return strawberry.field(description=description, default=strawberry.UNSET)


TIME = f"Minutes of work, from 0 to {MAX_MINUTES:,} (100 years)."
BILLABLE = "Minutes to bill; {}. Always 0 on a service that is not billed."
LABEL = f"up to {MAX_LABEL} characters"
KEY = (
    f"Any text of your own, {LABEL}: a retry with the same key and arguments answers the same entry and "
    "makes no second one, for 24 hours."
)


SENTENCES = {
    "date": "Day the work was done.",
    "person_id": f"Person who did the work: {ID_OR_NUMBER}.",
    "service_id": f"Service it is tracked on: {ID_OR_NUMBER}.",
    "task_id": f"Task of the project that the service is sold for: {ID_OR_NUMBER}.",
    "note": f"What was done; up to {MAX_TEXT:,} characters, kept byte for byte.",
    "started_at": "When the tracked period began: a date-time with an offset.",
    "calendar_event_id": "Number of the calendar event that it was made from.",
    "rejected_reason": "Why it was, or is about to be, rejected.",
    "jira_issue_id": f"Id of the Jira issue; {LABEL}.",
    "jira_worklog_id": f"Id of the Jira worklog; {LABEL}.",
    "jira_organization": f"Jira organization of the issue; {LABEL}.",
    "jira_issue_status": f"Status of the Jira issue; {LABEL}.",
    "jira_issue_summary": f"Summary of the Jira issue; {LABEL}.",
}
ANNOTATIONS: Mapping[Kind, Any] = {
    Kind.DATE: Date,
    Kind.REFERENCE: strawberry.ID,
    Kind.MINUTES: int,
    Kind.NUMBER: strawberry.ID,
    Kind.INSTANT: DateTime,
    Kind.TEXT: str,
}


def _input(name: str, description: str, fields: Mapping[str, tuple[Any, Any]]) -> Any:
    """Make an input of (annotation, field) by name."""
    members: dict[str, Any] = {field: declared for field, (_, declared) in fields.items()}
    members |= {"__annotations__": {field: annotation for field, (annotation, _) in fields.items()}}
    return strawberry.input(type(name, (), members | {"__module__": __name__}), description=description)


def _optional(attribute: Attribute, sentences: Mapping[str, str]) -> tuple[Any, Any]:
    return ANNOTATIONS[attribute.kind] | None, _given(sentences[attribute.name])


def _of_create(attribute: Attribute, sentences: Mapping[str, str]) -> tuple[Any, Any]:
    if attribute.is_required:
        return ANNOTATIONS[attribute.kind], strawberry.field(description=sentences[attribute.name])
    if attribute.name == "time":
        return int | None, strawberry.field(description=sentences["time"], default=0)
    return _optional(attribute, sentences)


_CREATE = SENTENCES | {"time": TIME, "billable_time": BILLABLE.format("as many as time if absent")}
_UPDATE = SENTENCES | {
    "person_id": f"{SENTENCES['person_id']} It cannot be given to another person while a timer runs on it.",
    "time": f"{TIME} It replaces what was there.",
    "billable_time": BILLABLE.format("if only time changes, a difference from it that was set is kept"),
}
TimeEntryCreateInput = _input(
    "TimeEntryCreateInput",
    "A new time entry.",
    {attribute.name: _of_create(attribute, _CREATE) for attribute in WRITABLE}
    | {"idempotency_key": (str | None, _given(KEY))},
)
TimeEntryUpdateInput = _input(
    "TimeEntryUpdateInput",
    "What to change. Absent: it stays; null: it is cleared, where the attribute can be null.",
    {attribute.name: _optional(attribute, _UPDATE) for attribute in WRITABLE},
)


class BulkErrorPolicy(Enum):
    """What a bulk request does when some rows are refused."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    BEST_EFFORT = "BEST_EFFORT"


described(
    BulkErrorPolicy,
    "What a bulk request does when some rows are refused.",
    ALL_OR_NOTHING="Nothing is written unless every row can be.",
    BEST_EFFORT="What can be written is; the refused rows are reported.",
)


@strawberry.input(description="A time entry as the caller read it.")
class TimeEntryRevision:
    id: strawberry.ID = strawberry.field(description="Which entry: its id, or its own number.")
    if_revision: int = strawberry.field(
        description="The `revision` that was read; STALE_REVISION if the entry has another one by now."
    )


@strawberry.input(one_of=True, description="Which time entries: exactly one of the three.")
class TimeEntryTarget:
    ids: list[strawberry.ID] | None = _given("These, in this order; an id that is given twice counts once.")
    revisions: list[TimeEntryRevision] | None = _given(
        "These, in this order, each with the revision that was read; what was written since is refused, and shown."
    )
    filter: TimeEntryFilter | None = _given("Those that match. A filter without any condition is refused.")


@strawberry.input(description="A bulk request: one transaction, one instant.")
class TimeEntryBulkInput:
    target: TimeEntryTarget = strawberry.field(description="Which time entries.")
    error_policy: BulkErrorPolicy = strawberry.field(
        description="What to do when some rows are refused.", default=BulkErrorPolicy.ALL_OR_NOTHING
    )
    at_most: int = strawberry.field(
        description=f"More entries than this are LIMIT_EXCEEDED and nothing is written; the ceiling is {MAX_BULK:,}.",
        default=DEFAULT_BULK,
    )
    dry_run: bool = strawberry.field(
        description="Report what would happen, and write nothing; it neither waits for other writes nor delays them.",
        default=False,
    )


@strawberry.input(description="A timer to start: on a service, for a new entry of today, or on an existing entry.")
class TimerStartInput:
    person_id: strawberry.ID | None = _given(f"Person whose timer it is: {ID_OR_NUMBER}; the caller's if absent.")
    service_id: strawberry.ID | None = _given(f"Service of the new entry: {ID_OR_NUMBER}.")
    time_entry_id: strawberry.ID | None = _given(f"Entry to continue, instead of a service: {ID_OR_NUMBER}.")
    task_id: strawberry.ID | None = _given(f"Task of the new entry: {ID_OR_NUMBER}.")
    note: str | None = _given("Note of the new entry.")
    idempotency_key: str | None = _given(KEY)
