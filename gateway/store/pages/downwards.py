"""Pages downwards in an order that SQLite has an index of upwards alone.

Of one value the smaller id comes first in either direction. So the index, read from its end, has the entries of each
value the wrong way round, and all of one instant, or of one time, would be sorted for a page. Instead as many entries
as the page has are walked over, which tells the last one's value: what has another value there belongs to the page, and
of those that have this one, the index has the first ones in order.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true

from gateway.querying.conditions import Comparison, Condition, numbered
from gateway.store.pages.replanning import is_fine
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.entry_indexes import UPWARDS
from gateway.store.schema.statistics import has_index


def is_downwards(wanted: Wanted) -> bool:
    """Tell whether a page is read along such an index, and not off that of a filter that few entries meet."""
    key, descending = wanted.order.keys[0]
    if wanted.dialect.name != "sqlite" or wanted.table is not ENTRIES or not descending or key.name not in UPWARDS:
        return False
    is_sorted = wanted.is_narrowed or any(_has_few(part) for part, _ in numbered(wanted.condition))
    return not is_sorted and not wanted.cut.has_offset


def _has_few(part: Condition) -> bool:
    return is_fine(part) and isinstance(part, Comparison) and has_index(part.subject.column)


def parts_in_order(wanted: Wanted, limit: ColumnElement[int]) -> Sequence[Select[Any]]:
    """Select the ids of all rows beyond the cursor, or those of a page, in parts of which each comes in order."""
    in_order = wanted.ids().order_by(*wanted.terms)
    if not is_downwards(wanted):
        return [in_order.where(each) for each in wanted.beyond] or [in_order]
    near: Sequence[ColumnElement[bool]] = []
    far: ColumnElement[bool] = true()
    if wanted.nulls is not None:
        *near, far = wanted.order.parts_beyond(wanted.nulls, backward=wanted.backward)
    keys: list[Any] = [key.expression.label(key.name) for key, _ in wanted.order.keys]
    walk = select(*keys).where(*wanted.where, far).order_by(wanted.terms[0]).limit(limit)
    walked = walk.cte("walked").prefix_with("MATERIALIZED")
    key = wanted.order.keys[0][0]
    value = walked.c[key.name]
    last = select(func.max(value) if wanted.backward else func.min(value)).scalar_subquery()
    before = select(walked.c.id).where(value < last if wanted.backward else value > last)
    return [
        *(in_order.where(each) for each in near),
        before.order_by(*wanted.terms_of(wanted.order.over(lambda key: walked.c[key.name]))),
        in_order.where(key.expression == last),
    ]
