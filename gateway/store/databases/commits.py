"""Commits, as those who wait for them hear of them: of this process at once, of others by looking every so often."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

BUSY_SECONDS = 1.0  # for how long more is expected
SETTLE_SECONDS = 0.005  # after a commit of this process, so that its writer is answered before others are told


class Commits:
    """One who waits for commits: `look` says whether others may have committed, and is called every so often.

    Where looking is dear, it is done less often while nothing comes of it.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        listeners: set[Callable[[], None]],
        look: Callable[[], bool],
        *,
        busy_pause: float,
        quiet_pause: float,
    ) -> None:
        """Set the seconds between two looks: while commits are expected, and else."""
        self._changed, self._listeners, self._look = changed, listeners, look
        self._busy_pause, self._quiet_pause = busy_pause, quiet_pause
        self._busy_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._settling: asyncio.TimerHandle | None = None

    def _committed(self) -> None:
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._settled)

    def _settled(self) -> None:
        self._settling = None
        self._changed()

    def expect_more(self) -> None:
        """Look often for a while, for something was written."""
        self._busy_until = asyncio.get_running_loop().time() + BUSY_SECONDS

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        if self._look():
            self._changed()
        pause = self._busy_pause if loop.time() < self._busy_until else self._quiet_pause
        self._timer = loop.call_later(pause, self._tick)

    def __enter__(self) -> Self:
        self._listeners.add(self._committed)
        self._tick()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listeners.discard(self._committed)
        for timer in (self._timer, self._settling):
            if timer is not None:
                timer.cancel()
