"""The points of a token: spent at once, filled steadily, and forgotten once they are full again."""

import pytest

from gateway.http.codes import Code
from gateway.http.rate_limits import MOST_BUCKETS, RateLimiter
from gateway.http.refusals import HttpError

TOKEN, OTHER = 1, 2


class Clock:
    """A clock that is set by hand, in seconds."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limiter(clock):
    return RateLimiter(120, clock)


def test_a_bucket_fills_by_its_share_of_a_minute(clock, limiter):
    limiter.spend(TOKEN, 120)

    clock.now += 15
    after_a_quarter = limiter.remaining(TOKEN)
    limiter.spend(TOKEN, 30)
    clock.now += 30
    after_a_half = limiter.remaining(TOKEN)

    assert (after_a_quarter, after_a_half) == (30, 60)


def test_a_bucket_fills_no_further_than_a_minutes_points(clock, limiter):
    limiter.spend(TOKEN, 1)

    clock.now += 3_600

    assert limiter.remaining(TOKEN) == 120


def test_who_waits_as_long_as_asked_may_spend_again(clock, limiter):
    limiter.spend(TOKEN, 120)
    with pytest.raises(HttpError) as refused:
        limiter.spend(TOKEN, 50)

    clock.now += int(refused.value.headers["retry-after"])
    limiter.spend(TOKEN, 50)

    assert refused.value.code is Code.RATE_LIMITED
    assert refused.value.headers == {
        "retry-after": "26",
        "x-ratelimit-limit": "120",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "26",
    }
    assert limiter.remaining(TOKEN) == 2


def test_what_was_charged_beyond_the_points_has_to_be_filled_up_first(clock, limiter):
    limiter.charge(TOKEN, 180)

    clock.now += 30
    at_zero = limiter.remaining(TOKEN)
    clock.now += 10

    assert (at_zero, limiter.remaining(TOKEN)) == (0, 20)


def test_tokens_do_not_share_points(limiter):
    limiter.spend(TOKEN, 120)

    assert limiter.remaining(OTHER) == 120


def test_a_bucket_that_is_full_again_is_dropped_when_another_is_made(clock, limiter):
    limiter.spend(TOKEN, 120)
    clock.now += 59
    limiter.spend(OTHER, 60)
    before = len(limiter)

    clock.now += 1
    limiter.spend(3, 1)

    assert (before, len(limiter)) == (2, 2)
    assert limiter.remaining(OTHER) == 62


def test_there_are_never_more_buckets_than_allowed_and_the_one_used_longest_ago_leaves(limiter):
    for token in range(MOST_BUCKETS):
        limiter.spend(token, 100)
    limiter.spend(0, 10)

    limiter.spend(MOST_BUCKETS, 100)

    assert len(limiter) == MOST_BUCKETS
    assert (limiter.remaining(0), limiter.remaining(2)) == (10, 20)
    assert limiter.remaining(1) == 120
