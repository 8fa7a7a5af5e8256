"""The mirror at work: rounds that follow the account every 10 s, and between them whatever takes longer, bit by bit."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from gateway.domain.instants import HOUR, MINUTE, SECOND, zone
from gateway.mirror.clock import Clock
from gateway.mirror.following import Following
from gateway.mirror.loading import Loading
from gateway.mirror.neighbours import due_types
from gateway.mirror.reading import Reading, Tally
from gateway.mirror.sweeping import Sweeping
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.errors import UpstreamError
from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.mirror.accounts import Account, find_account
from gateway.store.mirror.known import time_zone_of
from gateway.store.mirror.progress import list_read_types, note_lag
from gateway.store.mirror.troubles import count_waiting, list_troubles

ROUND = 10 * SECOND  # from the end of one to the beginning of the next
BETWEEN_WORKS = 5 * SECOND  # from the end of one to a look for the next
BETWEEN_LOADS = MINUTE  # where months are left that could not be read
HINT_LOOK = 1.0  # seconds between two looks for what was hinted at
NIGHT = range(1, 5)  # hours of the account's own clock
NIGHTLY, LATE_NIGHTLY = 20 * HOUR, 36 * HOUR
WEEKLY, LATE_WEEKLY = 6 * 24 * HOUR + 12 * HOUR, 8 * 24 * HOUR
WITHOUT_VERSIONS = 10 * MINUTE  # between sweeps where nothing else finds deletions
LONGEST_WAIT = 300.0  # seconds between two tries

Progress = Callable[[int, int | None, str], None]  # what is done, all there is, and of what
_log = logging.getLogger(__name__)


def _untold(_done: int, _all: int | None, _title: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out."""

    troubles: tuple[str, ...]  # a sentence each
    waiting: int
    is_complete: bool

    @property
    def is_nothing(self) -> bool:
        """Tell whether the store has all of the account."""
        return self.is_complete and not self.troubles and not self.waiting


def _wait(failures: int) -> float:
    """Return for how many seconds nothing is tried after so many failures before this one."""
    return float(min(ROUND / SECOND * 2 ** min(failures, 10), LONGEST_WAIT))


async def _give_up(work: AsyncGenerator[None] | None) -> None:
    """End what was begun, with the requests that are on their way for it."""
    if work is not None:
        await work.aclose()


