"""Rounds: those who watch pass as far as a round's time goes, and in their order."""

import asyncio
import contextlib

import pytest

from gateway.live import rounds
from gateway.live.rounds import Rounds
from tests.support.harness.waiting import TIMEOUT


@pytest.fixture
def clock(monkeypatch):
    """The time that rounds go by, which stands still but for what is added to it."""
    time = [0.0]
    monkeypatch.setattr(rounds, "perf_counter", lambda: time[0])
    return time


async def pass_all(takes, clock):
    """Have somebody pass for each of so many seconds; return who passed in each round."""
    turns, passed = Rounds(), [list[int]()]

    async def watch(number, seconds):
        await turns.turn()
        passed[-1].append(number)
        clock[0] += seconds

    watching = [asyncio.create_task(watch(*each)) for each in enumerate(takes)]
    while not all(task.done() for task in watching):
        await asyncio.sleep(0)
        passed.append([])
    return [numbers for numbers in passed if numbers]


async def test_as_many_pass_in_a_round_as_its_time_goes(clock):
    all_at_once = await pass_all([rounds.SECONDS / 100] * 90, clock)
    heavy = await pass_all([rounds.SECONDS * 0.6] * 20, clock)

    assert all_at_once == [list(range(90))]
    assert max(map(len, heavy)) == 2
    assert [number for numbers in heavy for number in numbers] == list(range(20))


async def test_who_comes_later_waits_behind_the_line(clock):
    turns, passed = Rounds(), list[int]()

    async def watch(number):
        await turns.turn()
        passed.append(number)
        clock[0] += 2 * rounds.SECONDS

    first = [asyncio.create_task(watch(number)) for number in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(*first, watch(4))

    assert passed == [0, 1, 2, 3, 4]


async def test_who_gives_up_in_the_line_holds_nobody_up(clock):
    turns, passed = Rounds(), list[int]()

    async def watch(number):
        await turns.turn()
        passed.append(number)
        clock[0] += 2 * rounds.SECONDS

    tasks = [asyncio.create_task(watch(number)) for number in range(6)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    await tasks[3]
    tasks[4].cancel()  # perhaps once it was let out of the line
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)
    await asyncio.wait_for(tasks[5], TIMEOUT)
    await asyncio.wait_for(watch(6), TIMEOUT)

    assert passed == [0, 3, 5, 6]
