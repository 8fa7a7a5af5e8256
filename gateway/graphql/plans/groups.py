"""Groups: sums by the asked keys, over all rows that match, with the records behind the keys; one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from gateway.catalog.entry_groups import GROUP_KEYS, GROUP_SORTS, GroupKey
from gateway.catalog.grouping import Grouping, columns_of, fault_of, label_of
from gateway.catalog.records import RECORDS
from gateway.graphql.plans.aggregates import AggregateShape
from gateway.graphql.plans.pages import FoundPage
from gateway.graphql.plans.rows import Rows, Shaped
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import statements_of, wants_of
from gateway.querying.conditions import Condition
from gateway.querying.errors import BadInput, Forbidden, InvalidCursor, InvalidPagination
from gateway.querying.formats import DATE, word_format
from gateway.querying.pages import DEFAULT_GROUPS, MAX_GROUPS, Page
from gateway.querying.projections import Column, Constant, One, Want
from gateway.store.databases.statements import Kept, Row, Statement, compile_statement
from gateway.store.databases.usage import current_answer
from gateway.store.pages.parents import Key, Level, Parents
from gateway.store.pages.reading import Start
from gateway.store.pages.selects import Ranked, ranked_sums
from gateway.store.totals.effort import Effort, summed
from gateway.store.totals.matching import Matching
from gateway.store.totals.measures import Measures
from gateway.store.totals.sums import order_terms


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
            Forbidden: ordered by costs, and the caller may not see them.
        """
        path = (self.key,)
        keys = tuple(key.name for key in arguments["by"])
        first = DEFAULT_GROUPS if arguments.get("first") is None else arguments["first"]
        if (fault := fault_of(keys)) is not None:
            raise BadInput(f"groups.by: {fault}", path=path)
        if not 1 <= first <= MAX_GROUPS:
            raise InvalidPagination(
                f"groups.first: {first} is out of bounds; it goes from 1 to {MAX_GROUPS}.", path=path
            )
        page, asked = Page(first, cursor=arguments.get("after")), arguments.get("orderBy")
        if asked is None:
            return Grouping(keys, page)
        sort = GROUP_SORTS[asked["field"].name]
        if sort.is_cost and not self._scope.rights.sees_costs:
            raise Forbidden(f"groups.orderBy: you may not see costs, so nothing is ordered by {sort.word}.", path=path)
        return Grouping(keys, page, sort, descending=asked["direction"].name == "DESC")

    def effort(self, grouping: "Grouping", matching: Matching) -> Effort:
        """Return what the statement can be made to do."""
        keys = grouping.keys
        return summed(matching.by(keys), measures=len(self._measures.names), keys=len(keys))

    async def run(self, run: Run, grouping: "Grouping", matching: Matching) -> dict[str, Any]:
        """Return the object of the groups."""
        return (await self.by_parent(run, grouping, matching))(())

    async def by_parent(self, run: Run, grouping: "Grouping", matching: Matching) -> Callable[[Key], dict[str, Any]]:
        """Return the object of each parent's groups; a list that hangs on nothing is that of the parent `()`."""
        matching, page = matching.by(grouping.keys), grouping.page
        starts = self._starts(grouping, matching)
        start = next(iter(starts.values()), None)
        nulls = None if start is None else start.nulls
        grouped = self._grouped.get(
            (grouping.shape, nulls, matching.shape()), lambda: self._build(grouping, matching, nulls)
        )
        beyond = {} if start is None else {f"c{place}": value for place, value in enumerate(start.beyond or ())}
        values = run.viewer_values | matching.values() | beyond | {"first": page.size + 1}
        rows = await run.connection.run(grouped.statement, values)
        found = [list(members) for _, members in groupby(rows, key=grouped.group)]
        sets = [members for members in found if grouped.is_on(members[0], page)]
        owner = grouped.owner(matching.parents())
        keys = [(*owner(members[0]), *grouped.keys_of(members[0])) for members in sets]
        nodes = await self._nodes(run, grouped, sets, Level(grouped.parents, keys), matching.condition)
        places: dict[Key, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key[: -len(grouping.keys)], []).append(place)
        first_rows: dict[Key, list[Row]] = {}  # of each parent the first row of each group that was read
        for members in found:
            first_rows.setdefault(owner(members[0]), []).append(members[0])

        def answer(parent: Key) -> dict[str, Any]:
            own, read = places.get(parent, []), first_rows.get(parent, [])
            total = int(read[0][grouped.total]) if read and self._counts else 0
            firsts = [sets[place][0] for place in own]
            more = len(read) > len(own) > 0
            shown = FoundPage(page, firsts, {}, more, lambda row: grouped.cursor(starts[parent], row))
            answers: dict[str, Any] = {}
            for part in self._parts:
                match part.name:
                    case "nodes":
                        answers[part.key] = [nodes[part.key][place] for place in own]
                    case "pageInfo":
                        answers[part.key] = {info.key: shown.info(info.name) for info in part.parts}
                    case "totalCount":
                        answers[part.key] = total
                    case _:
                        answers[part.key] = self._type_name
            return answers

        return answer

    def _starts(self, grouping: "Grouping", matching: Matching) -> Mapping[Key, Start]:
        """Read the cursor for each parent: it is that of one of them alone.

        Raises:
            InvalidCursor: it belongs to another list, or is none.
        """
        owners = (
            {(): ""}
            if matching.level is None
            else {key: matching.level.parents.owner(key) for key in matching.level.keys}
        )
        try:
            return {
                key: Start.of(
                    matching.table, matching.condition, grouping.order, grouping.page, owner + grouping.resource
                )
                for key, owner in owners.items()
            }
        except InvalidCursor as error:
            error.path = (self.key,)
            raise

    async def _nodes(
        self, run: Run, grouped: "Grouped", sets: Sequence[Sequence[Row]], level: Level, condition: Condition
    ) -> Mapping[str, Shaped]:
        """Return the groups by key of the answer; of each there is a row for each currency."""
        shaped = await grouped.rows.shape(run, [members[0] for members in sets])
        totals = [grouped.sums.read(members) for members in sets]
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

    def _build(self, grouping: "Grouping", matching: Matching, nulls: Sequence[bool] | None) -> "Grouped":
        sums, chosen, sort = matching.sums(), [GROUP_KEYS[name] for name in grouping.keys], grouping.sort
        measures = self._measures.with_sort(None if sort is None else sort.measure)
        columns = columns_of(grouping.keys, sums, submission=self._scope.rights.timesheet_submission)
        ranked = ranked_sums(
            sums.table, columns, measures.columns(sums), measures.split(sums), sums.condition,
            order=grouping.order, terms=None if sort is None else partial(order_terms, sort.measure), nulls=nulls,
            parent=sums.parent,
        )  # fmt: skip
        rows = Rows(self._scope, ranked.cte)
        by_field = {key.field: key for key in chosen}
        for key, fields in self._fields.items():
            rows.add(key, [self._want(field, by_field) for field in fields])
        outer = () if matching.level is None else matching.level.parents.links
        parents = Parents((*outer, *(key.link for key in chosen)), self._scope.dialect)
        return self._compiled(ranked, rows, grouping, measures, parents)

    def _compiled(
        self, ranked: Ranked, rows: Rows, grouping: "Grouping", measures: Measures, parents: Parents
    ) -> "Grouped":
        sums = ranked.cte
        sorted_by: list[Any] = [sums.c[key.name] for key, _ in grouping.order.keys]
        parts: list[Sequence[Any]] = [
            sorted_by, ranked.parent, [ranked.rank], ranked.start, [ranked.total] if self._counts else []
        ]  # fmt: skip
        before = [column for part in parts for column in part]
        within = [sums.c.currency] if measures.by_currency else []
        added = [*within, *(sums.c[name] for name in measures.labels())]
        statement = ranked.first(rows.select(None, *before, *added), within)
        places = iter(rows.places(*before, *added))
        order_places, parent, rank, start, total = ([next(places) for _ in part] for part in parts)
        measures.first = len(rows.select(None, *before).selected_columns)  # they come last
        return Grouped(
            compile_statement(statement, self._scope.dialect),
            rows,
            parents,
            sums=measures,
            order=order_places,
            keys_of=tuple_at(order_places[-len(grouping.keys) :]),
            group=tuple_at([*parent, rank[0]]),
            parent=parent,
            rank=rank[0],
            start=start,
            total=total[0] if total else 0,
        )

    def _want(self, field: Selected, keys: Mapping[str, GroupKey]) -> Want:
        if field.name == "__typename":
            return Want(field.key, Constant("TimeEntryGroup"))
        key = keys.get(field.name)
        if key is None:
            return Want(field.key, Constant(None))
        if isinstance(key.shows, str):
            relation = One(label_of(key), self._scope.target(key.shows), nullable=True)
            return Want(field.key, relation, self._records[id(field)])
        shown = DATE if key.shows is None else word_format(key.shows)
        return Want(field.key, Column((lambda row: row.c[key.field],), shown))


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """A compiled grouping: its statement, its shapes, its groups as parents of entries, and the places in its rows."""

    statement: Statement
    rows: Rows
    parents: Parents
    sums: Measures
    order: Sequence[int]  # what a cursor holds
    keys_of: Callable[[Row], Key]  # of the group that a row is of
    group: Callable[[Row], Key]  # what the rows of a group have in common
    parent: Sequence[int]  # none where the list hangs on nothing
    rank: int
    start: Sequence[int]  # none without a cursor
    total: int  # where it is counted

    def cursor(self, start: Start, row: Row) -> str:
        """Write the cursor of a group."""
        text = start.cursors.write([row[place] for place in self.order])
        current_answer().grow(len(text))
        return text

    def is_on(self, row: Row, page: Page) -> bool:
        """Tell whether a group is on the page, and not the one behind it or the first of all that tells how many."""
        start = row[self.start[0]] if self.start else 1
        return start is not None and row[self.rank] < start + page.size

    def owner(self, parents: Mapping[Any, Key]) -> Callable[[Row], Key]:
        """Return what tells the parent that the group of a row hangs on."""
        if not self.parent:
            return lambda _: ()
        [place] = self.parent
        return lambda row: parents[row[place]]


def tuple_at(places: Sequence[int]) -> Callable[[Row], Key]:
    """Return what takes the values at some places of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    [place] = places
    return lambda row: (row[place],)
