"""Reading entries of the upstream into the store: each page with the fence before its request.

What was overtaken by a write meanwhile, or waited too long, is read once more by its number; what cannot be taken, or
waits for others, is kept in mind.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from gateway.domain.instants import parse_instant
from gateway.mirror.ahead import ONE_AHEAD, Bounds, portions
from gateway.mirror.batches import ENTRIES, key_of
from gateway.mirror.clock import Clock
from gateway.mirror.merging import NOTHING_KNOWN, Merged, Merger
from gateway.mirror.neighbours import Neighbours
from gateway.mirror.troubles import NOTHING, Known, Troubles
from gateway.mirror.upstream.calls import Listing
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page, Resource, attributes_of, number_of
from gateway.store.databases.database import Connection, Database
from gateway.store.imports.merging import Done
from gateway.store.mirror.accounts import note
from gateway.store.mirror.fences import fence, written_since
from gateway.store.mirror.known import stored_among
from gateway.store.mirror.lease import require_lease
from gateway.store.schema.entries import ENTRIES as ENTRIES_TABLE

MOST_READ_AGAIN = 5  # times that entries are overtaken before they are left to the next round
OVERLAP = 30_000  # milliseconds that are read once more: writes become visible after the instants they bear
# Milliseconds from a page's request until it is merged: what is deleted meanwhile is within the next round's overlap.
MOST_AGE = OVERLAP // 2
# A page of 200 entries has 160,000 bytes, and ten times as much in memory. Of what is merged together each transaction
# costs something of its own, and other writes wait for it.
AHEAD = Bounds(waiting=6_000_000, records=1_000, size=2_000_000)

DoneTo = Callable[[Iterable[Resource]], Mapping[int, Done]]


def nothing_known(_: Iterable[Resource]) -> Mapping[int, Done]:
    """Tell nothing of what was done to entries."""
    return NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page of entries with the fence before it was asked for."""

    fence: int
    page: Page

    @property
    def size(self) -> int:
        """How many bytes the page had."""
        return self.page.size

    @property
    def records(self) -> list[Resource]:
        """What the list has of it."""
        return self.page.records


@dataclass(slots=True)
class Tally:
    """What some reading came to."""

    changed: int = 0  # entries
    read: int = 0  # entries

    def add(self, merged: Merged) -> None:
        """Count what was merged."""
        self.changed += merged.changed_entries
        self.read += sum(key[0] == ENTRIES for key in merged.taken)


class Reading:
    """What all readers of one account share."""

    def __init__(
        self, database: Database, upstream: Upstream, clock: Clock, *, organization_id: int, holder: str
    ) -> None:
        self.database, self.upstream, self.clock = database, upstream, clock
        self.organization_id, self.holder = organization_id, holder
        self.neighbours = Neighbours(upstream)
        self.merger = Merger(database, organization_id, self.neighbours.fetch, self.guard)
        self.troubles = Troubles(database, organization_id, clock)
        self.at = 0  # what dates the log: how far the upstream's versions were read, by its own clock

    async def guard(self, connection: Connection) -> None:
        """End a write where another process mirrors the account by now."""
        await require_lease(connection, self.organization_id, self.holder)

    async def fence(self) -> int:
        """Return what stands for all that is written by now."""
        async with self.database.read(snapshot=False) as connection:
            return await fence(connection, self.organization_id)

    async def pages(self, listing: Listing) -> AsyncIterator[Fetched]:
        """Yield pages, each read while the one before is taken.

        Raises:
            UpstreamError: a page was not answered.
        """
        async with aclosing(portions(self.fetched(listing), ONE_AHEAD)) as each:
            async for [page] in each:
                yield page

    async def fetched(self, listing: Listing) -> AsyncIterator[Fetched]:
        """Yield pages, none before it is asked for."""
        pages = self.upstream.pages(*listing)
        while True:
            fence = await self.fence()
            page = await anext(pages, None)
            if page is None:
                return
            yield Fetched(fence, page)

    async def note(self, **columns: object) -> None:
        """Keep how far the account was read, if this process still mirrors it."""

        async def write(connection: Connection) -> None:
            await self.guard(connection)
            await note(connection, self.organization_id, **columns)

        await self.database.write(write)

    async def take(self, portion: Sequence[Fetched], tally: Tally, done_to: DoneTo = nothing_known) -> None:
        """Merge pages of entries; what was overtaken, or waited too long, is read again by its number.

        `done_to` tells what is known to have been done to some of them.
        """
        late = self.clock.now() - MOST_AGE
        fresh = [fetched for fetched in portion if fetched.page.sent_at >= late]
        overtaken = {n for f in portion if f.page.sent_at < late for r in f.records if (n := number_of(r)) is not None}
        if any(fetched.records for fetched in fresh):
            merged = await self._merge(
                min(fetched.fence for fetched in fresh),
                [record for fetched in fresh for record in fetched.records],
                [record for fetched in fresh for record in fetched.page.included],
                tally,
                done_to=done_to,
            )
            overtaken |= merged.overtaken
        for _ in range(MOST_READ_AGAIN):
            if not overtaken:
                return
            since = await self.fence()
            found = await self.neighbours.fetch(ENTRIES, overtaken)
            overtaken = set((await self._merge(since, found, [], tally, done_to=done_to)).overtaken)
        await self.troubles.read_soon([(ENTRIES, number) for number in overtaken])

    async def _merge(
        self,
        since: int,
        records: list[Resource],
        included: list[Resource],
        tally: Tally,
        *,
        known: Known = NOTHING,
        done_to: DoneTo = nothing_known,
    ) -> Merged:
        merged = await self.merger.merge(records, included, at=self.at, since=since, done=done_to(records))
        tally.add(merged)
        await self.troubles.keep(merged, known)
        return merged

    async def read_entries(self, ids: Collection[int], tally: Tally, known: Known = NOTHING) -> set[int]:
        """Read entries by their numbers; return those that are stored and that the upstream lacks."""
        since = await self.fence()
        found = await self.neighbours.fetch(ENTRIES, ids)
        merged = await self._merge(since, found, [], tally, known=known)
        await self.troubles.read_soon([(ENTRIES, number) for number in merged.overtaken])
        gone = set(ids) - {key[1] for resource in found if (key := key_of(resource)) is not None}
        async with self.database.read(snapshot=False) as connection:
            # What was written here meanwhile may be there by now.
            written = await written_since(connection, self.organization_id, since, gone)
            stored = await stored_among(connection, self.organization_id, ENTRIES_TABLE, gone - written)
        await self.troubles.read_soon([(ENTRIES, number) for number in written])
        return stored

    async def read_records(self, type_: str, ids: Collection[int], known: Known = NOTHING) -> None:
        """Read records of another type by their numbers."""
        merged = await self.merger.merge(await self.neighbours.fetch(type_, ids), at=self.at)
        await self.troubles.keep(merged, known)

    async def take_neighbours(self, pages: Sequence[Page]) -> None:
        """Merge pages of another type."""
        records = [record for page in pages for record in page.records]
        included = [record for page in pages for record in page.included]
        await self.troubles.keep(await self.merger.merge(records, included, at=self.at))


def instant_of(resource: Mapping[str, Any], name: str) -> int | None:
    """Return an instant among a resource's attributes; None where there is none."""
    value = attributes_of(resource).get(name)
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None
