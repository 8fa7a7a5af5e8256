"""Pages of few entries: found by the filter's index, where reading in order would pass over all the others.

SQLite plans a statement without its values. Asked for the first entries by date among those that were
updated since yesterday, it reads all entries by date: quick where most of them were, a walk through the
whole table where few were. So the statement counts first, up to a bound, and one of two readings is cut
to no rows: in order where there are many, by the filter's index, and sorted, where there are few.

PostgreSQL knows the values, but takes rows that a filter holds for to be spread evenly over the order, and reads
in order until a page is full: a project whose entries are the newest ones is found at the end of the table. So it
is asked for more rows than are then taken, and only their ids: it takes the filter's index wherever that is not
much more expensive, and mostly without looking at the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from gateway.querying.conditions import Comparison, Condition, IsNull, is_everything, numbered, sql_of
from gateway.querying.dialects import ONE, ZERO, in_text, planned_once, replanned
from gateway.querying.sorts import Order
from gateway.store.pages.downwards import parts_in_order
from gateway.store.pages.replanning import RANGES, depends_on_values, is_fine
from gateway.store.pages.selects import first_of_parts
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.entry_indexes import IS_PARTLY_FROM_JIRA, JIRA

FEW = 4_000  # rows that are sorted rather than met one by one
# The LIMIT that PostgreSQL plans for, where a page is not longer; with 300 it sorts 50,000 rows to show 30.
LIMIT_HINT = 80
NO_ROWS = ZERO
NOT_BY_ID = frozenset({"status", "manager_id"})  # no index has the entries of a value in the order of ids


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """What a condition asks of one column, each part with the number of its operand in the whole condition."""

    parts: tuple[tuple[Comparison | IsNull, int], ...]

    def to_sql(self) -> ColumnElement[bool]:
        """Return the parts once more, their operands bound as in the whole condition."""
        return and_(*(sql_of(part, number) for part, number in self.parts))


def doubtful(condition: Condition, order: Order) -> Doubt | None:
    """Return what of a condition may hold for few rows or for most; None where another part surely holds for few."""
    parts = [(part, number) for part, number in numbered(condition) if isinstance(part, Comparison | IsNull)]
    if any(is_fine(part) for part, _ in parts):
        return None
    ranked = [(rank, number) for number, (part, _) in enumerate(parts) if (rank := _rank(part, order)) is not None]
    if not ranked:
        return None
    subject = parts[min(ranked)[1]][0].subject
    return Doubt(tuple((part, number) for part, number in parts if part.subject is subject))


def _rank(part: Comparison | IsNull, order: Order) -> int | None:
    """Rank the parts that a count is worth for, the most promising first; None for the others."""
    first = order.keys[0][0].name
    match part:
        case Comparison(comparison="in"):
            return 0
        case IsNull(wanted=True):
            return 1
        case Comparison(comparison="="):
            return 2 if first != "id" or part.subject.name in NOT_BY_ID else None
        case Comparison(comparison=comparison) if comparison in RANGES and part.subject.column != first:
            return 3
    return None


def seek(wanted: Wanted, rows: Select[Any], doubt: Doubt) -> Select[Any]:
    """Return the statement for a page on SQLite, which counts first; `limit` and `offset` are bound."""
    matching: Select[Any] = select(ONE).select_from(wanted.table).where(wanted.seen, doubt.to_sql())
    few = matching.limit(in_text(FEW + 1)).subquery()
    count = select(func.count().label("n")).select_from(few).cte("matching")
    is_many = select(count.c.n > in_text(FEW)).scalar_subquery()
    limit, offset = wanted.cut.limit, wanted.cut.offset
    many, few_rows = case((is_many, limit), else_=NO_ROWS), case((is_many, NO_ROWS), else_=limit)
    beyond, parts = wanted.beyond, parts_in_order(wanted, many)
    read = (first_of_parts(parts, many) if len(parts) > 1 else parts[0].limit(many).offset(offset)).subquery()
    sort = wanted.ids().where(or_(*beyond) if beyond else true()).order_by(*wanted.apart)
    sort_few = sort.limit(few_rows).offset(offset).subquery()
    page = union_all(select(read.c.id), select(sort_few.c.id)).cte("page")
    return wanted.rows_of(page, rows.add_cte(count))


def seek_by_id(
    wanted: Wanted, rows: Select[Any], *, hint: int | None = None, bounds: Sequence[ColumnElement[bool]] = ()
) -> Select[Any]:
    """Return the statement for a page as first its ids, mostly off an index alone, then the rows.

    `hint` is the LIMIT that PostgreSQL plans for, where that is more rows than are then taken; `bounds` are what all
    rows of the page meet anyway.
    """
    cut = wanted.cut
    hint = hint and max(hint, cut.size or 0)
    if hint is not None and not is_everything(wanted.condition):
        is_replanned = depends_on_values(wanted.condition, wanted.order, is_narrowed=wanted.is_narrowed)
        rows = rows.where(replanned() if is_replanned else planned_once())
    ids = wanted.ids().order_by(*wanted.terms)
    in_order = [ids.where(half) for half in _halves(wanted)] or parts_in_order(wanted, cut.limit)
    parts = [part.where(*bounds) for part in in_order]
    if len(parts) > 1:
        page = first_of_parts(parts, cut.limit, hint=hint).cte("page")
    else:
        found = cut.first(parts[0], None if hint is None else in_text(hint))
        # Materialized, so that it is planned by itself; it is run no further than the page needs all the same.
        page = select(found.cte("numbers").prefix_with("MATERIALIZED").c.id).limit(cut.limit).cte("page")
    return wanted.rows_of(page, rows)


def _halves(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    """Return the entries with a value of the order and those without as ranges, where what is asked for is without.

    What came from Jira has all of its columns, so what lacks one of them stands behind all that have another. An index
    of the few that have some of them alone tells which stand before.
    """
    key, _ = wanted.order.keys[0]
    is_apart = key.name in JIRA and any(
        isinstance(part, IsNull) and part.wanted and part.subject.column in JIRA and part.subject.column != key.name
        for part, _ in numbered(wanted.condition)
    )
    if wanted.table is not ENTRIES or wanted.cut.has_offset or wanted.beyond or not is_apart:
        return []
    is_partly = literal_column(IS_PARTLY_FROM_JIRA, Boolean())
    halves = [and_(key.expression.is_not(None), is_partly), key.expression.is_(None)]
    return halves[::-1] if wanted.backward else halves
