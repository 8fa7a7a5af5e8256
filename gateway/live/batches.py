"""Batches: changes of one organization that were read at once, with what was found out of them for all who watch.

Whoever comes first has it found out: which changes a watch wants, and what is shown of them. The others are handed the
same. It is forgotten after a second, for an entry is shown as it is when an event is sent.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter, perf_counter_ns, thread_time_ns

from gateway.catalog.managers import MANAGER, OWNER
from gateway.live.watches import Showing, Shown, Watch
from gateway.querying.matching import Image
from gateway.querying.sizes import Row, Texts
from gateway.querying.slices import cut
from gateway.store.databases.database import Connection, Database
from gateway.store.events import events_after, managers_of, owners_of
from gateway.store.writes.images import both_images

KEPT_SECONDS = 1.0
BYTES_OF_A_CHANGE = 400  # beside its images
TURN_SECONDS = 0.01  # of matching, after which others get their turn: a filter may look into long texts many times
TEXTS = Texts((0, 1))  # of an image before and after a change
LONG_WORK = 1_000_000  # characters of a change times tests of a filter that are looked through in a thread


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change log: its number and its images as text."""

    id: int
    at: int
    before: str | None
    after: str | None

    @property
    def bytes(self) -> int:
        """About how many bytes it takes."""
        return BYTES_OF_A_CHANGE + len(self.before or "") + len(self.after or "")


@dataclass(frozen=True, slots=True)
class Leaders:
    """The present managers of people and owners of deals."""

    managers: Mapping[int, int | None]
    owners: Mapping[int, int | None]

    def put_into(self, image: Image) -> Image:
        """Return an image with who leads its entry now."""
        if not image:
            return image
        return {
            **image,
            MANAGER: self.managers.get(image["person_id"]),
            OWNER: self.owners.get(image["deal_id"]),
        }


class Reading:
    """Texts that are on their way, for any number of those who wait: nobody who leaves ends it for the others."""

    def __init__(self, showing: Showing, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._task = asyncio.ensure_future(showing.show(numbers))
        self._is_over = asyncio.Event()
        self._task.add_done_callback(lambda _: self._is_over.set())

    async def shown(self) -> Shown:
        """Return the texts once they are there."""
        await self._is_over.wait()
        return self._task.result()

    def left_out(self, shown: Shown) -> Sequence[int]:
        """Return the numbers that it did not come to."""
        return self._numbers[bisect_right(self._numbers, shown.last) :]


class Batch:
    """Changes that follow each other, and the position before them."""

    def __init__(self, database: Database, organization_id: int, position: int, changes: Sequence[Change]) -> None:
        self._database, self._organization_id = database, organization_id
        self.changes = changes
        self.first, self.last = position, changes[-1].id
        self.bytes = sum(change.bytes for change in changes)
        self.is_shared = False  # by all who follow the feed
        self._images: Sequence[tuple[Image, Image]] = []
        self._leaders: Leaders | None = None
        self._matched: dict[Hashable, Sequence[int]] = {}
        self._matching = asyncio.Lock()
        self._shown: dict[Hashable, dict[int, Reading]] = {}
        self._forgetting: asyncio.TimerHandle | None = None

    @classmethod
    async def read(
        cls, connection: Connection, database: Database, organization_id: int, position: int
    ) -> "Batch | None":
        """Read what comes after a position; None where nothing does."""
        rows = await events_after(connection, organization_id, position)
        return cls(database, organization_id, position, [Change(*row) for row in rows]) if rows else None

    async def wanted(self, watch: Watch) -> Sequence[int]:
        """Return the numbers of the changes that a watch wants."""
        known = self._matched.get(watch.key)
        if known is None:
            leaders = await self._find_leaders() if watch.needs_leaders else None
            async with self._matching:
                known = self._matched.get(watch.key)
                if known is None:
                    known = await self._match(watch, leaders)
                    self._keep_for_a_while()
                    self._matched[watch.key] = known
        return known

    async def _match(self, watch: Watch, leaders: Leaders | None) -> Sequence[int]:
        found: list[int] = []
        until = perf_counter() + TURN_SECONDS
        for change, (before, after) in zip(self.changes, await self._parsed(), strict=True):
            images = (before, after) if leaders is None else (leaders.put_into(before), leaders.put_into(after))
            if change.bytes * watch.tests > LONG_WORK:
                is_wanted = await asyncio.to_thread(watch.wants_at_a_price, *images, thread_time_ns)
            else:
                is_wanted = watch.wants_at_a_price(*images, perf_counter_ns)
            if is_wanted:
                found.append(change.id)
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + TURN_SECONDS
        return found

    async def shown(self, showing: Showing, numbers: Sequence[int], others: Iterable[Watch], *, position: int) -> Shown:
        """Return what is shown of changes after a position, of the first of them at least.

        It is read with what the others of the same showing want.
        """
        made = self._shown.setdefault(showing.key, {})
        while True:
            if numbers[0] not in made:
                self._keep_for_a_while()
                wanted = {*numbers} | await self._wanted_by(others, position)
                if missing := sorted(wanted - made.keys()):
                    made.update(dict.fromkeys(missing, Reading(showing, missing)))
            reading = made[numbers[0]]
            shown = await reading.shown()
            for number in reading.left_out(shown):
                if made.get(number) is reading:
                    del made[number]
            if numbers[0] <= shown.last:
                return shown

    async def _wanted_by(self, others: Iterable[Watch], position: int) -> set[int]:
        wanted: set[int] = set()
        for watch in others if self.is_shared else ():
            if not watch.needs_leaders or self._leaders is not None:
                wanted.update(number for number in await self.wanted(watch) if number > position)
        return wanted

    async def _parsed(self) -> Sequence[tuple[Image, Image]]:
        if self._images:
            return self._images
        found: list[tuple[Image, Image]] = []
        for part in cut([(change.before, change.after) for change in self.changes], TEXTS):
            found += await asyncio.to_thread(_both, part.rows) if part.is_long else _both(part.rows)
            if part.is_heavy:
                await asyncio.sleep(0)
        self._images = found
        return found

    async def _find_leaders(self) -> Leaders:
        if self._leaders is None:
            images = [image for pair in await self._parsed() for image in pair if image]
            people, deals = ({image[name] for image in images} for name in ("person_id", "deal_id"))
            async with self._database.look_up() as connection:
                managers = await managers_of(connection, self._organization_id, people)
                owners = await owners_of(connection, self._organization_id, deals)
            self._keep_for_a_while()
            self._leaders = Leaders(managers, owners)
        return self._leaders

    def _keep_for_a_while(self) -> None:
        if self._forgetting is None:
            self._forgetting = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget)

    def _forget(self) -> None:
        self._forgetting = None
        self._images, self._leaders = [], None
        self._matched, self._shown = {}, {}


def _both(texts: Sequence[Row]) -> list[tuple[Image, Image]]:
    return [both_images(before, after) for before, after in texts]
