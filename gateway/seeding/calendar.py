"""How much there is and when: data grows by organizations, people and projects, never by entries per project.

Entries spread over five years, mostly on weekdays, and densely over the last weeks where there are few.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

ENTRIES_A_PERSON = 3_900  # three a working day, for five years
ENTRIES_A_PROJECT = 2_500
ENTRIES_AN_ORGANIZATION = 4_000_000  # of what is added beyond the first two
SHARES = (6, 4)  # of the first two organizations
LATER_SHARE = 3

FEWEST_PEOPLE = 8
FEWEST_PROJECTS = 6
PEOPLE_A_MANAGER = 12
PEOPLE_AN_INTERNAL_PROJECT = 40
PROJECTS_A_COMPANY = 3

YEARS = 5
RECENT_DAYS = 21
ENTRIES_A_FULL_DAY = 3  # of one person
MOST_DENSE = 20  # times an ordinary day
SATURDAY = 5
WEEKDAY_WEIGHT, WEEKEND_WEIGHT = 1000, 25
QUARTERS_A_HALF = 2
MONTHS_A_HALF, MONTHS_A_QUARTER = 6, 3


@dataclass(frozen=True, slots=True)
class Size:
    """How much one organization has."""

    entries: int
    people: int
    managers: int
    companies: int
    client_projects: int
    internal_projects: int


def sizes_for(entries: int) -> tuple[Size, ...]:
    """Return the size of each organization; their entries add up to `entries`."""
    count = len(SHARES) + entries // ENTRIES_AN_ORGANIZATION
    shares = [*SHARES, *[LATER_SHARE] * (count - len(SHARES))]
    marks = [entries * sum(shares[:place]) // sum(shares) for place in range(count + 1)]
    return tuple(_size(end - start) for start, end in pairwise(marks))


def _size(entries: int) -> Size:
    people = max(FEWEST_PEOPLE, entries // ENTRIES_A_PERSON)
    projects = max(FEWEST_PROJECTS, entries // ENTRIES_A_PROJECT)
    internal = 1 + people // PEOPLE_AN_INTERNAL_PROJECT
    return Size(
        entries=entries,
        people=people,
        managers=2 + people // PEOPLE_A_MANAGER,
        companies=1 + projects // PROJECTS_A_COMPANY,
        client_projects=projects,
        internal_projects=internal,
    )


def half_of(day: dt.date) -> int:
    """Number the half-years, ascending."""
    return day.year * 2 + (day.month - 1) // MONTHS_A_HALF


def quarter_of(day: dt.date) -> int:
    """Number the quarters, ascending."""
    return day.year * 4 + (day.month - 1) // MONTHS_A_QUARTER


def first_day_of(quarter: int) -> dt.date:
    """Return the day a numbered quarter begins."""
    return dt.date(quarter // 4, quarter % 4 * MONTHS_A_QUARTER + 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days from five years ago to today, and how many entries each organization has on each."""

    days: tuple[dt.date, ...]
    sizes: tuple[Size, ...]

    @classmethod
    def ending(cls, today: dt.date, *, sizes: tuple[Size, ...]) -> "Calendar":
        """Lay out five years up to and including `today`."""
        start = dt.date(today.year - YEARS, today.month, min(today.day, 28))
        days = tuple(start + dt.timedelta(days=offset) for offset in range((today - start).days + 1))
        return cls(days, sizes)

    @property
    def today(self) -> dt.date:
        return self.days[-1]

    @property
    def halves(self) -> range:
        """The half-years that the calendar touches."""
        return range(half_of(self.days[0]), half_of(self.today) + 1)

    @property
    def quarters(self) -> range:
        """The quarters that the calendar touches."""
        return range(quarter_of(self.days[0]), quarter_of(self.today) + 1)

    def quotas(self, size: Size) -> Iterator[int]:
        """Yield an organization's number of entries day by day; they add up to what it has."""
        weights = [WEEKEND_WEIGHT if day.weekday() >= SATURDAY else WEEKDAY_WEIGHT for day in self.days]
        weights[-1] = WEEKDAY_WEIGHT  # a demo on a Sunday shows something today, too
        ordinary = size.entries * WEEKDAY_WEIGHT / sum(weights)
        density = min(MOST_DENSE, max(1, int(size.people * ENTRIES_A_FULL_DAY / max(ordinary, 0.01))))
        for place in range(-RECENT_DAYS, 0):
            weights[place] *= density
        total, passed, given = sum(weights), 0, 0
        for weight in weights:
            passed += weight
            due = size.entries * passed // total
            yield due - given
            given = due
