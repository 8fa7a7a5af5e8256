"""Turns: what a token may hold, who is next, and those who leave while they wait."""

import asyncio

from gateway.store.databases.turns import Turns


async def queued(turns: Turns, *callers: int) -> tuple[list[int], list[asyncio.Task[None]]]:
    """Let each caller wait in a task; return who got a turn so far, and the tasks."""
    served: list[int] = []

    async def wait(caller: int) -> None:
        await turns.take(caller)
        served.append(caller)

    tasks = [asyncio.create_task(wait(caller)) for caller in callers]
    await asyncio.sleep(0)
    return served, tasks


async def test_the_last_turn_stays_for_another_token():
    turns = Turns(3)

    served, tasks = await queued(turns, 1, 1, 1, 2)

    assert served == [1, 1, 2]
    turns.give_back(1)
    await asyncio.gather(*tasks)
    assert served == [1, 1, 2, 1]


async def test_who_waits_is_served_a_turn_to_a_token():
    turns = Turns(1)
    await turns.take(9)

    served, tasks = await queued(turns, 1, 1, 1, 2, 2, 3)
    for last in (9, 1, 2, 3, 1, 2):
        turns.give_back(last)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)

    assert served == [1, 2, 3, 1, 2, 1]


async def test_who_leaves_is_passed_over_and_keeps_no_turn():
    turns = Turns(1)
    await turns.take(9)
    served, [first, second, third] = await queued(turns, 1, 2, 3)

    first.cancel()
    turns.give_back(9)  # to the second, which leaves before it knows
    second.cancel()
    await asyncio.wait([first, second])
    await third

    assert served == [3]
    turns.give_back(3)
    assert turns.taken == 0


async def test_a_command_may_hold_all():
    turns = Turns(2)

    await turns.take(None)
    await turns.take(None)

    assert not turns.has_one_for(1)
