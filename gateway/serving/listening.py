"""The socket that a gateway listens on, taken before anything else is done."""

import socket

BACKLOG = 2048


class CannotListen(OSError):
    """The address cannot be listened on; the text says why."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done, so that a port in use costs nothing.

    Raises:
        CannotListen: it is in use, or the host is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"The gateway cannot listen on {host}: {error.strerror or error}.") from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise CannotListen(
            f"The gateway cannot listen on {host}, port {port}: {error.strerror or error}. Choose another by --port."
        ) from error
    return taken


def address_of(listening: socket.socket) -> str:
    """Return the address under which the gateway is reached from this machine."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
