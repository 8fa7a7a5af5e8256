"""What uvicorn's connections lack: a time for everything they wait for, and bounds for what is sent and not read.

uvicorn waits for the end of a head, for the end of a body that nobody reads and for the reader of an answer for
ever; and it keeps as much of heads and answers as there is.
"""

import asyncio
import math
import sys
from collections import deque
from enum import Enum
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.app import HEALTH_PATHS
from gateway.serving import refusals
from gateway.serving.connections import SURPLUS_SECONDS, Connections, Progress
from gateway.serving.exchange import Exchange
from gateway.serving.known_heads import KnownHead

# Bytes that are parsed at a time. A head counts from the first piece that is its own from end to end, so that
# nothing before it counts; it is found too long a piece late at most.
PIECE = 16_384
# The face says what is wrong with a head as long as it may be; what is twice as long is not even read.
HEADS = 2
LAST_CHUNK = b"0\r\n\r\n"
CHUNK = 262_144  # bytes of a long answer that are handed to the transport at a time
MOST_AHEAD = 100  # requests that a client may send before it is answered; the connection ends with the last
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


class GatewayProtocol(HttpToolsProtocol):
    """A connection that ends where what it waits for does not come."""

    cycle: Exchange  # of the request that was parsed last

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        settings = connections.settings
        self._all = connections
        self._most_head_bytes = HEADS * settings.max_header_bytes
        self._most_unread_bytes = settings.max_unread_bytes
        self._head_seconds = settings.head_timeout_ms / 1000
        self._body_seconds = settings.body_timeout_ms / 1000 + GRACE_SECONDS
        self._answer_seconds = settings.request_timeout_ms / 1000 + GRACE_SECONDS
        self._next_seconds = settings.keep_alive_timeout_ms / 1000
        self._state, self._deadline = State.HEAD, math.inf
        self._is_surplus = False
        # Reading.
        self._in_head = self._head_began = self._is_upgraded = False
        self._is_between = True  # whether no message has begun that has not come whole
        self._known: KnownHead | None = None  # the last one
        self._head_bytes = 0
        self._reads = True
        self._refusal: bytes | None = None  # of what was sent behind requests that still run
        # Answering: the request that begins once the parser is done, the one that runs, and one that waits until the
        # client has read.
        self._begins: Exchange | None = None
        self._running: Exchange | None = None
        self._held: Exchange | None = None
        self._ahead: deque[Exchange] = deque()  # requests that were sent behind these, the next one last
        # A long answer on its way: what the transport has not been given.
        self._sending: Exchange | None = None
        self._outbox: deque[bytes] = deque()
        self._outbox_bytes = 0
        self.progress = Progress(settings)

    # What all connections are asked

    @property
    def unread_bytes(self) -> int:
        """How many bytes of answers are kept, as the client has not read what was sent before them."""
        return self._outbox_bytes + self.transport.get_write_buffer_size()

    def look(self, now: float) -> None:
        """End the connection where its time is over."""
        unread = self.unread_bytes
        if self.progress.is_stalled(unread, now):
            self.abort()
        elif now >= self._deadline and not (unread or self.transport.is_closing()):
            self._end_waiting()

    def abort(self) -> None:
        """End the connection at once, with whatever was not read."""
        self._outbox.clear()
        self._outbox_bytes = 0
        self.transport.abort()

    def turn_away(self) -> None:
        """Close the connection, and say that there are too many where it has not been answered yet."""
        if self._running is None and self._state is not State.END and not self.transport.is_closing():
            self.transport.write(refusals.TOO_MANY)
        self.transport.close()

    # Beginning and end

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._is_surplus = not self._all.enter(self)
        self._wait_for(State.HEAD, SURPLUS_SECONDS if self._is_surplus else self._head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        self._outbox.clear()
        self._outbox_bytes = 0
        self._held = None
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.wake()
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
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.wake()
            self.transport.write(LAST_CHUNK)
        self.transport.close()

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
        """End with an answer to what is not a request, once those before it are answered."""
        self._reads = False
        if self._owes_answers:
            self._refusal = answer
        else:
            self.transport.write(answer)
            self._linger()

    @property
    def _owes_answers(self) -> bool:
        runs = self._running is not None and not self._running.response_complete
        waits = self._begins is not None or self._held is not None or bool(self._ahead)
        return runs or waits or self._sending is not None

    def _linger(self) -> None:
        """Send the end, and throw away what comes until the client closes too.

        Closing at once would make its system throw away the answer, where there is more to read than was read.
        """
        self._reads = False
        self._wait_for(State.END, LINGER_SECONDS)
        self.flow.resume_reading()
        self.transport.write_eof()

    # Reading

    def data_received(self, data: bytes) -> None:
        if len(data) <= PIECE:
            self._parse(data)
        else:
            for start in range(0, len(data), PIECE):
                self._parse(data[start : start + PIECE])

    def _parse(self, piece: bytes) -> None:
        if not self._reads or self.transport.is_closing():
            return
        is_between = self._is_between
        if self._known is not None and is_between and not self._owes_answers:
            body = self._known.body_of(piece)
            if body is not None:
                self.cycle = Exchange(self, self._known.scope(len(body)), keep_alive=True, body=body)
                self._take_up(self.cycle)
                return
        self._head_began = False
        super().data_received(piece)
        if self._in_head and not self._head_began:
            self._head_bytes += len(piece)
            if self._head_bytes > self._most_head_bytes:
                self._refuse(refusals.TOO_LARGE)
        if self._begins is not None:
            begins, self._begins = self._begins, None
            if is_between and self._is_between and begins.keep_alive:
                self._known = KnownHead.of(piece, begins.scope)
            self._take_up(begins)
        elif self._in_head and self._state is State.NEXT:
            self._wait_for(State.HEAD, self._head_seconds)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection to the protocol of WebSocket, where there is room for it."""
        if self._is_surplus and not self._all.take(self):
            self.turn_away()
            return
        self._all.leave(self)
        self._in_head = False
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        del msg
        self._refuse(refusals.NOT_HTTP)

    def on_message_begin(self) -> None:
        self._in_head = self._head_began = True
        self._is_between = False
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        parser, scope = self.parser, self.scope
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version = parser.get_http_version()
        self._is_upgraded = parser.should_upgrade() and self._should_upgrade()
        if self._is_upgraded:
            return
        url = httptools.parse_url(self.url)
        scope["path"] = unquote(url.path.decode("ascii"))
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        if len(self._ahead) >= MOST_AHEAD:
            self._reads = self.cycle.keep_alive = False
            return
        owes_answers = self._owes_answers
        self.cycle = Exchange(
            self,
            scope,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            expects_100=self.expect_100_continue,
        )
        if owes_answers:
            self.flow.pause_reading()
            self._ahead.appendleft(self.cycle)
        else:
            self._begins = self.cycle

    def on_body(self, body: bytes) -> None:
        if self._reads and not self._is_upgraded and not self.cycle.response_complete:
            self.cycle.take(body)
            if len(self.cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()

    def on_message_complete(self) -> None:
        self._is_between = True
        if self._reads and not self._is_upgraded and not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.wake()
            if self._state is State.BODY and self._running is self.cycle:
                self._wait_for(State.ANSWER, self._answer_seconds)

    # Answering

    def _take_up(self, exchange: Exchange, *, behind_another: bool = False) -> None:
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
            self._outbox.append(head)
            self._outbox.extend(body[start : start + CHUNK] for start in range(0, size, CHUNK))
            self._outbox_bytes = len(head) + size
            self._sending = exchange
            self._wait_for(State.READER, math.inf)  # `look` sees whether it reads
            self._send_more()

    def _send_more(self) -> None:
        while self._outbox and not self.flow.write_paused and not self.transport.is_closing():
            chunk = self._outbox.popleft()
            self._outbox_bytes -= len(chunk)
            self.transport.write(chunk)
        if self._sending is not None and not self._outbox:
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
        if self._ahead:
            self._take_up(self._ahead.pop(), behind_another=True)
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
                self._take_up(held, behind_another=True)
            if not self._ahead:
                self.flow.resume_reading()
