"""The clock: the present instant. Rules and operations are handed it, so that tests may hand in another."""

import time
from collections.abc import Callable

Clock = Callable[[], int]  # milliseconds since 1970


def system_clock() -> int:
    """Return the present instant by the machine's clock."""
    return time.time_ns() // 1_000_000
