"""How a test waits for what another task, thread, process or machine does: for the thing itself, never for so long.

Nothing is promised about when a server notices that a client has gone, that a statement runs by now, or that a process
has started. A test that sleeps instead of waiting for it fails by chance where the machine is busy.
"""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

TIMEOUT = 60  # seconds until what has to come is given up; where all goes well nobody waits so long
PAUSE = 0.01  # seconds between two looks


async def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until something holds, looking again and again; return what was found."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(PAUSE)


def put_forward(seconds: float) -> None:
    """Put the clock of the running event loop forward, so that what waits for a time need not be waited for."""
    loop = asyncio.get_running_loop()
    ahead = loop.time() - time.monotonic() + seconds
    loop.time = lambda: time.monotonic() + ahead  # type: ignore[method-assign]  # the loop ends with the test


async def as_time_passes(condition: Callable[[], Any], *, step: float = 1) -> None:
    """Wait until something holds that comes with time, of which so many seconds pass between two looks.

    What takes the machine long takes little of this time, so it is no matter how busy the machine is.
    """
    until = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < until, "it never came"
        put_forward(step)
        await asyncio.sleep(PAUSE)


def wait_until(condition: Callable[[], Any]) -> Any:
    """Wait as `eventually` does, where there is no event loop."""
    until = time.monotonic() + TIMEOUT
    while not (found := condition()):
        assert time.monotonic() < until, "it never came"
        time.sleep(PAUSE)
    return found
