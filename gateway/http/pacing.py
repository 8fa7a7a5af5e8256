"""Pacing: what is long leaves the others their turn.

Of the requests that are long to read one is read in a round of the event loop. What takes longer than some ten
milliseconds of Python and asks nothing of the loop is done in a thread, for all requests the same: Python hands the
processor back to the loop every few milliseconds.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.store.databases.usage import note_time

T = TypeVar("T")
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")


async def aside(work: Callable[[], T]) -> T:
    """Do something beside the event loop, once what others asked for before is done, and return its answer.

    What it takes of the processor is the operation's.
    """

    def timed() -> tuple[T | None, Exception | None, int]:
        began = time.thread_time_ns()
        try:
            return work(), None, time.thread_time_ns() - began
        except Exception as error:  # noqa: BLE001 - raised where it was asked for
            return None, error, time.thread_time_ns() - began

    answer, error, took = await asyncio.get_running_loop().run_in_executor(_thread, timed)
    note_time(took)
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]  # there is one where there is no error


class TurnTaker:
    """Lets one caller pass in each round of the event loop; the others wait in line for the next ones."""

    def __init__(self) -> None:
        self._is_taken = False
        self._line: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        """Wait for a round that is nobody else's."""
        loop = asyncio.get_running_loop()
        if self._is_taken:
            waiting: asyncio.Future[None] = loop.create_future()
            self._line.append(waiting)
            await waiting
        else:
            self._is_taken = True
            loop.call_soon(self._next)

    def _next(self) -> None:
        """Let the next one pass: in the round after this, where this is called again behind it."""
        while self._line:
            waiting = self._line.popleft()
            if not waiting.done():
                waiting.set_result(None)
                waiting.get_loop().call_soon(self._next)
                return
        self._is_taken = False
