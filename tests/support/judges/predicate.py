"""What a filter means, said in plain Python over plain rows, apart from how the gateway does it."""

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
IDS = ("eq", "notEq", "in", "notIn", "isNull")
TEXTS = ("eq", "notEq", "contains", "notContain", "in", "notIn", "isNull")
NUMBERS = ("eq", "notEq", "gt", "gtEq", "lt", "ltEq", "in", "notIn")
INSTANTS = ("eq", "notEq", "gt", "gtEq", "lt", "ltEq", "isNull")
WORDS = ("eq", "notEq", "in", "notIn")

BILLING = {"FIXED": 1, "ACTUALS": 2, "NON_BILLABLE": 3}
INVOICING = {"NOT_INVOICED": 1, "DRAFTED": 2, "FINALIZED": 3}
STATUSES = ("APPROVED", "UNAPPROVED", "REJECTED", "SUBMITTED", "DRAFT")

# Filter -> kind, column, and for ids the type of the record.
FILTERS: dict[str, tuple[str, str, str | None]] = {
    "after": ("after", "date", None),
    "approvedAt": ("instant", "approved_at", None),
    "approverId": ("id", "approver_id", "Person"),
    "autotracked": ("flag", "autotracked", None),
    "before": ("before", "date", None),
    "billingTypeId": ("billing", "billing_type_id", None),
    "bookingId": ("id", "booking_id", "Booking"),
    "budgetId": ("id", "deal_id", "Deal"),
    "companyId": ("id", "company_id", "Company"),
    "creatorId": ("id", "creator_id", "Person"),
    "date": ("date", "date", None),
    "dealId": ("id", "deal_id", "Deal"),
    "decidableByMe": ("flag", "decidable", None),
    "id": ("id", "id", "TimeEntry"),
    "invoicingStatus": ("invoicing", "invoicing_status_id", None),
    "invoiceAttributionId": ("id", "invoice_attribution_id", None),
    "invoiceId": ("id", "invoice_id", "Invoice"),
    "invoiced": ("invoiced", "invoicing_status_id", None),
    "jiraIssueId": ("text", "jira_issue_id", None),
    "jiraIssueStatus": ("text", "jira_issue_status", None),
    "jiraIssueSummary": ("text", "jira_issue_summary", None),
    "jiraWorklogId": ("text", "jira_worklog_id", None),
    "lastActivityAt": ("instant", "last_activity_at", None),
    "lastActorId": ("id", "last_actor_id", "Person"),
    "managerId": ("id", "manager_id", "Person"),
    "note": ("text", "note", None),
    "personId": ("id", "person_id", "Person"),
    "projectId": ("id", "project_id", "Project"),
    "responsibleId": ("id", "responsible_id", "Person"),
    "serviceId": ("id", "service_id", "Service"),
    "startedAt": ("instant", "started_at", None),
    "status": ("status", "", None),
    "taskId": ("id", "task_id", "Task"),
    "time": ("number", "time", None),
    "trackMethodId": ("number", "track_method_id", None),
    "updatedAt": ("instant", "updated_at", None),
}
# Which the documented API does not have.
BEYOND = frozenset({"decidableByMe", "managerId", "note"})
OPERATIONS = {
    "id": IDS, "text": TEXTS, "number": NUMBERS, "date": NUMBERS, "instant": INSTANTS, "billing": WORDS,
    "invoicing": WORDS, "status": WORDS,
}  # fmt: skip
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "notEq": operator.ne, "gt": operator.gt, "gtEq": operator.ge, "lt": operator.lt,
    "ltEq": operator.le,
}  # fmt: skip


def words_of(asked: Any) -> Any:
    """What is asked, as it is written in JSON: a word in place of each value of an enum."""
    if isinstance(asked, Mapping):
        return {name: words_of(part) for name, part in asked.items()}
    if isinstance(asked, list):
        return [words_of(part) for part in asked]
    return asked.name if isinstance(asked, Enum) else asked


def holds(asked: Mapping[str, Any] | None, row: Row, zone: str) -> bool:
    """Tell whether a row matches a filter as it is written in JSON."""
    return all(_part(name, part, row, zone) for name, part in (asked or {}).items() if part is not None)


def _part(name: str, part: Any, row: Row, zone: str) -> bool:
    if name == "and":
        return all(holds(inner, row, zone) for inner in part)
    if name == "or":
        return any(holds(inner, row, zone) for inner in part)
    if name == "not":
        return not holds(part, row, zone)
    kind, column, _ = FILTERS[name]
    if kind in {"after", "before"}:
        day = row["date"].isoformat()
        return bool(day >= part if kind == "after" else day <= part)
    if kind == "flag":
        return bool(row[column] == part)
    if kind == "invoiced":
        return bool((row[column] != INVOICING["NOT_INVOICED"]) == part)
    return all(_compares(kind, row if kind == "status" else row[column], test, zone) for test in part.items())


def _compares(kind: str, value: Any, test: tuple[str, Any], zone: str) -> bool:
    operation, operand = test
    if operation == "isNull":
        return bool((value is None) == operand)
    if operation == "notIn" and not operand:
        return True
    if value is None:
        return False
    if operation in {"in", "notIn"}:
        return any(_equal(kind, value, item) for item in operand) == (operation == "in")
    if operation in {"contains", "notContain"}:
        return (operand.casefold() in value.casefold()) == (operation == "contains")
    if operation in {"eq", "notEq"} and kind != "instant":
        return _equal(kind, value, operand) == (operation == "eq")
    if kind == "date":
        return COMPARE[operation](value.isoformat(), operand)
    if kind == "instant" and "T" not in operand:
        return COMPARE[operation](day_of(value, zone).isoformat(), operand)
    return COMPARE[operation](value, moment(operand) if kind == "instant" else operand)


def _equal(kind: str, value: Any, operand: Any) -> bool:
    match kind:
        case "id":
            return str(value) == str(operand).split(":")[-1]
        case "date":
            return bool(value.isoformat() == operand)
        case "billing":
            return bool(BILLING[operand] == value)
        case "invoicing":
            return bool(INVOICING[operand] == value)
        case "status":
            return operand in statuses(value)
    return bool(value == operand)


def statuses(row: Row) -> set[str]:
    """The words that are true of an entry."""
    if row["approved"]:
        return {"APPROVED"}
    if row["rejected"]:
        return {"REJECTED"}
    return {"UNAPPROVED", "SUBMITTED" if row["submitted"] else "DRAFT"}


@cache
def day_of(instant: int, zone: str) -> dt.date:
    """The calendar day of an instant."""
    return (EPOCH + dt.timedelta(milliseconds=instant)).astimezone(ZoneInfo(zone)).date()


@cache
def moment(text: str) -> int:
    """The instant of a date-time, in milliseconds since 1970."""
    return (dt.datetime.fromisoformat(text) - EPOCH) // dt.timedelta(milliseconds=1)
