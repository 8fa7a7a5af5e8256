"""Rounds of the event loop: those who watch are served in one for some milliseconds, then others get their turn.

A commit wakes all of them at once, and what each of them does takes a few milliseconds at most. One round would have
all of that one after the other, and whatever else came meanwhile would wait behind it.
"""

import asyncio
from collections import deque
from time import perf_counter

SECONDS = 0.005  # of a round, after which the next ones wait for another


class Rounds:
    """Lets callers pass in a round until these have taken so long; the others wait in line for the next ones."""

    def __init__(self) -> None:
        self._ends: float | None = None  # when this round's time is over; None where nobody passed yet
        self._passed = 0  # in this round
        self._waiting = 0  # in the line, or let out of it for this round
        self._line: deque[asyncio.Future[None]] = deque()
        self._late: list[asyncio.Future[None]] = []  # who were let out and found no time left; they go before the line
        self._is_counting = False  # while rounds are told apart

    async def turn(self) -> None:
        """Wait for a round that has time left. What the caller does until it waits again is part of that round."""
        if self._waiting or self._is_over:
            await self._wait()
        if self._ends is None:
            self._ends = perf_counter() + SECONDS
        self._passed += 1
        if not self._is_counting:
            self._is_counting = True
            asyncio.get_running_loop().call_soon(self._next)

    async def _wait(self) -> None:
        join = self._line.append
        self._waiting += 1
        try:
            while True:
                place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                join(place)
                await place
                if not self._is_over:
                    return
                join = self._late.append
        finally:
            self._waiting -= 1

    @property
    def _is_over(self) -> bool:
        return self._ends is not None and perf_counter() > self._ends

    def _next(self) -> None:
        """Begin another round, for twice as many of the line as passed in the last one: who is too many waits on."""
        most = 2 * self._passed or 1
        self._is_counting = bool(self._passed or self._waiting)
        self._passed, self._ends = 0, None
        self._line.extendleft(reversed(self._late))
        self._late.clear()
        while self._line and most:
            place = self._line.popleft()
            if not place.done():
                place.set_result(None)
                most -= 1
        if self._is_counting:
            asyncio.get_running_loop().call_soon(self._next)
