"""Coverage: which conditions can be added up from the kept sums of months and days instead of from the entries.

A condition is covered if it tests nothing but the day, the person, the project, the company and whoever is responsible.
Its whole months come from `time_entry_months`. The days before and after them come from `time_entry_days` when all
entries of an organization are asked for, and from the entries themselves when only those of some records are. A
condition on the day and on how entries are billed is covered by days alone. For a caller who sees a part of the entries
this works if that part is one person's entries.

For a status there are months by person. Otherwise the sums of approved entries are those of all entries less those of
the other statuses, of which there are few. `months.py` writes the SQL.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from gateway.domain.codes import TimeEntryStatus
from gateway.domain.instants import ONE_DAY
from gateway.querying.conditions import OF_VALUES, Comparison, Condition, parts_of
from gateway.store.schema.months import FINEST, ORGANIZATION, PERSON, PROJECT_PERSON, RECORDS
from gateway.store.visibility import Own, Rule, Visibility

DATE_FILTERS = {"after", "before", "date"}
OWN = Own("person_id")  # the only rule of visibility that months can serve
# The column of months and days for each group key that they have.
KEYS = {"PROJECT": "project_id", "PERSON": "person_id", "COMPANY": "company_id", "BILLING_TYPE": "billing_type_id"}
DIMENSIONS_OF_DAYS = frozenset({"billing_type_id"})  # which months do not have
DIMENSIONS = {*FINEST, *DIMENSIONS_OF_DAYS}
MONTHLY, DAILY = {"MONTH", "YEAR"}, {"DATE", "WEEK"}
GROUPABLE = KEYS.keys() | MONTHLY | DAILY
# The coarsest level of months that has some columns, by these.
LEVELS: Mapping[frozenset[str], int] = {
    frozenset(asked): next(level for level, columns in sorted(RECORDS.items()) if {*columns}.issuperset(asked))
    for count in range(len(FINEST) + 1)
    for asked in combinations(FINEST, count)
}
FIRST_MONTH, LAST_MONTH = dt.date(1, 1, 1), dt.date(9999, 12, 1)

# The codes of `status_id`: every entry has one of them.
APPROVED = TimeEntryStatus.APPROVED.value
STATUSES = frozenset({APPROVED, TimeEntryStatus.UNAPPROVED.value, TimeEntryStatus.REJECTED.value})

Records = int | list[int]


@dataclass(frozen=True)
class Covered:
    """A covered condition: the records asked for, by the columns that name them, and the span of days."""

    records: Mapping[str, Records]
    rule: Rule | None  # what the caller sees: everything, or `OWN`
    low: dt.date | None
    high: dt.date | None
    without: tuple[int, ...] = ()  # the statuses whose entries are subtracted
    keys: frozenset[str] = frozenset()  # what they are grouped by

    @cached_property
    def level(self) -> int:
        """The coarsest level of months that has all columns asked for, apart from those that only days have."""
        asked = self._asked - DIMENSIONS_OF_DAYS
        return LEVELS[asked if self.rule is None else asked | {"person_id"}]

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset([*self.records, *[KEYS[key] for key in self.keys if key in KEYS]])

    def by(self, keys: tuple[str, ...]) -> "Covered | None":
        """Return the same, to be grouped by these keys; None if neither months nor days have them."""
        if not GROUPABLE.issuperset(keys):
            return None
        grouped = Covered(self.records, self.rule, self.low, self.high, self.without, frozenset(keys))
        return grouped.if_kept()

    def if_kept(self) -> "Covered | None":
        """Return the same if there are sums that are quicker to add up than the entries; None if there are none."""
        if self.level == ORGANIZATION:
            return self
        if self.keys & DAILY or self._asked & DIMENSIONS_OF_DAYS or not self.has_whole_months:
            return None
        # Rows of one person in all projects are no neighbours.
        of_some_people = self.rule is not None or "person_id" in self.records
        is_apart = self.level == PROJECT_PERSON and of_some_people and not LEADING & self.records.keys()
        return None if is_apart else self

    @cached_property
    def has_whole_months(self) -> bool:
        return self.first < self.end

    @property
    def begins_within(self) -> bool:
        """Whether the first day is not the first of its month."""
        return self.low is not None and self.low < self.first

    @property
    def ends_within(self) -> bool:
        """Whether the last day is not the last of its month."""
        return self.high is not None and self.end <= self.high

    @property
    def is_by_day(self) -> bool:
        """Whether all of it comes from days."""
        return self.level == ORGANIZATION and bool(
            self.keys & DAILY or self._asked & DIMENSIONS_OF_DAYS or not self.has_whole_months
        )

    @property
    def is_by_status(self) -> bool:
        """Whether there are months of just the statuses that are asked for."""
        return bool(self.without) and self.level == PERSON and self.rule is None and not self.records

    def shape(self) -> tuple[Any, ...]:
        """Return what the SQL text depends on."""
        records = tuple((name, type(records).__name__) for name, records in sorted(self.records.items()))
        bounds = (self.low is None, self.high is None, self.begins_within, self.ends_within)
        return (self.level, self.is_by_day, records, self.rule, *bounds, bool(self.without), self.keys)

    @cached_property
    def first(self) -> dt.date:
        """The first day of the first whole month."""
        if self.low is None:
            return FIRST_MONTH
        return self.low if self.low.day == 1 else _next_month(self.low)

    @cached_property
    def end(self) -> dt.date:
        """The first day after the last whole month."""
        if self.high is None:
            return dt.date.max
        after = self.high + ONE_DAY
        return after if after.day == 1 else after.replace(day=1)

    def values(self) -> dict[str, Any]:
        """Return the values of the statement's parameters."""
        values: dict[str, Any] = {f"of_{name}": records for name, records in self.records.items()}
        if self.low is not None:
            values |= {"low": self.low, "first_month": self.first, "early_to": self.first - ONE_DAY}
        if self.high is not None:
            values |= {"high": self.high, "end_month": self.end}
        if self.without:
            values |= {"with": sorted(STATUSES - {*self.without}), "without": list(self.without)}
        return values


