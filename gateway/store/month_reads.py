"""Sums out of whole months: which conditions the months cover, and the rows that stand for their entries.

A condition on nothing but the day, and on either the person or the project, is covered: whole months come
from `time_entry_months`, the days before the first and after the last of them from the entries themselves.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
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
from gateway.store.summaries import LOW_BITS, MASK, ORGANIZATION, PERSON, PROJECT
from gateway.store.tables import TimeEntryMonthRow, TimeEntryRow, table_of
from gateway.store.visibility import organization_id, viewer_id

ENTRIES, MONTHS = table_of(TimeEntryRow), table_of(TimeEntryMonthRow)
DAYS = {"after", "before", "date"}
LEVELS = {"person_id": PERSON, "project_id": PROJECT}
COLUMNS = {PERSON: "person_id", PROJECT: "project_id"}
DAY = dt.timedelta(days=1)
FIRST_MONTH, LAST_MONTH = dt.date(1, 1, 1), dt.date(9999, 12, 1)


@dataclass(frozen=True, slots=True)
class Covered:
    """What of the months stands for a condition: a level, a record of it or several, and the days asked for."""

    level: int
    records: int | list[int] | None  # None: all of the level, or the viewer where `own`
    own: bool
    low: dt.date | None
    high: dt.date | None

    def shape(self) -> tuple[Any, ...]:
        """Return what the SQL text depends on."""
        return ("months", self.level, type(self.records).__name__, self.own, self.low is None, self.high is None)

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
        values: dict[str, Any] = {"records": self.records}
        if self.low is not None:
            values |= {"first_month": self.first, "early_from": self.low, "early_to": self.first - DAY}
        if self.high is not None:
            values |= {"end_month": self.end, "late_from": self.end, "late_to": self.high}
        return values


def covered(condition: Condition, *, sees_everything: bool) -> Covered | None:
    """Return what the months say about a condition; None where they do not cover it."""
    level, records, low, high = ORGANIZATION, None, None, None
    for test in condition.parts if isinstance(condition, All) else (condition,):
        if not isinstance(test, Comparison):
            return None
        name = test.subject.name
        if name in LEVELS and level == ORGANIZATION and test.comparison in {"=", "in"}:
            level, records = LEVELS[name], test.operand
        elif name in DAYS and (bounds := _bounds(test)) is not None:
            low = max(filter(None, (low, bounds[0])), default=None)
            high = min(filter(None, (high, bounds[1])), default=None)
        else:
            return None
    if not sees_everything and level != ORGANIZATION:
        return None
    found = Covered(level if sees_everything else PERSON, records, not sees_everything, low, high)
    return found if _has_whole_months(found) else None


def _bounds(test: Comparison) -> tuple[dt.date | None, dt.date | None] | None:
    """Return the first and the last day that a test lets through; None where it is no span of days."""
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
    """Return rows that add up to the entries: currency, record, month, entries, minutes, halves of the costs."""
    return union_all(*_parts(found)).cte("covered")


def _parts(found: Covered) -> Iterator[Select[Any]]:
    record = func.nullif(MONTHS.c.record_id, 0) if found.level == PROJECT else MONTHS.c.record_id
    yield select(
        MONTHS.c.currency.label("currency"),
        record.label("record"),
        MONTHS.c.month.label("month"),
        MONTHS.c.entries.label("entries"),
        MONTHS.c.time.label("time"),
        MONTHS.c.billable_time.label("billable_time"),
        MONTHS.c.cost_high.label("cost_high"),
        MONTHS.c.cost_low.label("cost_low"),
        MONTHS.c.cost_default_high.label("cost_default_high"),
        MONTHS.c.cost_default_low.label("cost_default_low"),
    ).where(
        MONTHS.c.organization_id == organization_id(),
        MONTHS.c.level == literal_column(str(found.level)),
        *_of_records(found, MONTHS.c.record_id),
        *([] if found.low is None else [MONTHS.c.month >= bindparam("first_month", type_=Date())]),
        *([] if found.high is None else [MONTHS.c.month < bindparam("end_month", type_=Date())]),
        MONTHS.c.entries != literal_column("0"),
    )
    if found.low is not None:
        yield _days(found, "early")
    if found.high is not None:
        yield _days(found, "late")


def _days(found: Covered, which: str) -> Select[Any]:
    """Return the entries of the days that make no whole month."""
    row = ENTRIES.c
    cost, default = (type_coerce(row[name], BigInteger()) for name in ("cost_unrounded", "cost_default_unrounded"))
    record = row[COLUMNS[found.level]] if found.level in COLUMNS else literal_column("0")
    return select(
        row.currency,
        record,
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
            *(_of_records(found, record) if found.level in COLUMNS else ()),
            row.date >= bindparam(f"{which}_from", type_=Date()),
            row.date <= bindparam(f"{which}_to", type_=Date()),
        )
    )


def _of_records(found: Covered, record: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    if found.own:
        yield record == viewer_id()
    elif isinstance(found.records, list):
        yield any_of(record, bindparam("records", type_=ListOf(BigInteger())))
    elif found.records is not None:
        yield record == bindparam("records", type_=BigInteger())
    elif found.level == ORGANIZATION:
        yield record == literal_column("0")
