"""Which way the rows of a page are found: the one place that chooses among merging, seeking and reading in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Dialect, FromClause, Select, or_

from gateway.querying.conditions import Condition, is_everything, sql_of
from gateway.querying.sorts import Order
from gateway.store.pages.branching import Branch, branches_of, read_branches, read_each
from gateway.store.pages.days import read_days, spans_days
from gateway.store.pages.seeking import TOLD, doubtful, seek, seek_by_number
from gateway.store.pages.selects import Cut, page_of


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A page of a table: what holds for its rows, their order, where it begins and ends."""

    table: FromClause
    seen: ColumnElement[bool]
    narrowed: bool  # whether the caller sees a part of the organization's rows only
    condition: Condition
    order: Order
    backward: bool
    cut: Cut
    nulls: Sequence[bool] | None  # which of the cursor's values are null; None without a cursor
    dialect: Dialect

    def branches(self) -> tuple[Branch, ...]:
        """Return how the rows branch; part of what the text depends on."""
        # An entry of one's own is found by its person.
        found = () if self.narrowed else branches_of(self.condition, self.order)
        if self.dialect.name == "sqlite":
            return found
        is_one_list = len(found) == 1 and found[0].places is not None
        return (replace(found[0], places=1),) if is_one_list and not self.cut.has_offset else ()

    def statement(self, rows: Select[Any]) -> Select[Any]:
        """Return the statement that selects what `rows` does, for this page."""
        order, backward = self.order, self.backward
        where = [self.seen, sql_of(self.condition)]
        beyond = [] if self.nulls is None else order.ranges_beyond(self.nulls, backward=backward)
        if branches := self.branches():
            met = [*where, or_(*beyond)] if beyond else where
            if self.dialect.name == "postgresql":
                return read_each(
                    rows, self.table, order, branch=branches[0], where=met, backward=backward, limit=self.cut.limit
                )
            return read_branches(rows, self.table, order, branches=branches, where=met, backward=backward)
        doubt = doubtful(self.condition, order) if self.dialect.name == "sqlite" else None
        if doubt is not None:
            return seek(
                rows, self.table, order, doubt=doubt, seen=self.seen, where=where, beyond=beyond, backward=backward
            )
        if self._spans_days:
            return read_days(
                rows,
                self.table,
                order,
                seen=self.seen,
                where=where,
                beyond=beyond,
                backward=backward,
                limit=self.cut.limit,
            )
        told = TOLD if self._is_uneven else None
        if told is not None or len(beyond) > 1 or self.cut.has_offset:
            return seek_by_number(
                rows, self.table, order, where=where, beyond=beyond, backward=backward, cut=self.cut, told=told
            )
        return page_of(rows.where(*where, *beyond), order.to_sql(backward=backward), self.cut)

    @property
    def _spans_days(self) -> bool:
        at_once = self.dialect.name == "postgresql" and not self.narrowed and not self.cut.has_offset
        return at_once and spans_days(self.condition, self.order)

    @property
    def _is_uneven(self) -> bool:
        """Whether PostgreSQL would take the rows for evenly spread over the order."""
        return self.dialect.name == "postgresql" and (self.narrowed or not is_everything(self.condition))
