"""Sums out of whole months: which conditions the months cover, and the rows that stand for their entries.

A condition on nothing but the day, the person and the project is covered: whole months come from
`time_entry_months`, the days before the first and after the last of them from the entries themselves. A caller who
sees a part of the entries is covered where that part is the entries of a person.

Months do not know a status, so that approving touches none of them. Most entries are approved; their sums are
those of all entries less those of the others, which an index has with all that is added up.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    bindparam,
    func,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)

from gateway.domain.codes import TimeEntryStatus
from gateway.querying.conditions import All, Comparison, Condition
from gateway.querying.dialects import ListOf, any_of, first_day
from gateway.store.schema.months import LOW_BITS, MASK, ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON
from gateway.store.schema.tables import ENTRIES, TimeEntryMonthRow, table_of
from gateway.store.visibility import Own, Rule, Visibility, organization_id

MONTHS = table_of(TimeEntryMonthRow)
DAYS = {"after", "before", "date"}
OWN = Own("person_id")  # the only rule that months tell apart
SPANS = {"MONTH", "YEAR"}
KEYS = {"PROJECT", "PERSON", *SPANS}
LEVELS = {(False, False): ORGANIZATION, (False, True): PERSON, (True, False): PROJECT, (True, True): PROJECT_PERSON}
DAY = dt.timedelta(days=1)
FIRST_MONTH, LAST_MONTH = dt.date(1, 1, 1), dt.date(9999, 12, 1)

# The codes of `status_id`: every entry has one of them.
APPROVED = TimeEntryStatus.APPROVED.value
STATUSES = frozenset({APPROVED, TimeEntryStatus.UNAPPROVED.value, TimeEntryStatus.REJECTED.value})
SUMS = ("entries", "time", "billable_time", "cost_high", "cost_low", "cost_default_high", "cost_default_low")

Records = int | list[int] | None


@dataclass(frozen=True, slots=True)
class Covered:
    """What of the months stands for a condition: the projects, the people and the days asked for."""

    projects: Records  # None: all
    people: Records
    rule: Rule | None  # what the caller sees: all, or `OWN`
    low: dt.date | None
    high: dt.date | None
    without: tuple[int, ...] = ()  # the statuses whose entries are taken off
    keys: frozenset[str] = frozenset()  # what they are grouped by

    @property
    def level(self) -> int:
        """The level whose rows tell apart what is asked."""
        return LEVELS[
            self.projects is not None or "PROJECT" in self.keys,
            self.rule is not None or self.people is not None or "PERSON" in self.keys,
        ]

    def by(self, keys: tuple[str, ...]) -> "Covered | None":
        """Return what stands for groups by these keys; None where the months do not tell them."""
        if not set(keys) <= KEYS:
            return None
        found = replace(self, keys=frozenset(keys))
        # Rows of one person in all projects are no neighbours.
        of_some_people = self.rule is not None or self.people is not None
        is_apart = found.level == PROJECT_PERSON and self.projects is None and of_some_people
        return None if is_apart else found

    def shape(self) -> tuple[Any, ...]:
        """Return what the SQL text depends on."""
        records = (type(self.projects).__name__, type(self.people).__name__)
        taken_off = self.keys if self.without else None
        return ("months", self.level, *records, self.rule, self.low is None, self.high is None, taken_off)

    @property
    def first(self) -> dt.date:
        """The first day of the first whole month."""
        if self.low is None:
            return FIRST_MONTH
        return self.low if self.low.day == 1 else _next_month(self.low)

    @property
    def end(self) -> dt.date:
        """The first day after the last whole month."""
        if self.high is None:
            return dt.date.max
        after = self.high + DAY
        return after if after.day == 1 else after.replace(day=1)

    def values(self) -> dict[str, Any]:
        """Return the values of the statement's parameters."""
        values: dict[str, Any] = {"projects": self.projects, "people": self.people}
        if self.low is not None:
            values |= {"first_month": self.first, "early_from": self.low, "early_to": self.first - DAY}
        if self.high is not None:
            values |= {"end_month": self.end, "late_from": self.end, "late_to": self.high}
        if self.without:
            values |= {"without": list(self.without), "low": self.low, "high": self.high}
        return values


def covered(condition: Condition, seen: Visibility) -> Covered | None:
    """Return what the months say about a condition on what a caller sees; None where they do not cover it."""
    if seen.rule not in {None, OWN}:
        return None
    low, high, statuses = None, None, STATUSES
    records: dict[str, Any] = {}
    for test in condition.parts if isinstance(condition, All) else (condition,):
        if not isinstance(test, Comparison):
            return None
        name = test.subject.name
        if name in {"project_id", "person_id"} - records.keys() and test.comparison in {"=", "in"}:
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
    projects, people = records.get("project_id"), records.get("person_id")
    found = Covered(projects, people, seen.rule, low, high, tuple(sorted(STATUSES - statuses)))
    return found if _has_whole_months(found) else None


