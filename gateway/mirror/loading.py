"""The first load: what entries point to, then entries by months from today backwards. It goes on after any stop."""

import datetime as dt
import logging
from collections.abc import AsyncIterator, Collection

from gateway.domain.instants import parse_date, zone
from gateway.mirror.batches import nameless
from gateway.mirror.following import MOST_PASSES, Shifts
from gateway.mirror.neighbours import due_types, first_types
from gateway.mirror.reading import Reading, Tally
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Page
from gateway.mirror.upstream.errors import Malformed, ServerFailure, Unreachable
from gateway.store.databases.database import Connection
from gateway.store.mirror.accounts import Account, add_account, find_account
from gateway.store.mirror.progress import Month, ReadType, list_months, list_read_types, put_month, put_read_type

FIRST_DAY, LAST_DAY = dt.date(1, 1, 1), dt.date(9999, 12, 31)
DAY = dt.timedelta(days=1)
# What a page can fail by while others are answered.
OF_A_PAGE = (Malformed, ServerFailure, Unreachable)

_log = logging.getLogger(__name__)


class AnotherAccount(Exception):
    """The store mirrors an account at another address."""


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a month."""
    return day.replace(day=1)


def month_before(month: dt.date) -> dt.date:
    """Return the first day of the month before."""
    return month_of(month - DAY)


def last_day(month: dt.date) -> dt.date:
    """Return the last day of a month."""
    return month_of(month.replace(day=28) + 4 * DAY) - DAY


def name_of_month(month: dt.date) -> str:
    """Name the entries of a month, for people."""
    return f"time_entries of {month:%Y-%m}"


class Loading:
    """The first load of an account, a page at a time."""

    def __init__(self, reading: Reading, *, skip_broken: bool) -> None:
        self._reading, self._skip_broken = reading, skip_broken
        self.loaded = 0  # entries
        self.all = 0

    async def begin(self) -> Account:
        """Return what is known of the account; the first time, look how far back it goes.

        Raises:
            AnotherAccount: the store mirrors another one.
            UpstreamError: it does not answer.
        """
        reading = self._reading
        async with reading.database.read(snapshot=False) as connection:
            account = await find_account(connection, reading.organization_id)
        if account is None:
            account = await self._found()
            found = account

            async def write(connection: Connection) -> None:
                await reading.guard(connection)
                await add_account(connection, found)

            await reading.database.write(write)
        elif account.url != reading.upstream.account.url:
            raise AnotherAccount(
                f"The store mirrors {account.url}, and GATEWAY_MIRROR_URL names another account: mirror it into "
                "another store."
            )
        reading.at = account.synced_to or account.updated_to or 0
        return account

    async def _found(self) -> Account:
        reading = self._reading
        now = reading.clock.now()
        page = await reading.upstream.page(*calls.oldest_entry())
        if page.date is None:
            raise Malformed(f"{reading.upstream.account.url} answers without a Date.")
        return Account(
            organization_id=reading.organization_id,
            url=reading.upstream.account.url,
            started_at=now,
            # All that is written from here on is followed, and all before is loaded.
            updated_to=page.date,
            versions_to=page.date,
            begins_on=self._day_of(page),
            entries=page.total,
        )

    async def read_neighbours(self, *, all_of_them: bool = False) -> AsyncIterator[tuple[str, int]]:
        """Read the types that are due, and yield (type, records so far) after each page.

        One that is not answered is kept in mind.

        Raises:
            UpstreamError: the account does not answer any more.
        """
        reading = self._reading
        async with reading.database.read(snapshot=False) as connection:
            read = await list_read_types(connection, reading.organization_id)
        later = set() if all_of_them else await reading.troubles.not_due()
        for type_ in first_types() if all_of_them else due_types(read, reading.clock.now()):
            if type_ in later:
                continue
            began, count = reading.clock.now(), 0
            await reading.troubles.mended(nameless(type_))  # else it is met again
            try:
                async for page in reading.neighbours.pages(type_):
                    await reading.take_neighbours(page)
                    count += len(page.records)
                    yield type_, count
            except OF_A_PAGE as error:
                await reading.troubles.broken(type_, error)
                continue
            await reading.troubles.mended(type_)
            await self._note_type(ReadType(type_, count, began))
        await reading.note(neighbours_at=reading.clock.now())

    async def _note_type(self, read: ReadType) -> None:
        organization_id = self._reading.organization_id
        await self._reading.database.write(lambda connection: put_read_type(connection, organization_id, read))

    async def load(self, *, all_of_them: bool = False) -> AsyncIterator[None]:
        """Load the months that are missing, the latest first, and yield after each page.

        A month that could not be read is left for later, unless all of them are to be tried.

        Raises:
            UpstreamError: the account does not answer any more.
        """
        reading = self._reading
        async with reading.database.read(snapshot=False) as connection:
            account = await find_account(connection, reading.organization_id)
            months = {month.month: month for month in await list_months(connection, reading.organization_id)}
        if account is None or account.is_complete:
            return
        self.all = account.entries or 0
        self.loaded = sum(month.entries for month in months.values())
        month, earliest = _span(account, months)
        latest, reaches = month, True
        later = set() if all_of_them else await reading.troubles.not_due()
        while True:
            loaded = months.get(month)
            if loaded is None and name_of_month(month) not in later:
                async for whole in self._month(month, first=month == latest, last=month == earliest):
                    loaded = whole
                    yield
            reaches = reaches and loaded is not None
            if reaches:
                await reading.note(reaches_back_to=month)
            if month <= earliest:
                break
            is_empty = loaded is not None and not loaded.entries
            month = max(earliest, await self._before(month) if is_empty else month_before(month))
        if reaches:
            await reading.note(is_complete=True)

    async def _before(self, month: dt.date) -> dt.date:
        """Return the last month before this one that has entries, or the first of all."""
        page = await self._reading.upstream.page(*calls.latest_entry(month - DAY))
        day = self._day_of(page)
        return FIRST_DAY if day is None else month_of(day)

    def _day_of(self, page: Page) -> dt.date | None:
        """Return the day of the first entry of a page."""
        if not page.records:
            return None
        try:
            return parse_date(page.records[0]["attributes"]["date"])
        except (KeyError, TypeError, ValueError):
            raise Malformed(f"{self._reading.upstream.account.url} answers an entry without a day.") from None

    async def _month(self, month: dt.date, *, first: bool, last: bool) -> AsyncIterator[Month | None]:
        """Load a month, with all after the first and before the last; yield None after each page, the month in the end.

        None is the last, too, where it cannot be read.
        """
        reading, name = self._reading, name_of_month(month)
        days = (FIRST_DAY if last else month, LAST_DAY if first else last_day(month))
        before = self.loaded
        for _ in range(MOST_PASSES):
            shifts, tally = Shifts(), Tally()
            self.loaded = before
            try:
                async for fence, page in reading.pages(calls.entries_of_days(*days)):
                    shifts.add(page)
                    await reading.take(fence, page, tally)
                    self.loaded = before + len(shifts.ids)
                    yield None
            except OF_A_PAGE as error:
                await reading.troubles.broken(name, error, is_skipped=self._skip_broken)
                if not self._skip_broken:
                    yield None
                    return
                break
            if not shifts.may_lack:
                await reading.troubles.mended(name)
                break
            _log.info("%s shift while they are read; they are read again", name)
        loaded = Month(
            organization_id=reading.organization_id,
            month=month,
            entries=len(shifts.ids),
            loaded_at=reading.clock.now(),
        )
        await reading.database.write(lambda connection: put_month(connection, loaded))
        yield loaded


def _span(account: Account, loaded: Collection[dt.date]) -> tuple[dt.date, dt.date]:
    """Return the latest and the earliest month; the latest is the one in which the load was begun, by its own clock."""
    latest = max(loaded, default=month_of(zone("UTC").day_of(account.updated_to or 0)))
    return latest, month_of(min(account.begins_on or latest, latest))
