"""Where a page begins on PostgreSQL, as zone maps tell: behind the part of its order in which no entry can be of it.

Of a condition on what grows with the order (a span of days in the order of ids, instants of approval by date) the first
entry may lie behind a million that do not meet it. The first zone that can have one is looked up, once a statement, and
what leads the order is compared with its first value: 1 ms instead of 2 s. The planner takes a value that it does not
know for a third of the rows, whichever index it reads, so it chooses as it would without.
"""

from typing import Any, TypeGuard

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy import literal_column as constant

from gateway.querying.conditions import Comparison, Condition, IsNull, numbered, parameter
from gateway.querying.dialects import ONE, ListOf, in_text
from gateway.store.pages.replanning import RANGES, is_fine
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.kept import ZONES
from gateway.store.schema.zones import (
    CODES,
    DATES,
    FIRST_DAY,
    KINDS,
    LAST_DAY,
    LAST_ZONE,
    ORDERS,
    PLACES,
    SUBJECTS,
    DateScale,
    Scale,
)
from gateway.store.visibility import ORGANIZATION_ID

ZONE = ZONES.alias("zone")
COMPARISONS = RANGES | {"=", "<>", "in"}  # of codes


def begins_at(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return a condition that all rows of a first page meet anyway; none where zones are mute.

    It is on what leads the order; in an order without zones on the id, which every index has, so that rows are passed
    over unseen. A cursor stands where such rows are.
    """
    leading, is_last = _leading(wanted)
    first = None if wanted.nulls is not None else first_of_zones(wanted)
    if first is None:
        return []
    return [wanted.table.c[leading] <= first if is_last else wanted.table.c[leading] >= first]


def first_of_zones(wanted: Wanted) -> ColumnElement[Any] | None:
    """Return where the first zone that can have rows begins, in the direction of reading; None where zones are mute."""
    if wanted.table is not ENTRIES or wanted.is_narrowed:
        return None
    leading, is_last = _leading(wanted)
    parts = [*numbered(wanted.condition)]
    tests = [_test(part, number) for part, number in parts if _is_told(part, leading)]
    if not tests or any(is_fine(part) for part, _ in parts):
        return None
    place = ZONE.c.place
    return (
        select(_end(place, leading, is_last=is_last))
        .where(ZONE.c.organization_id == ORGANIZATION_ID, ZONE.c.kind == in_text(KINDS.index(leading)), *tests)
        .order_by(place.desc() if is_last else place)
        .limit(ONE)
        .scalar_subquery()
    )


def _leading(wanted: Wanted) -> tuple[str, bool]:
    """Return the column that leads the order, or the id, and whether it is read from its largest value down."""
    first, descending = wanted.order.keys[0]
    return (first.name, descending != wanted.backward) if first.name in ORDERS else ("id", False)


def _end(place: ColumnElement[int], leading: str, *, is_last: bool) -> ColumnElement[Any]:
    """Return the first value of a zone, or its last one."""
    scale = ORDERS[leading]
    origin: ColumnElement[Any] = constant(scale.origin)
    distance = place * in_text(scale.step) + in_text(scale.step - 1 if is_last else 0)
    if not isinstance(scale, DateScale):
        return origin + distance
    edge, endless = (LAST_ZONE, "DATE 'infinity'") if is_last else (0, "DATE '-infinity'")
    return case((place == in_text(edge), constant(endless)), else_=origin + cast(distance, Integer))


def _is_told(part: Condition, leading: str) -> TypeGuard[Comparison | IsNull]:
    """Tell whether zones know something of what a part asks."""
    if not isinstance(part, Comparison | IsNull) or part.subject.column == leading:
        return False
    scale = SUBJECTS.get(part.subject.column)
    if isinstance(part, IsNull):
        return scale is not None and not part.wanted
    # Two instants of a day have one number, and differ all the same; by one day or instant an index leads to few.
    return part.comparison in COMPARISONS if scale is CODES else scale is not None and part.comparison in RANGES


def _test(part: Comparison | IsNull, number: int) -> ColumnElement[bool]:
    """Return the condition for a zone that can have an entry which passes a part."""
    place = in_text(PLACES.index(part.subject.column) + 1)
    least, greatest = ZONE.c.least[place], ZONE.c.greatest[place]
    if isinstance(part, IsNull):
        return least <= greatest
    name = parameter(number)
    if part.comparison == "in":
        items = func.unnest(bindparam(name, type_=ListOf(part.subject.type))).column_valued()
        first, last = (select(end(items)).scalar_subquery() for end in (func.min, func.max))
        return and_(greatest >= first, least <= last)
    operand = _counted(bindparam(name), SUBJECTS[part.subject.column])
    match part.comparison:
        case ">" | ">=":
            return greatest >= operand
        case "<" | "<=":
            return least <= operand
        case "=":
            return and_(least <= operand, greatest >= operand)
        case _:
            return and_(least <= greatest, or_(least != operand, greatest != operand))


def _counted(value: BindParameter[Any], scale: Scale) -> ColumnElement[Any]:
    """Return the number that zones have of a value."""
    if scale is CODES:
        return value
    if scale is DATES:
        in_bounds = func.least(func.greatest(value, constant(FIRST_DAY)), constant(LAST_DAY))
        return in_bounds - constant(scale.origin)
    return (value - constant(scale.origin)) // in_text(scale.step)
