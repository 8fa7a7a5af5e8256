"""Where lines of the log go: a stream that holds up nobody, whether it can be written or not.

A pipe whose reader has stopped is full after 64 kB, and whoever writes to it then waits: in a gateway the
event loop, and with it every client.
"""

import asyncio
import logging
import os
import select
import stat
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import TextIO

MOST_WAITING = 1_000_000  # bytes of lines that wait for a reader; later ones are lost, and counted
AT_ONCE = 4_096  # bytes that a pipe takes without waiting where it takes any
SECONDS_BETWEEN = 0.05  # between two looks at a reader that is behind
SECONDS_AT_THE_END = 1.0  # that a process which ends waits for a reader that is behind
CANNOT_WRITE = (OSError, ValueError)  # a full disk, a reader that has gone, a stream that is closed

_log = logging.getLogger(__name__)


class Sink:
    """A stream for lines: one that cannot be written is lost, and no request fails or waits for it."""

    def __init__(self, stream: TextIO) -> None:
        self._write, self._takes = _way_to(stream)
        self._waiting: deque[bytes] = deque()
        self._bytes = self._lost = 0
        self._fails = self._will_look = False
        self._lock = Lock()  # lines come from threads, too

    def write(self, text: str | bytes) -> None:
        """Take whole lines, and write as many of them as nobody has to wait for."""
        lines = text.encode(errors="backslashreplace") if isinstance(text, str) else text
        with self._lock:
            if self._bytes + len(lines) > MOST_WAITING:
                self._lost += lines.count(b"\n")
            else:
                self._waiting.extend(_parts(lines))
                self._bytes += len(lines)
        self.flush()

    def flush(self) -> None:
        """Write of what waits as much as nobody has to wait for."""
        self._write_for(0)
        if self._waiting and not self._will_look:
            with suppress(RuntimeError):  # no event loop runs, so the next line does it
                asyncio.get_running_loop().call_later(SECONDS_BETWEEN, self._look_again)
                self._will_look = True

    def end(self) -> None:
        """Write what waits, and wait for its reader, though not for long."""
        self._write_for(SECONDS_AT_THE_END)

    def _look_again(self) -> None:
        self._will_look = False
        self.flush()

    def _write_for(self, seconds: float) -> None:
        """Write what waits until the reader takes no more, for which it has so long."""
        until = time.monotonic() + seconds
        with self._lock:
            while self._waiting and self._takes(max(0.0, until - time.monotonic())):
                self._write_first()
            lost = 0 if self._waiting or self._fails else self._lost
            self._lost -= lost
        if lost:
            _log.warning("%d lines of the log are lost: nobody read them, or they could not be written", lost)

    def _write_first(self) -> None:
        lines = self._waiting.popleft()
        self._bytes -= len(lines)
        try:
            self._write(lines)
            self._fails = False
        except CANNOT_WRITE:
            self._lost += lines.count(b"\n")
            self._fails = True


def _parts(lines: bytes) -> Iterator[bytes]:
    """Cut lines where a pipe takes no more at once: between two of them, so that those of other processes fit in."""
    begin = 0
    while begin < len(lines):
        end = begin + AT_ONCE
        if end < len(lines):
            end = lines.rfind(b"\n", begin, end) + 1 or end
        yield lines[begin:end]
        begin = end


def _way_to(stream: TextIO) -> tuple[Callable[[bytes], object], Callable[[float], bool]]:
    """Return what writes bytes to a stream, and what says whether it takes some, within so many seconds."""
    try:
        descriptor = stream.fileno()
    except CANNOT_WRITE:  # it is in this process' memory
        return stream.buffer.write, lambda _: True

    def write(lines: bytes) -> None:
        while lines:
            lines = lines[os.write(descriptor, lines) :]

    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return write, lambda _: True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return write, lambda seconds: bool(poll.poll(seconds * 1_000))
