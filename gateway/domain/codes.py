"""The documented codes: words in GraphQL, whole numbers in the documented API and in the store."""

from enum import Enum


class TimeEntryStatus(Enum):
    """Approval state. UNAPPROVED is every undecided entry; SUBMITTED and DRAFT are its two finer words."""

    APPROVED = 1
    UNAPPROVED = 2
    REJECTED = 3
    SUBMITTED = 5
    DRAFT = 6


class BillingType(Enum):
    """How the time of a service is billed."""

    FIXED = 1
    ACTUALS = 2
    NON_BILLABLE = 3


class InvoicingStatus(Enum):
    """How far invoicing of an entry has come."""

    NOT_INVOICED = 1
    DRAFTED = 2
    FINALIZED = 3
