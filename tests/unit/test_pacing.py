"""Pacing: long requests pass one by one, and what is short passes between them."""

import asyncio
import contextlib
import itertools

from gateway.http.pacing import TurnTaker
from tests.support.harness.waiting import TIMEOUT


async def test_one_passes_in_a_round_and_others_come_between():
    turns, events = TurnTaker(), []

    async def long(number):
        await turns.turn()
        events.append(number)

    async def short():
        for _ in range(8):
            events.append("short")
            await asyncio.sleep(0)

    await asyncio.gather(*(long(number) for number in range(5)), short())

    places = [events.index(number) for number in range(5)]
    assert places == sorted(places)
    assert all("short" in events[one:other] for one, other in itertools.pairwise(places))


async def test_who_gives_up_in_the_line_holds_nobody_up():
    turns, passed = TurnTaker(), []

    async def long(number):
        await turns.turn()
        passed.append(number)

    tasks = [asyncio.create_task(long(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)
    await tasks[3]
    await asyncio.wait_for(long(4), TIMEOUT)

    assert passed == [0, 3, 4]
