"""Subscriptions: a position in the change log that moves on. There is no backlog and no live phase, so no seam."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gateway.live.batches import Batch
from gateway.live.feeds import Feed
from gateway.live.keeping import EventsExpired
from gateway.live.rounds import Rounds
from gateway.live.watches import Showing, Watch

MOST_WAITING, MOST_BYTES_WAITING = 1_000, 4_000_000  # events of a subscriber, and bytes of the changes behind them
SLOW_SECONDS = 1.0  # for which events may be under way before what waits is counted
# Pays for so many nanoseconds of looking, found or not, and returns for how many; raises where it cannot.
Pay = Callable[[int], int]


class TooSlow(Exception):
    """The subscriber does not read as fast as events come."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change as it is sent."""

    id: int
    text: str  # of JSON


class Subscription:
    """What one subscriber gets: the next changes that it wants after its position."""

    __slots__ = ("_ended", "_feed", "_is_live", "_pay", "_rounds", "_showing", "_taken_at", "_watch", "position")

    def __init__(self, feed: Feed, watch: Watch, showing: Showing, position: int, *, pay: Pay, rounds: Rounds) -> None:
        self._feed, self._watch, self._showing, self._pay, self._rounds = feed, watch, showing, pay, rounds
        self.position = position  # what was taken, and passed over, so far
        self._ended: Exception | None = None
        self._is_live = False  # whether it had everything at a time
        self._taken_at = 0.0  # when the last events were handed out, by the loop's clock

    def end(self, reason: Exception) -> None:
        """Let whoever takes events learn, now or as soon as they come back, why there are no more."""
        self._ended = reason
        self._feed.wake()

    async def next(self, seconds: float) -> Sequence[Event]:
        """Return the next events, in order; none where there were none for so long.

        Raises:
            EventsExpired: some of them are not kept any more.
            TooSlow: too many wait, for the last ones were taken too slowly.
            NotAllowed: or what else ended the subscription, such as what pays for looking.
        """
        now = asyncio.get_running_loop().time()
        until = now + seconds
        if self._is_live and self._taken_at and now - self._taken_at > SLOW_SECONDS:
            await self._check_backlog()
        while True:
            if self._ended is not None:
                raise self._ended
            await self._rounds.turn()
            batch = await self._feed.after(self.position)
            if batch is None:
                self._is_live = True
                if not await self._feed.wait(self.position, until):
                    return ()
                continue
            await self._rounds.turn()  # what is in it may not have been looked at yet
            numbers = [number for number in await batch.wanted(self._watch) if number > self.position]
            self._watch.unpaid_ns -= self._pay(self._watch.unpaid_ns)
            if numbers:
                events = await self._show(batch, numbers)
                await self._rounds.turn()  # in which they are sent
                self.position = batch.last if len(events) == len(numbers) else events[-1].id
                self._taken_at = asyncio.get_running_loop().time()
                return events
            self.position = batch.last
            if asyncio.get_running_loop().time() > until:
                return ()

    async def _show(self, batch: Batch, numbers: Sequence[int]) -> Sequence[Event]:
        """Return the first of some events, at least one."""
        others = self._feed.watches(self._showing)
        shown = await batch.shown(self._showing, numbers, others, position=self.position)
        events = [Event(number, shown.texts[number]) for number in numbers if number in shown.texts]
        if len(events) < bisect_right(numbers, shown.last):  # they were removed meanwhile
            raise EventsExpired(self.position, batch.last)
        return events

    async def _check_backlog(self) -> None:
        """Count what waits, of the ring: what is not in it any more is read as a replay is, and waits for nobody."""
        waiting = size = 0
        for batch in self._feed.batches_after(self.position):
            waiting += sum(number > self.position for number in await batch.wanted(self._watch))
            size += batch.bytes
            if waiting > MOST_WAITING or (waiting and size > MOST_BYTES_WAITING):
                raise TooSlow("Events were not read as fast as they came; go on after the last one by since.")

    def __enter__(self) -> Self:
        self._feed.add_watch(self._showing, self._watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._feed.drop_watch(self._showing, self._watch)
