"""A connection knows the head that it was sent before: what follows is taken for what it would be on a new one."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.serving.known_heads import LONGEST
from gateway.store.tokens import revoke_token
from tests.support.harness.serving import NOW, listening, serving
from tests.support.harness.waiting import TIMEOUT, eventually

pytestmark = pytest.mark.sqlite_only
HEAD = b"POST /echo?a=1 HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\nx-one: 1\r\nconnection: keep-alive\r\n\r\n"


def request(body: bytes, head: bytes = HEAD) -> bytes:
    return head % len(body) + body


async def echo(scope, receive, send):
    """Answer by what came, and by how many requests shared the state of their head so far."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    scope["state"]["asked"] = scope["state"].get("asked", 0) + 1
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    said = [scope["method"], scope["path"], scope["query_string"].decode(), headers, body.decode()]
    answer = json.dumps([said, scope["state"]["asked"]]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]})
    await send({"type": "http.response.body", "body": answer})


async def answer_of(reader):
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), TIMEOUT)
    if head.startswith(b"HTTP/1.1 100 "):
        return await answer_of(reader)
    length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
    return head.split()[1], json.loads(await reader.readexactly(length))


@asynccontextmanager
async def echoing():
    """Yield what opens a connection to the application above."""
    app: Any = echo
    async with listening(app) as address:
        host, port = address.removeprefix("http://").split(":")
        opened = []

        async def connect():
            reader, writer = await asyncio.open_connection(host, int(port))
            opened.append(writer)
            return reader, writer

        yield connect
        for writer in opened:
            writer.close()


async def test_requests_of_one_head_share_its_state_and_say_their_own_lengths():
    async with echoing() as connect:
        reader, writer = await connect()
        answers = []
        for body in (b"first", b"again", b"x" * 1_000, b""):
            writer.write(request(body))
            answers.append((await answer_of(reader))[1])

    assert [asked for _, asked in answers] == [1, 2, 3, 4]
    assert [(said[3]["content-length"], said[4]) for said, _ in answers] == [
        ("5", "first"),
        ("5", "again"),
        ("1000", "x" * 1_000),
        ("0", ""),
    ]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([request(b"half")[:-2], b"lf"], id="a body that comes in pieces"),
        pytest.param([request(b"head")[:20], request(b"head")[20:]], id="a head that comes in pieces"),
        pytest.param([request(b"one") + request(b"two")], id="two requests at once"),
        pytest.param([request(b"other", HEAD.replace(b"x-one: 1", b"x-one: 2"))], id="another value"),
        pytest.param([request(b"more", HEAD.replace(b"x-one", b"x-two: 2\r\nx-one"))], id="one more header"),
        pytest.param([request(b"longer" * 2_000)], id="a long body"),
        pytest.param([request(b"x" * 40_000)], id="a body longer than what is parsed at a time"),
        pytest.param([request(b"elsewhere", HEAD.replace(b"?a=1", b"?a=2"))], id="another address"),
    ],
)
async def test_what_a_known_head_is_not_enough_for_is_read_as_on_a_new_connection(pieces):
    async def answers_of(reader, writer):
        answers = []
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        for _ in range(b"".join(pieces).count(b"POST ")):
            status, (said, _) = await answer_of(reader)
            answers.append((status, said))
        return answers

    async with echoing() as connect:
        expected = await answers_of(*await connect())
        reader, writer = await connect()
        for body in (b"first", b"again"):
            writer.write(request(body))
            await answer_of(reader)
        found = await answers_of(reader, writer)
        writer.write(request(b"last"))
        _, (last, _) = await answer_of(reader)

    assert found == expected
    assert last[4] == "last"


@pytest.mark.parametrize("length", [b"1x", b"-1", b"", b"5, 5"])
async def test_a_length_that_is_none_is_no_request(length):
    async with echoing() as connect:
        reader, writer = await connect()
        writer.write(request(b"first"))
        await answer_of(reader)
        writer.write(HEAD.replace(b"%d", length) + b"x")
        refused = await asyncio.wait_for(reader.read(), TIMEOUT)

    assert refused.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(HEAD.replace(b"x-one: 1", b"x-one: " + b"1" * LONGEST), id="too long to be kept"),
        pytest.param(HEAD.replace(b"x-one: 1", b"expect: 100-continue"), id="wants to be told to go on"),
    ],
)
async def test_a_head_that_is_not_remembered_is_read_each_time(head):
    async with echoing() as connect:
        reader, writer = await connect()
        asked = []
        for _ in range(2):
            writer.write(request(b"body", head))
            _, (_, count) = await answer_of(reader)
            asked.append(count)

    assert asked == [1, 1]


@asynccontextmanager
async def asking(tmp_path, **settings):
    """Yield a gateway, what opens a connection to it, and what writes requests of one head."""
    async with serving(tmp_path, **settings) as served, listening(served.app) as address:
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        token = served.tokens["admin"].encode()
        head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\ncontent-type: application/json\r\n"

        async def ask(body):
            writer.write(request(body, head + b"authorization: Bearer " + token + b"\r\n\r\n"))
            return await answer_of(reader)

        yield served, ask
        writer.close()


async def refusal(asked):
    """Return the answer to who is not known any more; None as long as they are, which is a second at most."""
    status, answer = await asked
    return answer if status == b"401" else None


async def test_a_token_is_good_no_longer_for_a_head_that_is_known(tmp_path):
    body = b'{"query": "{ viewer { role } }"}'
    async with asking(tmp_path) as (served, ask):
        before = [await ask(body), await ask(body)]
        found = await served.app.pipeline.authenticate({b"x-auth-token": served.tokens["admin"].encode()})
        await served.database.write(lambda connection: revoke_token(connection, token_id=found.token_id, now=NOW))
        refused = await eventually(lambda: refusal(ask(body)))

    assert [status for status, _ in before] == [b"200", b"200"]
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_body_is_too_long_for_a_head_that_is_known(tmp_path):
    async with asking(tmp_path, max_body_bytes=1_000) as (_, ask):
        first, _ = await ask(b'{"query": "{ viewer { role } }"}')
        status, refused = await ask(b'{"query": "{ viewer { role } }"' + b" " * 1_000 + b"}")

    assert first == b"200"
    assert status == b"413"
    assert refused["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"
