"""Answers as JSON, within their bound of bytes: a long one is written in pieces, between which others get their turn.

orjson writes some hundred megabytes a second and lets nothing else run meanwhile, in whatever thread it is.
"""

import asyncio
import mmap
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

import orjson

from gateway.querying.sizes import AnswerTooLong

# Bytes of what is sent as one message: an event, or whatever goes by a WebSocket. Such a text is decoded, put together
# and encoded in one go, each of which takes a millisecond for a megabyte.
LONGEST_MESSAGE = 8_000_000
AT_ONCE = 500_000  # bytes, about a millisecond
PIECE = 100_000  # weight of what is written by one call
SPARE = 8_000_000  # bytes that have to be free for a piece: for want of memory orjson raises no error but crashes
STRETCH = 0.01  # seconds after which others get their turn
CONTAINER = 32  # what a list, an object or a value weighs beside its texts


async def written(payload: Mapping[str, object], *, roughly: int, most: float) -> bytes:
    """Return an answer, which has roughly so many bytes, as JSON.

    Raises:
        AnswerTooLong: it has more than `most` bytes.
        MemoryError: there is too little memory for it.
    """
    if roughly < AT_ONCE:
        body = orjson.dumps(payload)
        if len(body) > most:
            raise AnswerTooLong(most)
        return body
    pieces: list[bytes] = []
    size = 0
    began = perf_counter()
    _need_spare()
    for piece in _pieces(payload):
        _need_spare()
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise AnswerTooLong(most)
        if perf_counter() - began > STRETCH:
            await asyncio.sleep(0)
            began = perf_counter()
    # The joining of these, and what is done with the whole, are stretches of their own.
    await asyncio.sleep(0)
    body = b"".join(pieces)
    await asyncio.sleep(0)
    return body


def _need_spare() -> None:
    """Raise MemoryError where a piece may find no room. To map memory takes microseconds, to fill it a millisecond."""
    try:
        mmap.mmap(-1, SPARE).close()
    except OSError as error:
        raise MemoryError from error


def _pieces(value: object) -> Iterator[bytes]:
    """Yield the JSON of a value: parts that weigh little together by one call, heavy ones in pieces of their own."""
    if isinstance(value, dict):
        yield from _object(value)
    elif isinstance(value, list | tuple):
        yield from _list(value)
    else:
        yield orjson.dumps(value)


def _object(value: Mapping[str, object]) -> Iterator[bytes]:
    light: dict[str, Any] = {}
    weight, mark = 0, b"{"
    for key, part in value.items():
        own = _weight(part, PIECE)
        if light and weight + own > PIECE:
            yield mark + orjson.dumps(light)[1:-1]
            mark, light, weight = b",", {}, 0
        if own > PIECE:
            yield mark + orjson.dumps(key) + b":"
            yield from _pieces(part)
            mark = b","
        else:
            light[key] = part
            weight += own
    yield (mark + orjson.dumps(light)[1:-1] if light else b"{" * (mark == b"{")) + b"}"


def _list(value: list[object] | tuple[object, ...]) -> Iterator[bytes]:
    light: list[Any] = []
    weight, mark = 0, b"["
    for part in value:
        own = _weight(part, PIECE)
        if light and weight + own > PIECE:
            yield mark + orjson.dumps(light)[1:-1]
            mark, light, weight = b",", [], 0
        if own > PIECE:
            yield mark
            yield from _pieces(part)
            mark = b","
        else:
            light.append(part)
            weight += own
    yield (mark + orjson.dumps(light)[1:-1] if light else b"[" * (mark == b"[")) + b"]"


def _weight(value: object, most: int) -> int:
    """Return about how many bytes a value has; the count stops beyond `most`."""
    weight, todo = 0, [value]
    while todo and weight <= most:
        part = todo.pop()
        weight += CONTAINER
        if isinstance(part, str):
            weight += len(part)
        elif isinstance(part, dict):
            weight += CONTAINER * len(part)
            todo += part.values()
        elif isinstance(part, list | tuple):
            todo += part
    return weight
