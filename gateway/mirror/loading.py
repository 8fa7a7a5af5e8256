"""The first load: what entries point to, then entries by months from today backwards. It goes on after any stop."""

import datetime as dt
import logging
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing

from gateway.domain.instants import ONE_DAY, parse_date, zone
from gateway.mirror.ahead import Ahead, Arrival, portions
from gateway.mirror.batches import nameless
from gateway.mirror.months import FIRST_DAY, OF_MONTHS, Months, month_before, month_of, name_of_month
from gateway.mirror.neighbours import due_types, first_types
from gateway.mirror.reading import AHEAD, Fetched, Reading, Tally
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Page
from gateway.mirror.upstream.errors import Malformed, ServerFailure, Unreachable
from gateway.store.databases.database import Connection
from gateway.store.mirror.accounts import Account, add_account, find_account
from gateway.store.mirror.progress import Month, ReadType, list_months, list_read_types, put_month, put_read_type

# What a page can fail by while others are answered.
OF_A_PAGE = (Malformed, ServerFailure, Unreachable)

_log = logging.getLogger(__name__)


class AnotherAccount(Exception):
    """The store mirrors an account at another address."""


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

    async def read_neighbours(self, *, all_of_them: bool = False) -> AsyncGenerator[tuple[str, int]]:
        """Read the types that are due, and yield (type, records so far) after each transaction.

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
                async with aclosing(portions(reading.neighbours.pages(type_), AHEAD)) as each:
                    async for pages in each:
                        await reading.take_neighbours(pages)
                        count += sum(len(page.records) for page in pages)
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

    async def load(self, *, all_of_them: bool = False) -> AsyncGenerator[None]:
        """Load the months that are missing, the latest first, and yield after each transaction.

        Some months are read at once, each page is merged as it comes. One that could not be read is left for later,
        unless all of them are to be tried.

        Raises:
            UpstreamError: the account does not answer any more.
        """
        reading = self._reading
        async with reading.database.read(snapshot=False) as connection:
            account = await find_account(connection, reading.organization_id)
            known = {each.month: each.entries for each in await list_months(connection, reading.organization_id)}
        if account is None or account.is_complete:
            return
        self.all = account.entries or 0
        later = set() if all_of_them else await reading.troubles.not_due()
        months = Months(*_span(account, known), known, later)
        self.loaded = months.entries
        ahead: Ahead[dt.date, Fetched] = Ahead(AHEAD)
        noted: dt.date | None = None
        try:
            while True:
                await self._begin(months, ahead)
                if (reached := months.reached()) != noted:
                    await reading.note(reaches_back_to=reached)
                    noted = reached
                if not len(ahead):
                    break
                arrivals = await ahead.portion()
                await self._take(months, arrivals)
                for over in arrivals:
                    if over.page is None:
                        await self._end(months, over.key, over.error, ahead)
                self.loaded = months.entries
                yield
        finally:
            await ahead.close()
        if noted == months.earliest:
            await reading.troubles.mended_all(OF_MONTHS)  # those jumped over have nothing
            await reading.note(is_complete=True)

    async def _begin(self, months: Months, ahead: Ahead[dt.date, Fetched]) -> None:
        """Begin as many months as are read at once."""
        while months.may_begin:
            month, last = months.latest, months.last
            if last is not None:
                month = max(months.earliest, await self._before(last) if months.is_empty(last) else month_before(last))
            if months.begin(month):
                self._read(months, month, ahead)

    def _read(self, months: Months, month: dt.date, ahead: Ahead[dt.date, Fetched]) -> None:
        ahead.open(month, self._reading.fetched(calls.entries_of_days(*months.days_of(month))))

    async def _take(self, months: Months, arrivals: Iterable[Arrival[dt.date, Fetched]]) -> None:
        pages = []
        for arrival in arrivals:
            if arrival.page is not None:
                months.being_read[arrival.key].add(arrival.page.page)
                pages.append(arrival.page)
        await self._reading.take(pages, Tally())

    async def _end(
        self, months: Months, month: dt.date, error: Exception | None, ahead: Ahead[dt.date, Fetched]
    ) -> None:
        """A month was read to its end, or failed; where its pages shifted it is read again."""
        reading, name = self._reading, name_of_month(month)
        if isinstance(error, OF_A_PAGE):
            await reading.troubles.broken(name, error, is_skipped=self._skip_broken)
        elif error is not None:
            raise error
        elif not months.being_read[month].may_lack:
            await reading.troubles.mended(name)
        elif months.begin_again(month):
            _log.info("%s shift while they are read; they are read again", name)
            self._read(months, month, ahead)
            return
        is_loaded = error is None or self._skip_broken
        entries = months.end(month, is_loaded=is_loaded)
        if is_loaded:
            loaded = Month(
                organization_id=reading.organization_id, month=month, entries=entries, loaded_at=reading.clock.now()
            )
            await reading.database.write(lambda connection: put_month(connection, loaded))

    async def _before(self, month: dt.date) -> dt.date:
        """Return the last month before this one that has entries, or the first of all."""
        page = await self._reading.upstream.page(*calls.latest_entry(month - ONE_DAY))
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


def _span(account: Account, loaded: Collection[dt.date]) -> tuple[dt.date, dt.date]:
    """Return the latest and the earliest month; the latest is the one in which the load was begun, by its own clock."""
    latest = max(loaded, default=month_of(zone("UTC").day_of(account.updated_to or 0)))
    return latest, month_of(min(account.begins_on or latest, latest))
