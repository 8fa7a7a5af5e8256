"""Answers as they are sent: status, headers, JSON, and what pages of other origins may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Send

from gateway.http.masking import masked
from gateway.http.negotiation import Form
from gateway.http.refusals import HttpError

Field = tuple[bytes, bytes]
NO_CONTENT = 204
# Of answers to GET, which browsers and proxies might keep, or take for something else.
TO_GET: tuple[Field, ...] = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
BY_ORIGIN: Field = (b"vary", b"Origin")
EXPOSED: Field = (b"access-control-expose-headers", b"Retry-After, X-Request-Id")
HEADERS_ALLOWED = b"Authorization, Content-Type, X-Auth-Token, X-Organization-Id, X-Request-Id"
CONTENT_TYPES = {form: f"{form.value}; charset=utf-8".encode() for form in Form}


@dataclass(slots=True)
class Answer:
    """What will be sent."""

    status: int
    payload: dict[str, Any]
    form: Form
    headers: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False
    body: bytes = b""

    def write(self) -> None:
        """Make the body out of the payload."""
        if self.status != NO_CONTENT:
            self.body = orjson.dumps(self.payload)

    async def send(self, send: Send, identity: str, more: list[Field], *, without_body: bool) -> None:
        """Send it under the request's id."""
        fields: list[Field] = []
        if self.status != NO_CONTENT:
            fields += ((b"content-length", b"%d" % len(self.body)), (b"content-type", CONTENT_TYPES[self.form]))
        fields += ((b"x-request-id", identity.encode()), *more)
        if self.headers:
            fields += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if without_body else self.body})


def cross_origin(origins: frozenset[bytes], origin: bytes | None, methods: str, *, preflight: bool) -> list[Field]:
    """Let the pages of the listed origins read the answer; others get no header, and so nothing."""
    if not origins:
        return []
    if origin is None or origin not in origins:
        return [BY_ORIGIN]
    allowed = [BY_ORIGIN, (b"access-control-allow-origin", origin)]
    if not preflight:
        return [*allowed, EXPOSED]
    return [
        *allowed,
        (b"access-control-allow-methods", methods.encode()),
        (b"access-control-allow-headers", HEADERS_ALLOWED),
        (b"access-control-max-age", b"600"),
    ]


def refusal_of(error: Exception, identity: str) -> HttpError:
    """Return an error that ends a request as the client is told of it."""
    if isinstance(error, HttpError):
        return error
    code, message = masked(error)
    return HttpError(code, message, extensions={"requestId": identity})
