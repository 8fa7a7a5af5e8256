"""One request and its answer, which goes out in one write.

uvicorn looks through an answer's head, writes it, and then its body: that costs a short answer a tenth of its time, and
wakes the client twice. And it makes for every request what only those need whose body has not come yet.
"""

import asyncio
import logging
from functools import cached_property
from typing import Protocol

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPResponseStartEvent, HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

EVENTS = b"text/event-stream"
_log = logging.getLogger("uvicorn.error")


class Connection(Protocol):
    """What an exchange needs of its connection."""

    @property
    def transport(self) -> asyncio.Transport: ...

    @property
    def flow(self) -> FlowControl: ...

    @property
    def server_state(self) -> ServerState: ...

    def send_answer(self, exchange: "Exchange", head: bytes, body: bytes) -> None:
        """Write a whole answer."""

    def begin_stream(self, *, is_endless: bool) -> None:
        """Take note of an answer that comes in parts; an endless one goes on until somebody leaves."""

    def on_response_complete(self) -> None: ...


class Exchange(RequestResponseCycle):
    """The application's side of one request; a head that states the length of its body is kept until the body comes."""

    # What all begin with.
    logger = access_logger = _log
    access_log = False
    disconnected = response_started = response_complete = False
    chunked_encoding: bool | None = None
    expected_content_length = 0
    _has_news = False  # for who receives
    _head: HTTPResponseStartEvent | None = None

    def __init__(
        self,
        connection: Connection,
        scope: HTTPScope,
        *,
        keep_alive: bool,
        expects_100: bool = False,
        body: bytes | None = None,
    ) -> None:
        """Begin; `body` is that of a request that came whole."""
        self._connection = connection
        self.scope = scope
        self.transport, self.flow = connection.transport, connection.flow
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete
        self.keep_alive, self.waiting_for_100_continue = keep_alive, expects_100
        self.body: bytes = body or b""  # type: ignore[assignment]  # uvicorn copies what comes into an array
        self.more_body = body is None
        if body is not None:
            self._has_news = True

    # Reading

    @cached_property
    def message_event(self) -> asyncio.Event:  # type: ignore[override]  # uvicorn makes one for every request
        """What who receives waits for, while nothing has come."""
        event = asyncio.Event()
        if self._has_news:
            event.set()
        return event

    def take(self, body: bytes) -> None:
        """Add to the body."""
        self.body = self.body + body if self.body else body
        self.wake()

    def wake(self) -> None:
        """Wake who receives: there is more of the body, or its end, or nobody to be answered."""
        self._has_news = True
        if "message_event" in self.__dict__:
            self.message_event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """Return what has come, or wait for it."""
        if not self._has_news or self.waiting_for_100_continue:
            message = await super().receive()
            self._has_news = False
            return message
        self._has_news = False
        if "message_event" in self.__dict__:
            self.message_event.clear()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        if self.flow.read_paused:
            self.flow.resume_reading()
        body, self.body = self.body, b""
        return {"type": "http.request", "body": body, "more_body": self.more_body}

    # Answering

    async def send(self, message: ASGISendEvent) -> None:
        """Write a whole answer at once; leave one that comes in parts to uvicorn."""
        if message["type"] == "http.response.start":
            if self.more_body:
                self.keep_alive = False  # the rest of the request would be taken for the next one
            if _tells_length(message):
                self._head = message
                return
            self._connection.begin_stream(is_endless=_is_endless(message))
        head, self._head = self._head, None
        if head is not None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._write(head, message["body"])
                return
            await super().send(head)
        await super().send(message)

    def _write(self, head: HTTPResponseStartEvent, body: bytes) -> None:
        if self.disconnected:
            return
        parts = [STATUS_LINE[head["status"]]]
        for name, value in [*self.default_headers, *head["headers"]]:
            if name == b"connection":
                self.keep_alive = False  # "close" is all that is ever said of it
            else:
                parts += (name, b": ", value, b"\r\n")
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts.append(b"\r\n")
        self._connection.send_answer(self, b"".join(parts), b"" if self.scope["method"] == "HEAD" else body)


def _is_endless(head: HTTPResponseStartEvent) -> bool:
    """Tell a stream of events, which goes on until somebody leaves."""
    return any(name == b"content-type" and value.startswith(EVENTS) for name, value in head["headers"])


def _tells_length(head: HTTPResponseStartEvent) -> bool:
    for name, _ in head["headers"]:  # noqa: SIM110 - a generator takes longer
        if name == b"content-length":  # mostly the first
            return True
    return False
