"""The gateway behind a socket: uvicorn with uvloop and httptools, quiet, and ended in good order."""

import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.serving.connections import Connections
from gateway.serving.garbage import Collector
from gateway.serving.memory import give_long_blocks_back
from gateway.serving.protocol import GatewayProtocol
from gateway.serving.sockets import GatewayWebSocket
from gateway.settings import Settings

TICKS_OF_A_SECOND = 10  # of uvicorn


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_started = started
        self._collector = Collector()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._collector.settle()
            give_long_blocks_back()
            self._say_started()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_OF_A_SECOND == 0 and self.started:
            self._collector.look(self.server_state.total_requests)
        return await super().on_tick(counter)


def config_of(app: ASGIApp, settings: Settings, http: type[GatewayProtocol] = GatewayProtocol) -> uvicorn.Config:
    """Return uvicorn's configuration."""
    connections = Connections(settings)
    protocol: Any = partial(http, connections=connections)  # as good as a class to uvicorn
    sockets: Any = partial(GatewayWebSocket, connections=connections)
    return uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        http=protocol,
        ws=sockets,
        ws_max_size=settings.max_body_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=60,
        ws_ping_timeout=30,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing asks who is at the other end
        timeout_graceful_shutdown=max(1, settings.shutdown_timeout_ms // 1000),
    )


def run(app: ASGIApp, listening: socket.socket, settings: Settings, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; then let running requests end, for as long as the timeout allows."""
    # uvicorn raises the signal again once it has shut down: then it is time to leave, and all is well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    _Server(config_of(app, settings), started).run([listening])


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)
