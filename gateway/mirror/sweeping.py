"""Sweeps: what following did not tell of is found by comparing the store with the account, month by month.

The API has no checksum. A light look at a month is one request, for how many entries it has and when the last of them
was written. Where that differs, and wherever a sweep is to be thorough, the numbers and instants of all entries of the
month are read, and those that differ are read whole.
"""

import datetime as dt
import logging
from collections.abc import AsyncIterator, Sequence

from gateway.domain.instants import ONE_DAY, zone
from gateway.mirror.batches import ENTRIES, in_parts, nameless
from gateway.mirror.following import AT_ONCE, MOST_PASSES, Following, Shifts
from gateway.mirror.merging import Merged
from gateway.mirror.months import FIRST_DAY, LAST_DAY, last_day, month_before, month_of, name_of_month
from gateway.mirror.reading import OVERLAP, Reading, Tally, instant_of
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import number_of
from gateway.store.databases.database import Connection
from gateway.store.mirror.accounts import Account, add_swept
from gateway.store.mirror.known import newest_of_days, seen_of_days
from gateway.store.mirror.progress import Month, list_months, put_month

OPEN_MONTHS = 3  # the present one and those before it, in which people still write
BURIED_AT_ONCE = 20  # a request each, for who deleted it; then a round of following may be due
NAMELESS = "/id: a record's number was expected"

_log = logging.getLogger(__name__)
Days = tuple[dt.date, dt.date]


class Sweeping:
    """Sweeps of one account."""

    def __init__(self, reading: Reading, following: Following) -> None:
        self._reading, self._following = reading, following
        self.found = 0  # differences
        self.swept = 0  # months
        self.all = 0

    async def sweep(self, account: Account, *, is_thorough: bool) -> AsyncIterator[None]:
        """Sweep the open months, or thoroughly all of them; yield after each request.

        Raises:
            UpstreamError: a page was not answered.
        """
        reading = self._reading
        began = reading.clock.now()
        months = await self._with_entries(_months(account, reading.at))
        chosen = months if is_thorough else months[:OPEN_MONTHS]
        self.found, self.swept, self.all = 0, 0, len(chosen)
        if is_thorough:
            await reading.troubles.mended(nameless(ENTRIES))  # else it is met again
        for place, month in enumerate(chosen):
            first = FIRST_DAY if month == months[-1] else month
            days = (first, months[place - 1] - ONE_DAY if place else LAST_DAY)
            found = 0
            if is_thorough or not await self._seems_equal(days):
                async for count in self._compare(days):
                    found += count
                    yield
            await self._note(month, found)
            self.found += found
            self.swept += 1
            yield
        now = reading.clock.now()
        await reading.note(swept_at=began, **({"swept_all_at": began} if is_thorough else {}))
        level = logging.WARNING if self.found else logging.INFO
        _log.log(level, "swept %d months in %d s: %d differences", len(chosen), (now - began) // 1_000, self.found)

    async def _with_entries(self, months: Sequence[dt.date]) -> Sequence[dt.date]:
        """Leave out months that are empty here, all but the first and the last: the one before is swept with them."""
        found = []
        async with self._reading.database.read(snapshot=False) as connection:
            for month in months:
                count, _ = await newest_of_days(connection, self._reading.organization_id, month, last_day(month))
                if count or month in {months[0], months[-1]}:
                    found.append(month)
        return found

    async def _seems_equal(self, days: Days) -> bool:
        """Compare how many entries there are and when the last of them was written."""
        reading = self._reading
        page = await reading.upstream.page(*calls.newest_entry(*days))
        newest = instant_of(page.records[0], "updated_at") if page.records else None
        async with reading.database.read(snapshot=False) as connection:
            stored = await newest_of_days(connection, reading.organization_id, *days)
        return stored == (page.total, newest)

    async def _compare(self, days: Days) -> AsyncIterator[int]:
        """Compare all entries of some days, and read those that differ; yield how many were mended, bit by bit."""
        reading = self._reading
        theirs: dict[int, int | None] = {}
        for _ in range(MOST_PASSES):
            shifts = Shifts()
            async for fetched in reading.pages(calls.entries_seen(*days)):
                shifts.add(fetched.page)
                for record in fetched.records:
                    if (number := number_of(record)) is not None:
                        theirs[number] = instant_of(record, "updated_at")
                    else:
                        await reading.troubles.keep(Merged(refused={nameless(ENTRIES): NAMELESS}))
                yield 0
            if not shifts.may_lack:
                break
        async with reading.database.read(snapshot=False) as connection:
            ours = await seen_of_days(connection, reading.organization_id, *days)
        # What was written a moment ago is the next round's to bring, and no difference that it overlooked.
        recent = reading.at - OVERLAP
        differing = sorted(number for number in theirs.keys() | ours.keys() if theirs.get(number) != ours.get(number))
        for part in in_parts(differing, AT_ONCE):
            tally = Tally()
            gone = await reading.read_entries(part, tally)
            for few in in_parts(sorted(gone), BURIED_AT_ONCE):
                await self._following.bury_found(few)
                yield 0
            if tally.changed or gone:
                _log.warning("a sweep mended %d entries and buried %d", tally.changed, len(gone))
            yield min(tally.changed + len(gone), sum((theirs.get(n) or 0) < recent for n in part))

    async def _note(self, month: dt.date, found: int) -> None:
        reading = self._reading

        async def write(connection: Connection) -> None:
            await reading.guard(connection)
            known = {each.month: each for each in await list_months(connection, reading.organization_id)}
            row = known.get(month) or Month(organization_id=reading.organization_id, month=month)
            swept = Month(
                organization_id=reading.organization_id,
                month=month,
                entries=row.entries,
                loaded_at=row.loaded_at,
                swept_at=reading.clock.now(),
                differences=row.differences + found,
            )
            await put_month(connection, swept)
            if found:
                await add_swept(connection, reading.organization_id, found)

        await reading.database.write(write)
        await reading.troubles.mended(name_of_month(month))


def _months(account: Account, at: int) -> Sequence[dt.date]:
    """Return the months of an account, the present one first."""
    months = [month_of(zone("UTC").day_of(at))]
    earliest = month_of(account.begins_on) if account.begins_on else months[0]
    while months[-1] > earliest:
        months.append(month_before(months[-1]))
    return months
