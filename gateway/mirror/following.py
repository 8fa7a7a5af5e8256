"""Following the account: what was written since the last look, and what was deleted, by whom and when."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace

from gateway.domain.instants import HOUR
from gateway.mirror.batches import ENTRIES, by_type, in_parts, key_of
from gateway.mirror.reading import OVERLAP, Reading, Tally, instant_of
from gateway.mirror.tombstones import actors_of, leave_tombstones
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Page, Resource, number_of
from gateway.mirror.upstream.errors import Forbidden, Malformed, NotThere
from gateway.mirror.versions import Deletion, actor_of, deletion_in, item_of, kind_of, last_deletion
from gateway.store.databases.database import Connection
from gateway.store.imports.merging import Done
from gateway.store.mirror.accounts import Account, find_account
from gateway.store.mirror.fences import written_since
from gateway.store.mirror.known import stored_among
from gateway.store.schema.entries import ENTRIES as ENTRIES_TABLE
from gateway.store.schema.tables import PEOPLE

SAME_WRITE = 1_000  # milliseconds that a version and its entry may be apart
MOST_PASSES = 3  # over a list whose pages shift
PEOPLE_TYPE = "people"
AT_ONCE = 200  # records that are read by their numbers and written in one transaction
MOST_FOLLOWED = 200_000  # entries of which versions speak in one round: months, in which nothing was mirrored
LONG_AGO = 1

_log = logging.getLogger(__name__)


class Following:
    """One round after the other."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.has_versions = True  # until they are found not to be there; they are asked for again every hour
        self._asked_in_vain_at = 0
        self._acts: dict[int, tuple[int, Done]] = {}  # by entry: what this round's versions say was done last, and when

    async def round(self) -> Tally:
        """Bring the store to what the account has now.

        Raises:
            UpstreamError: something was not read; the next round begins where the last whole one ended.
        """
        reading, tally = self._reading, Tally()
        began = reading.clock.now()
        account = await self._account()
        versions_to, date = await self._deletions(account, tally)
        updated_to, entries_date = await self._updates(account, tally)
        date = date if date is not None else entries_date
        if date is None:
            raise Malformed(f"{reading.upstream.account.url} answers without a Date.")
        await reading.note(
            synced_to=date,
            synced_at=began,
            updated_to=updated_to,
            versions_to=versions_to,
            problem=None,
            problem_at=None,
        )
        reading.at = max(reading.at, date)
        return tally

    async def _account(self) -> Account:
        async with self._reading.database.read(snapshot=False) as connection:
            account = await find_account(connection, self._reading.organization_id)
        if account is None or account.updated_to is None:
            raise LookupError("the account was not begun")
        return account

    async def _updates(self, account: Account, tally: Tally) -> tuple[int, int | None]:
        """Take entries that were written since; return the latest instant of them, and the upstream's own clock."""
        reading = self._reading
        last = account.updated_to or 0
        since, latest = last - OVERLAP, last
        date: int | None = None
        for _ in range(MOST_PASSES):
            shifts = Shifts()
            async for fetched in reading.pages(calls.entries_changed(since)):
                page = fetched.page
                date = page.date if date is None else date
                instants = [instant_of(record, "updated_at") for record in page.records]
                fresh = [r for r, at in zip(page.records, instants, strict=True) if at is None or at >= since]
                shifts.add(page)
                await reading.take([replace(fetched, page=replace(page, records=fresh))], tally, self._done_to)
                latest = max([latest, *(at for at in instants if at is not None)])
                if len(fresh) < len(page.records):
                    break
            if not shifts.may_lack:
                return _not_beyond(latest, date), date
        _log.info("the account's list of changes shifts while it is read; it is read again from %s on", last)
        return last, date

    async def _deletions(self, account: Account, tally: Tally) -> tuple[int | None, int | None]:
        """Bury entries that were deleted since; return the latest instant of versions, and the upstream's own clock."""
        if not self.has_versions and 0 <= self._reading.clock.now() - self._asked_in_vain_at < HOUR:
            return account.versions_to, None
        last = account.versions_to or account.updated_to or 0
        since, latest = last - OVERLAP, last
        found: dict[int, Deletion | None] = {}  # by entry; what was done last to it comes first
        self._acts.clear()
        date: int | None = None
        try:
            async for fetched in self._reading.pages(calls.versions_since(since)):
                page = fetched.page
                date = page.date if date is None else date
                instants = [instant_of(record, calls.VERSION_INSTANT) for record in page.records]
                for version, at in zip(page.records, instants, strict=True):
                    if at is not None and (item := item_of(version)) is not None and at >= since:
                        found.setdefault(item, deletion_in(version, at))
                        self._acts.setdefault(item, (at, Done(kind_of(version), actor_of(version))))
                        latest = max(latest, at)
                if any(at is not None and at < since for at in instants):
                    break
                if len(found) > MOST_FOLLOWED:
                    _log.warning("more was done since the last round than is followed; a sweep compares all entries")
                    await self._reading.note(swept_all_at=LONG_AGO)
                    break
        except (NotThere, Forbidden):
            if self.has_versions:
                _log.warning("the account has no versions: only sweeps find what was deleted")
            self.has_versions, self._asked_in_vain_at = False, self._reading.clock.now()
            return account.versions_to, None
        self.has_versions = True
        deletions = {item: deletion for item, deletion in found.items() if deletion is not None}
        async with self._reading.database.read(snapshot=False) as connection:
            stored = await stored_among(connection, self._reading.organization_id, ENTRIES_TABLE, deletions)
        for items in in_parts(sorted(stored, key=lambda item: deletions[item].at), AT_ONCE):
            gone = await self._reading.read_entries(items, tally)
            await self.bury({item: deletions[item] for item in gone})
        return _not_beyond(latest, date), date

    def _done_to(self, entries: Iterable[Resource]) -> dict[int, Done]:
        """Return what the versions say of the very writes that the entries show."""
        done = {}
        for entry in entries:
            key, written = key_of(entry), instant_of(entry, "updated_at")
            if key is not None and written is not None and key[1] in self._acts:
                at, act = self._acts[key[1]]
                if abs(at - written) <= SAME_WRITE:
                    done[key[1]] = act
        return done

    async def bury_found(self, ids: Collection[int]) -> None:
        """Bury entries that the upstream lacks; its versions may say who deleted them, and when."""
        deletions = {}
        for number in ids:
            deletions[number] = await self._deletion_of(number) or Deletion(None, self._reading.at)
        await self.bury(deletions)

    async def _deletion_of(self, number: int) -> Deletion | None:
        if not self.has_versions:
            return None
        return await last_deletion(self._reading.upstream.pages(*calls.versions_of(number)), number)

    async def bury(self, deletions: dict[int, Deletion]) -> None:
        """Leave tombstones, in the order in which the entries were deleted."""
        if not deletions:
            return
        reading = self._reading
        actors = actors_of(deletions)
        async with reading.database.read(snapshot=False) as connection:
            known = await stored_among(connection, reading.organization_id, PEOPLE, actors)
            fence = await reading.fence()
        if actors - known:
            await reading.read_records(PEOPLE_TYPE, actors - known)

        async def write(connection: Connection) -> None:
            await reading.guard(connection)
            late = await written_since(connection, reading.organization_id, fence, list(deletions))
            early = {number: deletion for number, deletion in deletions.items() if number not in late}
            await leave_tombstones(connection, reading.organization_id, early)

        await reading.database.write(write)
        await reading.troubles.forget([(ENTRIES, number) for number in deletions])

    async def read_due(self, tally: Tally, *, all_of_them: bool = False) -> None:
        """Read records by their numbers that wait for others or were hinted at, now or at any time."""
        due = await self._reading.troubles.due(all_of_them=all_of_them)
        parts = ((type_, part) for type_, ids in by_type(due).items() for part in in_parts(sorted(ids), AT_ONCE))
        for type_, ids in parts:
            known = {(type_, number): due[type_, number] for number in ids}
            await self._reading.troubles.forget([key for key, row in known.items() if not row.tries])
            if type_ == ENTRIES:
                await self.bury_found(await self._reading.read_entries(ids, tally, known))
            else:
                await self._reading.read_records(type_, ids, known)


def _not_beyond(latest: int, date: int | None) -> int:
    """Return the latest instant that was read, but none of the future: what comes from now on has earlier ones."""
    return latest if date is None else min(latest, date)


class Shifts:
    """Whether the pages of a list may have lacked records, for some left while they were read."""

    def __init__(self) -> None:
        self._totals: set[int | None] = set()
        self.ids: set[int | None] = set()
        self.pages = 0

    def add(self, page: Page) -> None:
        """Look at a page."""
        self.pages += 1
        self._totals.add(page.total)
        self.ids |= {number_of(record) for record in page.records}

    @property
    def may_lack(self) -> bool:
        """Tell whether pages by number had another total on the way; those by cursor have none and do not shift."""
        return self.pages > 1 and len(self._totals) > 1
