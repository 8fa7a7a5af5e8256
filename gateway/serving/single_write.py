"""An answer in one write: uvicorn looks through its head, writes it, and then its body.

That costs a short answer a tenth of its time, and wakes the client twice.
"""

from collections.abc import Awaitable, Callable

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseStartEvent,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

# Takes the cycle, the head and the body of an answer.
SendAnswer = Callable[[RequestResponseCycle, bytes, bytes], None]
BeginStream = Callable[[bool], None]  # is told whether the answer goes on for ever
EVENTS = b"text/event-stream"


class SingleWriteApp:
    """The application for one request; a head that states the length of its body is kept until the body comes."""

    __slots__ = ("_app", "_begin_stream", "_cycle", "_head", "_send_answer")

    def __init__(
        self, app: ASGI3Application, cycle: RequestResponseCycle, send_answer: SendAnswer, begin_stream: BeginStream
    ) -> None:
        self._app, self._cycle, self._send_answer, self._begin_stream = app, cycle, send_answer, begin_stream
        self._head: HTTPResponseStartEvent | None = None

    def __call__(self, scope: Scope, receive: ASGIReceiveCallable, _send: ASGISendCallable) -> Awaitable[None]:
        return self._app(scope, receive, self._send)

    async def _send(self, message: ASGISendEvent) -> None:
        """Write a whole answer at once; leave one that comes in parts to uvicorn."""
        if message["type"] == "http.response.start":
            if self._cycle.more_body:
                self._cycle.keep_alive = False  # the rest of the request would be taken for the next one
            if _tells_length(message):
                self._head = message
                return
            self._begin_stream(_is_endless(message))
        head, self._head = self._head, None
        if head is not None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._write(head, message["body"])
                return
            await self._cycle.send(head)
        await self._cycle.send(message)

    def _write(self, head: HTTPResponseStartEvent, body: bytes) -> None:
        cycle = self._cycle
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
        parts.append(b"\r\n")
        self._send_answer(cycle, b"".join(parts), b"" if cycle.scope["method"] == "HEAD" else body)


def _is_endless(head: HTTPResponseStartEvent) -> bool:
    """Tell a stream of events, which goes on until somebody leaves."""
    return any(name == b"content-type" and value.startswith(EVENTS) for name, value in head["headers"])


def _tells_length(head: HTTPResponseStartEvent) -> bool:
    for name, _ in head["headers"]:  # noqa: SIM110 - a generator takes longer
        if name == b"content-length":  # mostly the first
            return True
    return False
