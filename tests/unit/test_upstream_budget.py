"""The budget of requests: windows are never passed, half is left to people, and a 429 is waited for."""

import asyncio
import random

import pytest

from gateway.mirror.upstream.budget import GRACE_MS, Limiter, MemoryState, Purpose, budget_of
from gateway.mirror.upstream.errors import Throttled
from tests.support.upstream.clocks import VirtualClock

MIRROR, PEOPLE = Purpose.MIRROR, Purpose.PEOPLE
LONG_AND_SHORT = ((100, 10), (4_000, 1_800))


def limiter(*windows: tuple[int, int], state: MemoryState | None = None) -> tuple[Limiter, VirtualClock]:
    clock = VirtualClock()
    return Limiter(budget_of(windows), state or MemoryState(), clock), clock


async def send(limiter: Limiter, purpose: Purpose, **patience: float) -> None:
    async with limiter.request(purpose, **patience):
        pass


async def seconds_of(limiter: Limiter, clock: VirtualClock, purpose: Purpose, count: int) -> float:
    """Return how long so many requests take."""
    began = clock.instant
    for _ in range(count):
        await send(limiter, purpose)
    return (clock.instant - began) / 1_000


async def test_the_mirror_sends_half_of_a_window_at_once_and_then_waits_for_it_to_pass() -> None:
    asked, clock = limiter((100, 10))

    at_once = await seconds_of(asked, clock, MIRROR, 50)
    one_more = await seconds_of(asked, clock, MIRROR, 1)

    assert at_once == 0
    assert 10 <= one_more <= 10.4


async def test_people_have_the_other_half_while_the_mirror_waits() -> None:
    asked, clock = limiter((100, 10))
    await seconds_of(asked, clock, MIRROR, 50)

    at_once = await seconds_of(asked, clock, PEOPLE, 50)

    assert at_once == 0
    with pytest.raises(Throttled, match="try again in 11 s"):
        await send(asked, PEOPLE, patience_s=5)


async def test_nobody_waits_longer_than_their_patience_however_many_wait_before_them() -> None:
    asked, clock = limiter((4, 2))
    began, sent, given_up = clock.instant, list[int](), list[int]()

    async def wait() -> None:
        try:
            async with asked.request(PEOPLE, 5):
                sent.append(clock.instant - began)
        except Throttled:
            given_up.append(clock.instant - began)

    await asyncio.gather(*(wait() for _ in range(100)))

    assert len(sent) + len(given_up) == 100
    assert 4 < len(sent) <= 16
    assert max(sent + given_up) <= 5_000 + 2_000


async def test_people_may_use_all_of_it_where_the_mirror_is_quiet() -> None:
    asked, clock = limiter((100, 10))

    at_once = await seconds_of(asked, clock, PEOPLE, 100)
    one_more = await seconds_of(asked, clock, MIRROR, 1)

    assert at_once == 0
    assert one_more >= 10


async def test_a_million_entries_take_little_longer_than_half_of_the_budget_allows() -> None:
    asked, clock = limiter(*LONG_AND_SHORT)

    taken = await seconds_of(asked, clock, MIRROR, 5_000)

    # 2,000 in the first half hour, 2,000 in the second, and half of the third.
    assert 3_600 <= taken <= 3_600 * 1.03 + 300


async def test_no_window_is_passed_whenever_requests_arrive_within_their_time() -> None:
    for seed in range(5):
        chance = random.Random(seed)
        windows = ((8, 2), (20, 10))
        asked, clock = limiter(*windows)
        arrivals: list[int] = []

        for _ in range(300):
            async with asked.request(chance.choice((MIRROR, PEOPLE, PEOPLE))):
                taken = clock.instant
                await clock.sleep(chance.choice((0, 0.05, 0.2, 0.21, 3)))
                arrivals.append(chance.randint(taken, clock.instant))
            await clock.sleep(chance.choice((0, 0, 0.1, 1)))

        for most, seconds in windows:
            for arrival in arrivals:
                assert sum(arrival - seconds * 1_000 < other <= arrival for other in arrivals) <= most


async def test_a_pause_holds_for_everybody_and_over_a_restart() -> None:
    state = MemoryState()
    asked, clock = limiter((100, 10), state=state)
    await asked.pause(90)
    restarted = Limiter(budget_of([(100, 10)]), state, clock)

    with pytest.raises(Throttled, match="try again in 90 s"):
        await send(restarted, PEOPLE, patience_s=89)
    waited = await seconds_of(restarted, clock, MIRROR, 1)

    assert waited == 90


class HeldState(MemoryState):
    """A state whose changes end when it is let go, as those of a database that is busy."""

    def __init__(self, *, decides_at_once: bool) -> None:
        super().__init__()
        self.go, self._decides_at_once = asyncio.Event(), decides_at_once

    async def change(self, decide):
        if self._decides_at_once:
            changed = await super().change(decide)
            await self.go.wait()
            return changed
        await self.go.wait()
        return await super().change(decide)


@pytest.mark.parametrize("decides_at_once", [True, False])
async def test_what_is_let_go_while_a_429_is_read_waits_too(*, decides_at_once: bool) -> None:
    state = HeldState(decides_at_once=decides_at_once)
    asked, clock = limiter((100, 10), state=state)
    began = clock.instant

    sending = asyncio.create_task(send(asked, MIRROR))
    await asyncio.sleep(0)
    pausing = asyncio.create_task(asked.pause(7))
    await asyncio.sleep(0)
    state.go.set()
    await asyncio.gather(sending, pausing)

    assert clock.instant - began == 7_000


async def test_a_longer_pause_is_not_shortened_by_a_later_one() -> None:
    asked, clock = limiter((100, 10))
    await asked.pause(90)
    await asked.pause(5)

    waited = await seconds_of(asked, clock, MIRROR, 1)

    assert waited == 90


async def test_a_clock_that_is_put_back_by_hours_stops_nobody_for_longer_than_a_window() -> None:
    asked, clock = limiter((100, 10))
    await seconds_of(asked, clock, MIRROR, 50)
    clock.instant -= 5 * 3_600_000

    waited = await seconds_of(asked, clock, MIRROR, 1)

    assert waited <= 10.5 + GRACE_MS / 1_000


async def test_what_is_used_is_told_by_window_and_purpose() -> None:
    asked, clock = limiter(*LONG_AND_SHORT)
    await seconds_of(asked, clock, MIRROR, 3)
    await seconds_of(asked, clock, PEOPLE, 2)
    await asked.pause(7)

    used, pause_s = await asked.use()

    assert [(use.window.requests, use.mirror, use.people) for use in used] == [(100, 3, 2), (4_000, 3, 2)]
    assert pause_s == 7


async def test_the_windows_are_kept_in_a_short_text() -> None:
    state = MemoryState()
    asked, clock = limiter(*LONG_AND_SHORT, state=state)
    await seconds_of(asked, clock, MIRROR, 2_500)

    length = await state.change(lambda kept: (None, len(kept.windows)))

    assert length <= 6_000
