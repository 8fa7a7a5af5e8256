"""Reading entries of the upstream into the store: each page with the fence before its request.

What was overtaken by a write meanwhile is read once more; what cannot be taken, or waits for others, is kept in mind.
"""

import logging
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass

from gateway.domain.instants import LATEST, parse_instant
from gateway.mirror.batches import ENTRIES, Key, by_type, key_named, key_of, name_of
from gateway.mirror.clock import Clock
from gateway.mirror.merging import NOTHING_KNOWN, Merged, Merger
from gateway.mirror.neighbours import Neighbours
from gateway.mirror.upstream.calls import Listing
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page, Resource
from gateway.store.databases.database import Connection, Database
from gateway.store.imports.merging import Done
from gateway.store.mirror.accounts import note
from gateway.store.mirror.fences import fence, written_since
from gateway.store.mirror.known import stored_among
from gateway.store.mirror.lease import require_lease
from gateway.store.mirror.troubles import (
    Trouble,
    Waiting,
    count_waiting,
    forget_troubles,
    forget_waiting,
    list_troubles,
    list_waiting,
    put_troubles,
    put_waiting,
)
from gateway.store.schema.tables import ENTRIES as ENTRIES_TABLE

MINUTE = 60_000  # milliseconds
LONGEST_WAIT = 60 * MINUTE  # between two tries
MOST_TRIES = 1_000  # that are counted
MOST_READ_AGAIN = 5  # times that entries are overtaken before they are left to the next round
MOST_WAITING = 10_000  # records
MOST_AT_ONCE = 500  # of them that are read again
Known = Mapping[Key, Waiting]
NOTHING: Known = {}

