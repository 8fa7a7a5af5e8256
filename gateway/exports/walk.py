"""A walk: all rows of a list in its order, page by page, each beyond the one before."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Dialect, Select, Table

from gateway.http.runs import Run
from gateway.querying.column_types import Expression
from gateway.querying.conditions import Condition
from gateway.querying.pages import Page
from gateway.querying.projections import Projection
from gateway.querying.sizes import AnswerTooLong
from gateway.querying.sorts import Order
from gateway.store.databases.statements import Row
from gateway.store.databases.usage import current_answer
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.pages.selects import select_columns
from gateway.store.visibility import Visibility

# Rows of a page: as many as there are bytes for, which are counted while they are read.
MOST_ROWS, FEWER = 1_000, 4
PAGE_BYTES = 1_000_000


class Walk:
    """The rows of a projection; on a connection in one snapshot each of them is met once."""

    def __init__(self, table: Table, visibility: Visibility, dialect: Dialect, projection: Projection) -> None:
        self._table, self._projection = table, projection
        self._pages = PageStatements(table, visibility, dialect, self._select)

    def _select(self, more: Sequence[Expression]) -> Select[Any]:
        return select_columns(self._projection.with_more(more)[0], self._projection.select_from())

    async def pages(self, run: Run, condition: Condition, order: Order) -> AsyncGenerator[Sequence[Row]]:
        """Yield the rows; none of the pages holds much more than `PAGE_BYTES`."""
        answer = current_answer()
        answer.most = PAGE_BYTES
        places = self._projection.with_more(order.expressions)[1]
        start, size = Start.of(self._table, condition, order, Page(MOST_ROWS)), MOST_ROWS
        while True:
            statement, values = self._pages.of(condition, start)
            try:
                rows = await run.connection.run(statement, run.viewer_values | values)
            except AnswerTooLong:
                size = max(1, size // FEWER)
                answer.most = PAGE_BYTES if size > 1 else float("inf")  # a row is as long as it is
                start = replace(start, page=Page(size))
                continue
            yield rows
            if len(rows) <= size:  # one more is read than a page has
                return
            if statement.size is None or 2 * FEWER * statement.size(rows) < PAGE_BYTES:
                size = min(MOST_ROWS, size * FEWER)
            answer.most = PAGE_BYTES
            cursor = start.cursors.write([rows[-1][place] for place in places])
            start = replace(start, page=Page(size), beyond=start.cursors.read(cursor, "after"))
