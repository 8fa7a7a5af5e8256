"""Random walks from records to what hangs on them, and what plain Python finds on the same way over the rows.

All chance comes from one `random.Random`. A walk is written as a selection, and answered from a ledger by going through
all its rows: no index, no page of the store, no order but Python's.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.access import Viewer
from tests.support.judges.accounts import AGGREGATE, KEYS, SPANS, aggregate, key_selection, members_of_groups
from tests.support.judges.predicate import holds
from tests.support.random.filters import Filters
from tests.support.worlds.ledger import Ledger

Row = Mapping[str, Any]
Answer = Callable[[Any], Any]  # of the record that a field is selected of, or of the rows of a connection
# Type -> field -> type of what it lists, its table, and the column that points to the parent.
DOWN = {
    "Company": {"projects": ("Project", "projects", "company_id")},
    "Project": {"deals": ("Deal", "deals", "project_id"), "tasks": ("Task", "tasks", "project_id")},
    "Deal": {"services": ("Service", "services", "deal_id")},
    "Person": {}, "Service": {}, "Task": {}, "Timesheet": {},
}  # fmt: skip
# Of an entry: the records that it points to.
UP = {
    "person": "Person", "service": "Service", "task": "Task", "deal": "Deal", "project": "Project",
    "company": "Company", "timesheet": "Timesheet",
}  # fmt: skip
ROOTS = {
    "people": "Person", "companies": "Company", "projects": "Project", "deals": "Deal", "services": "Service",
    "tasks": "Task",
}  # fmt: skip
TABLES = {
    "Person": "people", "Company": "companies", "Project": "projects", "Deal": "deals", "Service": "services",
    "Task": "tasks", "Timesheet": "timesheets",
}  # fmt: skip
SORTS = {"DATE": "date", "UPDATED_AT": "updated_at", "JIRA_ISSUE_ID": "jira_issue_id"}


@dataclass(slots=True)
class Part:
    """A field of a selection: its text, its key in the answer, and how it is answered."""

    text: str
    key: str
    answer: Answer


@dataclass(slots=True)
class Walks:
    """Makes up walks over a ledger, as a viewer sees it."""

    ledger: Ledger
    viewer: Viewer
    lot: random.Random
    variables: dict[str, Any] = field(default_factory=dict)
    _entries: list[Row] = field(init=False)
    _aliases: int = 0

    def __post_init__(self) -> None:
        who = self.viewer
        self._entries = [
            row
            for row in self.ledger.entries_of(who.organization_id, who)
            if who.sees_everything or row["person_id"] == who.person_id
        ]

    def query(self) -> tuple[str, dict[str, Any]]:
        """Make up a query; return it with its answer, and keep its variables."""
        parts = [self._root() for _ in range(self.lot.choice((1, 1, 2)))]
        declared = "".join(f"${name}: TimeEntryFilter " for name in self.variables)
        head = f"query({declared}) " if declared else ""
        return f"{head}{{ {' '.join(part.text for part in parts)} }}", {part.key: part.answer({}) for part in parts}

    def _root(self) -> Part:
        if self.lot.random() < 0.3:
            return self._entries_of(lambda _: self._entries, depth=3)
        name = self.lot.choice(list(ROOTS))
        return self._records(name, ROOTS[name], lambda _: self._rows(TABLES[ROOTS[name]]), depth=3)

    def _rows(self, table: str) -> list[Row]:
        rows = [row.model_dump() for row in getattr(self.ledger, table)]
        return [row for row in rows if row["organization_id"] == self.viewer.organization_id]

    # ---- what is selected of a record -------------------------------------------------------------------------------

    def _record(self, type_: str, depth: int) -> list[Part]:
        below = [*DOWN.get(type_, {}), "timeEntries"] if type_ != "TimeEntry" else [*UP]
        chosen = self.lot.sample(below, min(len(below), self.lot.choice((0, 1, 1, 2)) if depth else 0))
        number = Part("resourceId", "resourceId", lambda row: str(row["id"]))
        return [number, *(self._edge(type_, name, depth - 1) for name in chosen)]

    def _edge(self, type_: str, name: str, depth: int) -> Part:
        if type_ == "TimeEntry":
            return self._one(name, UP[name], depth)
        if name == "timeEntries":
            column = f"{type_.lower()}_id"
            return self._entries_of(lambda row: [each for each in self._entries if each[column] == row["id"]], depth)
        target, table, column = DOWN[type_][name]
        return self._records(
            name, target, lambda row: [each for each in self._rows(table) if each[column] == row["id"]], depth
        )

    def _one(self, name: str, type_: str, depth: int) -> Part:
        parts = self._record(type_, depth)

        def answer(row: Row) -> Any:
            found = [each for each in self._rows(TABLES[type_]) if each["id"] == row[f"{name}_id"]]
            return _object(parts, found[0]) if found else None

        return Part(f"{name} {_selection(parts)}", name, answer)

    # ---- connections ------------------------------------------------------------------------------------------------

    def _records(self, name: str, type_: str, rows: Callable[[Row], Sequence[Row]], depth: int) -> Part:
        size, key = self.lot.choice((0, 1, 2, 3, 5)), self._alias()
        nodes = self._record(type_, depth)
        folded = "title_folded" if type_ == "Task" else "name_folded"

        def answer(row: Row) -> Any:
            found = sorted(rows(row), key=lambda each: (each[folded], each["id"]))
            return {"totalCount": len(found), "nodes": [_object(nodes, each) for each in found[:size]]}

        return Part(f"{key}: {name}(first: {size}) {{ totalCount nodes {_selection(nodes)} }}", key, answer)

    def _entries_of(self, rows: Callable[[Row], Sequence[Row]], depth: int) -> Part:
        key, page, named = self._alias(), self._page(), self._filter()
        parts = self._page_parts(page, depth)
        if self.lot.random() < 0.5:
            parts += self._sums()
        if self.lot.random() < 0.4:
            parts.append(self._groups(depth))
        arguments = page.arguments if named is None else f"{page.arguments}, filter: ${named}"

        def answer(row: Row) -> Any:
            found = [each for each in rows(row) if named is None or self._holds(named, each)]
            return _object(parts, found)

        return Part(f"{key}: timeEntries({arguments}) {_selection(parts)}", key, answer)

    def _page_parts(self, page: "Page", depth: int) -> list[Part]:
        nodes = self._record("TimeEntry", depth)
        infos = "pageInfo { hasNextPage hasPreviousPage }"
        return [
            Part(f"nodes {_selection(nodes)}", "nodes", lambda rows: [_object(nodes, row) for row in page.of(rows)]),
            Part(infos, "pageInfo", page.info),
        ]

    def _sums(self) -> list[Part]:
        costs = self.viewer.sees_costs
        return [
            Part("totalCount", "totalCount", len),
            Part(f"aggregate {AGGREGATE}", "aggregate", lambda rows: aggregate(rows, sees_costs=costs)),
        ]

    def _groups(self, depth: int) -> Part:
        keys = self.lot.sample(KEYS, self.lot.choice((1, 1, 2)))
        if len(SPANS.keys() & set(keys)) > 1:
            keys = keys[:1]
        key, first, page = self._alias(), self.lot.choice((1, 3, 20)), Page(self.lot, backward=False)
        entries = [*self._page_parts(page, depth - 1 if depth > 0 else 0), *self._sums()]
        shown = f"{key_selection(keys)} timeEntries({page.arguments}) {_selection(entries)}"
        by, submission = ", ".join(keys), self.viewer.timesheet_submission

        def answer(rows: Sequence[Row]) -> Any:
            found = members_of_groups(rows, keys, submission=submission)
            nodes = [values | {"timeEntries": _object(entries, members)} for values, members in found[:first]]
            return {"totalCount": len(found), "nodes": nodes}

        return Part(f"{key}: groups(by: [{by}], first: {first}) {{ totalCount nodes {{ {shown} }} }}", key, answer)

    # ---- arguments ------------------------------------------------------------------------------------------------

    def _page(self) -> "Page":
        return Page(self.lot, backward=self.lot.random() < 0.3)

    def _filter(self) -> str | None:
        if self.lot.random() < 0.6:
            return None
        name = f"filter{len(self.variables)}"
        rows = self.ledger.entries_of(self.viewer.organization_id, self.viewer)  # also those that are not seen
        made = Filters(rows, self.lot, submission=self.viewer.timesheet_submission)
        self.variables[name] = made.filter(depth=1)
        return name

    def _holds(self, name: str, row: Row) -> bool:
        return holds(self.variables[name], row, self.viewer.time_zone)

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"


class Page:
    """The page of a list of entries that some arguments mean."""

    def __init__(self, lot: random.Random, *, backward: bool) -> None:
        self._size, self._backward = lot.choice((0, 1, 2, 3, 5)), backward
        self._order = [(name, lot.random() < 0.5) for name in lot.sample(list(SORTS), lot.choice((0, 1, 1, 2)))]

    @property
    def arguments(self) -> str:
        """How they are written."""
        asked = [f"{{field: {name}, direction: {'DESC' if descending else 'ASC'}}}" for name, descending in self._order]
        return f"{'last' if self._backward else 'first'}: {self._size}, orderBy: [{', '.join(asked)}]"

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of the page."""
        found = self._sorted(rows)
        return found[max(0, len(found) - self._size) :] if self._backward else found[: self._size]

    def info(self, rows: Sequence[Row]) -> dict[str, bool]:
        """What `pageInfo` says."""
        more = len(rows) > self._size
        return {"hasNextPage": more and not self._backward, "hasPreviousPage": more and self._backward}

    def _sorted(self, rows: Sequence[Row]) -> list[Row]:
        found = sorted(rows, key=lambda row: row["id"])
        for name, descending in reversed(self._order):
            column = SORTS[name]
            valued = [row for row in found if row[column] is not None]
            valued.sort(key=lambda row: row[column], reverse=descending)
            found = valued + [row for row in found if row[column] is None]
        return found


def _selection(parts: Sequence[Part]) -> str:
    return "{ " + " ".join(part.text for part in parts) + " }"


def _object(parts: Sequence[Part], of: Any) -> dict[str, Any]:
    return {part.key: part.answer(of) for part in parts}
