"""One process that serves: the application behind its socket, and the log."""

import socket
from collections.abc import Callable

from gateway.app import create_app
from gateway.serving import server
from gateway.serving.logs import configure_logs
from gateway.settings import Settings
from gateway.store.databases.sqlite_library import share_no_connections


def serve_one(settings: Settings, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve in this process, until it is asked to end."""
    end_logs = configure_logs(settings.log_level, settings.log_format)
    share_no_connections()
    try:
        server.run(create_app(settings), listening, settings, started)
    finally:
        end_logs()
