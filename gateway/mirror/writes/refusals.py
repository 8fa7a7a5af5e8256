"""What the account's errors are to those who write: userErrors where it refused, else an error at the top."""

from collections.abc import Sequence

from gateway.domain.attributes import WRITABLE
from gateway.domain.errors import AccessDenied, Fault, Refusal
from gateway.domain.errors import Code as Reason
from gateway.http.codes import Code
from gateway.http.refusals import HttpError
from gateway.mirror.upstream.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotThere,
    Problem,
    Throttled,
    Unauthorized,
    UpstreamError,
)

ELSEWHERE = "This gateway mirrors the account and takes no writes; make the change in the account, and it comes here."
NOT_KEPT = (
    "Your writes go to the account by a token of yours, and none is kept; an admin can keep one: "
    "gateway token create --person {person} --upstream-token"
)
BAD_TOKEN = "The account does not know the token that your writes are sent by; have a new one kept."  # noqa: S105
UNREADABLE = "The token that your writes are sent by cannot be decrypted; whoever runs the gateway has changed its key."
NO_CALL = "The account was not found to have the call for this ({call}); gateway mirror check tries it."
ALL_AT_ONCE = (
    "The account cannot change {count:,} entries at one go, {most:,} at most; ask for BEST_EFFORT, or for fewer."
)
SAYS = "The account says: {problem}"
ENTRY = ("id",)

REFUSALS = (Unauthorized, Forbidden, NotThere, Invalid, Conflict)
_BY_KIND: Sequence[tuple[type[UpstreamError], Reason]] = (
    (Forbidden, Reason.ACCESS_DENIED),
    (NotThere, Reason.RECORD_NOT_FOUND),
)
_PATHS = {attribute.name: attribute.path for attribute in WRITABLE} | {
    attribute.name.removesuffix("_id"): attribute.path for attribute in WRITABLE if attribute.points_to
}


def refusal_of(error: UpstreamError) -> Refusal:
    """Return the refusal that an error of `REFUSALS` is."""
    if isinstance(error, Unauthorized):
        return AccessDenied(BAD_TOKEN, path=())
    otherwise = next((code for kind, code in _BY_KIND if isinstance(error, kind)), Reason.INVALID_ATTRIBUTE)
    problems = error.problems or [Problem()]
    return Refusal([_fault(problem, otherwise) for problem in problems])


def _fault(problem: Problem, otherwise: Reason) -> Fault:
    name = problem.code.upper()
    code = Reason[name] if name in Reason.__members__ and name != Reason.ROLLED_BACK.name else otherwise
    named = _PATHS.get(problem.pointer.rpartition("/")[2].replace("-", "_"))
    path = named or (ENTRY if code.is_conflict else ())
    return Fault(code, SAYS.format(problem=problem), path)


def not_done(error: UpstreamError) -> Refusal | HttpError | None:
    """Return why a write that ended so was not done: it was refused, or not sent. None where it may have been done."""
    if isinstance(error, REFUSALS):
        return refusal_of(error)
    return None if error.may_have_happened else not_sent(error)


def failed(why: str) -> HttpError:
    """Say that nothing was written."""
    return HttpError(Code.UPSTREAM_FAILED, why)


def not_sent(error: UpstreamError) -> HttpError:
    """Say why a write did not even reach the account."""
    headers = {"retry-after": str(max(1, round(error.wait_s)))} if isinstance(error, Throttled) else {}
    message = f"Nothing was written: {error.sentence}"
    return HttpError(Code.UPSTREAM_FAILED, message, headers)


def too_many(count: int) -> HttpError:
    """Say that as many writes are on their way as may be."""
    message = f"Nothing was written: {count:,} writes are on their way to the account, and no more are taken now."
    return HttpError(Code.UPSTREAM_FAILED, message, {"retry-after": "1"})


def indeterminate(why: str, look_at: str) -> HttpError:
    """Say that it is not known whether something was written, and what to look at."""
    return HttpError(Code.INDETERMINATE, f"It is not known whether this was written: {why} Look at {look_at}.")


def unseen(why: str, look_at: str) -> HttpError:
    """Say that something was written which cannot be shown: the mirror reads it as soon as it can."""
    message = f"The account did this, and it cannot be shown yet: {why}. Look at {look_at} before you do it again."
    return HttpError(Code.INDETERMINATE, message)


def on_its_way(look_at: str) -> HttpError:
    """Say that the account has not answered yet; its answer is waited for, whoever else does."""
    return indeterminate("the account has not answered yet.", look_at)
