"""A client that costs little: kept connections, requests written beforehand, answers cut out of the stream.

Its own share is in what it measures, for every server alike: 30 microseconds of a small request, 65 of an answer of
60 kB, against a server that sends a fixed text (most of it the kernel's).
"""

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
NOT_MODIFIED = b"HTTP/1.1 304 "  # without a body
END_OF_CHUNKS = b"\r\n0\r\n\r\n"
AT_ONCE = 1 << 18  # bytes; more than any answer, so that each is one call in the best case


class Answer:
    """An answer that is coming in."""

    def __init__(self) -> None:
        self._received: list[bytes] = []
        self._size = 0
        self._start = 0  # of the body
        self._end: int | None = None

    def take(self, received: bytes) -> bool:
        """Take what came; return whether that was all."""
        self._received.append(received)
        self._size += len(received)
        if not self._start:
            self._read_head()
        if self._end is None:
            return bool(self._start) and self._whole().endswith(END_OF_CHUNKS)
        return self._size >= self._end

    def body(self) -> bytes:
        """Return the body, once all of it is there."""
        body = self._whole()[self._start :]
        return body if self._end is not None else b"".join(_chunks(body))

    def _whole(self) -> bytes:
        if len(self._received) > 1:
            self._received = [b"".join(self._received)]
        return self._received[0]

    def _read_head(self) -> None:
        received = self._whole()
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        self._start = end + 4
        if received.startswith(NOT_MODIFIED):
            self._end = self._start
            return
        length = LENGTH.search(received, 0, end + 2)
        if length is not None:
            self._end = self._start + int(length[1])
        elif CHUNKED.search(received, 0, end + 2) is None:
            raise ValueError(received[:end])


def _chunks(body: bytes) -> Iterator[bytes]:
    place = 0
    while True:
        line = body.index(b"\r\n", place)
        size = int(body[place:line].partition(b";")[0], 16)
        if size == 0:
            return
        yield body[line + 2 : line + 2 + size]
        place = line + 4 + size


class Client:
    """One connection to a server of this machine."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = Answer()

    def close(self) -> None:
        self.socket.close()

    def begin(self, request: bytes) -> None:
        """Send a request, whose answer `more` takes."""
        self._answer = Answer()
        self.socket.sendall(request)

    def more(self) -> bool:
        """Take what has come of the answer; return whether that was all."""
        received = self.socket.recv(AT_ONCE)
        if not received:
            raise ConnectionError("The server closed the connection.")
        return self._answer.take(received)

    def send(self, request: bytes) -> bytes:
        """Send a request and return the body of its answer, whatever the status."""
        self.begin(request)
        while not self.more():
            pass
        return self._answer.body()


def flood(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> float:
    """Keep several connections busy, and return how many requests a second were answered."""
    clients = [Client(port) for _ in range(connections)]
    answered = 0
    with selectors.DefaultSelector() as ready:
        start = time.perf_counter()
        end = start + seconds
        for client in clients:
            ready.register(client.socket, selectors.EVENT_READ, client)
            client.begin(next(requests))
        while (now := time.perf_counter()) < end:
            for key, _ in ready.select(timeout=end - now):
                if key.data.more():
                    answered += 1
                    key.data.begin(next(requests))
        elapsed = time.perf_counter() - start
        while ready.get_map():  # a client that left early would be work of its own for some servers
            for key, _ in ready.select():
                if key.data.more():
                    ready.unregister(key.fileobj)
    for client in clients:
        client.close()
    return answered / elapsed


def rush(port: int, requests: Sequence[bytes], *, connections: int) -> float:
    """Send each of the requests once, over several connections, and return how many a second were answered."""
    waiting = iter(requests)
    clients = [Client(port) for _ in range(connections)]
    with selectors.DefaultSelector() as ready:
        start = time.perf_counter()
        for client, request in zip(clients, waiting, strict=False):
            ready.register(client.socket, selectors.EVENT_READ, client)
            client.begin(request)
        while ready.get_map():
            for key, _ in ready.select():
                if key.data.more():
                    request = next(waiting, b"")
                    if request:
                        key.data.begin(request)
                    else:
                        ready.unregister(key.fileobj)
        elapsed = time.perf_counter() - start
    for client in clients:
        client.close()
    return len(requests) / elapsed


def post(path: str, token: str, body: bytes) -> bytes:
    """Write a request as a browser's application would send it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str) -> bytes:
    """Write a request to read."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
