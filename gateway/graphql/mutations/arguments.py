"""Arguments as the rules take them: ids as numbers, what is absent as UNSET, text left to the rules."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.attributes import NO_ID, Attributes
from gateway.querying.identifiers import NotAnId, record_number

IDS = {"personId": "Person", "serviceId": "Service", "taskId": "Task", "calendarEventId": None}
ATTRIBUTES = {
    "date": "date",
    "personId": "person_id",
    "serviceId": "service_id",
    "taskId": "task_id",
    "note": "note",
    "time": "time",
    "billableTime": "billable_time",
    "startedAt": "started_at",
    "calendarEventId": "calendar_event_id",
    "rejectedReason": "rejected_reason",
    "jiraIssueId": "jira_issue_id",
    "jiraWorklogId": "jira_worklog_id",
    "jiraOrganization": "jira_organization",
    "jiraIssueStatus": "jira_issue_status",
    "jiraIssueSummary": "jira_issue_summary",
}


def number_of(text: str, type_name: str | None = "TimeEntry") -> int:
    """Read an id of that type; what is none, or another type's, is `NO_ID`: no record has it."""
    try:
        return record_number(text, type_name)
    except NotAnId:
        return NO_ID


def optional_number(text: str | None, type_name: str | None) -> int | None:
    """Read an id that may be null."""
    return None if text is None else number_of(text, type_name)


def attributes_of(given: Mapping[str, Any]) -> Attributes:
    """Read the input of a create or an update."""
    values: dict[str, Any] = {
        attribute: optional_number(given[name], IDS[name]) if name in IDS else given[name]
        for name, attribute in ATTRIBUTES.items()
        if name in given
    }
    return Attributes(**values)
