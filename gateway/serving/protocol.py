"""What uvicorn's connections lack: heads of requests are read within bounds, and an answer goes out in one write.

uvicorn waits for the end of a head for ever, however long it gets; and it looks through the head of an answer,
writes it, and then its body, which costs a short answer a tenth of its time, and wakes the client twice.
"""

import asyncio
from collections.abc import Awaitable
from typing import ClassVar

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.http.codes import Code

SECONDS = 10.0


def _answer(status: str, code: Code, message: str) -> bytes:
    body = f'{{"errors":[{{"message":"{message}","extensions":{{"code":"{code.name}"}}}}]}}'
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\nconnection: close\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()


TOO_LARGE = _answer(
    "431 Request Header Fields Too Large", Code.HEADERS_TOO_LARGE, "The head of the request is too long."
)
TOO_SLOW = _answer("408 Request Timeout", Code.REQUEST_TIMEOUT, "The head of the request did not come in time.")


class OneWrite:
    """The application for one request; a head that tells the length of its body is kept until the body comes."""

    __slots__ = ("_app", "_cycle", "_head")

    def __init__(self, app: ASGI3Application, cycle: RequestResponseCycle) -> None:
        self._app, self._cycle = app, cycle
        self._head: HTTPResponseStartEvent | None = None

    def __call__(self, scope: Scope, receive: ASGIReceiveCallable, _send: ASGISendCallable) -> Awaitable[None]:
        return self._app(scope, receive, self._send)

    async def _send(self, message: ASGISendEvent) -> None:
        """Write a whole answer at once; leave one that comes in parts to uvicorn."""
        if message["type"] == "http.response.start" and _tells_length(message):
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await self._write(head, message["body"])
                return
            await self._cycle.send(head)
        await self._cycle.send(message)

    async def _write(self, head: HTTPResponseStartEvent, body: bytes) -> None:
        cycle = self._cycle
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        parts = [STATUS_LINE[head["status"]]]
        for name, value in [*cycle.default_headers, *head["headers"]]:
            if name == b"connection":
                cycle.keep_alive = False  # "close" is all that is ever said of it
            else:
                parts += (name, b": ", value, b"\r\n")
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", b"" if cycle.scope["method"] == "HEAD" else body)
        cycle.transport.write(b"".join(parts))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


def _tells_length(head: HTTPResponseStartEvent) -> bool:
    return any(name == b"content-length" for name, _ in head["headers"])


class GatewayProtocol(HttpToolsProtocol):
    """Closes a connection whose request begins and does not get to the end of its head."""

    most_bytes: ClassVar[int] = 64_000
    seconds: ClassVar[float] = SECONDS

    _in_head = True
    _head_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._patience = self.loop.call_later(self.seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        super()._start_asgi_task(cycle, OneWrite(app, cycle))

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self.most_bytes:
                self._refuse(TOO_LARGE)
            elif self._patience is None:
                self._patience = self.loop.call_later(self.seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._refuse(TOO_SLOW if self._head_bytes else b"")

    def _refuse(self, answer: bytes) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
