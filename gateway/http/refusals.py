"""Requests that are refused as a whole: a code, a sentence for the caller, and the headers that go with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.http.codes import Code

# Sent where the rest of a request will not be read.
CLOSE = {"connection": "close"}
LONGEST_SENTENCE = 1_000  # characters


@dataclass(eq=False)  # and not frozen: Python writes the traceback into it
class HttpError(Exception):
    """The request is answered by one error, under the status of its code."""

    code: Code
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)

    @property
    def payload(self) -> dict[str, object]:
        """The body of the answer, as GraphQL spells it."""
        return {"errors": [{"message": self.message, "extensions": {"code": self.code.name, **self.extensions}}]}


def shortened(message: str) -> str:
    """Cut a message that repeats what a client sent, which may be very long."""
    return message if len(message) <= LONGEST_SENTENCE else f"{message[:LONGEST_SENTENCE]}..."


def bad_request(message: str) -> HttpError:
    return HttpError(Code.BAD_REQUEST, message)


def unauthenticated(message: str) -> HttpError:
    return HttpError(Code.UNAUTHENTICATED, message, {"www-authenticate": 'Bearer realm="gateway"'})


def method_not_allowed(method: str, allowed: Sequence[str]) -> HttpError:
    *others, last = (name for name in allowed if name not in {"HEAD", "OPTIONS"})
    known = f"{', '.join(others)} or {last}" if others else last
    return HttpError(
        Code.METHOD_NOT_ALLOWED, f"{method[:20]} is not supported; send {known}.", {"allow": ", ".join(allowed)}
    )
