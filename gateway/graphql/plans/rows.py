"""Rows of a projection: selected by a statement, shaped with what hangs on them, as records or as edges."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select

from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.http.slices import Slices
from gateway.querying.formats import CURSOR
from gateway.querying.projections import Column, Constant, Inline, Many, Place, Projection, Want
from gateway.querying.sizes import AnswerSize
from gateway.querying.slices import RowSize, Slice
from gateway.store.databases.statements import Row
from gateway.store.databases.usage import current_answer
from gateway.store.pages.selects import select_columns

Shaped = list[dict[str, Any]]  # an object for each row, in the form that JSON has
Shape = Callable[..., Shaped]

EDGE_CURSOR = Column((), CURSOR)


class Rows:
    """The rows of one SELECT, and the shapes that are made of them."""

    def __init__(self, scope: Scope, table: FromClause) -> None:
        self.projection = Projection(table, scope.dialect.name, sees=scope.rights.secrets)
        self._shapes: dict[str, Shape] = {}

    def add(self, key: str, wants: Sequence[Want], place: Place | None = None) -> None:
        """Add a shape under a key of the answer."""
        self._shapes[key] = self.projection.shaper(wants, place)

    @property
    def keys(self) -> Collection[str]:
        """The keys of the answer that have a shape."""
        return self._shapes.keys()

    @property
    def statements(self) -> int:
        """How many statements what hangs on the rows costs, whatever their number."""
        return sum(many.load.statements for many, _ in self.projection.many)

    def select(self, seen: ColumnElement[bool] | None, *more: Any) -> Select[Any]:
        """Return the SELECT of the columns that the shapes need, and of more; see `places`.

        `seen` is the condition of the rows that may be seen. None says that who asks narrows the rows: to a page of
        visible ones, or to what hangs on a visible one.
        """
        statement = select_columns(self.projection.with_more(more)[0], self.projection.select_from())
        return statement if seen is None else statement.where(seen)

    def places(self, *more: Any) -> list[int]:
        """Return where more columns stand in the rows of their SELECT."""
        return self.projection.with_more(more)[1]

    async def shape(
        self, run: Run, rows: Sequence[Row], cursor: Callable[[Row], str] | None = None
    ) -> dict[str, Shaped]:
        """Make all shapes of the rows, by key; slice by slice.

        Raises:
            AnswerTooLong: the answer has too many bytes by now.
        """
        answer = current_answer()
        many: Sequence[Mapping[int, object]] = ()
        if self.projection.many:
            many = [await self._load(run, answer, loader, rows, place) for loader, place in self.projection.many]
        instant, viewer, size = run.zone.render, run.viewer, self._size

        def made_of(part: Slice) -> dict[str, Shaped]:
            answer.grow(size.bytes_of(part))
            return {key: shape(part.rows, instant, many, cursor, viewer) for key, shape in self._shapes.items()}

        whole = self._slices.whole(rows)
        if whole is not None:
            return made_of(whole)
        shaped: dict[str, Shaped] = {key: [] for key in self._shapes}
        async for made in self._slices.each(rows, made_of):
            for key, objects in made.items():
                shaped[key] += objects
        return shaped

    @cached_property
    def _size(self) -> RowSize:
        return self.projection.size()

    @cached_property
    def _slices(self) -> Slices:
        return Slices(self._size)

    async def _load(
        self, run: Run, answer: AnswerSize, loader: Many, rows: Sequence[Row], place: int
    ) -> Mapping[int, object]:
        """Load what hangs on the rows; what hangs on several of them is answered as often."""
        parents = _parents(rows, place)
        before = answer.taken
        found = await loader.load.load(run, parents)
        if parents and len(parents) < len(rows):
            again = sum(row[place] is not None for row in rows) - len(parents)
            answer.grow((answer.taken - before) * again // len(parents))
        return found


def edge_wants(edges: Selected) -> list[Want]:
    """Return what is wanted of each edge; the node is the row itself."""
    return [_edge_want(edges, wanted) for wanted in edges.parts]


def _edge_want(edges: Selected, wanted: Selected) -> Want:
    match wanted.name:
        case "cursor":
            return Want(wanted.key, EDGE_CURSOR)
        case "node":
            return Want(wanted.key, Inline(), wants_of(wanted))
        case _:
            return Want(wanted.key, Constant(edges.type.name))


def _parents(rows: Sequence[Row], place: int) -> list[int]:
    return list(dict.fromkeys(row[place] for row in rows if row[place] is not None))
