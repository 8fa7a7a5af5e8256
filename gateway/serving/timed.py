"""A connection's states, each with its deadline, and its ends.

uvicorn waits for the end of a head, for the end of a body that nobody reads and for the reader of an answer for ever.
"""

import asyncio
import math
from enum import Enum
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.serving import refusals
from gateway.serving.connections import SURPLUS_SECONDS, Connections, Progress

LINGER_SECONDS = 2.0  # for a client that still sends what is not read any more, to see its answer before the end
# Beyond the timeouts that the face answers itself.
GRACE_SECONDS = 5.0


class State(Enum):
    """What a connection waits for."""

    HEAD = "the head of a request"
    BODY = "the body of a request that runs"
    ANSWER = "the answer to a request whose body is there"
    READER = "the client to read a long answer"
    EVENTS = "the client to leave, or the gateway"
    NEXT = "the next request"
    END = "the client to close the connection"


class TimedProtocol(HttpToolsProtocol):
    """A connection that ends where what it waits for does not come."""

    def __init__(self, *, connections: Connections, **uvicorns: Any) -> None:  # noqa: ANN401 - as it is handed on
        super().__init__(**uvicorns)
        settings = connections.settings
        self._all = connections
        self._is_surplus = False  # beyond the connections that are taken
        self._head_seconds = settings.head_timeout_ms / 1000
        self._body_seconds = settings.body_timeout_ms / 1000 + GRACE_SECONDS
        self._answer_seconds = settings.request_timeout_ms / 1000 + GRACE_SECONDS
        self._next_seconds = settings.keep_alive_timeout_ms / 1000
        self._state, self._deadline = State.HEAD, math.inf
        self._in_head = False
        self._reads = True  # until what comes is thrown away
        self.progress = Progress(settings)

    # What all connections are asked

    @property
    def unread_bytes(self) -> int:
        """How many bytes of answers are kept, as the client has not read what was sent before them."""
        return self.transport.get_write_buffer_size()

    def look(self, now: float) -> None:
        """End the connection where its time is over."""
        unread = self.unread_bytes
        if self.progress.is_stalled(unread, now):
            self.abort()
        elif now >= self._deadline and not (unread or self.transport.is_closing()):
            self._end_waiting()

    def abort(self) -> None:
        """End the connection at once, with whatever was not read."""
        self.transport.abort()

    def turn_away(self) -> None:
        """Close the connection, and say that there are too many where it has not been answered yet."""
        if self.cycle is None and self._state is not State.END and not self.transport.is_closing():
            self.transport.write(refusals.TOO_MANY)
        self.transport.close()

    # Beginning and end

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._is_surplus = not self._all.enter(self)
        self._wait_for(State.HEAD, SURPLUS_SECONDS if self._is_surplus else self._head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        super().connection_lost(exc)

    def _wait_for(self, state: State, seconds: float) -> None:
        self._state, self._deadline = state, self.loop.time() + seconds

    def _end_waiting(self) -> None:
        match self._state:
            case State.HEAD if self._in_head:
                self._refuse(refusals.TOO_SLOW)
            case State.HEAD | State.NEXT:
                self.transport.close()
            case _:
                self.abort()

    def _refuse(self, answer: bytes) -> None:
        """End with an answer to what is not a request."""
        self.transport.write(answer)
        self._linger()

    def _linger(self) -> None:
        """Send the end, and throw away what comes until the client closes too.

        Closing at once would make its system throw away the answer, where there is more to read than was read.
        """
        self._reads = False
        self._wait_for(State.END, LINGER_SECONDS)
        self.flow.resume_reading()
        self.transport.write_eof()
