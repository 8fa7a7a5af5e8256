"""Answers of both faces compressed as their clients ask for it."""

import gzip
import sys
import threading

import httpx
import pytest
import pytest_asyncio

from gateway.http import compression
from gateway.store.tokens import PREFIX
from tests.support.harness.serving import insert_rows, person, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = [pytest.mark.sqlite_only, pytest.mark.asyncio(loop_scope="module")]
PEOPLE = "{ people(first: 200) { nodes { id name email } } }"
LONG = b"x" * 2_000
DECODERS = {"gzip": gzip.decompress, "zstd": zstd.decompress}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory):
    async with serving(tmp_path_factory.mktemp("served")) as served:
        people = [person(100 + number, 1, f"Name {number}", "MEMBER") for number in range(100)]
        await served.database.write(lambda connection: insert_rows(connection, people))
        yield served


async def raw(served, method: str, path: str, **options) -> tuple[httpx.Response, bytes]:
    """An answer as it was sent, before the client decompresses it."""
    headers = served.bearer() | options.pop("headers", {})
    async with served.client.stream(method, path, headers=headers, **options) as response:
        return response, b"".join([piece async for piece in response.aiter_raw()])


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", "/graphql", {"json": {"query": PEOPLE}}),
        ("GET", "/graphql", {"params": {"query": PEOPLE}}),
        ("GET", "/api/v2/people", {"params": {"page[size]": "50"}}),
    ],
)
async def test_both_faces_compress_what_is_long(served, encoding, method, path, options):
    _, plain = await raw(served, method, path, headers={"accept-encoding": "identity"}, **options)

    response, packed = await raw(served, method, path, headers={"accept-encoding": encoding}, **options)

    unpacked = DECODERS[encoding](packed)
    assert response.headers["content-encoding"] == encoding
    assert response.headers["content-length"] == str(len(packed))
    assert "Accept-Encoding" in response.headers["vary"]
    assert unpacked[:1_000] == plain[:1_000]
    assert len(packed) < len(plain) / 4


async def test_the_tag_of_an_answer_is_the_same_in_every_encoding(served):
    tags = [
        (await raw(served, "GET", "/graphql", params={"query": PEOPLE}, headers={"accept-encoding": each}))[0]
        for each in ("identity", "gzip", "zstd")
    ]

    assert len({response.headers["etag"] for response in tags}) == 1


async def test_a_note_with_a_token_in_it_is_not_compressed(served):
    people = [person(300, 1, f"{PREFIX}of-somebody", "MEMBER")]
    await served.database.write(lambda connection: insert_rows(connection, people))

    response, body = await raw(served, "POST", "/graphql", json={"query": PEOPLE}, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in response.headers
    assert b"of-somebody" in body


@pytest.mark.parametrize(("most", "aside"), [(64_000, False), (1_000, True)])
async def test_a_long_body_is_compressed_beside_the_event_loop(monkeypatch, most, aside):
    threads: list[int] = []

    def encode(body: bytes) -> bytes:
        threads.append(threading.get_ident())
        return body

    monkeypatch.setattr(compression, "AT_ONCE", most)
    monkeypatch.setitem(compression.ENCODERS, "gzip", encode)

    await compression.compressed(LONG, "gzip")

    assert (threads != [threading.get_ident()]) is aside


async def pieces_of(*texts: bytes, error: Exception | None = None):
    for text in texts:
        yield text
    if error is not None:
        raise error


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_body_of_any_length_is_compressed_as_it_is_made(encoding):
    texts = [b"short,", b"x" * 100_000, b"", bytes(range(256)) * 1_000]

    packed = [piece async for piece in compression.compressed_pieces(pieces_of(*texts), encoding)]

    assert DECODERS[encoding](b"".join(packed)) == b"".join(texts)
    assert all(packed)


async def test_a_body_that_is_not_made_whole_has_no_end():
    packed = compression.compressed_pieces(pieces_of(b"x" * 100_000, error=LookupError()), "gzip")

    with pytest.raises(LookupError):
        [piece async for piece in packed]


@pytest.mark.parametrize(("file", "encoding"), [("csv", "zstd"), ("jsonl", "zstd"), ("xlsx", None)])
async def test_a_file_of_text_is_compressed_as_it_is_sent(served, file, encoding):
    path = f"/api/v2/time_entries.{file}"
    _, plain = await raw(served, "GET", path, headers={"accept-encoding": "identity"})

    response, packed = await raw(served, "GET", path, headers={"accept-encoding": "gzip, zstd"})

    assert response.headers.get("content-encoding") == encoding
    assert (DECODERS[encoding](packed) if encoding else packed)[:40] == plain[:40]
