"""What the server itself answers, instead of a request's answer or before there is a request."""

import orjson
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.http.codes import Code
from gateway.http.refusals import CLOSE, HttpError

JSON = b"application/json; charset=utf-8"


def _fields(error: HttpError, body: bytes) -> list[tuple[bytes, bytes]]:
    given = [(name.encode(), value.encode()) for name, value in error.headers.items()]
    return [(b"content-type", JSON), (b"content-length", b"%d" % len(body)), *given]


def in_bytes(error: HttpError) -> bytes:
    """Return a whole answer that ends its connection."""
    body = orjson.dumps(error.payload)
    fields = [name + b": " + value for name, value in _fields(error, body)]
    return STATUS_LINE[error.code.status] + b"\r\n".join([*fields, b"", body])


_FULL = HttpError(
    Code.TOO_MANY_CONNECTIONS,
    "The gateway has as many connections as it accepts; try again later.",
    {**CLOSE, "retry-after": "1"},
)
NOT_HTTP = in_bytes(HttpError(Code.BAD_REQUEST, "What was sent is not an HTTP/1.1 request.", CLOSE))
TOO_SLOW = in_bytes(HttpError(Code.REQUEST_TIMEOUT, "The head of the request did not come in time.", CLOSE))
TOO_LARGE = in_bytes(HttpError(Code.HEADERS_TOO_LARGE, "The head of the request is too long.", CLOSE))
TOO_MANY = in_bytes(_FULL)


def answer_too_large(size: int, most: int) -> bytes:
    """Say that an answer is longer than what is kept for a client."""
    message = f"The answer has {size:,} bytes, and {most:,} are kept for a client to read; ask for less at once."
    return in_bytes(HttpError(Code.ANSWER_TOO_LARGE, message, CLOSE))


async def turn_away(_scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer a request on a connection beyond those that are taken."""
    body = orjson.dumps(_FULL.payload)
    await send({"type": "http.response.start", "status": _FULL.code.status, "headers": _fields(_FULL, body)})
    await send({"type": "http.response.body", "body": body, "more_body": False})