_log = logging.getLogger(__name__)


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
        while True:
            since = await self.fence()
            page = await anext(pages, None)
            if page is None:
                return
            yield since, page

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
        await self._keep(merged, NOTHING)
        for _ in range(MOST_READ_AGAIN):
            if not merged.overtaken:
                return
            since = await self.fence()
            merged = await self._merge(since, await self.neighbours.fetch(ENTRIES, merged.overtaken), [], tally)
        await self._wait([(ENTRIES, number) for number in merged.overtaken])

    async def _merge(
        self, since: int, records: list[Resource], included: list[Resource], tally: Tally, known: Known = NOTHING
    ) -> Merged:
        merged = await self.merger.merge(records, included, at=self.at, since=since)
        tally.add(merged)
        await self._keep(merged, known)
        return merged

    async def read_entries(self, ids: Collection[int], tally: Tally, known: Known = NOTHING) -> set[int]:
        """Read entries by their numbers; return those that are stored and that the upstream lacks."""
        since = await self.fence()
        found = await self.neighbours.fetch(ENTRIES, ids)
        merged = await self._merge(since, found, [], tally, known)
        await self._wait([(ENTRIES, number) for number in merged.overtaken])
        gone = set(ids) - {key[1] for resource in found if (key := key_of(resource)) is not None}
        async with self.database.read(snapshot=False) as connection:
            # What was written here meanwhile may be there by now.
            written = await written_since(connection, self.organization_id, since, gone)
            stored = await stored_among(connection, ENTRIES_TABLE, gone - written)
        await self._wait([(ENTRIES, number) for number in written])
        return stored

    async def read_records(self, type_: str, ids: Collection[int], known: Known = NOTHING) -> None:
        """Read records of another type by their numbers."""
        merged = await self.merger.merge(await self.neighbours.fetch(type_, ids), at=self.at)
        await self._keep(merged, known)

    async def take_neighbours(self, page: Page) -> None:
        """Merge a page of another type."""
        await self._keep(await self.merger.merge(page.records, page.included, at=self.at), NOTHING)

    async def _wait(self, keys: Collection[Key]) -> None:
        """Have records read again soon."""
        now = self.clock.now()
        soon = [Waiting(type=key[0], id=key[1], lacks="", tries=0, next_try_at=now, since=now) for key in sorted(keys)]
        if soon:
            await self.database.write(lambda connection: put_waiting(connection, self.organization_id, soon))

    async def due(self, *, all_of_them: bool) -> dict[Key, Waiting]:
        """Return records that are to be read by their numbers, now or at any time."""
        until, most = (LATEST, MOST_WAITING) if all_of_them else (self.clock.now(), MOST_AT_ONCE)
        async with self.database.read(snapshot=False) as connection:
            rows = await list_waiting(connection, self.organization_id, due=until, most=most)
        return {(row.type, row.id): row for row in rows}

    async def forget(self, keys: Collection[Key]) -> None:
        """Records that are nowhere wait no more, and are no trouble."""

        async def write(connection: Connection) -> None:
            await forget_troubles(connection, self.organization_id, [name_of(key) for key in keys])
            for type_, ids in by_type(keys).items():
                await forget_waiting(connection, self.organization_id, type_, ids)

        await self.database.write(write)

    async def forget_hints(self, keys: Collection[Key]) -> None:
        """What is about to be read needs no hint any more."""

        async def write(connection: Connection) -> None:
            for type_, ids in by_type(keys).items():
                await forget_waiting(connection, self.organization_id, type_, ids)

        if keys:
            await self.database.write(write)

    async def _keep(self, merged: Merged, known: Known) -> None:
        """Keep what is broken and what waits, and forget what is whole by now."""
        for name, sentence in merged.refused.items():
            _log.warning("%s of the account cannot be taken: %s", name, sentence)
        now = self.clock.now()

        async def write(connection: Connection) -> None:
            troubles = await list_troubles(connection, self.organization_id)
            whole = [name for key in merged.taken if (name := name_of(key)) in troubles]
            await forget_troubles(connection, self.organization_id, whole)
            for type_, ids in by_type(merged.taken).items():
                await forget_waiting(connection, self.organization_id, type_, ids)
            broken = [trouble_of(troubles.get(name), name, text, now) for name, text in merged.refused.items()]
            await put_troubles(connection, self.organization_id, broken)
            waiting = [_waiting(known.get(key), key, lacks, now) for key, lacks in _left(merged).items()]
            room = MOST_WAITING - await count_waiting(connection, self.organization_id)
            await put_waiting(connection, self.organization_id, waiting[: max(room, len(known))])
            if len(waiting) > max(room, len(known)):
                text = f"More than {MOST_WAITING:,} records wait for others; a sweep will find the rest."
                await put_troubles(connection, self.organization_id, [trouble_of(None, "records that wait", text, now)])

        await self.database.write(write)


def _left(merged: Merged) -> dict[Key, str]:
    """Return what is to be read again, with what it lacks; what was refused may be whole another time."""
    left = {key: "" for name in merged.refused if (key := key_named(name)) is not None}
    return left | {key: name_of(lacks) for key, lacks in merged.waiting.items()}


def trouble_of(known: Trouble | None, name: str, sentence: str, now: int, *, is_skipped: bool = False) -> Trouble:
    """Return a trouble as it is after one more try."""
    tries = 1 if known is None else min(known.tries + 1, MOST_TRIES)
    return Trouble(
        what=name,
        sentence=sentence,
        tries=tries,
        next_try_at=now + wait_after(tries),
        first_at=now if known is None else known.first_at,
        is_skipped=is_skipped,
    )


def _waiting(known: Waiting | None, key: Key, lacks: str, now: int) -> Waiting:
    tries = 1 if known is None else min(known.tries + 1, MOST_TRIES)
    since = now if known is None else known.since
    return Waiting(type=key[0], id=key[1], lacks=lacks, tries=tries, next_try_at=now + wait_after(tries), since=since)


def wait_after(tries: int) -> int:
    """Return for how many milliseconds nothing is tried again after so many tries."""
    return int(min(MINUTE * 2 ** min(tries - 1, 10), LONGEST_WAIT))


def instant_of(resource: Resource, name: str) -> int | None:
    """Return an instant among a resource's attributes; None where there is none."""
    attributes = resource.get("attributes")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None
