"""Groups: sums by the asked keys, over all rows that match, with the records behind the keys; one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import ColumnElement

from gateway.catalog.records import RECORDS
from gateway.catalog.time_entries import GROUP_KEYS, SPANS, GroupKey
from gateway.graphql.plans.aggregates import AggregateShape, Measures
from gateway.graphql.plans.rows import Rows, Shaped
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import statements_of, wants_of
from gateway.querying.conditions import Condition
from gateway.querying.errors import BadInput, InvalidPagination
from gateway.querying.pages import DEFAULT_GROUPS, MAX_GROUPS
from gateway.querying.projections import DATE, Column, Constant, One, Want, word_format
from gateway.store.databases.statements import Kept, Row, Statement, compile_statement
from gateway.store.pages.parents import Key, Level, Parents
from gateway.store.pages.selects import Ranked, ranked_sums
from gateway.store.totals.effort import Effort, summed
from gateway.store.totals.matching import Matching


@dataclass(frozen=True, slots=True)
class Grouping:
    """By which keys, and how many groups at most."""

    keys: tuple[str, ...]
    first: int


class Entries(Protocol):
    """The entries of groups, as a connection for each."""

    @property
    def statements(self) -> int:
        """How many statements that costs at most."""

    async def of_level(self, run: Run, level: Level, within: Condition) -> Mapping[Key, object]:
        """Return the connection of each group: its entries within the condition that was grouped."""


class GroupsPlan:
    """A `groups` field as one selection wants it; its SQL depends on the keys too."""

    def __init__(self, scope: Scope, selected: Selected, entries: Callable[[Selected], Entries]) -> None:
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
        nodes = [field for fields in self._fields.values() for field in fields]
        self._entries = {id(field): entries(field) for field in nodes if field.name == "timeEntries"}
        self._records = {id(field): wants_of(field) for field in nodes if field.type_name in RECORDS}
        self._grouped: Kept[Grouped] = Kept(lambda grouped: [grouped.statement])

    @property
    def statements(self) -> int:
        """How many statements the groups and what hangs on them cost at most."""
        below = sum(statements_of(wants) for wants in self._records.values())
        return 1 + below + sum(entries.statements for entries in self._entries.values())

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

    def effort(self, grouping: "Grouping", matching: Matching) -> Effort:
        """Return what the statement can be made to do."""
        keys = grouping.keys
        return summed(matching.by(keys), measures=len(self._measures.names), keys=len(keys))

    async def run(self, run: Run, grouping: "Grouping", matching: Matching) -> dict[str, Any]:
        """Return the object of the groups."""
        return (await self.by_parent(run, grouping, matching))(())

    async def by_parent(self, run: Run, grouping: "Grouping", matching: Matching) -> Callable[[Key], dict[str, Any]]:
        """Return the object of each parent's groups; a list that hangs on nothing is that of the parent `()`."""
        matching = matching.by(grouping.keys)
        grouped = self._grouped.get((grouping.keys, matching.shape()), lambda: self._build(grouping.keys, matching))
        values = run.viewer_values | matching.values() | {"first": grouping.first}
        rows = await run.connection.run(grouped.statement, values)
        sets = [list(members) for _, members in groupby(rows, key=grouped.group)]
        parents = matching.parents()
        keys = [(*grouped.parent_of(members[0], parents), *grouped.keys_of(members[0])) for members in sets]
        nodes = await self._nodes(run, grouped, sets, Level(grouped.parents, keys), matching.condition)
        places: dict[Key, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key[: -len(grouping.keys)], []).append(place)

        def answer(parent: Key) -> dict[str, Any]:
            own = places.get(parent, [])
            total = int(sets[own[0]][0][grouped.total]) if own and self._counts else 0
            values = {"totalCount": total, "__typename": self._type_name}
            return {
                part.key: [nodes[part.key][place] for place in own] if part.name == "nodes" else values[part.name]
                for part in self._parts
            }

        return answer

    async def _nodes(
        self, run: Run, grouped: "Grouped", sets: Sequence[Sequence[Row]], level: Level, condition: Condition
    ) -> Mapping[str, Shaped]:
        """Return the groups by key of the answer; of each there is a row for each currency."""
        shaped = await grouped.rows.shape(run, [members[0] for members in sets])
        totals = [self._measures.read([row[grouped.measures :] for row in members]) for members in sets]
        for key, fields in self._fields.items():
            for field in fields:
                if field.name == "aggregate":
                    for group, sums in zip(shaped[key], totals, strict=True):
                        group[field.key] = self._aggregates[id(field)].answer(sums)
                elif field.name == "timeEntries":
                    found = await self._entries[id(field)].of_level(run, level, condition)
                    for group, own in zip(shaped[key], level.keys, strict=True):
                        group[field.key] = found[own]
        return shaped

    def _build(self, names: tuple[str, ...], matching: Matching) -> "Grouped":
        sums, chosen = matching.sums(), [GROUP_KEYS[name] for name in names]
        submission = self._scope.rights.timesheet_submission
        columns: list[ColumnElement[Any]] = [
            (sums.key(key.word) if sums.key else key.expression(submission)).label(_label(key)) for key in chosen
        ]
        split = self._measures.split(sums)
        ranked = ranked_sums(
            sums.table, columns, self._measures.columns(sums), split, sums.condition, parent=sums.parent
        )
        rows = Rows(self._scope, ranked.cte)
        by_field = {key.field: key for key in chosen}
        for key, fields in self._fields.items():
            rows.add(key, [self._want(field, by_field) for field in fields])
        outer = () if matching.level is None else matching.level.parents.links
        parents = Parents((*outer, *(key.link for key in chosen)), self._scope.dialect)
        return self._compiled(ranked, rows, [_label(key) for key in chosen], parents)

    def _compiled(self, ranked: Ranked, rows: Rows, keys: Sequence[str], parents: Parents) -> "Grouped":
        sums = ranked.cte
        total = [ranked.total] if self._counts else []
        before: list[Any] = [*(sums.c[key] for key in keys), *ranked.parent, ranked.rank, *total]
        within = [sums.c.currency] if self._measures.by_currency else []
        measures = [*within, *(sums.c[name] for name in self._measures.labels())]
        places = rows.places(*before, *measures)
        statement = ranked.first(rows.select(None, *before, *measures), within)
        whose = len(keys) + len(ranked.parent)
        return Grouped(
            compile_statement(statement, self._scope.dialect),
            rows,
            parents,
            keys=places[: len(keys)],
            parent=places[len(keys) : whose],
            rank=places[whose],
            total=places[whose + 1] if total else 0,
            measures=len(rows.select(None, *before).selected_columns),
        )

    def _want(self, field: Selected, keys: Mapping[str, GroupKey]) -> Want:
        if field.name == "__typename":
            return Want(field.key, Constant("TimeEntryGroup"))
        key = keys.get(field.name)
        if key is None:
            return Want(field.key, Constant(None))
        if isinstance(key.shows, str):
            relation = One(_label(key), self._scope.target(key.shows), nullable=True)
            return Want(field.key, relation, self._records[id(field)])
        shown = DATE if key.shows is None else word_format(key.shows)
        return Want(field.key, Column((lambda row: row.c[key.field],), shown))


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """A compiled grouping: its statement, its shapes, its groups as parents of entries, and the places in its rows."""

    statement: Statement
    rows: Rows
    parents: Parents
    keys: Sequence[int]
    parent: Sequence[int]  # none where the list hangs on nothing
    rank: int
    total: int  # where it is counted
    measures: int  # the first of them; they come last

    def group(self, row: Row) -> tuple[Any, ...]:
        """Return what the rows of a group have in common."""
        return (*(row[place] for place in self.parent), row[self.rank])

    def keys_of(self, row: Row) -> Key:
        """Return the keys of the group that a row is of."""
        return tuple(row[place] for place in self.keys)

    def parent_of(self, row: Row, parents: Mapping[Any, Key]) -> Key:
        """Return the parent that the group of a row hangs on."""
        return parents[row[self.parent[0]]] if self.parent else ()


def _label(key: GroupKey) -> str:
    return f"{key.field}_id" if isinstance(key.shows, str) else key.field