LEADING = {"project_id", "company_id", "responsible_id"}  # by whose values rows of the finest level are found


def covered(condition: Condition, seen: Visibility, of: Mapping[str, Records] | None = None) -> Covered | None:
    """Return how months and days cover a condition on what a caller sees (`of` some records); None if they do not."""
    if seen.rule not in {None, OWN}:
        return None
    low, high, statuses = None, None, STATUSES
    records = dict(of or {})
    for test in parts_of(condition):
        if not isinstance(test, Comparison):
            return None
        name = test.subject.name
        if name in DIMENSIONS - records.keys() and test.comparison in OF_VALUES:
            records[name] = test.operand
        elif name in DATE_FILTERS and (bounds := _bounds(test)) is not None:
            low = max(filter(None, (low, bounds[0])), default=None)
            high = min(filter(None, (high, bounds[1])), default=None)
        elif name == "status" and test.comparison in OF_VALUES:
            statuses &= frozenset(test.operand if isinstance(test.operand, list) else (test.operand,))
        else:
            return None
    if APPROVED not in statuses:
        return None
    return Covered(records, seen.rule, low, high, tuple(sorted(STATUSES - statuses))).if_kept()


def _bounds(test: Comparison) -> tuple[dt.date | None, dt.date | None] | None:
    """Return the first and the last day that pass a test; None if they are not a span of days."""
    if isinstance(test.operand, list) or not FIRST_MONTH < test.operand < LAST_MONTH:
        return None
    day: dt.date = test.operand
    spans: dict[str, tuple[dt.date | None, dt.date | None]] = {
        ">=": (day, None), ">": (day + ONE_DAY, None), "<=": (None, day), "<": (None, day - ONE_DAY), "=": (day, day),
    }  # fmt: skip
    return spans.get(test.comparison)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + 32 * ONE_DAY).replace(day=1)
