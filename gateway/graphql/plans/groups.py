"""Groups: sums by the asked keys, over all rows that match, with the records behind the keys; one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression

from gateway.catalog.time_entries import GROUP_KEYS, SPANS, GroupKey
from gateway.graphql.plans.aggregates import AggregateShape, Measures
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.cache import BoundedCache
from gateway.querying.errors import BadInput, InvalidPagination
from gateway.querying.pages import DEFAULT_GROUPS, MAX_GROUPS
from gateway.querying.projections import DATE, Column, Constant, One, Projection, Want, word_format
from gateway.querying.sizes import SizeOf
from gateway.store.databases.statements import Row, Statement, compile_statement
from gateway.store.databases.usage import current_answer
from gateway.store.pages.parents import Key
from gateway.store.pages.selects import Ranked, ranked_sums, select_columns
from gateway.store.totals.matching import Matching
from gateway.store.totals.sums import Sums

STATEMENTS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Grouping:
    """By which keys, and how many groups at most."""

    keys: tuple[str, ...]
    first: int


class GroupsPlan:
    """A `groups` field as one selection wants it; its SQL depends on the keys too."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self.key = selected.key
        self._scope = scope
        self._arguments = selected.arguments
        self._parts = selected.parts
        self._type_name = selected.type.name
        self._counts = any(part.name == "totalCount" for part in self._parts)
        self._measures = Measures()
        self._fields = {part.key: part.parts for part in self._parts if part.name == "nodes"}
        self._aggregates = {
            id(field): AggregateShape(scope, field, self._measures)
            for fields in self._fields.values()
            for field in fields
            if field.name == "aggregate"
        }
        self._grouped: BoundedCache[Grouped] = BoundedCache(STATEMENTS_KEPT)

    def prepare(self, run: Run) -> Mapping[str, Any]:
        """Coerce the arguments."""
        return self._arguments.values(run.variables)

    def check(self, arguments: Mapping[str, Any]) -> "Grouping":
        """Read which groups are wanted, and how many.

        Raises:
            BadInput: no key, a key twice, two spans of the calendar, or `first` out of bounds.
        """
        path = (self.key,)
        keys = tuple(key.name for key in arguments["by"])
        first = DEFAULT_GROUPS if arguments.get("first") is None else arguments["first"]
        if not keys:
            raise BadInput("groups.by: [] names no key; name at least one, such as PERSON.", path=path)
        if len(set(keys)) < len(keys):
            raise BadInput(f"groups.by: {', '.join(keys)} names a key twice; name each once.", path=path)
        if sum(GROUP_KEYS[key].is_span for key in keys) > 1:
            raise BadInput(f"groups.by: {SPANS} exclude each other; name at most one of them.", path=path)
        if not 1 <= first <= MAX_GROUPS:
            raise InvalidPagination(
                f"groups.first: {first} is out of bounds; it goes from 1 to {MAX_GROUPS}.", path=path
            )
        return Grouping(keys, first)

    async def run(self, run: Run, grouping: "Grouping", matching: Matching) -> dict[str, Any]:
        """Return the object of the groups."""
        grouped, rows = await self._rows(run, grouping, matching.by(grouping.keys))
        return self._answer(run, grouped, rows)

    async def by_parent(self, run: Run, grouping: "Grouping", matching: Matching) -> Callable[[Key], dict[str, Any]]:
        """Return the object of each parent's groups."""
        matching = matching.by(grouping.keys)
        grouped, rows = await self._rows(run, grouping, matching)
        parents = matching.parents()
        found = {
            parents[parent]: list(members) for parent, members in groupby(rows, key=lambda row: row[grouped.parent])
        }
        return lambda key: self._answer(run, grouped, found.get(key, ()))

    async def _rows(self, run: Run, grouping: "Grouping", matching: Matching) -> "tuple[Grouped, Sequence[Row]]":
        grouped = self._grouped.get(
            (grouping.keys, matching.shape()), lambda: self._build(grouping.keys, matching.sums())
        )
        values = run.viewer_values | matching.values() | {"first": grouping.first}
        rows = await run.connection.run(grouped.statement, values)
        current_answer().grow(grouped.size(rows))
        return grouped, rows

    def _answer(self, run: Run, grouped: "Grouped", rows: Sequence[Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for part in self._parts:
            match part.name:
                case "totalCount":
                    answer[part.key] = int(rows[0][grouped.total]) if rows else 0
                case "nodes":
                    answer[part.key] = self._nodes(run, part.key, grouped, rows)
                case _:
                    answer[part.key] = self._type_name
        return answer

    def _nodes(self, run: Run, key: str, grouped: "Grouped", rows: Sequence[Any]) -> list[dict[str, Any]]:
        sets = [list(members) for _, members in groupby(rows, key=lambda row: row[grouped.rank])]
        shaped: list[dict[str, Any]] = grouped.shapes[key]([members[0] for members in sets], run.zone.render)
        aggregates = [field for field in self._fields[key] if field.name == "aggregate"]
        for group, members in zip(shaped, sets, strict=True):
            totals = self._measures.read([row[grouped.measures :] for row in members])
            for field in aggregates:
                group[field.key] = self._aggregates[id(field)].answer(totals)
        return shaped

    def _build(self, keys: tuple[str, ...], sums: Sums) -> "Grouped":
        chosen = [GROUP_KEYS[name] for name in keys]
        submission = self._scope.rights.timesheet_submission
        columns: list[ColumnElement[Any]] = [
            (sums.key(key.word) if sums.key else key.expression(submission)).label(_label(key)) for key in chosen
        ]
        measures = self._measures.columns(sums)
        ranked = ranked_sums(
            sums.table, columns, measures, self._measures.split(sums), sums.condition, parent=sums.parent
        )
        return self._outer(ranked, [str(column.key) for column in measures], {key.field: key for key in chosen})

    def _outer(self, ranked: Ranked, measures: list[str], keys: Mapping[str, GroupKey]) -> "Grouped":
        sums = ranked.cte
        projection = Projection(sums, self._scope.dialect.name, sees=self._scope.rights.secrets)
        shapes = {
            key: projection.shaper([self._want(field, keys) for field in wanted])
            for key, wanted in self._fields.items()
        }
        total = [ranked.total] if self._counts else []
        extra: list[SQLColumnExpression[Any]] = [*ranked.parent, ranked.rank, *total]
        columns = [*projection.columns, *extra, *(sums.c[name] for name in measures)]
        within = [sums.c.currency] if self._measures.by_currency else []
        statement = ranked.first(select_columns(columns, projection.select_from()), within)
        parent = len(projection.columns)
        rank = parent + len(ranked.parent)
        compiled = compile_statement(statement, self._scope.dialect)
        return Grouped(
            statement=compiled,
            shapes=shapes,
            size=projection.size()[0],
            parent=parent,
            rank=rank,
            total=rank + 1,
            measures=parent + len(extra),
        )

    def _want(self, field: Selected, keys: Mapping[str, GroupKey]) -> Want:
        if field.name == "__typename":
            return Want(field.key, Constant("TimeEntryGroup"))
        key = keys.get(field.name)
        if key is None:
            return Want(field.key, Constant(None))
        if isinstance(key.shows, str):
            relation = One(_label(key), self._scope.target(key.shows), nullable=True)
            return Want(field.key, relation, wants_of(field))
        shown = DATE if key.shows is None else word_format(key.shows)
        return Want(field.key, Column((lambda row: row.c[key.field],), shown))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grouped:
    """A compiled grouping: its statement, its shapes, the bytes of its texts, and where in its rows the rest stands."""

    statement: Statement
    shapes: Mapping[str, Any]
    size: SizeOf
    parent: int  # where there are several
    rank: int
    total: int  # where it is counted
    measures: int


def _label(key: GroupKey) -> str:
    return f"{key.field}_id" if isinstance(key.shows, str) else key.field
