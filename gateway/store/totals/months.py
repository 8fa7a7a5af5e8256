"""Sums out of whole months and days: which conditions they cover, and the rows that stand for their entries.

A condition on nothing but the day, the person, the project, the company and whoever is responsible is covered: whole
months come from `time_entry_months`. The days before the first and after the last of them come from `time_entry_days`
where all entries of an organization are asked for, from the entries themselves where they are those of a record. So is
one on nothing but the day and how entries are billed, which days alone tell. A caller who sees a part of the entries is
covered where that part is the entries of a person.

By status there are the months of people. The sums of an organization's approved entries, or of a record's, are those of
all entries less those of the others, of which there are few.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from gateway.domain.codes import TimeEntryStatus
from gateway.querying.conditions import All, Comparison, Condition
from gateway.querying.dialects import ListOf, any_of, first_day
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.kept import (
    ENTRY_DAYS,
    ENTRY_MONTHS,
    ENTRY_STATUS_MONTHS,
)
from gateway.store.schema.months import (
    CURRENCIES,
    FINEST,
    LOW_BITS,
    MASK,
    ORGANIZATION,
    PERSON,
    PROJECT_PERSON,
    RECORDS,
    SUMS,
)
from gateway.store.visibility import Own, Rule, Visibility, organization_id

DAYS = {"after", "before", "date"}
OWN = Own("person_id")  # the only rule that months tell apart
# By the name of a key of groups, the column that months tell it by.
KEYS = {"PROJECT": "project_id", "PERSON": "person_id", "COMPANY": "company_id", "BILLING_TYPE": "billing_type_id"}
OF_DAYS = frozenset({"billing_type_id"})  # what days alone tell apart
TOLD = {*FINEST, *OF_DAYS}
MONTHLY, DAILY = {"MONTH", "YEAR"}, {"DATE", "WEEK"}
TOLD_APART = KEYS.keys() | MONTHLY | DAILY
LEVELS = [(level, frozenset(names)) for level, names in sorted(RECORDS.items())]
DAY = dt.timedelta(days=1)
FIRST_MONTH, LAST_MONTH = dt.date(1, 1, 1), dt.date(9999, 12, 1)

# The codes of `status_id`: every entry has one of them.
APPROVED = TimeEntryStatus.APPROVED.value
STATUSES = frozenset({APPROVED, TimeEntryStatus.UNAPPROVED.value, TimeEntryStatus.REJECTED.value})

Records = int | list[int]


@dataclass(frozen=True)
class Covered:
    """What of the months stands for a condition: the records, by the columns that name them, and the days asked for."""

    records: Mapping[str, Records]
    rule: Rule | None  # what the caller sees: all, or `OWN`
    low: dt.date | None
    high: dt.date | None
    without: tuple[int, ...] = ()  # the statuses whose entries are taken off
    keys: frozenset[str] = frozenset()  # what they are grouped by

    @cached_property
    def level(self) -> int:
        """The first level whose rows tell apart what is asked, but for what days alone do."""
        asked = self._asked - OF_DAYS
        if self.rule is not None:
            asked |= {"person_id"}
        return next(level for level, told in LEVELS if told >= asked)

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset((*self.records, *(KEYS[key] for key in self.keys & KEYS.keys())))

    def by(self, keys: tuple[str, ...]) -> "Covered | None":
        """Return what stands for groups by these keys; None where neither months nor days tell them."""
        if not TOLD_APART.issuperset(keys):
            return None
        return replace(self, keys=frozenset(keys)).if_kept()

    def if_kept(self) -> "Covered | None":
        """Return the same where there are sums of it that are quicker to add up than its entries."""
        if self.level == ORGANIZATION:
            return self
        if self.keys & DAILY or self._asked & OF_DAYS or not self.has_whole_months:
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
            self.keys & DAILY or self._asked & OF_DAYS or not self.has_whole_months
        )

    @property
    def is_by_status(self) -> bool:
        """Whether there are months of just the statuses that are asked for."""
        return bool(self.without) and self.level == PERSON and self.rule is None and not self.records

    def shape(self) -> tuple[Any, ...]:
        """Return what the SQL text depends on."""
        records = tuple((name, type(records).__name__) for name, records in sorted(self.records.items()))
        bounds = (self.low is None, self.high is None, self.begins_within, self.ends_within)
        return ("months", self.level, self.is_by_day, records, self.rule, *bounds, bool(self.without), self.keys)

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
        after = self.high + DAY
        return after if after.day == 1 else after.replace(day=1)

    def values(self) -> dict[str, Any]:
        """Return the values of the statement's parameters."""
        values: dict[str, Any] = {f"of_{name}": records for name, records in self.records.items()}
        if self.low is not None:
            values |= {"low": self.low, "first_month": self.first, "early_to": self.first - DAY}
        if self.high is not None:
            values |= {"high": self.high, "end_month": self.end}
        if self.without:
            values |= {"with": sorted(STATUSES - {*self.without}), "without": list(self.without)}
        return values


