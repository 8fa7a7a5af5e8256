"""A client that costs little: one kept connection, requests written beforehand, answers cut out of the stream."""

import re
import socket

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


class Client:
    """One connection to a server of this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self._socket.close()

    def send(self, request: bytes) -> bytes:
        """Send a request and return the body of its answer, whatever the status."""
        self._socket.sendall(request)
        received = self._more()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        length = LENGTH.search(received, 0, end)
        if length is None:
            return self._chunked(received, end)
        whole = end + 4 + int(length[1])
        if len(received) < whole:
            parts, size = [received], len(received)
            while size < whole:
                parts.append(self._more())
                size += len(parts[-1])
            received = b"".join(parts)
        return received[end + 4 :]

    def _chunked(self, received: bytes, end: int) -> bytes:
        if CHUNKED.search(received, 0, end) is None:
            raise ValueError(received[:end])
        body: list[bytes] = []
        received = received[end + 4 :]
        while True:
            while (line := received.find(b"\r\n")) < 0:
                received += self._more()
            size = int(received[:line].partition(b";")[0], 16)
            while len(received) < line + 4 + size:
                received += self._more()
            if size == 0:
                return b"".join(body)
            body.append(received[line + 2 : line + 2 + size])
            received = received[line + 4 + size :]

    def _more(self) -> bytes:
        received = self._socket.recv(1 << 20)
        if not received:
            raise ConnectionError("The server closed the connection.")
        return received


def post(path: str, token: str, body: bytes) -> bytes:
    """Write a request as a browser's application would send it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
