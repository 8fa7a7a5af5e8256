"""Feeds: the newest changes of an organization, as long as somebody watches it, in a ring that all feeds share."""

import asyncio
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Hashable, Sequence

from gateway.caches import CACHES, Size, watch
from gateway.live.batches import Batch
from gateway.live.keeping import Keeping
from gateway.live.watches import Showing, Watch
from gateway.store.databases.database import Database


class Ring:
    """The batches of all feeds within a bound of bytes; the oldest leaves first."""

    def __init__(self, most: int | None = None) -> None:
        self._most = CACHES["live changes"].most if most is None else most
        self._order: deque[tuple[Feed, Batch]] = deque()
        self.held = 0
        watch("live changes", self, lambda ring: Size(len(ring._order), ring.held))  # noqa: SLF001 - its own

    def add(self, feed: "Feed", batch: Batch) -> None:
        """Take note of a batch; the newest one stays however long it is."""
        self._order.append((feed, batch))
        self.held += batch.bytes
        while self.held > self._most and len(self._order) > 1:
            whose, oldest = self._order.popleft()
            self.held -= oldest.bytes
            whose.drop(oldest)

    def forget(self, feed: "Feed") -> None:
        """Drop all batches of a feed that nobody follows any more."""
        self._order = deque((whose, batch) for whose, batch in self._order if whose is not feed)
        self.held = sum(batch.bytes for _, batch in self._order)


class Feed:
    """The newest changes of one organization, and who waits for the next."""

    def __init__(self, database: Database, organization_id: int, position: int, ring: Ring, keeping: Keeping) -> None:
        self.organization_id = organization_id
        self._keeping = keeping
        self.last = position  # the newest event that was read
        self._database, self._ring = database, ring
        self._batches: list[Batch] = []
        self._arrival = asyncio.Event()
        self._watches: dict[Hashable, Counter[Watch]] = {}
        self.users = 0

    async def follow(self, head: int) -> None:
        """Read on as far as an event that was written."""
        while self.last < head:
            async with self._database.look_up() as connection:
                batch = await Batch.read(connection, self._database, self.organization_id, self.last)
            if batch is None:
                return
            batch.is_shared = True
            self._batches.append(batch)
            self._ring.add(self, batch)
            self.last = batch.last
            self.wake()

    def drop(self, batch: Batch) -> None:
        """Forget the oldest batch."""
        if self._batches and self._batches[0] is batch:
            del self._batches[0]

    async def after(self, position: int) -> Batch | None:
        """Return what comes after a position: out of the ring, else out of the store; None where nothing does yet.

        Raises:
            EventsExpired: some of it is not kept any more.
        """
        if position >= self.last:
            return None
        place = bisect_right(self._batches, position, key=lambda batch: batch.last)
        if place < len(self._batches) and self._batches[place].first <= position:
            return self._batches[place]
        async with self._database.read(snapshot=False) as connection:
            batch = await Batch.read(connection, self._database, self.organization_id, position)
            # Behind the reading: what is missing in it is marked by now.
            await self._keeping.check(connection, self.organization_id, position)
            return batch

    async def wait(self, position: int, until: float) -> bool:
        """Wait for something after a position; False where it is time before."""
        arrival = self._arrival
        if self.last > position:
            return True
        try:
            async with asyncio.timeout_at(until):
                await arrival.wait()
        except TimeoutError:
            return False
        return True

    def batches_after(self, position: int) -> Sequence[Batch]:
        """Return the batches of the ring beyond a position."""
        return self._batches[bisect_right(self._batches, position, key=lambda batch: batch.last) :]

    def wake(self) -> None:
        """Let all who wait look again."""
        arrival, self._arrival = self._arrival, asyncio.Event()
        arrival.set()

    def add_watch(self, showing: Showing, watch: Watch) -> None:
        """Count a watch among those that share a showing."""
        self._watches.setdefault(showing.key, Counter())[watch] += 1

    def drop_watch(self, showing: Showing, watch: Watch) -> None:
        """Forget a watch."""
        watches = self._watches[showing.key]
        watches[watch] -= 1
        if not watches[watch]:
            del watches[watch]
        if not watches:
            del self._watches[showing.key]

    def watches(self, showing: Showing) -> Sequence[Watch]:
        """Return the different watches that share a showing."""
        return tuple(self._watches.get(showing.key, ()))
