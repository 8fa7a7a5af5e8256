"""Pages: `nodes`, `edges` and `pageInfo`, the same in every connection, whoever reads the rows.

Rows are read and shaped for all pages of a level at once; a `FoundPage` is one connection's part of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import FromClause

from gateway.graphql.plans.rows import Rows, Shaped, edge_wants
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.pages import Page
from gateway.store.databases.statements import Row

WriteCursor = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The rows of a page in the list's order, what was made of them by key of the answer, and where they stand."""

    page: Page
    rows: Sequence[Row]
    shaped: Mapping[str, Shaped]
    more: bool  # whether further rows lie in the direction of reading
    cursor: WriteCursor

    def info(self, name: str) -> object:
        """Return a field of `PageInfo`."""
        match name:
            case "hasNextPage":
                return self.page.cursor is not None if self.page.backward else self.more
            case "hasPreviousPage":
                before = self.page.cursor is not None or self.page.offset > 0
                return self.more if self.page.backward else before
            case "startCursor":
                return self.cursor(self.rows[0]) if self.rows else None
            case "endCursor":
                return self.cursor(self.rows[-1]) if self.rows else None
            case _:
                return "PageInfo"


class PageShape:
    """What one selection wants of the pages of a connection."""

    def __init__(self, scope: Scope, selected: Selected, table: FromClause) -> None:
        """Plan the rows of a table, or of a subquery."""
        self.rows = Rows(scope, table)
        self._infos: dict[str, list[Selected]] = {}
        for part in selected.parts:
            match part.name:
                case "nodes":
                    self.rows.add(part.key, wants_of(part))
                case "edges":
                    self.rows.add(part.key, edge_wants(part))
                case "pageInfo":
                    self._infos[part.key] = part.parts
        self.is_wanted = bool(self.rows.keys or self._infos)

    @property
    def statements(self) -> int:
        """How many statements reading the rows and what hangs on them costs."""
        return 1 + self.rows.statements if self.is_wanted else 0

    async def page(self, run: Run, page: Page, rows: Sequence[Row], cursor: WriteCursor) -> FoundPage:
        """Make a page of rows that were read one further than it is long, in the direction of reading."""
        more = len(rows) > page.size
        rows = rows[: page.size]
        if page.backward:
            rows = rows[::-1]
        return FoundPage(page, rows, await self.rows.shape(run, rows, cursor), more, cursor)

    async def pages_by_parent(
        self, run: Run, page: Page, rows: Sequence[Row], parent: int, cursor: WriteCursor
    ) -> Callable[[int], FoundPage]:
        """Make the pages of several parents of rows that were read so; `parent` is its id's place in the rows.

        The function that is returned answers an empty page for a parent without rows.
        """
        own: dict[int, list[Row]] = {}
        for row in rows:
            own.setdefault(row[parent], []).append(row)
        kept: list[Row] = []
        spans: dict[int, tuple[int, int]] = {}
        for number, found in own.items():
            begin = len(kept)
            kept += found[: page.size][::-1] if page.backward else found[: page.size]
            spans[number] = begin, len(kept)
        shaped = await self.rows.shape(run, kept, cursor)

        def of(number: int) -> FoundPage:
            begin, end = spans.get(number, (0, 0))
            values = {key: made[begin:end] for key, made in shaped.items()}
            return FoundPage(page, kept[begin:end], values, len(own.get(number, ())) > page.size, cursor)

        return of

    def answer(self, found: FoundPage) -> dict[str, object]:
        """Return the parts of a connection's object that a page fills, by key."""
        if not self._infos:
            return {**found.shaped}
        infos = {key: {part.key: found.info(part.name) for part in parts} for key, parts in self._infos.items()}
        return {**found.shaped, **infos}
