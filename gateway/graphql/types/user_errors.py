"""What a caller can cause or repair: the errors that the answer of a mutation carries."""

import strawberry

from gateway.domain.errors import Code
from gateway.graphql.enums import described
from gateway.graphql.fields import structural
from gateway.graphql.types.time_entry import TimeEntry

described(
    Code,
    "Why a mutation was refused. The set is closed.",
    named="UserErrorCode",
    INVALID_ATTRIBUTE="A value is none that the attribute can have.",
    RECORD_NOT_FOUND="There is no such record, or none that the caller may see.",
    RECORD_ALREADY_APPROVED="The entry is approved; it has to be unapproved first.",
    RECORD_ALREADY_REJECTED="The entry is rejected already.",
    RECORD_ALREADY_UNREJECTED="The entry is not rejected, so there is no rejection to take back.",
    TIMER_ALREADY_STOPPED="No timer runs on the entry.",
    STALE_REVISION="The entry was written since the caller read it.",
    IDEMPOTENCY_KEY_REUSED="The same key came with other arguments in the last 24 hours.",
    ACCESS_DENIED="The caller may see the record and may not change it so.",
    LIMIT_EXCEEDED="More records than the request allows.",
    ROLLED_BACK="Rows of a bulk request were refused, so nothing was written.",
)


@strawberry.interface(description="Something the caller can cause or repair. Nothing was written because of it.")
class UserError:
    """A fault of a mutation's input."""

    code: Code = structural("What is wrong, for programs.")
    message: str = structural("What is wrong and what to do about it, for people.")
    path: list[str] | None = structural('Where in the arguments, such as ["input", "date"].')


@strawberry.type(description="An input that cannot be: a wrong value, a missing record, a missing right, a limit.")
class InvalidInputError(UserError):
    """Every fault that is no conflict."""


@strawberry.type(description="The entry's state forbids it: RECORD_ALREADY_*, TIMER_ALREADY_STOPPED, STALE_REVISION.")
class ConflictError(UserError):
    """A conflict with the entry as it is."""

    current: TimeEntry | None = structural("The entry as it is now.")
