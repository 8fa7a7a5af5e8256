"""How many cost points a token may spend in a minute: a bucket a token, filled steadily."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.http.codes import Code
from gateway.http.refusals import HttpError

MINUTE = 60.0  # seconds
# Buckets are dropped when full, the oldest first when there are more than this many.
MOST_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    points: float
    at: float


class RateLimiter:
    """Points a minute for each token; a token that was quiet may spend a minute's points at once."""

    def __init__(self, points_a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the limit; 0 sets none."""
        self._limit = points_a_minute
        self._clock = clock
        self._buckets: dict[int, _Bucket] = {}

    def remaining(self, token_id: int) -> int | None:
        """Return the points that are left; None where there is no limit."""
        return int(self._bucket(token_id).points) if self._limit else None

    def spend(self, token_id: int, points: int) -> None:
        """Take points; an operation that costs more than a minute's points waits for a full bucket.

        Raises:
            HttpError: 429, with the seconds to wait.
        """
        if not self._limit:
            return
        bucket = self._bucket(token_id)
        needed = min(points, self._limit)
        if bucket.points < needed:
            wait = int((needed - bucket.points) * MINUTE / self._limit) + 1
            raise HttpError(
                Code.RATE_LIMITED,
                f"The token has spent its {self._limit:,} cost points of this minute; try again in {wait} s.",
                {"retry-after": str(wait)},
            )
        bucket.points -= points

    def charge(self, token_id: int, points: int) -> None:
        """Take points for what is done already, also those that are not there."""
        if self._limit:
            self._bucket(token_id).points -= points

    def _bucket(self, token_id: int) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(token_id)
        if bucket is None:
            if len(self._buckets) >= MOST_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[token_id] = _Bucket(self._limit, now)
        else:
            bucket.points = min(self._limit, bucket.points + (now - bucket.at) * self._limit / MINUTE)
            bucket.at = now
        return bucket
