"""Rounds of the garbage collector: no long one comes by itself, and what leaves the caches is found all the same."""

import gc

import pytest

from gateway.caches import CACHES, Size
from gateway.serving import garbage
from gateway.serving.garbage import MOST, MOST_GONE, PAUSE_SECONDS, QUIET_SECONDS, WORTH, Collector

A_LOT = 100_000


class Rounds:
    """Whole rounds that were made, and what one would be made for."""

    def __init__(self, monkeypatch):
        self.young = self.gone = self.made = 0
        self.spent = self.each_second = 0.0
        monkeypatch.setattr(garbage, "process_time", self._spend)
        monkeypatch.setattr(garbage, "sizes", self._sizes)
        monkeypatch.setattr(garbage, "gc", self)

    def _sizes(self):
        yield CACHES["plans"], Size(entries=10, bytes=0, made=10 + self.gone)
        yield CACHES["tokens"], Size(entries=1, bytes=0, made=A_LOT)  # which leave in time
        yield CACHES["media types"], Size(entries=A_LOT, bytes=0)  # which does not count what it makes

    def _spend(self):
        self.spent += self.each_second
        return self.spent

    def get_count(self):
        return 0, 0, self.young

    def collect(self):
        self.young = 0
        self.made += 1


@pytest.fixture
def rounds(monkeypatch):
    return Rounds(monkeypatch)


def look(collector, *, busy, seconds=3 * PAUSE_SECONDS):
    for second in range(seconds):
        collector.look(second if busy else 0)


@pytest.mark.parametrize(
    ("busy", "young", "gone", "made"),
    [
        (False, WORTH - 1, 0, 0),
        (False, WORTH, 0, 1),
        (True, WORTH, MOST_GONE - 1, 0),
        (True, 0, MOST_GONE, 1),
        (True, MOST - 1, 0, 0),
        (True, MOST, 0, 1),
    ],
)
def test_a_whole_round_is_made_when_nobody_asks_and_otherwise_for_much_alone(rounds, busy, young, gone, made):
    rounds.young, rounds.gone = young, gone

    look(Collector(), busy=busy)

    assert rounds.made == made


def test_a_second_in_which_much_is_done_that_is_no_request_is_not_quiet(rounds):
    rounds.young, rounds.each_second = WORTH, 2 * QUIET_SECONDS  # events, a mirror that loads

    look(Collector(), busy=False)

    assert rounds.made == 0


def test_whole_rounds_are_seconds_apart(rounds):
    collector = Collector()

    for _ in range(3 * PAUSE_SECONDS):
        rounds.young = MOST
        collector.look(0)

    assert rounds.made == 3


def test_by_themselves_rounds_look_at_few_objects():
    rounds = []

    def note(phase, info):
        if phase == "start":
            rounds.append((info["generation"], len(gc.get_objects(0)) + len(gc.get_objects(1))))

    thresholds = gc.get_threshold()
    try:
        Collector().settle()
        gc.callbacks.append(note)
        kept = [[number] for number in range(A_LOT)]
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*thresholds)
        gc.unfreeze()

    assert len(kept) == A_LOT
    assert {generation for generation, _ in rounds} == {0, 1}
    assert max(objects for _, objects in rounds) < 20_000