LEADING = {"project_id", "company_id", "responsible_id"}  # by whose values rows of the finest level are found


def covered(condition: Condition, seen: Visibility) -> Covered | None:
    """Return what the months say about a condition on what a caller sees; None where they do not cover it."""
    if seen.rule not in {None, OWN}:
        return None
    low, high, statuses = None, None, STATUSES
    records: dict[str, Records] = {}
    for test in condition.parts if isinstance(condition, All) else (condition,):
        if not isinstance(test, Comparison):
            return None
        name = test.subject.name
        if name in TOLD - records.keys() and test.comparison in {"=", "in"}:
            records[name] = test.operand
        elif name in DAYS and (bounds := _bounds(test)) is not None:
            low = max(filter(None, (low, bounds[0])), default=None)
            high = min(filter(None, (high, bounds[1])), default=None)
        elif name == "status" and test.comparison in {"=", "in"}:
            statuses &= frozenset(test.operand if isinstance(test.operand, list) else (test.operand,))
        else:
            return None
    if APPROVED not in statuses:
        return None
    return Covered(records, seen.rule, low, high, tuple(sorted(STATUSES - statuses))).if_kept()


def _bounds(test: Comparison) -> tuple[dt.date | None, dt.date | None] | None:
    """Return the first and the last day that a test lets through; None where it is not a span of days."""
    if isinstance(test.operand, list) or not FIRST_MONTH < test.operand < LAST_MONTH:
        return None
    day: dt.date = test.operand
    spans: dict[str, tuple[dt.date | None, dt.date | None]] = {
        ">=": (day, None), ">": (day + DAY, None), "<=": (None, day), "<": (None, day - DAY), "=": (day, day),
    }  # fmt: skip
    return spans.get(test.comparison)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + 32 * DAY).replace(day=1)


def rows_of(found: Covered) -> CTE:
    """Return rows that add up to the entries: currencies, what the keys need, entries, minutes, costs in halves."""
    if not found.without or found.is_by_status:
        return union_all(*_parts(found)).cte("covered")
    rows = union_all(*_parts(found), *_taken_off(found)).subquery("rows_and_what_is_off")
    keys = [rows.c[name] for name in _names(found)]
    sums = [func.sum(rows.c[name]).label(name) for name in SUMS]
    # What is taken off wholly leaves no group, and no currency.
    return select(*keys, *sums).group_by(*keys).having(func.sum(rows.c.entries) != 0).cte("covered")


def _names(found: Covered) -> list[str]:
    """Return the columns that tell the rows apart; `day` is the first one of the month, unless days are the keys."""
    records = [column for key, column in KEYS.items() if key in found.keys]
    return [*CURRENCIES, *records, *(["day"] if found.keys & {*MONTHLY, *DAILY} else [])]


def _parts(found: Covered) -> Iterator[Select[Any]]:
    if found.is_by_day:
        yield _days(found, "low", "high")
        return
    yield _months_of_status(found) if found.is_by_status else _months(found)
    edges = _days if found.level == ORGANIZATION else _entries_of_days
    yield from (edges(found, since, until) for since, until in _edges(found))


def _edges(found: Covered) -> Iterator[tuple[str, str]]:
    """Yield the names of the bounds of the days that make no whole month."""
    if found.begins_within:
        yield "low", "early_to"
    if found.ends_within:
        yield "end_month", "high"


def _taken_off(found: Covered) -> Iterator[Select[Any]]:
    """Return what there is of the statuses that are not asked for, less than nothing."""
    others = _entries(found, is_taken_off=True).where(any_of(ENTRIES.c.status_id, _WITHOUT))
    if found.is_by_day:
        yield others.where(*_between(ENTRIES.c.date, "low", "high", found))
        return
    if found.level == ORGANIZATION:
        yield from (others.where(*_between(ENTRIES.c.date, *edge, found)) for edge in _edges(found))
        yield _months_of_status(found, is_taken_off=True)
    else:
        yield others.where(*_in_whole_months(found, ENTRIES.c.date))


def _entries_of_days(found: Covered, since: str, until: str) -> Select[Any]:
    """Return the entries of the days that make no whole month."""
    of_statuses = [any_of(ENTRIES.c.status_id, _WITH)] if found.without else []
    return _entries(found).where(*_between(ENTRIES.c.date, since, until, found), *of_statuses)


