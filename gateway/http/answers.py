"""Answers as they are sent: status, headers, body, and what pages of other origins may read."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from starlette.types import Message, Send

from gateway.http.compression import LEAST, choose_encoding, compressed, compressed_pieces, preferred_encoding

Field = tuple[bytes, bytes]
NO_HEADERS: Mapping[str, str] = {}
NO_CONTENT, NOT_MODIFIED = 204, 304
WITHOUT_BODY = (NO_CONTENT, NOT_MODIFIED)
# Of answers to GET, which browsers and proxies might keep, or take for something else.
NOT_KEPT: Field = (b"cache-control", b"no-store")
NOT_GUESSED: Field = (b"x-content-type-options", b"nosniff")
TEXT = re.compile(rb"^text/|json")  # content types of files that are no archive
BY_ORIGIN: Field = (b"vary", b"Origin")
EXPOSED: Field = (b"access-control-expose-headers", b"Retry-After, X-Request-Id, ETag, X-Ignored-Attributes, X-Mirror")
HEADERS_ALLOWED = (
    b"Authorization, Content-Type, If-Match, If-None-Match, X-Auth-Token, X-Idempotency-Key, "
    b"X-Organization-Id, X-Request-Id"
)


@dataclass(frozen=True, slots=True)
class Stream:
    """A body of any length that is made while it is sent, by a generator that gives back what it holds at its end."""

    pieces: AsyncGenerator[bytes]
    seconds: float | None  # that it may take, in place of what a request may; None: any time
    is_live: bool = False  # whether a piece is there when something happens, and not before it is sent


@dataclass(slots=True)
class Answer:
    """What will be sent; 204 and 304 have neither body nor content type."""

    status: int
    body: bytes = b""
    content_type: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    codes: Sequence[str] = ()  # of each of its errors, for the log and the metrics
    refused: bool = False  # whether nothing was executed
    stream: Stream | None = None  # in place of a body

    @property
    def is_long(self) -> bool:
        """Whether it may be worth to compress it."""
        return self.stream is not None or len(self.body) > LEAST

    async def compress(self, accept: bytes) -> None:
        """Put the body into an encoding that the client accepts, where that makes it shorter."""
        if self.stream is None:
            encoding = choose_encoding(accept, self.body)
        elif self.stream.is_live or not TEXT.search(self.content_type):
            return
        else:
            encoding = preferred_encoding(accept)
        if encoding is None:
            return
        if self.stream is None:
            self.body = await compressed(self.body, encoding)
        else:
            self.stream = replace(self.stream, pieces=compressed_pieces(self.stream.pieces, encoding))
        self.headers = {"vary": "Accept-Encoding", **self.headers, "content-encoding": encoding}

    async def send(self, begin: Send, send: Send, identity: str, more: list[Field], *, without_body: bool) -> None:
        """Send it under the request's id: `begin` its head, `send` what is behind."""
        fields = [(b"x-request-id", identity.encode()), *more]
        if self.status not in WITHOUT_BODY:
            length = () if self.stream is not None else ((b"content-length", b"%d" % len(self.body)),)
            fields = [*length, (b"content-type", self.content_type), *fields]
        if self.headers:
            fields += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        head = {"type": "http.response.start", "status": self.status, "headers": fields}
        if self.stream is not None and not without_body:
            await _send_stream(self.stream, begin, send, head)
            return
        await begin(head)
        await send({"type": "http.response.body", "body": b"" if without_body else self.body})


async def _send_stream(stream: Stream, begin: Send, send: Send, head: Message) -> None:
    """Send a head and a body as it is made, no faster than it is read; no head where the beginning fails."""
    async with aclosing(stream.pieces) as pieces:
        first = await anext(pieces, b"")
        if not stream.is_live:
            first += await anext(pieces, b"")  # a beginning may be known before anything is read
        await begin(head)
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def cross_origin(
    origins: frozenset[bytes], origin: bytes | None, methods: Sequence[str], *, preflight: bool
) -> list[Field]:
    """Let the pages of the listed origins read the answer; others get no header, and so nothing."""
    if origin is None or origin not in origins:
        return [BY_ORIGIN]
    allowed = [BY_ORIGIN, (b"access-control-allow-origin", origin)]
    if not preflight:
        return [*allowed, EXPOSED]
    return [
        *allowed,
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", HEADERS_ALLOWED),
        (b"access-control-max-age", b"600"),
    ]
