"""Totals: `totalCount`, `aggregate` and the count behind `pageMeta`, added up by one statement over all that match."""

from collections.abc import Callable, Sequence

from sqlalchemy import Dialect

from gateway.graphql.plans.aggregates import AggregateShape
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.pages import MAX_SIZE, Page, total_pages
from gateway.store.databases.statements import Kept, Row, Statement, compile_statement, one_statement
from gateway.store.pages.parents import Key
from gateway.store.pages.selects import sums_of
from gateway.store.totals.matching import Matching
from gateway.store.totals.measures import Measures, Totals


class TotalsShape:
    """What one selection wants to know of all rows that match, whatever the page."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self.measures = Measures()
        self._counts = [part.key for part in selected.parts if part.name == "totalCount"]
        self._metas = {part.key: part.parts for part in selected.parts if part.name == "pageMeta"}
        if self._counts or self._metas:
            self.measures.need("count")
        self._aggregates = {
            part.key: AggregateShape(scope, part, self.measures) for part in selected.parts if part.name == "aggregate"
        }
        self.is_wanted = bool(self._counts or self._metas or self._aggregates)

    def needs(self, page: Page) -> bool:
        """Tell whether a statement is needed: not for hidden costs alone, nor for the numbers of no page."""
        if not self.measures.names:
            return False
        return bool(self._counts or self._aggregates) or page.number is not None

    @property
    def statements(self) -> int:
        """How many statements adding up costs at most."""
        return int(bool(self.measures.names))

    def answer(self, totals: Totals, page: Page) -> dict[str, object]:
        """Return the parts of a connection's object that totals fill, by key."""
        answers: dict[str, object] = {key: shape.answer(totals) for key, shape in self._aggregates.items()}
        for key in self._counts:
            answers[key] = totals["count"]
        for key, parts in self._metas.items():
            meta = None if page.number is None else _meta(page, page.number, totals["count"])
            answers[key] = None if meta is None else {part.key: meta[part.name] for part in parts}
        return answers


def _meta(page: Page, number: int, total: int) -> dict[str, object]:
    return {
        "__typename": "PageMeta",
        "currentPage": number if total else 1,
        "totalPages": total_pages(total, page.size),
        "totalCount": total,
        "pageSize": page.size,
        "maxPageSize": MAX_SIZE,
    }


class TotalsPlan:
    """Adds up what a selection wants of all rows that match."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self.shape = TotalsShape(scope, selected)
        self._dialect: Dialect = scope.dialect
        self._statements: Kept[Statement] = Kept(one_statement)

    async def run(self, run: Run, matching: Matching, page: Page) -> dict[str, object]:
        """Return the parts of a connection's object that totals fill, by key."""
        return self.shape.answer(self.shape.measures.read(await self._rows(run, matching, page)), page)

    async def by_parent(self, run: Run, matching: Matching, page: Page) -> Callable[[Key], dict[str, object]]:
        """Return such parts of each parent's connection."""
        rows: dict[Key, list[Row]] = {}
        parents = matching.parents()
        for parent, *sums in await self._rows(run, matching, page):
            rows.setdefault(parents[parent], []).append(tuple(sums))
        return lambda key: self.shape.answer(self.shape.measures.read(rows.get(key, ())), page)

    async def _rows(self, run: Run, matching: Matching, page: Page) -> Sequence[Row]:
        measures = self.shape.measures
        if not self.shape.needs(page):
            return ()

        def build() -> Statement:
            sums = matching.sums()
            columns, split = measures.columns(sums), measures.split(sums)
            found = sums_of(sums.table, [*sums.parent, *columns], [*sums.parent, *split], sums.condition)
            return compile_statement(found, self._dialect)

        statement = self._statements.get(matching.shape(), build)
        return await run.connection.run(statement, run.viewer_values | matching.values())