_WITH = bindparam("with", type_=ListOf(ENTRIES.c.status_id.type))
_WITHOUT = bindparam("without", type_=ListOf(ENTRIES.c.status_id.type))


def _between(date: ColumnElement[dt.date], since: str, until: str, found: Covered) -> Iterator[ColumnElement[bool]]:
    """Yield the bounds of these names, as far as they are there."""
    if since != "low" or found.low is not None:
        yield date >= bindparam(since, type_=Date())
    if until != "high" or found.high is not None:
        yield date <= bindparam(until, type_=Date())


def _in_whole_months(found: Covered, date: ColumnElement[dt.date]) -> Iterator[ColumnElement[bool]]:
    if found.low is not None:
        yield date >= bindparam("first_month", type_=Date())
    if found.high is not None:
        yield date < bindparam("end_month", type_=Date())


def _months(found: Covered) -> Select[Any]:
    row = ENTRY_MONTHS.c
    untold = [row[name] == literal_column("0") for name in FINEST if name not in RECORDS[found.level]]
    return _kept(found, ENTRY_MONTHS, row.month).where(
        row.level == literal_column(str(found.level)), *untold, *_of_records(found, ENTRY_MONTHS)
    )


def _months_of_status(found: Covered, *, is_taken_off: bool = False) -> Select[Any]:
    """Select the months of people in the statuses that are asked for, or less than nothing of the others."""
    row = ENTRY_STATUS_MONTHS.c
    statuses = any_of(row.status_id, _WITHOUT if is_taken_off else _WITH)
    return _kept(found, ENTRY_STATUS_MONTHS, row.month, is_taken_off=is_taken_off).where(statuses)


def _days(found: Covered, since: str, until: str) -> Select[Any]:
    row = ENTRY_DAYS.c
    return _kept(found, ENTRY_DAYS, row.date).where(
        *_between(row.date, since, until, found), *_of_records(found, ENTRY_DAYS)
    )


def _kept(found: Covered, table: Table, day: ColumnElement[dt.date], *, is_taken_off: bool = False) -> Select[Any]:
    """Select rows of sums; of tables by month, whole months alone."""
    row = table.c
    sums = {name: row[name] for name in SUMS}
    first = day if day.key == "month" else _first(found, day)
    return _selected(found, {**row, "day": first}, sums, is_taken_off=is_taken_off).where(
        row.organization_id == organization_id(),
        row.entries != literal_column("0"),
        *(_in_whole_months(found, day) if day.key == "month" else []),
    )


def _first(found: Covered, date: ColumnElement[dt.date]) -> ColumnElement[dt.date]:
    """Return what tells days apart no further than what they are added to, or taken off from."""
    return date if found.keys & DAILY else first_day("MONTH", date)


def _entries(found: Covered, *, is_taken_off: bool = False) -> Select[Any]:
    row = ENTRIES.c
    cost, default = (type_coerce(row[name], BigInteger()) for name in ("cost_unrounded", "cost_default_unrounded"))
    bits: ColumnElement[int] = literal_column(str(LOW_BITS))
    mask: ColumnElement[int] = literal_column(str(MASK))
    measures: list[ColumnElement[int]] = [
        literal_column("1", BigInteger()),
        row.time,
        row.billable_time,
        cost.bitwise_rshift(bits),
        cost.bitwise_and(mask),
        default.bitwise_rshift(bits),
        default.bitwise_and(mask),
    ]
    sums = dict(zip(SUMS, measures, strict=True))
    return _selected(found, {**row, "day": _first(found, row.date)}, sums, is_taken_off=is_taken_off).where(
        row.organization_id == organization_id(), *_of_records(found, ENTRIES)
    )


def _selected(
    found: Covered,
    told: Mapping[str, ColumnElement[Any]],
    sums: Mapping[str, ColumnElement[Any]],
    *,
    is_taken_off: bool,
) -> Select[Any]:
    """Select the columns of a part, which are the same for all parts; those of what is taken off are negative."""
    # Months have 0 for what entries are without.
    keys = [
        (func.nullif(told[name], literal_column("0")) if name in FINEST else told[name]).label(name)
        for name in _names(found)
    ]
    return select(*keys, *((-value if is_taken_off else value).label(name) for name, value in sums.items()))


def _of_records(found: Covered, table: FromClause) -> Iterator[ColumnElement[bool]]:
    if found.rule is not None:
        yield found.rule.condition(table)
    for name, records in sorted(found.records.items()):
        type_ = ListOf(BigInteger()) if isinstance(records, list) else BigInteger()
        value = bindparam(f"of_{name}", type_=type_)
        yield any_of(table.c[name], value) if isinstance(records, list) else table.c[name] == value
