"""What uvicorn's WebSocket connections lack: a place among all connections, and an end where nothing is read.

Messages are not compressed: a compressor takes 100 KB of every connection.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.serving.connections import Connections, Progress


class GatewayWebSocket(WebSocketsSansIOProtocol):
    """A connection that was upgraded, which is counted, looked at and bounded like any other."""

    def __init__(self, *, connections: Connections, **uvicorns: Any) -> None:  # noqa: ANN401 - as it is handed on
        super().__init__(**uvicorns)
        self._all = connections
        self.progress = Progress(connections.settings)

    @property
    def unread_bytes(self) -> int:
        """How many bytes are kept, as the client has not read what was sent before them."""
        return self.transport.get_write_buffer_size()

    def look(self, now: float) -> None:
        """End the connection where its client has read nothing for too long."""
        if self.progress.is_stalled(self.unread_bytes, now):
            self.abort()

    def abort(self) -> None:
        """End the connection at once, with whatever was not read."""
        self.transport.abort()

    def turn_away(self) -> None:
        """Close the connection; it was taken before it was upgraded, so this is not called for want of room."""
        self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._all.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._all.bound_unread()
