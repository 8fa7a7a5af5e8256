"""The enums of the schema: each word with its sentence for the manual."""

from enum import Enum
from typing import TypeVar

import strawberry

from gateway.domain.access import Role
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus

EnumType = TypeVar("EnumType", bound=type[Enum])


def described(words: EnumType, description: str, *, named: str | None = None, **sentences: str) -> EnumType:
    """Make an enum part of the schema, with a sentence for every word.

    Raises:
        KeyError: a word has no sentence.
    """
    definition = strawberry.enum(words, name=named, description=description).__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        value.description = sentences[value.name]
    return words


class TimeEntryOrderField(Enum):
    """What time entries can be ordered by; the words of the documented sort keys."""

    DATE = "DATE"
    UPDATED_AT = "UPDATED_AT"
    JIRA_ISSUE_ID = "JIRA_ISSUE_ID"
    JIRA_ISSUE_STATUS = "JIRA_ISSUE_STATUS"
    JIRA_ISSUE_SUMMARY = "JIRA_ISSUE_SUMMARY"


class OrderDirection(Enum):
    """Which way an order runs."""

    ASC = "ASC"
    DESC = "DESC"


class TimeEntryGroupKey(Enum):
    """What time entries can be grouped by."""

    PERSON = "PERSON"
    SERVICE = "SERVICE"
    TASK = "TASK"
    DEAL = "DEAL"
    PROJECT = "PROJECT"
    COMPANY = "COMPANY"
    STATUS = "STATUS"
    BILLING_TYPE = "BILLING_TYPE"
    INVOICING_STATUS = "INVOICING_STATUS"
    DATE = "DATE"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


described(
    TimeEntryStatus,
    "Approval state of a time entry.",
    APPROVED="Approved.",
    UNAPPROVED=(
        "Neither approved nor rejected. As a filter it covers every undecided entry, SUBMITTED and DRAFT too; a field "
        "shows it only where the organization has no timesheet submission."
    ),
    REJECTED="Rejected; the entry may hold a reason.",
    SUBMITTED="Undecided, on a day that was submitted. Only where the organization has timesheet submission.",
    DRAFT="Undecided, on a day that was not submitted. Only where the organization has timesheet submission.",
)
described(
    BillingType,
    "How the time of a service is billed.",
    FIXED="A fixed price, whatever time it takes.",
    ACTUALS="By the time that was tracked.",
    NON_BILLABLE="Not billed: the billable time of its entries is 0.",
)
described(
    InvoicingStatus,
    "How far invoicing of a time entry has come.",
    NOT_INVOICED="Not attributed to an invoice.",
    DRAFTED="Attributed to an invoice that is still a draft.",
    FINALIZED="Attributed to a finalized invoice.",
)
described(
    Role,
    "What a person may see and do in the organization.",
    ADMIN="Sees and does everything in the organization.",
    MANAGER="Sees everything; approves and edits entries on deals they own or of people they manage.",
    MEMBER="Sees and edits their own entries, and may not approve.",
)
described(
    TimeEntryOrderField,
    "What time entries can be ordered by.",
    DATE="The day the work was done.",
    UPDATED_AT="When the entry was last written.",
    JIRA_ISSUE_ID="The id of the Jira issue, by code points; entries without one come last.",
    JIRA_ISSUE_STATUS="The status of the Jira issue, by code points; entries without one come last.",
    JIRA_ISSUE_SUMMARY="The summary of the Jira issue, by code points; entries without one come last.",
)
described(
    OrderDirection,
    "Which way an order runs. Entries without a value come last in both.",
    ASC="From the smallest or earliest up.",
    DESC="From the largest or latest down.",
)
described(
    TimeEntryGroupKey,
    "What time entries can be grouped by. At most one of DATE, WEEK, MONTH and YEAR.",
    PERSON="The person who tracked the time.",
    SERVICE="The service that the time was tracked on.",
    TASK="The task; entries without one form a group, which comes last.",
    DEAL="The deal or budget of the service.",
    PROJECT="The project of the deal.",
    COMPANY="The client company of the deal.",
    STATUS="The approval state, in its finest word.",
    BILLING_TYPE="How the service is billed.",
    INVOICING_STATUS="How far invoicing has come.",
    DATE="The day.",
    WEEK="The ISO week, shown by its Monday.",
    MONTH="The month, shown by its first day.",
    YEAR="The year, shown by its first day.",
)
