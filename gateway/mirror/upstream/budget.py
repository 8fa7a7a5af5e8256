"""How many requests may be sent: sliding windows, half of each left to people's writes, and waiting after a 429.

A window is counted in steps, each a hundredth of it, so that its state is short. A request counts until its step has
left the window, and belongs to the step in which its answer came where that took long: whenever it arrived meanwhile,
it cannot pass the upstream's own window.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, unique
from functools import partial
from typing import Protocol, TypeVar

import orjson

from gateway.domain.instants import SECOND
from gateway.mirror.clock import Clock
from gateway.mirror.upstream.errors import Throttled
from gateway.store.databases.database import Database
from gateway.store.mirror.budgets import Kept, change_budget

T = TypeVar("T")
STEPS = 100  # of a window
GRACE_MS = 200  # within which an answer may come without its request being counted anew
LONGEST_PAUSE_S = 86_400  # the longest of the upstream's own budgets


@unique
class Purpose(Enum):
    """What a request is for."""

    MIRROR = 0  # has half of the budget
    PEOPLE = 1  # a person's write, and the reads that belong to it


@dataclass(frozen=True, slots=True)
class Window:
    """So many requests in any so many seconds."""

    requests: int
    seconds: int

    @property
    def share(self) -> int:
        """How many of them are the mirror's."""
        return max(1, self.requests // 2)

    @property
    def step_ms(self) -> int:
        """How long one of its steps is."""
        return self.seconds * SECOND // STEPS

    def end_of(self, step: int) -> int:
        """Return the instant from which on a step no longer counts."""
        return self.step_ms * (step + 1) + self.seconds * SECOND + GRACE_MS


Budget = tuple[Window, ...]


def budget_of(windows: Sequence[tuple[int, int]]) -> Budget:
    """Return the budget of windows as (requests, seconds)."""
    return tuple(Window(requests, seconds) for requests, seconds in windows)


class State(Protocol):
    """Where it is kept."""

    async def change(self, decide: Callable[[Kept], tuple[Kept | None, T]]) -> T:
        """Hand over what is kept, keep what comes back unless that is None, and return the answer: at one go."""


class StoredState:
    """Kept in the store, for all processes that ask the account."""

    def __init__(self, database: Database, organization_id: int) -> None:
        self._database, self._organization_id = database, organization_id

    async def change(self, decide: Callable[[Kept], tuple[Kept | None, T]]) -> T:
        """Keep what comes back in the store."""
        return await change_budget(self._database, self._organization_id, decide)


class MemoryState:
    """Kept by this process alone, where there is no store."""

    def __init__(self) -> None:
        self._kept = Kept()

    async def change(self, decide: Callable[[Kept], tuple[Kept | None, T]]) -> T:
        """Keep what comes back."""
        kept, answer = decide(self._kept)
        self._kept = self._kept if kept is None else kept
        return answer


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a window is used, by whom."""

    window: Window
    mirror: int
    people: int


Steps = dict[int, list[int]]  # by the step's number: requests of the mirror, requests of people


@dataclass(slots=True)
class Counted:
    """The requests in each window."""

    budget: Budget
    steps: dict[Window, Steps] = field(default_factory=dict)
    is_moved: bool = False  # steps of a clock that was put back count from now on

    @classmethod
    def read(cls, budget: Budget, text: str, now: int) -> "Counted":
        """Read what was kept, without what has left its window; what another budget kept of other windows is dropped.

        Steps after the present one were counted by a clock that was put back since: they count as of now.
        """
        kept = orjson.loads(text) if text else {}
        counted = cls(budget)
        for window in budget:
            steps: Steps = {}
            latest = (now + GRACE_MS) // window.step_ms
            for number, counts in kept.get(str(window.seconds), {}).items():
                step = min(int(number), latest)
                counted.is_moved |= step < int(number)
                if window.end_of(step) > now:
                    before = steps.get(step, [0, 0])
                    steps[step] = [before[0] + counts[0], before[1] + counts[1]]
            counted.steps[window] = steps
        return counted

    def written(self) -> str:
        """Return the text to keep."""
        return orjson.dumps(
            {
                str(window.seconds): {str(number): counts for number, counts in steps.items() if any(counts)}
                for window, steps in self.steps.items()
            }
        ).decode()

    def use(self) -> list[Use]:
        """Return how much of each window is used."""
        return [
            Use(window, sum(c[0] for c in steps.values()), sum(c[1] for c in steps.values()))
            for window, steps in self.steps.items()
        ]

    def wait_ms(self, purpose: Purpose, now: int) -> int:
        """Return how long until one more may be sent."""
        return max(self._wait_ms(window, steps, purpose, now) for window, steps in self.steps.items())

    def _wait_ms(self, window: Window, steps: Steps, purpose: Purpose, now: int) -> int:
        mirror = sum(counts[0] for counts in steps.values())
        in_all = mirror + sum(counts[1] for counts in steps.values())
        wait = 0
        for number in sorted(steps):
            if in_all < window.requests and (purpose is Purpose.PEOPLE or mirror < window.share):
                break
            mirror, in_all = mirror - steps[number][Purpose.MIRROR.value], in_all - sum(steps[number])
            wait = window.end_of(number) - now
        return wait

    def add(self, purpose: Purpose, at: int, count: int = 1) -> None:
        """Count a request at an instant; -1 takes it back."""
        for window, steps in self.steps.items():
            counts = steps.setdefault(at // window.step_ms, [0, 0])
            counts[purpose.value] = max(0, counts[purpose.value] + count)


class Limiter:
    """Lets requests of an organization go within its budget, whichever process sends them."""

    def __init__(self, budget: Budget, state: State, clock: Clock) -> None:
        self._budget, self._state, self._clock = budget, state, clock
        self._turns = {purpose: asyncio.Lock() for purpose in Purpose}
        self._paused_until = 0  # for those of this process, until all can read it where it is kept

    @asynccontextmanager
    async def request(self, purpose: Purpose, patience_s: float = math.inf) -> AsyncIterator[int]:
        """Wait until a request may be sent, count it and yield the instant; it is over where the block ends.

        Raises:
            Throttled: the wait would be longer than the patience, that for others before it included.
        """
        until = self._clock.now() + patience_s * SECOND
        async with self._turns[purpose]:  # those of one process in the order in which they came
            taken = await self._take(purpose, until)
        try:
            yield taken
        finally:
            now = self._clock.now()
            if not 0 <= now - taken <= GRACE_MS:
                await self._state.change(partial(self._moved, purpose, taken, now))

    async def _take(self, purpose: Purpose, until: float) -> int:
        while True:
            now = self._clock.now()
            if now > until:
                raise Throttled("Others wait for the account's budget of requests; try again in 1 s.", 1)
            wait = await self._state.change(partial(self._taken, purpose, now))
            # A 429 may have come meanwhile; what was counted is not sent then, and stays counted.
            wait = max(wait, _pause_ms(self._paused_until, self._clock.now()))
            if not wait:
                return now
            if now + wait > until:
                seconds = math.ceil(wait / SECOND)
                raise Throttled(f"The account's budget of requests is spent; try again in {seconds} s.", seconds)
            await self._clock.sleep(wait / SECOND)

    async def pause(self, seconds: float) -> None:
        """Send nothing for a while, as the upstream told by a 429."""
        until = self._clock.now() + round(min(max(seconds, 1), LONGEST_PAUSE_S) * SECOND)

        self._paused_until = max(until, self._paused_until)

        def paused(kept: Kept) -> tuple[Kept, None]:
            return kept._replace(paused_until=max(until, kept.paused_until or 0)), None

        await self._state.change(paused)

    async def use(self) -> tuple[list[Use], float]:
        """Return how much of each window is used, and for how many seconds nothing is sent."""
        now = self._clock.now()

        def used(kept: Kept) -> tuple[None, tuple[list[Use], float]]:
            return None, (
                Counted.read(self._budget, kept.windows, now).use(),
                _pause_ms(kept.paused_until, now) / SECOND,
            )

        return await self._state.change(used)

    def _taken(self, purpose: Purpose, now: int, kept: Kept) -> tuple[Kept | None, int]:
        counted = Counted.read(self._budget, kept.windows, now)
        wait = max(_pause_ms(kept.paused_until, now), counted.wait_ms(purpose, now))
        if wait:
            return kept._replace(windows=counted.written()) if counted.is_moved else None, wait
        counted.add(purpose, now)
        return Kept(counted.written()), 0

    def _moved(self, purpose: Purpose, taken: int, now: int, kept: Kept) -> tuple[Kept, None]:
        counted = Counted.read(self._budget, kept.windows, now)
        counted.add(purpose, taken, -1)
        counted.add(purpose, now)
        return kept._replace(windows=counted.written()), None


def _pause_ms(until: int | None, now: int) -> int:
    """Return for how long nothing is sent; no longer than any pause is, whatever the clock was when it began."""
    return min(max(0, (until or 0) - now), LONGEST_PAUSE_S * SECOND)
