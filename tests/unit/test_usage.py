"""Usage: what an operation's steps take of the processor, without what others do between them."""

import asyncio
import time

import pytest

from gateway.store.databases.usage import Usage, metered

MILLISECOND = 1_000_000


def work(milliseconds: int) -> None:
    until = time.thread_time_ns() + milliseconds * MILLISECOND
    while time.thread_time_ns() < until:
        pass


async def test_the_steps_of_a_work_are_counted_and_those_of_others_are_not():
    usage, others = Usage(), Usage()

    async def steps() -> str:
        work(5)
        await asyncio.sleep(0)
        work(5)
        return "done"

    async def another() -> None:
        work(50)

    answer, _ = await asyncio.gather(metered(steps(), usage), metered(another(), others))

    assert answer == "done"
    assert 10 * MILLISECOND <= usage.spent_ns < 50 * MILLISECOND
    assert others.spent_ns >= 50 * MILLISECOND


async def test_what_is_spent_is_known_while_a_step_runs():
    usage = Usage()

    async def step() -> int:
        work(5)
        return usage.spent_ns

    assert await metered(step(), usage) >= 5 * MILLISECOND


async def test_a_step_within_a_step_is_counted_once():
    usage, seen = Usage(), []

    async def inner() -> None:
        work(5)

    async def outer() -> None:
        work(5)
        await metered(inner(), usage)
        seen.append(usage.spent_ns)
        work(5)

    await metered(outer(), usage)

    assert seen[0] >= 10 * MILLISECOND
    assert 15 * MILLISECOND <= usage.spent_ns < 20 * MILLISECOND
    assert usage.step_began is None


async def test_a_work_that_is_cancelled_may_clean_up_and_is_counted():
    usage, cleaned = Usage(), []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            work(5)
            cleaned.append(True)

    async def run() -> None:
        await metered(waits(), usage)

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert cleaned
    assert usage.spent_ns >= 5 * MILLISECOND
    assert usage.step_began is None


async def test_without_somebody_who_wants_to_know_nothing_is_counted():
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert await metered(answer(), None) == 42
