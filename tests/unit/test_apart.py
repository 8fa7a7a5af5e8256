import itertools
import os

import pytest

from gateway.seeding.apart import MakerDied, apart


def test_everything_that_another_process_makes_arrives_in_order():
    assert list(apart(range, 100_000)) == list(range(100_000))


def test_a_process_that_ends_too_early_is_noticed():
    with pytest.raises(MakerDied):
        list(apart(os._exit, 3))


def test_whoever_has_enough_ends_the_other_process():
    endless = apart(itertools.count)

    first = list(itertools.islice(endless, 3))
    endless.close()  # type: ignore[attr-defined]  # it is a generator

    assert first == [0, 1, 2]
