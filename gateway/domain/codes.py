"""The documented codes: words in GraphQL, whole numbers in the documented API and in the store."""

from enum import IntEnum


class TimeEntryStatus(IntEnum):
    """Approval state. UNAPPROVED is every undecided entry; SUBMITTED and DRAFT are its two finer words."""

    APPROVED = 1
    UNAPPROVED = 2
    REJECTED = 3
    SUBMITTED = 5
    DRAFT = 6


class BillingType(IntEnum):
    """How the time of a service is billed."""

    FIXED = 1
    ACTUALS = 2
    NON_BILLABLE = 3


class InvoicingStatus(IntEnum):
    """How far invoicing of an entry has come."""

    NOT_INVOICED = 1
    DRAFTED = 2
    FINALIZED = 3


class DealType(IntEnum):
    """Whose a deal is: the organization's own, or a client's."""

    INTERNAL = 1
    CLIENT = 2


class TrackMethod(IntEnum):
    """How the time of an entry was tracked; an entry by hand on which a timer ran is both."""

    BY_HAND = 1
    BY_TIMER = 2
    BY_HAND_AND_TIMER = 3

    @classmethod
    def in_words(cls) -> str:
        """List the codes with their meanings, for descriptions."""
        return ", ".join(f"{method:d} {method.name.lower().replace('_', ' ')}" for method in cls)
