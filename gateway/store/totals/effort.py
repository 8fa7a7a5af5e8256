"""Effort: how many rows a statement can be made to look at, estimated before it runs.

A condition leads to as many rows as the best of its indexes: what one of its parts asks of an indexed column, by how
many rows share a value there (`schema/statistics.py`). What no index serves is asked of every row that the caller sees,
and so may be a page whose rows are met in an order that has nothing to do with its condition.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import Table

from gateway.querying.conditions import OF_VALUES, All, AnyOf, Comparison, Condition
from gateway.querying.pages import Page
from gateway.querying.sorts import Order
from gateway.store.pages.replanning import is_of_its_order
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.months import ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON
from gateway.store.schema.statistics import ROWS_OF_A_VALUE, rows_of_a_value
from gateway.store.totals.coverage import Covered, Records
from gateway.store.totals.matching import Matching
from gateway.store.visibility import Visibility

TESTS_OF_A_ROW = 20  # that take as long as the row itself
LARGE = ROWS_OF_A_VALUE["organization_id"]  # entries of the organization that the statistics describe
# Rows of an organization, in several currencies; of days also by how entries are billed.
MONTHS_OF_AN_ORGANIZATION, DAYS_OF_AN_ORGANIZATION = 1_000, 30_000
ENTRIES_OF_A_MONTH = {PERSON: 20, PROJECT: 100, PROJECT_PERSON: 10}  # at least, where there are many
UNINDEXED = 10**12


@cache
def _indexed(table: Table) -> frozenset[str]:
    """Return the columns by whose values the rows of an organization are found."""
    names = [[str(part.key) for part in index.columns] for index in table.indexes]
    return frozenset(columns[1] for columns in names if len(columns) > 1 and columns[0] == "organization_id")


@dataclass(frozen=True, slots=True, eq=False)
class Effort:
    """What a statement can be made to do, in rows that are looked at once, by how many of a table the caller sees."""

    table: Table
    visibility: Visibility
    rows: Callable[[int], int]


def is_served(column: str, table: Table = ENTRIES) -> bool:
    """Tell whether an index leads to the rows of an organization that have a value of the column, and orders by it."""
    return column == "id" or column in _indexed(table)


def led_to(condition: Condition, seen: int) -> int:
    """Return to how many of so many entries the indexes lead at most, if values are as common as the statistics say."""
    return min(seen, _led_to(condition, max(1.0, seen / LARGE)))


def _led_to(condition: Condition, scale: float) -> int:
    if isinstance(condition, Comparison):
        column, comparison = condition.subject.column, condition.comparison
        if comparison not in OF_VALUES or not is_served(column):
            return UNINDEXED
        values = len(condition.operand) if comparison == "in" else 1
        return int(values * rows_of_a_value(column) * scale)
    if isinstance(condition, AnyOf):
        return sum([_led_to(part, scale) for part in condition.parts])
    if not isinstance(condition, All):
        return UNINDEXED
    found = [_led_to(part, scale) for part in condition.parts]
    days = _days(condition.parts)
    if days is not None:
        found.append(int(days * rows_of_a_value("date") * scale))
    return min(found, default=UNINDEXED)


def _days(parts: Collection[Condition]) -> int | None:
    """Return how many days there are between bounds on the date; None where one of them is missing."""
    tests = [part for part in parts if isinstance(part, Comparison) and part.subject.column == "date"]
    lows = [test.operand for test in tests if test.comparison in {">", ">="}]
    highs = [test.operand for test in tests if test.comparison in {"<", "<="}]
    return max(0, (min(highs) - max(lows)).days + 1) if lows and highs else None


def _tested(rows: int, condition: Condition) -> int:
    """Return the effort of asking a condition of so many rows."""
    return rows * (TESTS_OF_A_ROW + len(condition.operands())) // TESTS_OF_A_ROW


def listed(matching: Matching, order: Order, page: Page) -> Effort:
    """Return the effort of finding the rows of a page."""
    condition, is_entries = matching.condition, matching.table is ENTRIES
    last = page.offset + page.size + 1
    in_order = _is_in_an_index(order, matching)

    def rows(seen: int) -> int:
        if in_order and is_of_its_order(condition, order):
            return min(seen, last)
        return _tested(led_to(condition, seen) if is_entries else seen, condition)

    return Effort(matching.table, matching.visibility, rows)


def _is_in_an_index(order: Order, matching: Matching) -> bool:
    """Tell whether an index is by what leads the order; those of one person's entries are by date."""
    first = order.keys[0][0]
    if not is_served(str(getattr(first.expression, "key", None)), matching.table):
        return False
    return matching.table is not ENTRIES or matching.visibility.rule is None or first.name == "date"


def below(effort: Effort, parents: int, column: str | None) -> Effort:
    """Return the effort for the entries of so many parents, which they name in a column; None: for all entries."""
    if column is None:
        return effort
    common = parents * rows_of_a_value(column)
    return replace(effort, rows=lambda seen: effort.rows(min(seen, int(common * max(1.0, seen / LARGE)))))


def matched(visibility: Visibility, condition: Condition) -> Effort:
    """Return the effort of finding all entries that meet a condition."""
    return Effort(ENTRIES, visibility, lambda seen: _tested(led_to(condition, seen), condition))


def summed(matching: Matching, *, measures: int, keys: int = 0) -> Effort:
    """Return the effort of adding up rows, or the months that stand for them, into groups by so many keys."""
    times = 1 + keys + (measures > 1)

    def rows(seen: int) -> int:
        if matching.months is not None:
            return times * _months(matching.months, seen)
        found = led_to(matching.condition, seen) if matching.table is ENTRIES else seen
        return times * _tested(found, matching.condition)

    return Effort(matching.table, matching.visibility, rows)


def _months(found: Covered, seen: int) -> int:
    """Return how many months and days there are, and entries that are added to them or taken off."""
    if found.level == ORGANIZATION and not found.without:
        return min(seen, MONTHS_OF_AN_ORGANIZATION + (DAYS_OF_AN_ORGANIZATION if found.is_by_day else 0))
    scale = max(1.0, seen / LARGE)
    of_records = min(
        [int(_count(records) * rows_of_a_value(column) * scale) for column, records in found.records.items()],
        default=UNINDEXED,
    )
    by_person = seen // ENTRIES_OF_A_MONTH[PERSON]
    whole = (
        max(1, seen // ENTRIES_OF_A_MONTH[found.level]) if found.level != ORGANIZATION else MONTHS_OF_AN_ORGANIZATION
    )
    days = 0 if found.low is None else (found.first - found.low).days
    days += 0 if found.high is None else (found.high - found.end).days + 1
    entries = int(max(0, days) * rows_of_a_value("date") * scale)
    if not found.without or found.is_by_status:
        off = 0
    elif found.level == ORGANIZATION and not found.is_by_day:
        off = by_person
    else:
        off = int(len(found.without) * rows_of_a_value("status_id") * scale)
    return min(seen, min(whole, of_records) + min(entries, of_records) + min(off, of_records))


def _count(records: Records) -> int:
    return len(records) if isinstance(records, list) else 1
