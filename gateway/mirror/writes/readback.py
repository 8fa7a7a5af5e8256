"""Reading anew what was written: entries by number, merged into the store before anybody is answered."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from gateway.domain.changes import Kind
from gateway.mirror.batches import Key, in_parts
from gateway.mirror.clock import Clock
from gateway.mirror.merging import NOTHING_KNOWN, Merged, Merger
from gateway.mirror.tombstones import actors_of, leave_tombstones
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.budget import Purpose
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page, Resource, number_of
from gateway.mirror.upstream.errors import Forbidden, NotThere, UpstreamError
from gateway.mirror.versions import Deletion, last_deletion
from gateway.store.databases.database import Database
from gateway.store.imports.merging import Done
from gateway.store.mirror.accounts import find_account
from gateway.store.mirror.fences import fence
from gateway.store.mirror.known import stored_among
from gateway.store.mirror.troubles import hint
from gateway.store.schema.tables import PEOPLE

PAUSES_S = (0.0, 0.5, 2.0)  # before each try
APART_MS = 30_000  # by which the account's clock may be other than it was
Resources = dict[int, Resource]  # by number


class Unread(Exception):
    """What was written could not be read; the text says why. The mirror reads it as soon as it can."""


class Readback:
    """Reads entries of the account at the expense of people's writes, and keeps the store equal to what was read."""

    def __init__(self, database: Database, upstream: Upstream, clock: Clock) -> None:
        self._database, self._upstream, self._clock = database, upstream, clock
        self._organization_id = upstream.account.organization_id
        self._merger = Merger(database, self._organization_id, self._fetch)

    async def fence(self) -> int:
        """Return what stands for all that is written by now."""
        async with self._database.look_up() as connection:
            return await fence(connection, self._organization_id)

    async def entries(self, ids: Sequence[int], done: Done | None = None) -> Resources:
        """Read entries and merge them; those that the account lacks are removed. The log says what was done.

        Raises:
            Unread: they could not be read, or not be merged.
        """
        found: Resources = {}
        for part in in_parts(ids, calls.IDS_AT_ONCE):
            found |= await self._portion(part, done)
        return found

    async def of_days(self, person_id: int, first: dt.date, last: dt.date) -> Resources:
        """Read a person's entries of some days, without merging them.

        Raises:
            UpstreamError: they cannot be read.
        """
        found: Resources = {}
        listing = calls.entries_of_person(person_id, first, last)
        async for page in self._upstream.pages(*listing, purpose=Purpose.PEOPLE):
            found |= _by_number(page.records)
        return found

    async def made_since(self, instant: int) -> Resources:
        """Return what versions say of the entries that were made since an instant of ours, as they were made.

        Raises:
            UpstreamError: they cannot be read.
        """
        async with self._database.look_up() as connection:
            account = await find_account(connection, self._organization_id)
        since = instant + (account.clock_offset if account else 0) - APART_MS
        found: Resources = {}
        async for page in self._upstream.pages(*calls.versions_since(since), purpose=Purpose.PEOPLE):
            found |= _by_number(entry for version in page.records if (entry := calls.entry_made(version)) is not None)
        return found

    async def timesheet(self, person_id: int, day: dt.date) -> int | None:
        """Read a person's timesheet of a day, merge it, and return its number; None where there is none.

        Raises:
            Unread: it could not be read, or not be merged.
        """
        try:
            page = await self._all(calls.timesheet_of(person_id, day))
            merged = await self._merge(page, await self.fence())
        except UpstreamError as error:
            raise Unread(error.sentence) from None
        number = next(iter(_by_number(page.records)), None)
        if number is not None and (reason := _why_not(merged, {(calls.TIMESHEETS, number)})):
            raise Unread(reason)
        return number

    async def is_there(self, path: str) -> bool:
        """Tell whether the account has a record.

        Raises:
            UpstreamError: that cannot be told.
        """
        try:
            await self._upstream.page(path, purpose=Purpose.PEOPLE)
        except NotThere:
            return False
        return True

    async def _portion(self, ids: Sequence[int], done: Done | None) -> Resources:
        reason = ""
        for pause in PAUSES_S:
            await self._clock.sleep(pause)
            since = await self.fence()
            try:
                page = await self._all(calls.records_by_id(calls.ENTRIES, ids))
                merged = await self._merge(page, since, {} if done is None else dict.fromkeys(ids, done))
                found = _by_number(page.records)
                gone = await self._deletions([number for number in ids if number not in found], done)
            except UpstreamError as error:
                reason = error.sentence
                continue
            reason = _why_not(merged, {(calls.ENTRIES, number) for number in found})
            if not reason:
                await self._bury(gone)
                return found
        await self._database.write(
            lambda connection: hint(connection, self._organization_id, calls.ENTRIES, ids, now=self._clock.now())
        )
        raise Unread(reason)

    async def _deletions(self, ids: Sequence[int], done: Done | None) -> dict[int, Deletion]:
        """Return who deleted each entry, and when: the write that is read back, or whom the versions name."""
        if not ids:
            return {}
        async with self._database.look_up() as connection:
            account = await find_account(connection, self._organization_id)
        now = self._clock.now()
        at = now if account is None else account.there(now)
        if done is not None and done.kind is Kind.DELETED and done.actor_id is not None:
            return dict.fromkeys(ids, Deletion(done.actor_id, at))
        found = {}
        for number in ids:
            versions = self._upstream.pages(*calls.versions_of(number), purpose=Purpose.PEOPLE)
            found[number] = await last_deletion(versions, number) or Deletion(None, at)
        return found

    async def _bury(self, deletions: Mapping[int, Deletion]) -> None:
        if not deletions:
            return
        await self._bring(actors_of(deletions))
        await self._database.write(lambda connection: leave_tombstones(connection, self._organization_id, deletions))

    async def _bring(self, people: set[int]) -> None:
        """Fetch people who are not here yet."""
        async with self._database.look_up() as connection:
            missing = people - await stored_among(connection, self._organization_id, PEOPLE, people)
        if missing:
            since = await self.fence()
            found = await self._fetch(PEOPLE.name, missing)
            await self._merger.merge(found, at=self._clock.now(), since=since, is_answer=True)

    async def _all(self, listing: calls.Listing) -> Page:
        """Read all of a list as one page."""
        pages = [page async for page in self._upstream.pages(*listing, purpose=Purpose.PEOPLE)]
        records = [record for page in pages for record in page.records]
        return replace(pages[0], records=records, included=[record for page in pages for record in page.included])

    async def _merge(self, page: Page, since: int, done: Mapping[int, Done] = NOTHING_KNOWN) -> Merged:
        at = self._clock.now() if page.date is None else page.date
        return await self._merger.merge(page.records, page.included, at=at, since=since, is_answer=True, done=done)

    async def _fetch(self, type_: str, ids: Collection[int]) -> list[Resource]:
        """Return the records of a type that are there of these numbers."""
        found: list[Resource] = []
        for numbers in in_parts(sorted(ids), calls.IDS_AT_ONCE):
            try:
                page = await self._all(calls.records_by_id(type_, numbers))
            except (NotThere, Forbidden):
                return found
            found += page.records
        return found


def _why_not(merged: Merged, wanted: set[Key]) -> str:
    """Say why not all that is wanted was merged; nothing where it was."""
    if merged.refused:
        return f"the store cannot take it: {next(iter(merged.refused.values()))}"
    lacking = next((lacks for key, lacks in merged.waiting.items() if key in wanted), None)
    if lacking is not None:
        return f"it points to {lacking[0]} {lacking[1]}, which the account does not show"
    return "others write it at the same time" if merged.overtaken else ""


def _by_number(resources: Iterable[Resource]) -> Resources:
    return {number: resource for resource in resources if (number := number_of(resource)) is not None}
