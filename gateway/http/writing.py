"""Answers as JSON, within their bound of bytes: a long one is written in pieces, between which others get their turn.

orjson writes some hundred megabytes a second and lets nothing else run meanwhile, in whatever thread it is.
"""

import asyncio
import mmap
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import orjson

from gateway.querying.sizes import AnswerTooLong

# Bytes of what is sent as one message: an event, or whatever goes by a WebSocket. Such a text is decoded, put together
# and encoded in one go, each of which takes a millisecond for a megabyte.
LONGEST_MESSAGE = 8_000_000
AT_ONCE = 2_000_000  # bytes: one or two milliseconds, or ten where each of them is an escape
PIECE = 500_000  # weight of what is written by one call of a longer one
SPARE = 16  # bytes that have to be free for one of them: for want of memory orjson raises no error but crashes
STRETCH = 0.01  # seconds after which others get their turn
VALUE = 16  # what each value weighs beside its text and its key


async def written(payload: Mapping[str, object], *, roughly: int, most: float) -> bytes:
    """Return an answer, which has roughly so many bytes, as JSON.

    Raises:
        AnswerTooLong: it has more than `most` bytes.
        MemoryError: there is too little memory for it.
    """
    if roughly < AT_ONCE:
        if roughly > PIECE:
            await asyncio.sleep(0)  # a stretch of its own
            _need_spare(roughly)
        body = orjson.dumps(payload)
        if len(body) > most:
            raise AnswerTooLong(most)
        return body
    pieces: list[bytes] = []
    size = 0
    began = perf_counter()
    _need_spare(PIECE)
    for piece in _pieces(payload):
        _need_spare(PIECE)
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


def _need_spare(size: int) -> None:
    """Raise MemoryError where so much may find no room. To map memory takes microseconds, to fill it a millisecond."""
    try:
        mmap.mmap(-1, SPARE * size).close()
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
    keys, parts = [*value], [*value.values()]
    mark = b"{"
    for begin, end, is_light in _runs(parts, keys):
        if is_light:
            yield mark + orjson.dumps(dict(zip(keys[begin:end], parts[begin:end], strict=True)))[1:-1]
        else:
            yield mark + orjson.dumps(keys[begin]) + b":"
            yield from _pieces(parts[begin])
        mark = b","
    yield b"}" if keys else b"{}"


def _list(value: Sequence[object]) -> Iterator[bytes]:
    mark = b"["
    for begin, end, is_light in _runs(value):
        if is_light:
            yield mark + orjson.dumps(value[begin:end])[1:-1]
        else:
            yield mark
            yield from _pieces(value[begin])
        mark = b","
    yield b"]" if value else b"[]"


def _runs(parts: Sequence[object], keys: Sequence[str] = ()) -> Iterator[tuple[int, int, bool]]:
    """Yield from where to where parts weigh little together, and each that is heavy alone.

    How many are tried is told by those before them, so that few are weighed twice.
    """
    begin, count = 0, 1
    while begin < len(parts):
        end = min(begin + count, len(parts))
        weight = weigh([*parts[begin:end], *keys[begin:end]])
        if weight <= PIECE:
            yield begin, end, True
            begin, count = end, max(1, count * PIECE // (2 * weight))
        elif count > 1:
            count //= 2
        else:
            yield begin, end, False
            begin = end


def weigh(values: list[Any]) -> int:
    """Return about how many bytes values have; the count stops beyond `PIECE`."""
    weight = VALUE * len(values)
    while values and weight <= PIECE:
        below: list[Any] = []
        for value in values:
            kind = type(value)  # the quickest question; there are no others in an answer
            if kind is str:
                weight += len(value)
            elif kind is dict:
                weight += VALUE * len(value) + sum(map(len, value))
                if weight > PIECE:
                    return weight
                below += value.values()
            elif kind is list or kind is tuple:
                weight += VALUE * len(value)
                if weight > PIECE:
                    return weight
                below += value
        values = below
    return weight
