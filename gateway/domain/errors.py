"""What a caller can cause or repair: refusals with closed codes. Nothing was written when one is raised."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Code(Enum):
    """The closed set of codes that an answer's `userErrors` may carry."""

    INVALID_ATTRIBUTE = "INVALID_ATTRIBUTE"
    RECORD_NOT_FOUND = "RECORD_NOT_FOUND"
    RECORD_ALREADY_APPROVED = "RECORD_ALREADY_APPROVED"
    RECORD_ALREADY_REJECTED = "RECORD_ALREADY_REJECTED"
    RECORD_ALREADY_UNREJECTED = "RECORD_ALREADY_UNREJECTED"
    TIMER_ALREADY_STOPPED = "TIMER_ALREADY_STOPPED"
    STALE_REVISION = "STALE_REVISION"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ACCESS_DENIED = "ACCESS_DENIED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    ROLLED_BACK = "ROLLED_BACK"

    @property
    def is_conflict(self) -> bool:
        """Tell whether the entry as it is now belongs to the answer."""
        return self in CONFLICTS


CONFLICTS = frozenset(
    {
        Code.RECORD_ALREADY_APPROVED,
        Code.RECORD_ALREADY_REJECTED,
        Code.RECORD_ALREADY_UNREJECTED,
        Code.TIMER_ALREADY_STOPPED,
        Code.STALE_REVISION,
    }
)

# Where several refusals hold, those that say least about the record come first.
PRECEDENCE = (
    Code.RECORD_NOT_FOUND,
    Code.ACCESS_DENIED,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.STALE_REVISION,
    Code.RECORD_ALREADY_APPROVED,
    Code.RECORD_ALREADY_REJECTED,
    Code.RECORD_ALREADY_UNREJECTED,
    Code.TIMER_ALREADY_STOPPED,
    Code.LIMIT_EXCEEDED,
    Code.INVALID_ATTRIBUTE,
    Code.ROLLED_BACK,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the code, a sentence that says what to do, the place in the arguments."""

    code: Code
    message: str
    path: tuple[str, ...]


class Refusal(Exception):
    """A write that was not made, with every fault of its input, in the order of the refusals."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: PRECEDENCE.index(fault.code)))
        super().__init__("; ".join(fault.message for fault in self.faults))


class Single(Refusal):
    """A refusal for one reason, named by its class."""

    code: ClassVar[Code]

    def __init__(self, message: str, *, path: tuple[str, ...]) -> None:
        super().__init__([Fault(self.code, message, path)])


class Conflict(Single):
    """The entry's state forbids it; the answer shows the entry as it is."""


class AlreadyApproved(Conflict):
    """It is approved, so it has to be unapproved first."""

    code = Code.RECORD_ALREADY_APPROVED


class AlreadyRejected(Conflict):
    """It is rejected already."""

    code = Code.RECORD_ALREADY_REJECTED


class AlreadyUnrejected(Conflict):
    """There is no rejection to take back."""

    code = Code.RECORD_ALREADY_UNREJECTED


class TimerAlreadyStopped(Conflict):
    """No timer runs on it."""

    code = Code.TIMER_ALREADY_STOPPED


class StaleRevision(Conflict):
    """The entry was written since the caller read it."""

    code = Code.STALE_REVISION


class NotFound(Single):
    """There is none, or none that the caller may see."""

    code = Code.RECORD_NOT_FOUND


class AccessDenied(Single):
    """The caller may see it, and may not change it so."""

    code = Code.ACCESS_DENIED


class InvalidAttribute(Single):
    """A value is none that the attribute can have."""

    code = Code.INVALID_ATTRIBUTE


class KeyReused(Single):
    """The idempotency key was used for other arguments."""

    code = Code.IDEMPOTENCY_KEY_REUSED


class LimitExceeded(Single):
    """More records than the request allows."""

    code = Code.LIMIT_EXCEEDED
