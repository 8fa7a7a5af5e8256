"""The requests of a connection, pipelined or not: answered one after another, no faster than the client reads.

uvicorn keeps as much of answers as there is, and begins the next request while nobody reads the last answer.
"""

import asyncio
import math
import sys
from collections import deque
from typing import Any

from gateway.app import HEALTH_PATHS
from gateway.serving import refusals
from gateway.serving.connections import Connections
from gateway.serving.exchange import Exchange
from gateway.serving.timed import State, TimedProtocol

LAST_CHUNK = b"0\r\n\r\n"
CHUNK = 262_144  # bytes of a long answer that are handed to the transport at a time
MOST_PIPELINED = 100  # requests that a client may send before it is answered; the connection ends with the last


class PipelinedProtocol(TimedProtocol):
    """A connection that answers its requests in their order; those who parse call `_enqueue` and `_run`."""

    cycle: Exchange  # of the request that was parsed last

    def __init__(self, *, connections: Connections, **uvicorns: Any) -> None:  # noqa: ANN401 - as it is handed on
        super().__init__(connections=connections, **uvicorns)
        self._most_unread_bytes = connections.settings.max_unread_bytes
        # The request that begins once the parser is done, the one that runs, one that waits until the client has read.
        self._parsed: Exchange | None = None
        self._running: Exchange | None = None
        self._held: Exchange | None = None
        self._pipelined: deque[Exchange] = deque()  # requests that were sent behind these, the next one last
        self._refusal: bytes | None = None  # of what was sent behind requests that still run
        # A long answer on its way: what the transport has not been given.
        self._sending: Exchange | None = None
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0

    @property
    def unread_bytes(self) -> int:
        return self._unsent_bytes + self.transport.get_write_buffer_size()

    # Ends

    def abort(self) -> None:
        self._forget_unsent()
        super().abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_unsent()
        self._held = None
        self._leave_running()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's says nothing, which is False
        """Close the connection, but not before a long answer was read."""
        if self._sending is not None:
            self._sending.keep_alive = False
        return self._sending is not None

    def shutdown(self) -> None:
        """End when what runs is answered."""
        if self._state is State.END:
            self.transport.close()
        elif self._state is State.EVENTS:
            self._end_events()
        elif self._sending is not None and self._sending is self.cycle:
            self._sending.keep_alive = False
        else:
            super().shutdown()

    def _end_events(self) -> None:
        """End a stream of events between two of them: its application learns that nobody reads any more."""
        if self._leave_running():
            self.transport.write(LAST_CHUNK)
        self.transport.close()

    def _leave_running(self) -> bool:
        """Tell the application that nobody reads any more; return whether it still answers."""
        runs = self._running is not None and not self._running.response_complete
        if self._running is not None and runs:
            self._running.disconnected = True
            self._running.wake()
        return runs

    def _forget_unsent(self) -> None:
        self._unsent.clear()
        self._unsent_bytes = 0

    def _refuse(self, answer: bytes) -> None:
        """End with an answer to what is not a request, once those before it are answered."""
        self._reads = False
        if self._owes_answers:
            self._refusal = answer
        else:
            super()._refuse(answer)

    # Requests in their order

    @property
    def _owes_answers(self) -> bool:
        runs = self._running is not None and not self._running.response_complete
        waits = self._parsed is not None or self._held is not None or bool(self._pipelined)
        return runs or waits or self._sending is not None

    def _enqueue(self, exchange: Exchange) -> None:
        """Let a request begin once the parser is done with the piece, or once those before it are answered."""
        if self._owes_answers:
            self.flow.pause_reading()
            self._pipelined.appendleft(exchange)
        else:
            self._parsed = exchange

    def _run(self, exchange: Exchange, *, behind_another: bool = False) -> None:
        """Run a request, but not before the client has read the answers to those before it."""
        if self.flow.write_paused:
            self._held = exchange
            return
        self._running = exchange
        app = self.app
        if self._is_surplus:
            self._is_surplus = not self._all.take(self)
            if self._is_surplus:
                exchange.keep_alive = False
                app = app if exchange.scope["path"] in HEALTH_PATHS else refusals.turn_away
        if behind_another or sys.version_info < (3, 12):
            self._wait_for_answer(exchange)
            self._keep(self.loop.create_task(exchange.run_asgi(app)))
        else:
            # As far as it waits for nothing it runs now, behind the parser, so that a body that came with its head is
            # there: most have been answered by then.
            task = asyncio.Task(exchange.run_asgi(app), loop=self.loop, eager_start=True)
            if not task.done():
                self._keep(task)
                if not exchange.response_started:
                    self._wait_for_answer(exchange)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _wait_for_answer(self, exchange: Exchange) -> None:
        if exchange.more_body:
            self._wait_for(State.BODY, self._body_seconds)
        else:
            self._wait_for(State.ANSWER, self._answer_seconds)

    # Answers as they are read

    def begin_stream(self, *, is_endless: bool) -> None:
        """Wait for as long as an answer in parts takes, which the face bounds; `look` sees whether it is read."""
        self._wait_for(State.EVENTS if is_endless else State.READER, math.inf)

    def send_answer(self, exchange: Exchange, head: bytes, body: bytes) -> None:
        """Hand an answer to the transport: a short one whole, a long one as far as it is read."""
        if self.transport.is_closing():
            exchange.disconnected = True
            return
        size = len(body)
        if size > self._most_unread_bytes:
            exchange.keep_alive = False
            head, body = refusals.answer_too_large(size, self._most_unread_bytes), b""
            size = 0
        exchange.response_started = exchange.response_complete = True
        exchange.wake()
        if not self.unread_bytes:
            self.progress.last = self.loop.time()  # from here on the client has something to read
        if size <= CHUNK:
            self.transport.write(head + body)
            self._finish(exchange)
        else:
            # Chunks are copies, so that what was read does not stay in memory with the rest.
            self._unsent.append(head)
            self._unsent.extend(body[start : start + CHUNK] for start in range(0, size, CHUNK))
            self._unsent_bytes = len(head) + size
            self._sending = exchange
            self._wait_for(State.READER, math.inf)  # `look` sees whether it reads
            self._send_more()

    def _send_more(self) -> None:
        while self._unsent and not self.flow.write_paused and not self.transport.is_closing():
            chunk = self._unsent.popleft()
            self._unsent_bytes -= len(chunk)
            self.transport.write(chunk)
        if self._sending is not None and not self._unsent:
            exchange, self._sending = self._sending, None
            self._finish(exchange)

    def _finish(self, exchange: Exchange) -> None:
        if not exchange.keep_alive:
            if exchange.more_body or not self._reads:
                self._linger()
            else:
                self.transport.close()
        self.on_response_complete()

    def on_response_complete(self) -> None:
        """Begin the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self._state is State.END or self.transport.is_closing():
            return
        if self.flow.read_paused and not self.flow.write_paused:
            self.flow.resume_reading()
        if self._pipelined:
            self._run(self._pipelined.pop(), behind_another=True)
        elif self._refusal is not None:
            self._refuse(self._refusal)
        elif self._in_head:
            self._wait_for(State.HEAD, self._head_seconds)
        else:
            self._wait_for(State.NEXT, self._next_seconds)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.flow.pause_reading()
        self._all.bound_unread()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._send_more()
        if not self.flow.write_paused and not self.transport.is_closing():
            if self._held is not None:
                held, self._held = self._held, None
                self._run(held, behind_another=True)
            if not self._pipelined:
                self.flow.resume_reading()
