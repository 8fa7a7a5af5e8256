"""Subscriptions: a position in the change log that moves on. There is no backlog and no live phase, so no seam."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gateway.live.feeds import Feed
from gateway.live.watches import Showing, Watch


@dataclass(frozen=True, slots=True)
class Event:
    """A change as it is sent."""

    id: int
    text: str  # of JSON


class Subscription:
    """What one subscriber gets: the next changes that it wants after its position."""

    __slots__ = ("_feed", "_showing", "_watch", "position")

    def __init__(self, feed: Feed, watch: Watch, showing: Showing, position: int) -> None:
        self._feed, self._watch, self._showing = feed, watch, showing
        self.position = position  # what was taken, and passed over, so far

    async def next(self, seconds: float) -> Sequence[Event]:
        """Return the next events, in order; none where there were none for so long."""
        until = asyncio.get_running_loop().time() + seconds
        while True:
            batch = await self._feed.after(self.position)
            if batch is None:
                if not await self._feed.wait(self.position, until):
                    return ()
                continue
            numbers = [number for number in await batch.wanted(self._watch) if number > self.position]
            shown: Mapping[int, str] = {}
            if numbers:
                shown = await batch.shown(self._showing, numbers, self._feed.watches(self._showing))
            self.position = batch.last
            if numbers:
                return [Event(number, shown[number]) for number in numbers]
            if asyncio.get_running_loop().time() > until:
                return ()

    def __enter__(self) -> Self:
        self._feed.add_watch(self._showing, self._watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._feed.drop_watch(self._showing, self._watch)
