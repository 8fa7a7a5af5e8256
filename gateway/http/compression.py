"""Answers compressed as their clients ask for it: zstd, or gzip for those who know no better.

What a level costs and saves is measured in decision 39. A short answer gains nothing, one that holds a token could be
guessed by its length, and an event has to leave at once, so these are sent as they are.
"""

import asyncio
import gzip
import sys
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Protocol

from gateway.store.tokens import PREFIX

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Encoder(Protocol):
    """What packs a body piece by piece."""

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


LEAST = 1_000  # bytes
AT_ONCE = 64_000  # bytes, about 0.2 ms
TOKEN = PREFIX.encode()

# The quickest levels that still save most, the preferred encoding first.
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstd.compress(body, 1),
    "gzip": lambda body: gzip.compress(body, 3, mtime=0),
}
# For what is compressed once in a process.
SMALLEST: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstd.compress(body, 19),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}


# What files of any length are put through piece by piece.
STREAMING: Mapping[str, Callable[[], Encoder]] = {
    "zstd": lambda: zstd.ZstdCompressor(1),
    "gzip": lambda: zlib.compressobj(3, wbits=zlib.MAX_WBITS | 16),
}


def choose_encoding(accept: bytes, body: bytes) -> str | None:
    """Choose the encoding of a body by the client's Accept-Encoding; None sends it as it is."""
    return None if len(body) <= LEAST or TOKEN in body else preferred_encoding(accept)


def preferred_encoding(accept: bytes) -> str | None:
    """Return the best of the encodings that a client prefers."""
    qualities = dict(map(_quality, accept.decode("latin-1").lower().split(",")))
    others = qualities.get("*", 0.0)
    ranked = {encoding: qualities.get(encoding, others) for encoding in ENCODERS}
    best = max(ranked, key=ranked.__getitem__)
    return best if ranked[best] > 0 else None


async def compressed(body: bytes, encoding: str) -> bytes:
    """Return a body in an encoding; a long one is compressed beside the event loop."""
    encode = ENCODERS[encoding]
    return encode(body) if len(body) <= AT_ONCE else await asyncio.to_thread(encode, body)


async def compressed_pieces(pieces: AsyncGenerator[bytes], encoding: str) -> AsyncGenerator[bytes]:
    """Yield a body in an encoding as it is made; its end is there only where the body's is."""
    encoder = STREAMING[encoding]()
    async with aclosing(pieces):
        async for piece in pieces:
            if len(piece) <= AT_ONCE:
                packed = encoder.compress(piece)
            else:
                packed = await asyncio.to_thread(encoder.compress, piece)
            if packed:
                yield packed
        yield encoder.flush()


def _quality(item: str) -> tuple[str, float]:
    name, _, parameters = item.partition(";")
    quality = parameters.strip().removeprefix("q=")
    try:
        return name.strip(), float(quality) if quality else 1.0
    except ValueError:
        return name.strip(), 0.0
