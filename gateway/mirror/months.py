"""The months of an account: in which order they are loaded, several at once, and what became of each."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping

from gateway.domain.instants import ONE_DAY
from gateway.mirror.following import MOST_PASSES, Shifts

FIRST_DAY, LAST_DAY = dt.date(1, 1, 1), dt.date(9999, 12, 31)
OF_MONTHS = "time_entries of "  # what their names begin with
MONTHS_AT_ONCE = 4  # each has one request on its way; what else is asked meanwhile has the other connections


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a month."""
    return day.replace(day=1)


def month_before(month: dt.date) -> dt.date:
    """Return the first day of the month before."""
    return month_of(month - ONE_DAY)


def last_day(month: dt.date) -> dt.date:
    """Return the last day of a month."""
    return month_of(month.replace(day=28) + 4 * ONE_DAY) - ONE_DAY


def name_of_month(month: dt.date) -> str:
    """Name the entries of a month, for people."""
    return f"{OF_MONTHS}{month:%Y-%m}"


class Months:
    """The months from the latest back to the earliest."""

    def __init__(
        self, latest: dt.date, earliest: dt.date, loaded: Mapping[dt.date, int], later: Collection[str]
    ) -> None:
        """Take how many entries the months have that are loaded, and the names of those to leave for later."""
        self.latest, self.earliest = latest, earliest
        self._loaded, self._later = dict(loaded), later
        self._begun: list[dt.date] = []
        self._passes: Counter[dt.date] = Counter()
        self.being_read: dict[dt.date, Shifts] = {}

    @property
    def entries(self) -> int:
        """How many entries are loaded by now."""
        return sum(self._loaded.values()) + sum(len(shifts.ids) for shifts in self.being_read.values())

    @property
    def last(self) -> dt.date | None:
        """The month that was begun last."""
        return self._begun[-1] if self._begun else None

    @property
    def may_begin(self) -> bool:
        """Tell whether one more may be begun.

        After a month with entries another one is taken to have some, until it is known; what follows one without is
        looked for.
        """
        if len(self.being_read) >= MONTHS_AT_ONCE or self.last == self.earliest:
            return False
        known = next((month for month in reversed(self._begun) if self._is_known(month)), None)
        return known == self.last or (known is not None and not self.is_empty(known))

    def _is_known(self, month: dt.date) -> bool:
        shifts = self.being_read.get(month)
        return shifts is None or bool(shifts.pages)

    def is_empty(self, month: dt.date) -> bool:
        """Tell whether a month is known to have no entries, as far as it was read."""
        shifts = self.being_read.get(month)
        return self._loaded.get(month) == 0 if shifts is None else bool(shifts.pages) and not shifts.ids

    def begin(self, month: dt.date) -> bool:
        """Go on to a month; tell whether it is to be read."""
        self._begun.append(month)
        if month in self._loaded or name_of_month(month) in self._later:
            return False
        self.being_read[month] = Shifts()
        return True

    def begin_again(self, month: dt.date) -> bool:
        """Tell whether a month is to be read once more, whose pages shifted."""
        self._passes[month] += 1
        again = self._passes[month] < MOST_PASSES
        if again:
            self.being_read[month] = Shifts()
        return again

    def end(self, month: dt.date, *, is_loaded: bool) -> int:
        """Be done with a month, or leave it for later; return how many entries were read."""
        entries = len(self.being_read.pop(month).ids)
        if is_loaded:
            self._loaded[month] = entries
        return entries

    def days_of(self, month: dt.date) -> tuple[dt.date, dt.date]:
        """Return the first and the last day of a month, with all after the latest and before the earliest."""
        return (
            FIRST_DAY if month == self.earliest else month,
            LAST_DAY if month == self.latest else last_day(month),
        )

    def reached(self) -> dt.date | None:
        """Return the month from which on nothing is missing."""
        found = None
        for month in self._begun:
            if month not in self._loaded:
                break
            found = month
        return found
