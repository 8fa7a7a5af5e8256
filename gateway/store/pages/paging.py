"""Which way the rows of a page are found: the one place that chooses among the strategies."""

from typing import Any

from sqlalchemy import Select

from gateway.querying.conditions import is_everything
from gateway.querying.dialects import planned_once
from gateway.store.pages.bounds import begins_at
from gateway.store.pages.branching import Branch, branches_of, read_branches, read_first_of_branches, with_few_parts
from gateway.store.pages.days import read_days, read_days_of_ends, spans_days
from gateway.store.pages.downwards import is_downwards
from gateway.store.pages.replanning import is_of_its_order
from gateway.store.pages.seeking import LIMIT_HINT, doubtful, seek, seek_by_id
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.entries import ENTRIES


def branches(wanted: Wanted) -> tuple[Branch, ...]:
    """Return how the rows of a page branch; part of what the text depends on."""
    # An entry of one's own is found by its person.
    is_sqlite = wanted.dialect.name == "sqlite"
    found = () if wanted.is_narrowed else branches_of(wanted.condition, wanted.order, zones=not is_sqlite)
    if is_sqlite:
        return found
    return () if wanted.cut.has_offset else with_few_parts(found)


def statement_of(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    """Return the statement that selects what `rows` does, for this page: by the first way that fits it."""
    return _on_postgresql(wanted, rows) if wanted.dialect.name == "postgresql" else _on_sqlite(wanted, rows)


def _on_sqlite(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    if found := branches(wanted):
        return read_branches(wanted, rows, found)
    is_span = wanted.table is ENTRIES and spans_days(wanted.condition, wanted.order, perhaps_status=False)
    if is_span and not wanted.is_narrowed and not wanted.cut.has_offset:
        return read_days_of_ends(wanted, rows)
    if doubt := doubtful(wanted.condition, wanted.order):
        return seek(wanted, rows, doubt)
    return _in_order(wanted, rows)


def _on_postgresql(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    if found := branches(wanted):
        return read_first_of_branches(wanted, rows, found)
    is_whole = not wanted.is_narrowed
    is_span = wanted.table is ENTRIES and spans_days(wanted.condition, wanted.order, perhaps_status=True)
    if is_span and is_whole and not wanted.cut.has_offset:
        return read_days(wanted, rows)
    if is_whole and (is_everything(wanted.condition) or is_of_its_order(wanted.condition, wanted.order)):
        return _along_its_index(wanted, rows)
    # PostgreSQL would take the rows for evenly spread over the order.
    return seek_by_id(wanted, rows, hint=LIMIT_HINT, bounds=begins_at(wanted))


def _in_order(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    """Read along the index of the order: first the ids alone where more rows are passed over than are shown."""
    if len(wanted.beyond) > 1 or wanted.cut.has_offset or is_downwards(wanted):
        return seek_by_id(wanted, rows)
    return wanted.cut.first(rows.where(*wanted.where, *wanted.beyond).order_by(*wanted.terms))


def _along_its_index(wanted: Wanted, rows: Select[Any]) -> Select[Any]:
    """Do the same on PostgreSQL, by one plan whatever the bounds of the range are."""
    if wanted.beyond or not is_everything(wanted.condition):
        rows = rows.where(planned_once())
    if len(wanted.beyond) > 1 or wanted.cut.has_offset:
        return seek_by_id(wanted, rows)
    return wanted.rows_cut(rows)
