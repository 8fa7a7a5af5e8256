"""Pages in the order of ids of the entries of a span of days: of each day its first, of these the first.

Days and ids grow together, so a walk in the order of ids passes over all entries of earlier days before it meets one
that is asked for: a million index entries for last year's. So each day's first entry is looked up, on SQLite among the
ends of days, on PostgreSQL in the index by date; no more than a page of these days can have rows of the page, and from
each of them a page at most is read. That holds however days and ids are mixed. On PostgreSQL a walk is tried before,
from where zones say that it can find some, over as many ids as a zone has, or four where a status is asked for.
"""

import datetime as dt
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    asc,
    bindparam,
    case,
    desc,
    func,
    select,
    true,
    tuple_,
    union_all,
)

from gateway.domain.numbers import MAX_STORED
from gateway.querying.conditions import Comparison, Condition, numbered, parts_of, sql_of
from gateway.querying.dialects import ONE, in_text, planned_once
from gateway.querying.sorts import Order
from gateway.store.pages.bounds import begins_at, first_of_zones
from gateway.store.pages.replanning import RANGES
from gateway.store.pages.wanted import NOT_OFF_AN_INDEX_ALONE, Wanted
from gateway.store.schema.kept import DAY_ENDS
from gateway.store.schema.zones import IDS
from gateway.store.visibility import ORGANIZATION_ID

CURSOR = bindparam("c0", type_=BigInteger())
NEAR = in_text(IDS)  # ids that the walk looks at, as many as a zone has
FOREMOST = in_text(8)  # days, of which one that has a page tells where the page ends
ZONES_OF_A_STATUS = in_text(4)  # that it looks at where fewer entries are asked for


def spans_days(condition: Condition, order: Order, *, perhaps_status: bool) -> bool:
    """Tell whether nothing but a span of days is asked for, and a status where it may be, in the order of ids."""
    parts = parts_of(condition)
    tests = [(part.subject.column, part.comparison) for part in parts if isinstance(part, Comparison)]
    others = [test for test in tests if test[0] != "date" or test[1] not in RANGES]
    return (
        [key.name for key, _ in order.keys] == ["id"]
        and len(tests) == len(parts) > len(others)
        and (not others or (perhaps_status and others == [("status_id", "=")]))
    )


def _is_of_status(condition: Condition) -> bool:
    parts = [part for part, _ in numbered(condition)]
    return any(isinstance(part, Comparison) and part.subject.column == "status_id" for part in parts)


def walked(wanted: Wanted) -> Select[Any]:
    """Select what a walk in the order of ids finds, so said that PostgreSQL reads the index of this order alone.

    It starts in the zone that the first can be in, or at the cursor. By any other condition PostgreSQL would find
    another index, and read the whole span of days off it: a bound that it does not know it takes for one of a few rows.
    """
    number, backward = wanted.table.c.id, wanted.backward
    if wanted.beyond:
        begin: ColumnElement[int] = CURSOR
    else:
        # Zones know days: there is a first one, or its number is null, and nothing near.
        first = cast("ScalarSelect[int]", first_of_zones(wanted)).label("id")
        begin = select(select(first).cte("begin").prefix_with("MATERIALIZED").c.id).scalar_subquery()
    tests: list[ColumnElement[bool]] = [sql_of(part, at).is_(true()) for part, at in numbered(wanted.condition)]
    reach: ColumnElement[int] = NEAR
    if _is_of_status(wanted.condition):  # which the index of the order does not have, but another with the days
        reach, tests = NEAR * ZONES_OF_A_STATUS, [*tests, NOT_OFF_AN_INDEX_ALONE]
    place, start = tuple_(wanted.table.c.organization_id, number), tuple_(ORGANIZATION_ID, begin)
    if backward:
        ends = place < start if wanted.beyond else place <= start, place > tuple_(ORGANIZATION_ID, begin - reach)
    else:
        ends = place > start if wanted.beyond else place >= start, place < tuple_(ORGANIZATION_ID, begin + reach)
    terms = (desc(each) if backward else asc(each) for each in (wanted.table.c.organization_id, number))
    return select(number).where(*ends, *tests).order_by(*terms).limit(wanted.cut.limit)


