"""What a caller can cause or repair: refusals with closed codes. Nothing was written when one is raised."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Code(Enum):
    """The closed set of codes that an answer's `userErrors` may carry, each with its sentence in the schema.

    Where several refusals hold, they come in this order: those that say least about the record first.
    """

    RECORD_NOT_FOUND = "There is no such record, or the caller may not see it."
    ACCESS_DENIED = "The caller may see the record but may not make this change."
    IDEMPOTENCY_KEY_REUSED = "The same key was used with other arguments in the last 24 hours."
    STALE_REVISION = "The entry was changed after the caller read it."
    RECORD_ALREADY_APPROVED = "The entry is approved; it has to be unapproved first."
    RECORD_ALREADY_REJECTED = "The entry is rejected already."
    RECORD_ALREADY_UNREJECTED = "The entry is not rejected, so there is no rejection to take back."
    TIMER_ALREADY_STOPPED = "No timer runs on the entry."
    LIMIT_EXCEEDED = "More records than the request allows."
    INVALID_ATTRIBUTE = "The value is not valid for this attribute."
    ROLLED_BACK = "Rows of a bulk request were refused, so nothing was written."

    @property
    def is_conflict(self) -> bool:
        """Tell whether the entry as it is now belongs to the answer."""
        return self in _CONFLICTS


_RANK = {code: rank for rank, code in enumerate(Code)}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the code, a sentence that says what to do, the place in the arguments."""

    code: Code
    message: str
    path: tuple[str, ...]


class Refusal(Exception):
    """A write that was not made, with every fault of its input, in the order of the refusals."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: _RANK[fault.code]))
        super().__init__("; ".join(fault.message for fault in self.faults))


class Single(Refusal):
    """A refusal for one reason, named by its class."""

    code: ClassVar[Code]

    def __init__(self, message: str, *, path: tuple[str, ...]) -> None:
        super().__init__([Fault(self.code, message, path)])


class Conflict(Single):
    """The entry's state forbids it; the answer shows the entry as it is."""


class AlreadyApproved(Conflict):
    code = Code.RECORD_ALREADY_APPROVED


class AlreadyRejected(Conflict):
    code = Code.RECORD_ALREADY_REJECTED


class AlreadyUnrejected(Conflict):
    code = Code.RECORD_ALREADY_UNREJECTED


class TimerAlreadyStopped(Conflict):
    code = Code.TIMER_ALREADY_STOPPED


class StaleRevision(Conflict):
    code = Code.STALE_REVISION


class NotFound(Single):
    code = Code.RECORD_NOT_FOUND


class AccessDenied(Single):
    code = Code.ACCESS_DENIED


class InvalidAttribute(Single):
    code = Code.INVALID_ATTRIBUTE


class KeyReused(Single):
    code = Code.IDEMPOTENCY_KEY_REUSED


class LimitExceeded(Single):
    code = Code.LIMIT_EXCEEDED


_CONFLICTS = frozenset(refusal.code for refusal in Conflict.__subclasses__())
