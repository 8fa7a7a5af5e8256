"""Reading entries of the upstream into the store: each page with the fence before its request.

What was overtaken by a write meanwhile is read once more; what cannot be taken, or waits for others, is kept in mind.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.instants import parse_instant
from gateway.mirror.batches import ENTRIES, key_of
from gateway.mirror.clock import Clock
from gateway.mirror.merging import NOTHING_KNOWN, Merged, Merger
from gateway.mirror.neighbours import Neighbours
from gateway.mirror.troubles import NOTHING, Known, Troubles
from gateway.mirror.upstream.calls import Listing
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page, Resource, attributes_of
from gateway.store.databases.database import Connection, Database
from gateway.store.imports.merging import Done
from gateway.store.mirror.accounts import note
from gateway.store.mirror.fences import fence, written_since
from gateway.store.mirror.known import stored_among
from gateway.store.mirror.lease import require_lease
from gateway.store.schema.tables import ENTRIES as ENTRIES_TABLE

MOST_READ_AGAIN = 5  # times that entries are overtaken before they are left to the next round


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

    async def pages(self, listing: Listing) -> AsyncIterator[tuple[int, Page]]:
        """Yield pages with the fence before each was asked for.

        Raises:
            UpstreamError: a page was not answered.
        """
        pages = self.upstream.pages(*listing)
        coming = asyncio.create_task(self._next_page(pages))
        try:
            while (found := await coming) is not None:
                coming = asyncio.create_task(self._next_page(pages))  # it comes while this one is taken
                yield found
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _next_page(self, pages: AsyncIterator[Page]) -> tuple[int, Page] | None:
        since = await self.fence()
        page = await anext(pages, None)
        return None if page is None else (since, page)

    async def note(self, **columns: object) -> None:
        """Keep how far the account was read, if this process still mirrors it."""

        async def write(connection: Connection) -> None:
            await self.guard(connection)
            await note(connection, self.organization_id, **columns)

        await self.database.write(write)

    async def take(self, since: int, page: Page, tally: Tally) -> None:
        """Merge a page of entries."""
        await self.take_records(since, page.records, page.included, tally)

    async def take_records(
        self,
        since: int,
        records: list[Resource],
        included: list[Resource],
        tally: Tally,
        done: Mapping[int, Done] = NOTHING_KNOWN,
    ) -> None:
        """Merge entries; what was overtaken is read again by its number."""
        merged = await self.merger.merge(records, included, at=self.at, since=since, done=done)
        tally.add(merged)
        await self.troubles.keep(merged)
        for _ in range(MOST_READ_AGAIN):
            if not merged.overtaken:
                return
            since = await self.fence()
            merged = await self._merge(since, await self.neighbours.fetch(ENTRIES, merged.overtaken), [], tally)
        await self.troubles.read_soon([(ENTRIES, number) for number in merged.overtaken])

    async def _merge(
        self, since: int, records: list[Resource], included: list[Resource], tally: Tally, known: Known = NOTHING
    ) -> Merged:
        merged = await self.merger.merge(records, included, at=self.at, since=since)
        tally.add(merged)
        await self.troubles.keep(merged, known)
        return merged

    async def read_entries(self, ids: Collection[int], tally: Tally, known: Known = NOTHING) -> set[int]:
        """Read entries by their numbers; return those that are stored and that the upstream lacks."""
        since = await self.fence()
        found = await self.neighbours.fetch(ENTRIES, ids)
        merged = await self._merge(since, found, [], tally, known)
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

    async def take_neighbours(self, page: Page) -> None:
        """Merge a page of another type."""
        await self.troubles.keep(await self.merger.merge(page.records, page.included, at=self.at))


def instant_of(resource: Mapping[str, Any], name: str) -> int | None:
    """Return an instant among a resource's attributes; None where there is none."""
    value = attributes_of(resource).get(name)
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None
