"""How many cost points a token may spend in a minute: a bucket a token, filled steadily."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from gateway.caches import CACHES, watch_entries
from gateway.http.codes import Code
from gateway.http.refusals import HttpError

SECONDS_A_MINUTE = 60.0
MOST_BUCKETS = CACHES["rate budgets"].entries


@dataclass(slots=True)
class _Bucket:
    points: float
    at: float


class RateLimiter:
    """Points a minute for each token; a token that was quiet may spend a minute's points at once.

    A token without a bucket has a full one. So a bucket is dropped once it is full again, when another is made; and
    where there are MOST_BUCKETS, the one that was used longest ago is dropped, full or not.
    """

    def __init__(self, points_a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the limit; 0 sets none. The clock counts seconds."""
        self._limit = points_a_minute
        self._clock = clock
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()  # the one used longest ago first
        watch_entries("rate budgets", self, len)

    def __len__(self) -> int:
        """Return how many buckets are kept."""
        return len(self._buckets)

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
            wait = int((needed - bucket.points) * SECONDS_A_MINUTE / self._limit) + 1
            raise HttpError(
                Code.RATE_LIMITED,
                f"The token has spent its {self._limit:,} cost points of this minute; try again in {wait} s.",
                {
                    "retry-after": str(wait),
                    "x-ratelimit-limit": str(self._limit),
                    "x-ratelimit-remaining": str(max(0, int(bucket.points))),
                    "x-ratelimit-reset": str(wait),
                },
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
            self._make_room(now)
            bucket = self._buckets[token_id] = _Bucket(self._limit, now)
        else:
            bucket.points, bucket.at = self._points(bucket, now), now
            self._buckets.move_to_end(token_id)
        return bucket

    def _points(self, bucket: _Bucket, now: float) -> float:
        return min(self._limit, bucket.points + (now - bucket.at) * self._limit / SECONDS_A_MINUTE)

    def _make_room(self, now: float) -> None:
        """Drop what is full again of the buckets that were used longest ago, and one more where there is no room."""
        while self._buckets:
            token_id, bucket = next(iter(self._buckets.items()))
            if len(self._buckets) < MOST_BUCKETS and self._points(bucket, now) < self._limit:
                return
            del self._buckets[token_id]
