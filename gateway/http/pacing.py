"""Pacing: of the requests that are long to read, one a round of the event loop, so that the others get their turn."""

import asyncio
from collections import deque


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
