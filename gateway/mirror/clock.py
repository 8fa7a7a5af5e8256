"""The time that the mirror goes by; tests hand in one of their own, where hours pass at once."""

import asyncio
from typing import Protocol

from gateway.clock import system_clock


class Clock(Protocol):
    """An instant, and waiting."""

    def now(self) -> int:
        """Return the present instant, in milliseconds since 1970."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's."""

    def now(self) -> int:
        """Return the present instant, in milliseconds since 1970."""
        return system_clock()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
