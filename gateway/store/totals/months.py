"""Sums out of whole months: which conditions the months cover, and the rows that stand for their entries.

A condition on nothing but the day, the person and the project is covered: whole months come from
`time_entry_months`, the days before the first and after the last of them from the entries themselves. A caller who
sees a part of the entries is covered where that part is the entries of a person.
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
    and_,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from gateway.querying.conditions import All, Comparison, Condition
from gateway.querying.dialects import ListOf, any_of, first_day
from gateway.store.schema.months import LOW_BITS, MASK, ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON
from gateway.store.schema.tables import ENTRIES, TimeEntryMonthRow, table_of
from gateway.store.visibility import Own, Rule, Visibility, organization_id

MONTHS = table_of(TimeEntryMonthRow)
DAYS = {"after", "before", "date"}
OWN = Own("person_id")  # the only rule that months tell apart
KEYS = {"PROJECT", "PERSON", "MONTH", "YEAR"}
LEVELS = {(False, False): ORGANIZATION, (False, True): PERSON, (True, False): PROJECT, (True, True): PROJECT_PERSON}
DAY = dt.timedelta(days=1)
FIRST_MONTH, LAST_MONTH = dt.date(1, 1, 1), dt.date(9999, 12, 1)

Records = int | list[int] | None


@dataclass(frozen=True, slots=True)
class Covered:
    """What of the months stands for a condition: the projects, the people and the days asked for."""

    projects: Records  # None: all
    people: Records
    rule: Rule | None  # what the caller sees: all, or `OWN`
    low: dt.date | None
    high: dt.date | None
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
        return ("months", self.level, *records, self.rule, self.low is None, self.high is None)

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
        return values


def covered(condition: Condition, seen: Visibility) -> Covered | None:
    """Return what the months say about a condition on what a caller sees; None where they do not cover it."""
    if seen.rule not in {None, OWN}:
        return None
    low, high = None, None
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
        else:
            return None
    projects, people = records.get("project_id"), records.get("person_id")
    found = Covered(projects, people, seen.rule, low, high)
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
    return union_all(*_parts(found)).cte("covered")


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
    row = ENTRIES.c
    cost, default = (type_coerce(row[name], BigInteger()) for name in ("cost_unrounded", "cost_default_unrounded"))
    return select(
        row.currency,
        row.currency_default,
        row.project_id,
        row.person_id,
        first_day("MONTH", row.date),
        literal_column("1"),
        row.time,
        row.billable_time,
        cost.bitwise_rshift(literal_column(str(LOW_BITS))),
        cost.bitwise_and(literal_column(str(MASK))),
        default.bitwise_rshift(literal_column(str(LOW_BITS))),
        default.bitwise_and(literal_column(str(MASK))),
    ).where(
        and_(
            row.organization_id == organization_id(),
            *_of_records(found, ENTRIES),
            row.date >= bindparam(f"{which}_from", type_=Date()),
            row.date <= bindparam(f"{which}_to", type_=Date()),
        )
    )


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
