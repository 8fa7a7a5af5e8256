"""How a mirror stands: what the terminal and the page show of it, and as lines for the terminal."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.instants import SECOND
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.budget import Counted, Use, budget_of
from gateway.store.databases.database import Connection
from gateway.store.mirror.accounts import CLOCKS_AGREE, Account
from gateway.store.mirror.progress import Month, ReadType, count_months, list_lags, list_read_types, newest_months
from gateway.store.mirror.standing import find_standing
from gateway.store.mirror.troubles import Trouble, list_troubles, list_waiting

MOST_MONTHS = 600  # fifty years; nobody looks at more, and an account may claim any
MOST_LISTED = 20  # troubles, and records that wait
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Status:
    """What is told of a mirror."""

    account: Account | None
    holder: str | None  # which process reads the account, or did last
    months: tuple[Month, ...]  # the latest, these first
    month_count: int
    loaded: int  # entries, of all months
    types: tuple[ReadType, ...]
    troubles: tuple[Trouble, ...]  # the oldest first
    waiting: int
    lacking: tuple[str, ...]  # "time_entries 4 waits for services 77"
    used: tuple[Use, ...]
    pause: int  # milliseconds for which nothing is sent
    lags: tuple[tuple[int, int], ...]  # minute since 1970, longest lag in milliseconds
    now: int
    most_lag: int  # seconds

    @property
    def lag(self) -> int | None:
        """Seconds since the store had all that the account had; None before it first did."""
        lag = None if self.account is None else self.account.lag(self.now)
        return None if lag is None else lag // SECOND

    @property
    def is_well(self) -> bool:
        """Tell whether the store is not too far behind."""
        return self.lag is not None and self.lag <= self.most_lag

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield (what, how it is)."""
        account = self.account
        if account is None:
            yield "account", "Nothing was mirrored yet: run `gateway mirror`."
            return
        yield "account", f"{account.url}, organization {account.organization_id}"
        if self.holder is not None:
            yield "read by", self.holder
        lag = "the first round is not over yet" if self.lag is None else f"{self.lag:,} s"
        yield "lag", f"{lag}; more than {self.most_lag:,} s is too much"
        yield "reaches back", self._reach(account)
        yield "neighbours", self._ago(account.neighbours_at)
        yield "sweeps", f"open months {self._ago(account.swept_at)}, all {self._ago(account.swept_all_at)}"
        yield "swept", f"{account.swept_total:,} differences found and mended"
        for use in self.used:
            window = use.window
            used = f"{use.mirror:,} by the mirror, {use.people:,} by people"
            yield "budget", f"{used}, of {window.requests:,} requests in {window.seconds:,} s"
        if self.pause:
            yield "budget", f"nothing is sent for {-(-self.pause // SECOND):,} s, as the account told"
        if abs(account.clock_offset) > CLOCKS_AGREE:
            way = "ahead of" if account.clock_offset > 0 else "behind"
            yield "clock", f"the account's is {abs(account.clock_offset) // SECOND:,} s {way} ours; its own counts"
        if account.problem is not None:
            yield "problem", f"{account.problem} ({self._ago(account.problem_at)})"
        for trouble in self.troubles[:MOST_LISTED]:
            skipped = ", skipped" if trouble.is_skipped else ""
            yield "broken", f"{trouble.what}: {trouble.sentence} (tried {trouble.tries} times{skipped})"
        if self.waiting:
            yield "waiting", f"{self.waiting:,} records wait for others"
        yield from (("waiting", line) for line in self.lacking)

    def table(self) -> list[tuple[str, ...]]:
        """Return a line for each month, below its heading."""
        lines = [("MONTH", "ENTRIES", "LOADED", "SWEPT", "MENDED"), *map(self._line, self.months)]
        more = self.month_count - len(self.months)
        return [*lines, (f"and {more:,} before", "", "", "", "")] if more else lines

    def _line(self, month: Month) -> tuple[str, ...]:
        return (
            f"{month.month:%Y-%m}",
            f"{month.entries:,}",
            self._ago(month.loaded_at),
            self._ago(month.swept_at),
            f"{month.differences:,}",
        )

    def _reach(self, account: Account) -> str:
        if account.reaches_back_to is None:
            return "no month is loaded yet"
        day = account.reaches_back_to.isoformat()
        if account.is_complete:
            return f"{day}, which is all"
        return f"{day}; {self.loaded:,} of {account.entries or 0:,} entries are loaded"

    def _ago(self, instant: int | None) -> str:
        if instant is None:
            return NEVER
        span = dt.timedelta(seconds=max(0, self.now - instant) // SECOND)
        return f"{span} ago"


async def read_status(connection: Connection, options: MirrorOptions, now: int) -> Status:
    """Look how the mirror of the settings stands, at an instant."""
    number = options.mirror_organization_id
    standing = await find_standing(connection, number)
    windows, paused_until = (None, None) if standing is None else (standing.windows, standing.paused_until)
    lacking = [row for row in await list_waiting(connection, number, due=2**62, most=MOST_LISTED) if row.lacks]
    month_count, loaded = await count_months(connection, number)
    return Status(
        account=None if standing is None else standing.account,
        holder=None if standing is None else standing.holder,
        months=tuple(await newest_months(connection, number, MOST_MONTHS)),
        month_count=month_count,
        loaded=loaded,
        types=tuple((await list_read_types(connection, number)).values()),
        troubles=tuple((await list_troubles(connection, number)).values()),
        waiting=0 if standing is None else standing.waiting,
        lacking=tuple(f"{row.type} {row.id} waits for {row.lacks}" for row in lacking),
        used=tuple(Counted.read(budget_of(options.budget_windows), windows or "", now).use()),
        pause=max(0, (paused_until or 0) - now),
        lags=tuple(await list_lags(connection, number)),
        now=now,
        most_lag=options.mirror_max_lag_s,
    )
