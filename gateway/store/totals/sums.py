"""Where sums of entries come from: the entries that meet a condition, or the months that stand for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Table,
    case,
    cast,
    func,
    true,
)

from gateway.querying.column_types import Expression
from gateway.querying.dialects import first_day, in_text
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.months import LOW_BITS, MASK
from gateway.store.totals.coverage import KEYS, Covered
from gateway.store.totals.months import rows_of

Measures = Mapping[str, tuple[Expression, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A table to add up: which rows of it, the measures by name, their currency, and what groups are made by.

    A cost is two sums, of its high and its low bits, since an integer SUM of SQLite would overflow. That in default
    currencies has the first and the last of these beside it: where they differ, the sum means nothing.
    """

    table: FromClause
    condition: ColumnElement[bool]
    measures: Measures
    currency: Expression
    key: Callable[[str], ColumnElement[Any]] | None = None  # None: the caller's own expressions
    parent: Sequence[ColumnElement[Any]] = ()  # which of several parents a row belongs to; none if there is one list


def _total(expression: Expression) -> Expression:
    return func.coalesce(func.sum(expression), 0)


def _halves(column: Expression) -> tuple[Expression, ...]:
    # PostgreSQL shifts a bigint by an integer only, and a bound number would be a bigint like the column.
    bits: Expression = in_text(LOW_BITS)
    return _total(column.bitwise_rshift(bits)), _total(column.bitwise_and(MASK))


def _ends(label: Expression) -> tuple[Expression, ...]:
    return func.min(label), func.max(label)


ENTRY_MEASURES: Measures = {
    "count": (func.count(),),
    "time": (_total(ENTRIES.c.time),),
    "billableTime": (_total(ENTRIES.c.billable_time),),
    "cost": _halves(ENTRIES.c.cost_unrounded),
    "costDefault": (*_halves(ENTRIES.c.cost_default_unrounded), *_ends(ENTRIES.c.currency_default)),
}


def order_terms(measure: str, sums: FromClause, group: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return what groups are ordered by, the weightiest term first, of rows that are added up.

    `group` is what the rows of a group have in common where there is a row for each currency; none where there is one.
    """

    def whole(place: int, add: Callable[..., Any] = func.sum) -> ColumnElement[Any]:
        column: ColumnElement[Any] = sums.c[f"{measure}_{place}"]
        return add(column).over(partition_by=group) if group else column

    if measure != "costDefault":
        return [cast(whole(0), BigInteger)]
    high, low = cast(whole(0), BigInteger), cast(whole(1), BigInteger)
    is_one_currency = whole(2, func.min) == whole(3, func.max)
    bits: Expression = in_text(LOW_BITS)
    carried = high + low.bitwise_rshift(bits)
    return [case((is_one_currency, carried)), case((is_one_currency, low.bitwise_and(MASK)))]


def sums_of_rows(table: Table, condition: ColumnElement[bool]) -> Sums:
    """Add up the rows themselves, of entries or of a table whose rows are but counted."""
    return Sums(table, condition, ENTRY_MEASURES, ENTRIES.c.currency)


def sums_of_months(found: Covered) -> Sums:
    """Add up the months that stand for the entries."""
    rows = rows_of(found)
    measures: Measures = {
        "count": (_total(rows.c.entries),),
        "time": (_total(rows.c.time),),
        "billableTime": (_total(rows.c.billable_time),),
        "cost": (_total(rows.c.cost_high), _total(rows.c.cost_low)),
        "costDefault": (
            _total(rows.c.cost_default_high),
            _total(rows.c.cost_default_low),
            *_ends(rows.c.currency_default),
        ),
    }

    def key(name: str) -> ColumnElement[Any]:
        if name in KEYS:
            return rows.c[KEYS[name]]
        return rows.c.day if name == "DATE" else first_day(name, rows.c.day)

    return Sums(rows, true(), measures, rows.c.currency, key)