class Mirror:
    """Mirrors one account, under a lease that somebody holds."""

    def __init__(
        self,
        database: Database,
        upstream: Upstream,
        clock: Clock,
        *,
        holder: str,
        skip_broken: bool = False,
        progress: Progress = _untold,
    ) -> None:
        self._database, self._clock, self._progress = database, clock, progress
        self._organization_id = upstream.account.organization_id
        self._reading = Reading(database, upstream, clock, organization_id=self._organization_id, holder=holder)
        self._following = Following(self._reading)
        self._loading = Loading(self._reading, skip_broken=skip_broken)
        self._sweeping = Sweeping(self._reading, self._following)
        self._next_round = self._next_work = self._next_load = 0
        self._failures = self._work_failures = 0

    async def once(self, *, sweep: bool = False) -> LeftOut:
        """Finish the first load, read what changed and the neighbours anew, sweep if asked to; say what is left out.

        Raises:
            AnotherAccount: the store mirrors another one.
            UpstreamError: the account does not answer.
        """
        try:
            await self._loading.begin()
            await self._all(self._neighbours(all_of_them=True))
            await self._all(self._months(all_of_them=True))
            if sweep:
                await self._all(self._sweep(await self._account(), is_thorough=True))
            await self._round()
            await self._following.read_due(Tally(), all_of_them=True)
        except UpstreamError as error:
            await self._note_problem(error)
            raise
        return await self.left()

    def _is_due(self, instant: int) -> bool:
        """Tell whether an instant has come, or never would in time, for the clock was put back."""
        return not 0 < instant - self._clock.now() <= LONGEST_WAIT * SECOND

    async def left(self) -> LeftOut:
        """Say what is left out."""
        async with self._database.read(snapshot=True) as connection:
            account = await find_account(connection, self._organization_id)
            troubles = await list_troubles(connection, self._organization_id)
            waiting = await count_waiting(connection, self._organization_id)
        return LeftOut(
            tuple(f"{trouble.what}: {trouble.sentence}" for trouble in troubles.values()),
            waiting,
            account is not None and account.is_complete,
        )

    async def _all(self, work: AsyncGenerator[None]) -> None:
        """Do it all, with rounds between."""
        async with aclosing(work):
            async for _ in work:
                if self._is_due(self._next_round):
                    await self._round()

    async def for_ever(self) -> None:
        """Mirror until it is cancelled.

        Raises:
            AnotherAccount: the store mirrors another one.
            LeaseLost: another process does by now.
        """
        work: AsyncGenerator[None] | None = None
        is_begun = False
        while True:
            try:
                if not is_begun:
                    await self._loading.begin()
                    is_begun = True
                if self._is_due(self._next_round):
                    await self._round()
                await self.read_hints()
                work = work or await self._work()
                if work is None:
                    wait = (self._next_round - self._clock.now()) / SECOND
                    await self._clock.sleep(min(HINT_LOOK, max(0.0, wait)))
                elif await self._is_over(work):
                    work = None
            except UpstreamError as error:
                await _give_up(work)
                work = None
                await self._wait_after(error)
            except StoreFailure as failure:
                await _give_up(work)
                work = None
                _log.warning("the store cannot be written: %s", failure)
                await self._clock.sleep(ROUND / SECOND)

    async def _is_over(self, work: AsyncGenerator[None]) -> bool:
        """Do the next bit of what is done between rounds; tell whether that was all. What fails is begun anew later."""
        try:
            await anext(work)
        except StopAsyncIteration:
            self._next_work = self._clock.now() + BETWEEN_WORKS
            self._work_failures = 0
            return True
        except UpstreamError as error:
            _log.warning("%s", error.sentence)
            self._next_work = self._clock.now() + round(_wait(self._work_failures) * SECOND)
            self._work_failures += 1
            return True
        return False

    async def read_hints(self) -> None:
        """Read what was hinted at, and what waits and is due."""
        await self._following.read_due(Tally())

    async def _wait_after(self, error: UpstreamError) -> None:
        _log.warning("%s", error.sentence)
        await self._note_problem(error)
        self._failures += 1
        await self._clock.sleep(_wait(self._failures - 1))

    async def _note_problem(self, error: UpstreamError) -> None:
        await self._reading.note(problem=error.sentence, problem_at=self._clock.now())

    async def _round(self) -> None:
        before = await self._account()
        tally = await self._following.round()
        self._failures = 0
        self._next_round = self._clock.now() + ROUND
        lag = before.lag(self._clock.now())
        if lag is not None:
            now = self._clock.now()
            await self._database.write(lambda connection: note_lag(connection, self._organization_id, lag, now=now))
        if tally.changed:
            _log.info("%d entries changed", tally.changed)

    async def _account(self) -> Account:
        async with self._database.read(snapshot=False) as connection:
            account = await find_account(connection, self._organization_id)
        if account is None:
            raise LookupError("the account was not begun")
        return account

    async def _work(self) -> AsyncGenerator[None] | None:
        """Return what is to be done between rounds; nothing where the last of it is a moment ago."""
        now = self._clock.now()
        if not self._is_due(self._next_work):
            return None
        async with self._database.read(snapshot=False) as connection:
            account = await find_account(connection, self._organization_id)
            types = due_types(await list_read_types(connection, self._organization_id), now)
            time_zone = await time_zone_of(connection, self._organization_id)
        if account is None or account.neighbours_at is None:
            return self._neighbours()
        if not account.is_complete and self._is_due(self._next_load):
            return self._months()
        if (is_thorough := self._sweep_due(account, now, time_zone)) is not None:
            return self._sweep(account, is_thorough=is_thorough)
        later = await self._reading.troubles.not_due()
        return self._neighbours() if set(types) - later else None

    def _sweep_due(self, account: Account, now: int, time_zone: str) -> bool | None:
        """Return whether a sweep that is due is a thorough one; None where none is."""
        is_night = zone(time_zone).hour_of(now) in NIGHT
        since_all = now - (account.swept_all_at or account.started_at)
        if since_all >= LATE_WEEKLY or (is_night and since_all >= WEEKLY):
            return True
        since = now - max(account.swept_at or account.started_at, account.swept_all_at or 0)
        without = not self._following.has_versions and since >= WITHOUT_VERSIONS
        return False if without or since >= LATE_NIGHTLY or (is_night and since >= NIGHTLY) else None

    async def _neighbours(self, *, all_of_them: bool = False) -> AsyncGenerator[None]:
        async with aclosing(self._loading.read_neighbours(all_of_them=all_of_them)) as reading:
            async for type_, count in reading:
                self._progress(count, None, f"Reading {type_.replace('_', ' ')}")
                yield

    async def _months(self, *, all_of_them: bool = False) -> AsyncGenerator[None]:
        async with aclosing(self._loading.load(all_of_them=all_of_them)) as loading:
            async for _ in loading:
                self._progress(self._loading.loaded, self._loading.all or None, "Loading entries")
                yield
        self._next_load = self._clock.now() + BETWEEN_LOADS

    async def _sweep(self, account: Account, *, is_thorough: bool) -> AsyncGenerator[None]:
        async for _ in self._sweeping.sweep(account, is_thorough=is_thorough):
            self._progress(self._sweeping.swept, self._sweeping.all, "Sweeping months")
            yield
