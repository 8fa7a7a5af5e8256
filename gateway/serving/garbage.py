"""Rounds of the garbage collector: those that come by themselves are short, whole ones are made when nobody asks.

Whatever collects it, nothing else runs meanwhile, in whatever thread. A whole round looks at all that came since the
start, mostly what the caches hold: a tenth of a second for 200,000 objects. It finds what leaves these, since plans are
held by cycles of SQLAlchemy's; all else that a request makes goes by itself, or by the short rounds.
"""

import gc
from time import process_time

from gateway.caches import OLDEST_USED, sizes

YOUNGEST = 2_000  # objects more, after which a round looks at them
ROUNDS = 5  # of these, after which one looks at what they left: 10,000 objects, some milliseconds
NEVER = 1_000_000_000
PAUSE_SECONDS = 10  # between two whole rounds
QUIET_SECONDS = 0.05  # of the processor, all that a second takes in which nobody asks, by whichever way
WORTH = 20  # rounds of 10,000 objects since the last whole one, for which one is made when nobody asks
MOST_GONE = 2_500  # entries that left the caches since, some 300,000 objects, for which one is made in any case
MOST = 5_000  # and so many rounds


class Collector:
    """Makes the whole rounds of a process that serves."""

    def __init__(self) -> None:
        self._answered = self._gone = self._seconds = 0
        self._spent = 0.0

    def settle(self) -> None:
        """Take what the program consists of out of all rounds; from now on whole ones are made by `look` alone."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNGEST, ROUNDS, NEVER)

    def look(self, answered: int) -> None:
        """Make a whole round if it is time for one; told each second how many requests were answered so far."""
        spent = process_time()
        is_quiet = answered == self._answered and spent - self._spent < QUIET_SECONDS
        self._answered, self._spent = answered, spent
        self._seconds += 1
        rounds, gone = gc.get_count()[2], _entries_gone()
        is_late = rounds >= MOST or gone - self._gone >= MOST_GONE
        if self._seconds >= PAUSE_SECONDS and (is_late or (is_quiet and rounds >= WORTH)):
            gc.collect()
            self._seconds, self._gone = 0, gone


def _entries_gone() -> int:
    """Return how many entries left the caches because these were full, since the start."""
    return sum(size.made - size.entries for cache, size in sizes() if size.made and cache.ends == OLDEST_USED)
