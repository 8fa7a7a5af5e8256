"""Connections over a real socket: heads too long, too slow, broken; answers in one piece, and with HEAD without one."""

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.serving.protocol import GatewayProtocol
from tests.support.harness.serving import listening, serving

pytestmark = pytest.mark.sqlite_only
PATIENCE = 5  # seconds
ASK = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"


class Impatient(GatewayProtocol):
    seconds = 0.2


@asynccontextmanager
async def connected(directory, http=Impatient):
    """Serve, impatiently unless told otherwise, and open a connection."""
    async with serving(directory) as served, listening(served.app, http) as address, opened(address) as connection:
        yield connection


@asynccontextmanager
async def opened(address):
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def rest_of(reader):
    """Read until the server closes, which may be before it has read all that was sent."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := await asyncio.wait_for(reader.read(10_000), PATIENCE):
            answer += part
    return answer


@pytest.mark.parametrize("head", [b"x-filler: " + b"x" * 70_000, b"a: b\r\n" * 12_000, b"x" * 70_000])
async def test_a_head_without_an_end_is_refused_as_too_long(tmp_path, head):
    async with connected(tmp_path) as (reader, writer):
        writer.write(ASK + head)
        answer = await rest_of(reader)

    assert answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")) or answer == b""
    assert b"Traceback" not in answer


async def test_a_head_that_comes_in_drops_is_not_waited_for(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write(ASK)
        for _ in range(2):
            await asyncio.sleep(0.05)
            writer.write(b"x-drop: 1\r\n")
        answer = await rest_of(reader)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"REQUEST_TIMEOUT"' in answer


async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(tmp_path):
    async with connected(tmp_path) as (reader, _writer):
        answer = await rest_of(reader)

    assert answer == b""


async def test_a_second_request_gets_the_same_patience(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write(ASK + b"\r\n")
        first = await asyncio.wait_for(reader.readuntil(b'"ok"}'), PATIENCE)
        await asyncio.sleep(0.3)  # between requests a connection may rest
        writer.write(ASK + b"\r\n")
        second = await asyncio.wait_for(reader.readuntil(b'"ok"}'), PATIENCE)
        writer.write(ASK)
        third = await rest_of(reader)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")
    assert third.startswith(b"HTTP/1.1 408 ")


async def test_what_is_no_http_is_refused(tmp_path):
    async with connected(tmp_path) as (reader, writer):
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10)
        answer = await rest_of(reader)

    assert answer.startswith(b"HTTP/1.1 400 ")


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
        first = await asyncio.wait_for(reader.read(10_000), PATIENCE)
        writer.write(b"HEAD /graphql HTTP/1.1\r\nhost: x\r\n\r\n")
        second = await asyncio.wait_for(reader.read(10_000), PATIENCE)

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
        first = await asyncio.wait_for(reader.readuntil(b"one\r\n"), PATIENCE)
        more.set()
        second = await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), PATIENCE)

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