def _bounds(test: Comparison) -> tuple[dt.date | None, dt.date | None] | None:
    """Return the first and the last day that a test lets through; None where it is not a span of days."""
    if isinstance(test.operand, list) or not FIRST_MONTH < test.operand < LAST_MONTH:
        return None
    day: dt.date = test.operand
    spans: dict[str, tuple[dt.date | None, dt.date | None]] = {
        ">=": (day, None), ">": (day + DAY, None), "<=": (None, day), "<": (None, day - DAY), "=": (day, day),
    }  # fmt: skip
    return spans.get(test.comparison)


def _has_whole_months(found: Covered) -> bool:
    return found.first < found.end


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + 32 * DAY).replace(day=1)


def rows_of(found: Covered) -> CTE:
    """Return rows that add up to the entries: currencies, project, person, month, entries, minutes, costs in halves."""
    if not found.without:
        return union_all(*_parts(found)).cte("covered")
    rows = union_all(*_parts(found), _taken_off(found)).subquery("rows_and_what_is_off")
    names = [
        "currency",
        "currency_default",
        *(["project_id"] if "PROJECT" in found.keys else []),
        *(["person_id"] if "PERSON" in found.keys else []),
        *(["month"] if found.keys & SPANS else []),
    ]
    untold = [null().label(name) for name in ("project_id", "person_id", "month") if name not in names]
    sums = [func.sum(rows.c[name]).label(name) for name in SUMS]
    keys = [rows.c[name] for name in names]
    # What is taken off wholly leaves no group, and no currency.
    return select(*keys, *untold, *sums).group_by(*keys).having(func.sum(rows.c.entries) != 0).cte("covered")


def _parts(found: Covered) -> Iterator[Select[Any]]:
    row = MONTHS.c
    yield select(
        row.currency.label("currency"),
        row.currency_default.label("currency_default"),
        func.nullif(row.project_id, 0).label("project_id"),
        row.person_id.label("person_id"),
        row.month.label("month"),
        row.entries.label("entries"),
        row.time.label("time"),
        row.billable_time.label("billable_time"),
        row.cost_high.label("cost_high"),
        row.cost_low.label("cost_low"),
        row.cost_default_high.label("cost_default_high"),
        row.cost_default_low.label("cost_default_low"),
    ).where(
        row.organization_id == organization_id(),
        row.level == literal_column(str(found.level)),
        *([row.project_id == literal_column("0")] if found.level in {ORGANIZATION, PERSON} else []),
        *([row.person_id == literal_column("0")] if found.level in {ORGANIZATION, PROJECT} else []),
        *_of_records(found, MONTHS),
        *([] if found.low is None else [row.month >= bindparam("first_month", type_=Date())]),
        *([] if found.high is None else [row.month < bindparam("end_month", type_=Date())]),
        row.entries != literal_column("0"),
    )
    if found.low is not None:
        yield _days(found, "early")
    if found.high is not None:
        yield _days(found, "late")


def _days(found: Covered, which: str) -> Select[Any]:
    """Return the entries of the days that make no whole month."""
    date = ENTRIES.c.date
    return _entries(found, 1).where(
        date >= bindparam(f"{which}_from", type_=Date()),
        date <= bindparam(f"{which}_to", type_=Date()),
    )


def _taken_off(found: Covered) -> Select[Any]:
    """Return the entries of the statuses that are not asked for, less than nothing."""
    row = ENTRIES.c
    return _entries(found, -1).where(
        any_of(row.status_id, bindparam("without", type_=ListOf(row.status_id.type))),
        *([] if found.low is None else [row.date >= bindparam("low", type_=Date())]),
        *([] if found.high is None else [row.date <= bindparam("high", type_=Date())]),
    )


def _entries(found: Covered, sign: int) -> Select[Any]:
    row = ENTRIES.c
    cost, default = (type_coerce(row[name], BigInteger()) for name in ("cost_unrounded", "cost_default_unrounded"))
    measures: list[ColumnElement[int]] = [
        literal_column("1", BigInteger()),
        row.time,
        row.billable_time,
        cost.bitwise_rshift(literal_column(str(LOW_BITS))),
        cost.bitwise_and(literal_column(str(MASK))),
        default.bitwise_rshift(literal_column(str(LOW_BITS))),
        default.bitwise_and(literal_column(str(MASK))),
    ]
    return select(
        row.currency,
        row.currency_default,
        row.project_id,
        row.person_id,
        # Not worked out for nothing: no column of a UNION is left out.
        null() if sign < 0 and not found.keys & SPANS else first_day("MONTH", row.date),
        *(measure if sign > 0 else -measure for measure in measures),
    ).where(row.organization_id == organization_id(), *_of_records(found, ENTRIES))


def _of_records(found: Covered, table: FromClause) -> Iterator[ColumnElement[bool]]:
    if found.rule is not None:
        yield found.rule.condition(table)
    for column, name, records in (
        (table.c.project_id, "projects", found.projects),
        (table.c.person_id, "people", found.people),
    ):
        if isinstance(records, list):
            yield any_of(column, bindparam(name, type_=ListOf(BigInteger())))
        elif records is not None:
            yield column == bindparam(name, type_=BigInteger())
