"""The enums of the schema: each word with its sentence for the manual."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

from gateway.catalog.entry_groups import GROUP_KEYS, GROUP_SORTS, SPANS
from gateway.catalog.time_entries import SORTS
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


def enum_of(name: str, description: str, sentences: Mapping[str, str]) -> Any:
    """Make an enum of the words that have these sentences; `Any`, since a type checker knows no enum of rows."""
    make: Any = Enum
    return described(make(name, {word: word for word in sentences}, module=__name__), description, **sentences)


class OrderDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


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
    OrderDirection,
    "Sort direction. Entries without a value come last in both.",
    ASC="Ascending: the smallest or earliest first.",
    DESC="Descending: the largest or latest first.",
)

TimeEntryOrderField = enum_of(
    "TimeEntryOrderField",
    "What time entries can be ordered by.",
    {word: key.description for word, key in SORTS.keys.items()},
)
TimeEntryGroupKey = enum_of(
    "TimeEntryGroupKey",
    f"What time entries can be grouped by. At most one of {SPANS}.",
    {word: key.description for word, key in GROUP_KEYS.items()},
)
TimeEntryGroupOrderField = enum_of(
    "TimeEntryGroupOrderField",
    "Sums that groups of time entries can be ordered by.",
    {word: sort.what for word, sort in GROUP_SORTS.items()},
)
