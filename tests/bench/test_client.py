"""The client of the bench: it takes whole answers however they come, and counts those of several connections."""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.bench.client import Answer, Client, flood

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
COUNTED = HEAD + b"Content-Length: 10\r\n\r\n" + b"0123456789"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n6;x=y\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n"


@pytest.mark.parametrize("text", [COUNTED, CHUNKED])
@pytest.mark.parametrize("step", [1, 2, 7, 1_000])
def test_an_answer_ends_with_its_last_byte(text, step):
    parts = [text[start : start + step] for start in range(0, len(text), step)]
    answer = Answer()

    assert [answer.take(part) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert answer.body() == b"0123456789"


def test_an_answer_of_unknown_length_is_refused():
    with pytest.raises(ValueError, match=r"HTTP/1\.1 200 OK"):
        Answer().take(HEAD + b"\r\n")


@contextmanager
def serving(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers each message with the same text; gives its port and what it was asked."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            while message := connection.recv(1_000):
                asked.append(message)
                connection.sendall(answer)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], asked
        server.shutdown(socket.SHUT_RDWR)


def test_a_connection_is_kept_from_one_request_to_the_next():
    with serving(COUNTED) as (port, asked), closing(Client(port)) as client:
        assert [client.send(text) for text in (b"one", b"two")] == [b"0123456789"] * 2

    assert asked == [b"one", b"two"]


def test_several_connections_are_kept_busy_until_the_time_is_over():
    with serving(CHUNKED) as (port, asked):
        rate = flood(port, itertools.cycle([b"a", b"b"]), connections=3, seconds=0.1)

    # Those that were under way at the end are waited for, and not counted.
    assert len(asked) - 3 == pytest.approx(rate * 0.1, rel=0.5)
    assert set(asked) == {b"a", b"b"}
