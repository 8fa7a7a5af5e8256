"""How fresh a mirrored organization is: read once a second, beside the requests, for answers, metrics and /readyz."""

import asyncio
import logging
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.clock import Clock, system_clock
from gateway.domain.instants import SECOND
from gateway.http.freshness import Freshness
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.budget import Counted, budget_of
from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.mirror.accounts import Account
from gateway.store.mirror.standing import Standing, find_standing

BETWEEN_LOOKS = 1.0  # seconds

_log = logging.getLogger(__name__)


def freshness_of(account: Account) -> Freshness:
    """Return what answers say of it."""
    return Freshness(account.synced_to, account.synced_at, account.reaches_back_to, account.is_complete)


def why_behind(account: Account | None, most_seconds: int, now: int) -> str | None:
    """Say why what is here may be too old; None while it is not."""
    if account is None:
        return "No account was mirrored yet: start `gateway mirror`."
    lag = account.lag(now)
    if lag is None or account.reaches_back_to is None:
        return "The mirror has not loaded its first month yet; `gateway mirror status` shows how far it is."
    if lag > most_seconds * SECOND:
        return (
            f"The mirror is {lag // SECOND:,} s behind the account, more than the {most_seconds:,} s of "
            "GATEWAY_MIRROR_MAX_LAG_S; `gateway mirror status` says why."
        )
    return None


class Watch(Collector):
    """What is known of the mirrored organization; without a setting of one nothing is read and nothing told."""

    def __init__(self, database: Database, options: MirrorOptions, *, clock: Clock = system_clock) -> None:
        self._database, self._options, self._clock = database, options, clock
        self._standing: Standing | None = None
        self.freshness: dict[int, Freshness] = {}  # by the number of the organization, if it mirrors an account
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look for the first time, and go on."""
        if self._options.is_mirror:
            await self.look()
            self._looking = asyncio.create_task(self._look_for_ever())

    async def look(self) -> None:
        """Read how the mirror stands; what is known stays where the store does not answer, and grows old."""
        try:
            async with self._database.look_up() as connection:
                standing = await find_standing(connection, self._options.mirror_organization_id)
        except StoreFailure as failure:
            _log.debug("how the mirror stands could not be read: %s", failure)
            return
        self._standing = standing
        if standing is None:
            self.freshness.clear()
        else:
            self.freshness[self._options.mirror_organization_id] = freshness_of(standing.account)

    def why_not_ready(self) -> str | None:
        """Say why the mirror is not what is to be answered from; None where it is, or there is none."""
        if not self._options.is_mirror:
            return None
        account = None if self._standing is None else self._standing.account
        return why_behind(account, self._options.mirror_max_lag_s, self._clock())

    def collect(self) -> Iterator[Metric]:
        """Tell Prometheus what is known."""
        standing = self._standing
        if standing is None:
            return
        account = standing.account
        lag = account.lag(self._clock())
        if lag is not None:
            yield GaugeMetricFamily(
                "gateway_mirror_lag_seconds", "For how long nothing was heard of the mirrored account.", lag / SECOND
            )
        yield CounterMetricFamily(
            "gateway_mirror_swept",
            "Differences to the account that sweeps found and mended.",
            account.swept_total,
        )
        yield from self._budget(standing)
        yield GaugeMetricFamily(
            "gateway_mirror_troubles", "Pages and records of the account that cannot be read now.", standing.troubles
        )
        yield GaugeMetricFamily("gateway_mirror_waiting", "Records that wait for what they point to.", standing.waiting)

    def _budget(self, standing: Standing) -> Iterator[Metric]:
        used = GaugeMetricFamily(
            "gateway_mirror_requests", "Requests to the account in the latest window.", labels=("seconds", "by")
        )
        bound = GaugeMetricFamily(
            "gateway_mirror_requests_bound", "Most requests that the account allows in one.", labels=("seconds",)
        )
        budget = budget_of(self._options.budget_windows)
        for use in Counted.read(budget, standing.windows or "", self._clock()).use():
            seconds = str(use.window.seconds)
            used.add_metric((seconds, "mirror"), use.mirror)
            used.add_metric((seconds, "people"), use.people)
            bound.add_metric((seconds,), use.window.requests)
        yield used
        yield bound

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BETWEEN_LOOKS)
            await self.look()
