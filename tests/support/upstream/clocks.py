"""A clock whose time passes where somebody waits for it, and nowhere else."""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True)
class VirtualClock:
    """The time of one task; several that wait at once each move it on."""

    instant: int = 1_754_028_000_000

    def now(self) -> int:
        """Return the present instant."""
        return self.instant

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.instant += round(seconds * 1_000)
        await asyncio.sleep(0)
