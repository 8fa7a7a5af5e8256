"""The bytes of a connection as requests, parsed piece by piece; a head that was sent before is known without that.

uvicorn keeps as much of a head as is sent.
"""

from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from gateway.serving import refusals
from gateway.serving.connections import Connections
from gateway.serving.exchange import Exchange
from gateway.serving.known_heads import KnownHead
from gateway.serving.pipelined import MOST_PIPELINED, PipelinedProtocol
from gateway.serving.timed import State

# Bytes that are parsed at a time. A head counts from the first piece that is its own from end to end, so that
# nothing before it counts; it is found too long a piece late at most.
PIECE = 16_384
# The face says what is wrong with a head as long as it may be; what is twice as long is not even read.
HEADS = 2


class GatewayProtocol(PipelinedProtocol):
    """A connection whose heads are bounded."""

    def __init__(self, *, connections: Connections, **uvicorns: Any) -> None:  # noqa: ANN401 - as it is handed on
        super().__init__(connections=connections, **uvicorns)
        self._most_head_bytes = HEADS * connections.settings.max_header_bytes
        self._head_bytes = 0
        self._head_began = self._is_upgraded = False
        self._is_between = True  # whether no message has begun that has not come whole
        self._known: KnownHead | None = None  # the last one

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
                self._run(self.cycle)
                return
        self._head_began = False
        super().data_received(piece)
        if self._in_head and not self._head_began:
            self._head_bytes += len(piece)
            if self._head_bytes > self._most_head_bytes:
                self._refuse(refusals.TOO_LARGE)
        if self._parsed is not None:
            parsed, self._parsed = self._parsed, None
            if is_between and self._is_between and parsed.keep_alive:
                self._known = KnownHead.of(piece, parsed.scope)
            self._run(parsed)
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

    # What the parser calls

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
        if len(self._pipelined) >= MOST_PIPELINED:
            self._reads = self.cycle.keep_alive = False
            return
        self.cycle = Exchange(
            self,
            scope,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            expects_100=self.expect_100_continue,
        )
        self._enqueue(self.cycle)

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
