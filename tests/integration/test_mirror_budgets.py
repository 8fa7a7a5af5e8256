"""The budget of requests in the store: one for all processes that ask an account, and still there after a restart."""

import asyncio

from gateway.mirror.upstream.budget import Limiter, Purpose, StoredState, budget_of
from gateway.store.databases.database import open_database
from tests.support.upstream.clocks import VirtualClock

BUDGET = budget_of([(20, 10)])


async def send(limiter: Limiter, count: int) -> None:
    for _ in range(count):
        async with limiter.request(Purpose.PEOPLE):
            pass


async def test_two_processes_share_one_budget_and_each_organization_has_its_own(url) -> None:
    clock = VirtualClock()
    async with open_database(url) as one, open_database(url) as other:
        limiters = [Limiter(BUDGET, StoredState(database, 9), clock) for database in (one, other)]
        foreign = Limiter(BUDGET, StoredState(one, 8), clock)
        began = clock.instant

        await asyncio.gather(*(send(limiter, 10) for limiter in limiters))
        at_once = clock.instant - began
        await send(limiters[0], 1)
        waited = clock.instant - began
        await send(foreign, 1)

        assert at_once == 0
        assert 10_000 <= waited <= 10_500
        assert clock.instant - began == waited


async def test_what_was_sent_and_a_pause_are_remembered_over_a_restart(url) -> None:
    clock = VirtualClock()
    async with open_database(url) as database:
        limiter = Limiter(BUDGET, StoredState(database, 9), clock)
        await send(limiter, 3)
        await limiter.pause(60)

    async with open_database(url) as database:
        used, pause_s = await Limiter(BUDGET, StoredState(database, 9), clock).use()

    assert ([(use.mirror, use.people) for use in used], pause_s) == ([(0, 3)], 60)
