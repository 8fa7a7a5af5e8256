"""Requests that are refused before there is an operation: status, code, and a sentence for the caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Sent where the rest of a request will not be read.
CLOSE = {"connection": "close"}


@dataclass(frozen=True)
class Refused(Exception):
    """The request is answered by this status and one error; nothing was executed."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)

    @property
    def payload(self) -> dict[str, object]:
        """The body of the answer."""
        return {"errors": [{"message": self.message, "extensions": {"code": self.code, **self.extensions}}]}


def bad_request(message: str) -> Refused:
    return Refused(400, "BAD_REQUEST", message)


def unauthenticated(message: str) -> Refused:
    return Refused(401, "UNAUTHENTICATED", message, {"www-authenticate": 'Bearer realm="gateway"'})


def method_not_allowed(message: str, allow: str) -> Refused:
    return Refused(405, "METHOD_NOT_ALLOWED", message, {"allow": allow})
