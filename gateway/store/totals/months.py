"""The SQL of a covered condition: rows of months and days that add up to its entries (see `coverage.py`)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    select,
    union_all,
)

from gateway.querying.dialects import ONE, ZERO, ListOf, any_of, in_text, month_of
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
    RECORDS,
    SUMS,
)
from gateway.store.totals.coverage import DAILY, KEYS, MONTHLY, Covered
from gateway.store.visibility import ORGANIZATION_ID


def rows_of(covered: Covered) -> CTE:
    """Return rows that add up to the entries: currencies, what the keys need, entries, minutes, costs in halves."""
    if not covered.without or covered.is_by_status:
        return union_all(*_parts(covered)).cte("covered")
    rows = union_all(*_parts(covered), *_taken_off(covered)).subquery("rows_and_what_is_off")
    keys = [rows.c[name] for name in _names(covered)]
    sums = [func.sum(rows.c[name]).label(name) for name in SUMS]
    # What is taken off wholly leaves no group, and no currency.
    return select(*keys, *sums).group_by(*keys).having(func.sum(rows.c.entries) != 0).cte("covered")


def _names(covered: Covered) -> list[str]:
    """Return the columns that rows are grouped by; `day` is the first of the month unless grouped by day or week."""
    records = [column for key, column in KEYS.items() if key in covered.keys]
    return [*CURRENCIES, *records, *(["day"] if covered.keys & {*MONTHLY, *DAILY} else [])]


def _parts(covered: Covered) -> Iterator[Select[Any]]:
    if covered.is_by_day:
        yield _days(covered, "low", "high")
        return
    yield _months_of_status(covered) if covered.is_by_status else _months(covered)
    edges = _days if covered.level == ORGANIZATION else _entries_of_days
    yield from (edges(covered, since, until) for since, until in _edges(covered))


def _edges(covered: Covered) -> Iterator[tuple[str, str]]:
    """Yield the names of the bounds of the days that make no whole month."""
    if covered.begins_within:
        yield "low", "early_to"
    if covered.ends_within:
        yield "end_month", "high"


def _taken_off(covered: Covered) -> Iterator[Select[Any]]:
    """Return what there is of the statuses that are not asked for, less than nothing."""
    others = _entries(covered, is_taken_off=True).where(any_of(ENTRIES.c.status_id, _WITHOUT))
    if covered.is_by_day:
        yield others.where(*_between(ENTRIES.c.date, "low", "high", covered))
        return
    if covered.level == ORGANIZATION:
        yield from (others.where(*_between(ENTRIES.c.date, *edge, covered)) for edge in _edges(covered))
        yield _months_of_status(covered, is_taken_off=True)
    else:
        yield others.where(*_in_whole_months(covered, ENTRIES.c.date))


def _entries_of_days(covered: Covered, since: str, until: str) -> Select[Any]:
    """Return the entries of the days that make no whole month."""
    of_statuses = [any_of(ENTRIES.c.status_id, _WITH)] if covered.without else []
    return _entries(covered).where(*_between(ENTRIES.c.date, since, until, covered), *of_statuses)


_WITH = bindparam("with", type_=ListOf(ENTRIES.c.status_id.type))
_WITHOUT = bindparam("without", type_=ListOf(ENTRIES.c.status_id.type))


def _between(date: ColumnElement[dt.date], since: str, until: str, covered: Covered) -> Iterator[ColumnElement[bool]]:
    """Yield the bounds of these names, as far as they are there."""
    if since != "low" or covered.low is not None:
        yield date >= bindparam(since)
    if until != "high" or covered.high is not None:
        yield date <= bindparam(until)


def _in_whole_months(covered: Covered, date: ColumnElement[dt.date]) -> Iterator[ColumnElement[bool]]:
    if covered.low is not None:
        yield date >= bindparam("first_month")
    if covered.high is not None:
        yield date < bindparam("end_month")


def _months(covered: Covered) -> Select[Any]:
    row = ENTRY_MONTHS.c
    others = [row[name] == ZERO for name in FINEST if name not in RECORDS[covered.level]]
    return _kept(covered, ENTRY_MONTHS, row.month).where(
        row.level == in_text(covered.level), *others, *_of_records(covered, ENTRY_MONTHS)
    )


def _months_of_status(covered: Covered, *, is_taken_off: bool = False) -> Select[Any]:
    """Select the months of people in the statuses that are asked for, or less than nothing of the others."""
    row = ENTRY_STATUS_MONTHS.c
    statuses = any_of(row.status_id, _WITHOUT if is_taken_off else _WITH)
    return _kept(covered, ENTRY_STATUS_MONTHS, row.month, is_taken_off=is_taken_off).where(statuses)


def _days(covered: Covered, since: str, until: str) -> Select[Any]:
    row = ENTRY_DAYS.c
    return _kept(covered, ENTRY_DAYS, row.date).where(
        *_between(row.date, since, until, covered), *_of_records(covered, ENTRY_DAYS)
    )


def _kept(covered: Covered, table: Table, day: ColumnElement[dt.date], *, is_taken_off: bool = False) -> Select[Any]:
    """Select rows of sums; of tables by month, whole months alone."""
    row = table.c
    sums = {name: row[name] for name in SUMS}
    first = day if day.key == "month" else _first(covered, day)
    return _selected(covered, {**row, "day": first}, sums, is_taken_off=is_taken_off).where(
        row.organization_id == ORGANIZATION_ID,
        row.entries != ZERO,
        *(_in_whole_months(covered, day) if day.key == "month" else []),
    )


def _first(covered: Covered, date: ColumnElement[dt.date]) -> ColumnElement[dt.date]:
    """Return the day, or the first of its month where it is added to rows of months."""
    return date if covered.keys & DAILY else month_of(date)


def _entries(covered: Covered, *, is_taken_off: bool = False) -> Select[Any]:
    row = ENTRIES.c
    cost, default = row.cost_unrounded, row.cost_default_unrounded
    bits: ColumnElement[int] = in_text(LOW_BITS)
    mask: ColumnElement[int] = in_text(MASK)
    measures: list[ColumnElement[int]] = [
        ONE,
        row.time,
        row.billable_time,
        cost.bitwise_rshift(bits),
        cost.bitwise_and(mask),
        default.bitwise_rshift(bits),
        default.bitwise_and(mask),
    ]
    sums = dict(zip(SUMS, measures, strict=True))
    return _selected(covered, {**row, "day": _first(covered, row.date)}, sums, is_taken_off=is_taken_off).where(
        row.organization_id == ORGANIZATION_ID, *_of_records(covered, ENTRIES)
    )


def _selected(
    covered: Covered,
    columns: Mapping[str, ColumnElement[Any]],
    sums: Mapping[str, ColumnElement[Any]],
    *,
    is_taken_off: bool,
) -> Select[Any]:
    """Select the columns of a part, which are the same for all parts; those of what is taken off are negative."""
    # Months have 0 for what entries are without.
    keys = [
        (func.nullif(columns[name], ZERO) if name in FINEST else columns[name]).label(name) for name in _names(covered)
    ]
    return select(*keys, *((-value if is_taken_off else value).label(name) for name, value in sums.items()))


def _of_records(covered: Covered, table: FromClause) -> Iterator[ColumnElement[bool]]:
    if covered.rule is not None:
        yield covered.rule.condition(table)
    for name, records in sorted(covered.records.items()):
        type_ = ListOf(BigInteger()) if isinstance(records, list) else BigInteger()
        value = bindparam(f"of_{name}", type_=type_)
        yield any_of(table.c[name], value) if isinstance(records, list) else table.c[name] == value
