"""The reads: a page of a type's records, and single ones. Each plan is made for what is wanted, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam

from gateway.http.points import FIXED_PRICE
from gateway.http.runs import Run
from gateway.jsonapi.levels import Level, Reading, Resource, Scope
from gateway.jsonapi.paging import AskedPage
from gateway.jsonapi.shown import RecordType
from gateway.jsonapi.wanted import Wanted
from gateway.querying.column_types import ID_TYPE, Expression
from gateway.querying.conditions import Condition
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.statements import Kept, Row, Statement, compile_statement, one_statement
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.pages.selects import sums_of
from gateway.store.totals.effort import Effort, listed, summed
from gateway.store.totals.matching import Matching


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The records of a page, and where it lies: the number of all, or the cursor of the last where more follow."""

    data: list[Resource]
    included: list[Resource]
    total: int | None = None
    cursor: str | None = None


class ListPlan:
    """Pages of a type's records."""

    def __init__(self, scope: Scope, type_: RecordType, wanted: Wanted) -> None:
        self.level = Level(scope, type_, wanted, wanted.includes)
        self._dialect = scope.dialect
        self._visibility = scope.visibility(type_.table)
        self._pages = PageStatements(type_.table, self._visibility, scope.dialect, self._select)
        self._counts: Kept[Statement] = Kept(one_statement)

    def _select(self, more: Sequence[Expression]) -> Select[Any]:
        """Return the SELECT of the rows, of which the page takes some by their ids."""
        rows = self.level.select(more)
        # Ids that count within an organization are those of other organizations' rows, too.
        is_alone = len(self.level.type.table.primary_key) == 1
        return rows if is_alone else rows.where(self.level.visible())

    def points(self, asked: AskedPage) -> int:
        """Return what a page may cost."""
        counted = FIXED_PRICE if asked.after is None else 0
        return 1 + asked.size * self.level.points + counted

    def efforts(self, condition: Condition, start: Start, asked: AskedPage) -> list[Effort]:
        """Return what the statements of a page can be made to look at."""
        matching = Matching.of(self.level.type.table, self._visibility, condition)
        counts = [summed(matching, measures=1)] if asked.after is None else []
        return counts if asked.is_empty else [listed(matching, start.order, start.page), *counts]

    async def run(self, run: Run, condition: Condition, start: Start, asked: AskedPage) -> FoundPage:
        """Read a page: by number with the number of all records, by cursor without."""
        reading = Reading(run)
        rows = [] if asked.is_empty else await self._rows(run, condition, start)
        data = await self.level.shape(reading, rows[: asked.size])
        included = reading.document.included
        if asked.after is None:
            return FoundPage(data, included, total=await self.count(run, condition))
        more = len(rows) > asked.size
        return FoundPage(data, included, cursor=self._cursor(start, rows[asked.size - 1]) if more else None)

    async def _rows(self, run: Run, condition: Condition, start: Start) -> Sequence[Row]:
        statement, values = self._pages.of(condition, start)
        return await run.connection.run(statement, run.viewer_values | values)

    def _cursor(self, start: Start, row: Row) -> str:
        places = self.level.projection.with_more(start.order.expressions)[1]
        return start.cursors.write([row[place] for place in places])

    async def count(self, run: Run, condition: Condition) -> int:
        """Return how many records match."""
        matching = Matching.of(self.level.type.table, self._visibility, condition)

        def build() -> Statement:
            sums = matching.sums()
            counted: list[ColumnElement[int]] = [column.label("count") for column in sums.measures["count"]]
            return compile_statement(sums_of(sums.table, counted, [], sums.condition), self._dialect)

        statement = self._counts.get(matching.shape(), build)
        [[count]] = await run.connection.run(statement, run.viewer_values | matching.values())
        return int(count)


class RecordsPlan:
    """Records of a type by their numbers."""

    def __init__(self, scope: Scope, type_: RecordType, wanted: Wanted) -> None:
        self.level = level = Level(scope, type_, wanted, wanted.includes)
        self.includes = bool(wanted.includes)
        table = type_.table
        self._revision = level.projection.column(table.c.revision) if "revision" in table.c else None
        self._dialect = scope.dialect
        one = level.select().where(level.visible(), table.c.id == bindparam("number", type_=ID_TYPE))
        self._one = compile_statement(one, scope.dialect)

    @cached_property
    def _some(self) -> Statement:
        number, numbers = self.level.type.table.c.id, bindparam("numbers", type_=ListOf(ID_TYPE))
        some = self.level.select().where(self.level.visible(), any_of(number, numbers))
        return compile_statement(some, self._dialect)

    async def one(self, run: Run, number: int) -> "FoundRecord | None":
        """Return a record; None when there is none, or the caller may not see it."""
        rows = await run.connection.run(self._one, {"number": number, **run.viewer_values})
        if not rows:
            return None
        reading = Reading(run)
        [record] = await self.level.shape(reading, rows)
        revision = None if self._revision is None else rows[0][self._revision]
        return FoundRecord(record, reading.document.included if self.includes else None, revision)

    async def some(self, run: Run, numbers: Sequence[int]) -> tuple[list[Resource], list[Resource]]:
        """Return the visible ones of the records in the order of the numbers, and what is included."""
        rows = await run.connection.run(self._some, {"numbers": list(numbers), **run.viewer_values})
        reading = Reading(run)
        found = dict(zip((row[self.level.number] for row in rows), await self.level.shape(reading, rows), strict=True))
        return [found[number] for number in numbers if number in found], reading.document.included


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record, what is included with it, and its revision where its type has them."""

    data: Resource
    included: list[Resource] | None  # None where nothing was asked for
    revision: int | None

    def document(self) -> dict[str, object]:
        """Return the documented answer."""
        return {"data": self.data, **({} if self.included is None else {"included": self.included}), "meta": {}}
