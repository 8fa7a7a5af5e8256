"""What a caller can cause or repair: the errors that the answer of a mutation carries."""

import strawberry

from gateway.domain.errors import Code
from gateway.graphql.enums import described
from gateway.graphql.fields import structural
from gateway.graphql.types.time_entry import TimeEntry

described(
    Code,
    "Why a mutation was refused. There are no other codes.",
    named="UserErrorCode",
    **{code.name: code.value for code in Code},
)


@strawberry.interface(description="Something the caller can cause or repair. Nothing was written because of it.")
class UserError:
    code: Code = structural("What is wrong, for programs.")
    message: str = structural("What is wrong and what to do about it, for people.")
    path: list[str] | None = structural('Path in the arguments, such as ["input", "date"].')


@strawberry.type(
    description="An input that cannot be accepted: a wrong value, a missing record, a missing right, a limit."
)
class InvalidInputError(UserError):
    pass


@strawberry.type(description="The entry's state forbids it: RECORD_ALREADY_*, TIMER_ALREADY_STOPPED, STALE_REVISION.")
class ConflictError(UserError):
    current: TimeEntry | None = structural("The entry as it is now.")
