"""Connections over a real socket: what each waits for has its time, what is sent and not read has its bounds."""

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.serving import timed
from gateway.serving.connections import MOST_SURPLUS
from gateway.serving.protocol import GatewayProtocol
from tests.support.harness.serving import listening, serving
from tests.support.harness.waiting import TIMEOUT, as_time_passes, eventually, put_forward

pytestmark = pytest.mark.sqlite_only
ASK = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"


@asynccontextmanager
async def connected(directory, http=GatewayProtocol, **settings):
    """Serve, and open a connection."""
    async with (
        serving(directory) as served,
        listening(served.app, http, **settings) as address,
        opened(address) as connection,
    ):
        yield connection


@asynccontextmanager
async def opened(address, **options):
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), **options)
    try:
        yield reader, writer
    finally:
        writer.close()


async def rest_of(reader):
    """Read until the server closes, which may be before it has read all that was sent."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := await asyncio.wait_for(reader.read(10_000), TIMEOUT):
            answer += part
    return answer


async def rest_in_time(reader):
    """Read until the server closes, since time passes, however slow the machine is."""
    reading = asyncio.create_task(rest_of(reader))
    await as_time_passes(reading.done)
    return await reading


@pytest.mark.parametrize("head", [b"x-filler: " + b"x" * 90_000, b"a: b\r\n" * 15_000, b"x" * 90_000])
async def test_a_head_without_an_end_is_refused_as_too_long(tmp_path, head):
    async with connected(tmp_path) as (reader, writer):
        writer.write(ASK + head)
        answer = await rest_of(reader)

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"HEADERS_TOO_LARGE"' in answer


async def test_a_head_that_comes_in_drops_is_not_waited_for(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write(ASK)
        for _ in range(2):
            put_forward(4)  # of ten seconds
            writer.write(b"x-drop: 1\r\n")
            await asyncio.sleep(0)
        answer = await rest_in_time(reader)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"REQUEST_TIMEOUT"' in answer


async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(tmp_path):
    async with connected(tmp_path) as (reader, _writer):
        answer = await rest_in_time(reader)

    assert answer == b""


async def test_a_second_request_has_the_same_time(tmp_path):
    async with connected(tmp_path, keep_alive_timeout_ms=600_000) as (reader, writer):
        writer.write(ASK + b"\r\n")
        first = await asyncio.wait_for(reader.readuntil(b'"ok"}'), TIMEOUT)
        put_forward(100)  # between requests a connection may rest
        await asyncio.sleep(0)
        writer.write(ASK + b"\r\n")
        second = await asyncio.wait_for(reader.readuntil(b'"ok"}'), TIMEOUT)
        writer.write(ASK)
        third = await rest_in_time(reader)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")
    assert third.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10, ASK + b"x\r\n"])
async def test_what_is_not_http_is_refused(tmp_path, sent):
    async with connected(tmp_path) as (reader, writer):
        writer.write(sent)
        answer = await rest_of(reader)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"BAD_REQUEST"' in answer


class Noted:
    """A transport that notes what is written to it."""

    def __init__(self, transport, written):
        self._transport, self._written = transport, written

    def write(self, data):
        self._written.append(data)
        self._transport.write(data)

    def __getattr__(self, name):
        return getattr(self._transport, name)


async def test_an_answer_is_one_write_and_a_head_has_no_body(tmp_path):
    written: list[bytes] = []

    class Noting(GatewayProtocol):
        def connection_made(self, transport):
            super().connection_made(Noted(transport, written))  # type: ignore[arg-type]  # as good as one

    async with connected(tmp_path, Noting) as (reader, writer):
        writer.write(ASK + b"\r\n")
        first = await asyncio.wait_for(reader.read(10_000), TIMEOUT)
        writer.write(b"HEAD /graphql HTTP/1.1\r\nhost: x\r\n\r\n")
        second = await asyncio.wait_for(reader.read(10_000), TIMEOUT)

    assert first.endswith(b'{"status":"ok"}')
    assert written == [first, second]
    assert second.startswith(b"HTTP/1.1 401 ")
    assert second.endswith(b"\r\n\r\n")


async def test_an_answer_in_parts_goes_out_as_it_comes():
    more = asyncio.Event()

    async def in_parts(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await more.wait()
        await send({"type": "http.response.body", "body": b"two"})

    app: Any = in_parts
    async with listening(app) as address, opened(address) as (reader, writer):
        writer.write(ASK + b"\r\n")
        first = await asyncio.wait_for(reader.readuntil(b"one\r\n"), TIMEOUT)
        more.set()
        second = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), TIMEOUT)

    assert b"transfer-encoding: chunked" in first
    assert second == b"3\r\ntwo\r\n0\r\n\r\n"


async def test_an_answer_that_ends_the_connection_says_so_once(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\nx-filler: " + b"x" * 40_000 + b"\r\ncontent-length: 0\r\n\r\n"
        )
        answer = await rest_of(reader)

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"connection: close\r\n") == 1


async def trickle(writer):
    """Send a byte now and then."""
    for _ in range(100):
        await asyncio.sleep(0.05)
        writer.write(b"x")
        await writer.drain()


async def test_a_request_that_is_refused_before_its_body_has_come_ends_the_connection(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer no\r\ncontent-length: 1000\r\n\r\n{")
        answer = await rest_of(reader)
        with pytest.raises(ConnectionError):
            await trickle(writer)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert answer.count(b"connection: close\r\n") == 1


async def test_a_connection_that_is_not_used_again_is_closed(tmp_path):
    async with connected(tmp_path, keep_alive_timeout_ms=30_000) as (reader, writer):
        writer.write(ASK + b"\r\n")
        first = await asyncio.wait_for(reader.readuntil(b'"ok"}'), TIMEOUT)
        rest = await rest_in_time(reader)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert rest == b""


async def test_what_follows_a_request_does_not_count_against_its_head(tmp_path):
    query = b'{"query": "{ viewer { role } }"' + b" " * 120_000 + b"}"
    async with serving(tmp_path) as served, listening(served.app) as address, opened(address) as (reader, writer):
        token = served.tokens["admin"].encode()
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer "
            + (token + b"\r\ncontent-length: %d\r\n\r\n" % len(query) + query + ASK)
        )
        first = await asyncio.wait_for(reader.readuntil(b'"role":"ADMIN"'), TIMEOUT)
        await asyncio.wait_for(reader.readuntil(b"}}}"), TIMEOUT)
        writer.write(b"\r\n")
        second = await asyncio.wait_for(reader.readuntil(b'"ok"}'), TIMEOUT)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_is_too_long_is_refused_behind_the_answer_before_it():
    more = asyncio.Event()

    async def waiting(_scope, _receive, send):
        await more.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    app: Any = waiting
    async with listening(app) as address, opened(address) as (reader, writer):
        writer.write(ASK + b"\r\n" + ASK + b"x-filler: " + b"x" * 120_000)
        await writer.drain()
        await asyncio.sleep(0.1)
        more.set()
        answers = await rest_of(reader)

    assert answers.startswith(b"HTTP/1.1 200 ")
    assert answers.count(b"HTTP/1.1 431 ") == 1


async def test_of_more_requests_than_a_client_may_send_ahead_the_last_that_is_answered_says_so(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write((ASK + b"\r\n") * 300)
        answers = await rest_of(reader)

    assert answers.count(b"HTTP/1.1 200 ") == 101  # the one that ran, and those behind it
    assert answers.count(b"connection: close\r\n") == 1


class LongAnswers:
    """An application whose answers are long."""

    def __init__(self, size):
        self.size, self.count = size, 0

    async def __call__(self, _scope, _receive, send):
        self.count += 1
        length = str(self.size).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": b"x" * self.size})


LONG = 20_000_000  # more than the system's own buffers of a connection hold


@asynccontextmanager
async def reading_little(address):
    """Open a connection whose client reads no further than it is asked to."""
    async with opened(address, limit=1_000) as (reader, writer):
        writer.write((ASK + b"\r\n") * 8)
        yield reader


async def test_a_client_that_does_not_read_is_answered_once_and_left():
    app: Any = LongAnswers(LONG)
    async with listening(app, write_timeout_ms=30_000) as address, reading_little(address) as reader:
        await eventually(lambda: app.count)
        looks = iter(range(60))
        await as_time_passes(lambda: next(looks, None) is None)  # nothing shows here that the server has gone
        answer = await rest_of(reader)

    assert app.count == 1
    assert 0 < len(answer) < LONG


async def test_a_client_that_reads_slowly_gets_all_answers():
    app: Any = LongAnswers(LONG)
    size = 0
    async with listening(app, write_timeout_ms=60_000) as address, reading_little(address) as reader:
        for _ in range(2):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), TIMEOUT)
            for _ in range(10):
                put_forward(20)
                size += len(await asyncio.wait_for(reader.readexactly(LONG // 10), TIMEOUT))

    assert size == 2 * LONG
    assert app.count in {2, 3}  # the third may be on its way


async def test_of_all_that_is_not_read_what_has_stalled_longest_goes_first():
    app: Any = LongAnswers(LONG)
    bounds: dict[str, Any] = {
        "max_unread_bytes": LONG,
        "max_unread_bytes_in_all": LONG + LONG // 2,
        "write_timeout_ms": 600_000,
    }
    async with listening(app, **bounds) as address, reading_little(address) as first:
        await asyncio.wait_for(first.readuntil(b"\r\n\r\n"), TIMEOUT)
        await asyncio.sleep(0.1)
        async with reading_little(address) as second:
            await asyncio.wait_for(second.readuntil(b"\r\n\r\n"), TIMEOUT)
            await asyncio.sleep(0.1)
            left = await rest_of(first)
            whole = await asyncio.wait_for(second.readexactly(LONG), TIMEOUT)

    assert len(left) < LONG
    assert len(whole) == LONG


async def test_an_answer_beyond_what_is_kept_for_a_client_is_refused():
    app: Any = LongAnswers(100_001)
    async with listening(app, max_unread_bytes=100_000) as address, opened(address) as (reader, writer):
        writer.write(ASK + b"\r\n")
        answer = await rest_of(reader)

    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b'"code":"ANSWER_TOO_LARGE"' in answer
    assert b"The answer has 100,001 bytes, and 100,000 are kept" in answer


async def answer_on(connection, path=b"/schema.graphql"):
    """Return the first line of an answer."""
    reader, writer = connection
    writer.write(b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path)
    return await asyncio.wait_for(reader.readline(), TIMEOUT)


async def is_taken(address):
    """Tell whether one more connection is taken: the gateway notices in its own time that another was closed."""
    async with opened(address) as connection:
        return await answer_on(connection) == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "limits",
    [
        {"max_connections": 2, "max_connections_per_address": 100},
        {"max_connections_per_address": 2},
        {"max_connections": 2, "max_connections_per_address": 1, "trusted_proxies": "10.0.0.0/8, 127.0.0.1"},
    ],
)
async def test_beyond_the_connections_that_are_taken_health_alone_is_reported(tmp_path, limits, monkeypatch):
    monkeypatch.setattr(timed, "SURPLUS_SECONDS", TIMEOUT)
    async with (
        serving(tmp_path) as served,
        listening(served.app, **limits) as address,
        opened(address) as first,
        opened(address) as second,
        opened(address) as third,
        opened(address) as fourth,
    ):
        taken = [await answer_on(first), await answer_on(second)]
        refused = await answer_on(third)
        rest = await rest_of(third[0])
        healthy = await answer_on(fourth, b"/healthz")
        first[1].close()
        await eventually(lambda: is_taken(address))

    assert taken == [b"HTTP/1.1 200 OK\r\n"] * 2
    assert refused == b"HTTP/1.1 503 Service Unavailable\r\n"
    assert b"retry-after: 1\r\n" in rest
    assert b'"code":"TOO_MANY_CONNECTIONS"' in rest
    assert healthy == b"HTTP/1.1 200 OK\r\n"


async def test_the_oldest_connection_beyond_those_that_may_wait_is_turned_away_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(timed, "SURPLUS_SECONDS", TIMEOUT)
    async with (
        serving(tmp_path) as served,
        listening(served.app, max_connections=1) as address,
        opened(address),
        opened(address) as oldest,
        contextlib.AsyncExitStack() as others,
    ):
        for _ in range(MOST_SURPLUS):
            newest = await others.enter_async_context(opened(address))
        refused = await rest_of(oldest[0])
        healthy = await answer_on(newest, b"/healthz")

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert healthy == b"HTTP/1.1 200 OK\r\n"