def read_days(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    """Return the statement for a page of a span of days."""
    where, beyond, backward, limit = wanted.where, wanted.beyond, wanted.backward, wanted.cut.limit
    number, day, terms = wanted.table.c.id, wanted.table.c.date, wanted.terms
    direction = desc if backward else asc
    asked = wanted.ids().where(*beyond, *begins_at(wanted))

    def up_to(found: Select[Any], end: Select[Any]) -> Select[Any]:
        last = func.coalesce(end.limit(ONE).scalar_subquery(), _no_end(backward=backward))
        return found.where(_is_up_to(number, last, backward=backward))

    near = walked(wanted).cte("near")
    is_full = select(func.count()).select_from(near).scalar_subquery() == limit

    # Also in the order of ids: PostgreSQL looks one row up then, and prepares for many by the day alone.
    by_day = (direction(day), direction(number))
    outermost = select(day, number).where(*where, ~is_full).order_by(*by_day).limit(ONE).subquery()
    days = select(outermost.c.date.label("day"), outermost.c.id).cte("days", recursive=True)
    further = day < days.c.day if backward else day > days.c.day
    following = select(day, number).where(*where, further).order_by(*by_day).limit(ONE).correlate(days).lateral("next")
    days = days.union_all(select(following.c.date, following.c.id).select_from(days).join(following, true()))

    firsts = select(days.c.day, days.c.id).order_by(direction(days.c.id))
    if beyond:
        first = asked.where(day == days.c.day).order_by(*terms).limit(ONE).correlate(days).lateral("first")
        firsts = select(days.c.day, first.c.id).select_from(days).join(first, true()).order_by(direction(first.c.id))
    firsts_of_page = firsts.limit(limit).cte("firsts")
    last = select(firsts_of_page.c.id).order_by(direction(firsts_of_page.c.id)).offset(limit - ONE)
    of_day = up_to(asked.where(day == firsts_of_page.c.day), last).order_by(*terms).limit(limit)
    each = of_day.correlate(firsts_of_page).lateral("each_day")
    found = select(each.c.id).select_from(firsts_of_page).join(each, true()).order_by(direction(each.c.id)).limit(limit)

    page = union_all(select(near.c.id).where(is_full), select(found.subquery().c.id)).cte("page")
    return rows.select_from(page).where(number == page.c.id, planned_once()).order_by(*terms)


def read_days_of_ends(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    """Return the statement for a page on SQLite, which keeps the first and the last entry of each day.

    Only a day that a cursor lies within has its first entry beyond the cursor looked up.
    """
    backward, limit, cursor = wanted.backward, wanted.cut.limit, CURSOR
    number, day = wanted.table.c.id, wanted.table.c.date
    direction, least = (desc, func.max) if backward else (asc, func.min)
    near, far = (DAY_ENDS.c.last_id, DAY_ENDS.c.first_id) if backward else (DAY_ENDS.c.first_id, DAY_ENDS.c.last_id)
    asked = select(number).where(wanted.seen, *wanted.beyond)

    def is_beyond(end: ColumnElement[int]) -> ColumnElement[bool]:
        return end < cursor if backward else end > cursor

    of_span = (DAY_ENDS.c.organization_id == ORGANIZATION_ID, *_span(wanted, DAY_ENDS.c.date))
    days = select(DAY_ENDS.c.date, near.label("id")).where(*of_span)
    if wanted.beyond:
        within = asked.where(day == DAY_ENDS.c.date).order_by(*wanted.terms).limit(ONE).correlate(DAY_ENDS)
        first = case((is_beyond(near), near), (is_beyond(far), within.scalar_subquery()))
        # Materialized, so that each is looked up once.
        each = select(DAY_ENDS.c.date, first.label("id")).where(*of_span).cte("each_day").prefix_with("MATERIALIZED")
        days = select(each).where(each.c.id.is_not(None))
    firsts = days.order_by(direction(days.selected_columns.id)).limit(limit).cte("firsts")

    # No entry of the page lies behind the last of a page of one day, nor behind the first ones of a page of days.
    foremost = select(firsts.c.date).order_by(direction(firsts.c.id)).limit(FOREMOST).subquery("foremost")
    own = asked.where(day == foremost.c.date).order_by(*wanted.terms).limit(ONE).offset(limit - ONE)
    of_one = select(least(own.correlate(foremost).scalar_subquery())).select_from(foremost).scalar_subquery()
    of_firsts = select(firsts.c.id).order_by(direction(firsts.c.id)).limit(ONE).offset(limit - ONE).scalar_subquery()
    endless = _no_end(backward=backward)
    bound = select(least(func.coalesce(of_one, endless), func.coalesce(of_firsts, endless)).label("id")).cte("bound")
    last = select(bound.c.id).scalar_subquery()
    days_of_page = select(firsts.c.date).where(_is_up_to(firsts.c.id, last, backward=backward))
    found = asked.where(day.in_(days_of_page), _is_up_to(number, last, backward=backward))
    return wanted.rows_of(found.order_by(*wanted.apart).limit(limit).cte("page"), rows)


def _no_end(*, backward: bool) -> ColumnElement[int]:
    """Return an id that no entry lies behind."""
    return in_text(0 if backward else MAX_STORED)


def _is_up_to(number: ColumnElement[int], last: ColumnElement[int], *, backward: bool) -> ColumnElement[bool]:
    """Return whether an id lies no further on than the last."""
    return number >= last if backward else number <= last


def _span(wanted: Wanted, day: ColumnElement[dt.date]) -> list[ColumnElement[bool]]:
    """Return the span of days that is asked for, as conditions on another column."""
    return [
        sql_of(replace(part, subject=replace(part.subject, expression=day)), place)
        for part, place in numbered(wanted.condition)
        if isinstance(part, Comparison)
    ]
