"""What a caller may write of an entry, and what is wrong with it: every fault at once, none of them raised."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.domain.billable import MAX_MINUTES
from gateway.domain.errors import Code, Fault
from gateway.domain.instants import parse_date, parse_instant

MAX_ID = 2**63 - 1
MAX_TEXT = 100_000  # characters of a note or a reason
MAX_LABEL = 255  # characters of a jira text
_SURROGATE = re.compile("[\ud800-\udfff]")
NO_ID = 0  # stands for text that is no record's number: no record has it

BLANK = "can't be blank"  # the documented words, exactly
NO_DATE = "is not a date"


class Unset(Enum):
    """An attribute that was not given: it stays as it is, or gets its default."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """The attributes given to a create or an update. Days and moments are still text; a wrong id is `NO_ID`."""

    date: str | Unset | None = UNSET
    person_id: int | Unset | None = UNSET
    service_id: int | Unset | None = UNSET
    task_id: int | Unset | None = UNSET
    note: str | Unset | None = UNSET
    time: int | Unset | None = UNSET  # minutes
    billable_time: int | Unset | None = UNSET  # minutes
    started_at: str | Unset | None = UNSET
    calendar_event_id: int | Unset | None = UNSET
    rejected_reason: str | Unset | None = UNSET
    jira_issue_id: str | Unset | None = UNSET
    jira_worklog_id: str | Unset | None = UNSET
    jira_organization: str | Unset | None = UNSET
    jira_issue_status: str | Unset | None = UNSET
    jira_issue_summary: str | Unset | None = UNSET


# Attribute -> its name in the arguments, for those that are stored as they were given.
PLAIN = {
    "note": "note",
    "rejected_reason": "rejectedReason",
    "jira_issue_id": "jiraIssueId",
    "jira_worklog_id": "jiraWorklogId",
    "jira_organization": "jiraOrganization",
    "jira_issue_status": "jiraIssueStatus",
    "jira_issue_summary": "jiraIssueSummary",
}
FOLDED = ("jira_issue_id", "jira_issue_status", "jira_issue_summary", "jira_worklog_id")


def text_faults(value: str | None, *, name: str, path: tuple[str, ...], longest: int = MAX_TEXT) -> list[Fault]:
    """Return what is wrong with a text: its length, a NUL, half of a surrogate pair."""
    if value is None:
        return []
    found = []
    if len(value) > longest:
        found.append(f"{name} has {len(value):,} characters; at most {longest:,} are kept.")
    if "\0" in value:
        found.append(f"{name} contains the character U+0000, which cannot be stored.")
    if _SURROGATE.search(value):
        found.append(f"{name} contains half of a surrogate pair, which is no text.")
    return [Fault(Code.INVALID_ATTRIBUTE, sentence, path) for sentence in found]


def read_date(text: str | None, path: tuple[str, ...]) -> dt.date | list[Fault]:
    """Return the day, or the documented faults: two of them for a blank one."""
    no_date = Fault(Code.INVALID_ATTRIBUTE, NO_DATE, path)
    if text is None or not text.strip():
        return [Fault(Code.INVALID_ATTRIBUTE, BLANK, path), no_date]
    try:
        return parse_date(text)
    except ValueError:
        return [no_date]


def attribute_faults(given: Attributes) -> list[Fault]:
    """Return what is wrong with the values that need no record to be judged; the date is `read_date`'s."""
    faults = [
        *_required_faults(given.person_id, "personId", "a person"),
        *_required_faults(given.service_id, "serviceId", "a service"),
        *_minutes_faults(given.time, "time"),
        *_minutes_faults(given.billable_time, "billableTime"),
    ]
    if isinstance(given.calendar_event_id, int) and not 0 < given.calendar_event_id <= MAX_ID:
        sentence = "calendarEventId is not a positive whole number of at most 63 bits."
        faults.append(Fault(Code.INVALID_ATTRIBUTE, sentence, ("input", "calendarEventId")))
    if isinstance(given.started_at, str) and _instant(given.started_at) is None:
        sentence = "startedAt is not a date-time with an offset, such as 2025-08-01T06:18:41.728+02:00."
        faults.append(Fault(Code.INVALID_ATTRIBUTE, sentence, ("input", "startedAt")))
    for attribute, name in PLAIN.items():
        value = getattr(given, attribute)
        if isinstance(value, str):
            limit = {"longest": MAX_LABEL} if attribute.startswith("jira_") else {}
            faults += text_faults(value, name=name, path=("input", name), **limit)
    return faults


def plain_columns(given: Attributes) -> dict[str, object]:
    """Return the columns of what is stored as it was given, each folded sibling with it."""
    columns: dict[str, object] = {}
    if given.started_at is not UNSET:
        columns["started_at"] = None if given.started_at is None else _instant(given.started_at)
    for attribute in (*PLAIN, "calendar_event_id"):
        value = getattr(given, attribute)
        if value is not UNSET:
            columns[attribute] = value
            if attribute in FOLDED:
                columns[f"{attribute}_folded"] = None if value is None else value.casefold()
    return columns


def _instant(text: str) -> int | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None


def _required_faults(value: int | Unset | None, name: str, what: str) -> list[Fault]:
    if value is not None:
        return []
    return [Fault(Code.INVALID_ATTRIBUTE, f"{name} cannot be null: every time entry has {what}.", ("input", name))]


def _minutes_faults(value: int | Unset | None, name: str) -> list[Fault]:
    if value is UNSET or (value is not None and 0 <= value <= MAX_MINUTES):
        return []
    shown = "null" if value is None else f"{value:,}"
    sentence = f"{name} is {shown}; it is a whole number of minutes from 0 to {MAX_MINUTES:,} (100 years)."
    return [Fault(Code.INVALID_ATTRIBUTE, sentence, ("input", name))]
