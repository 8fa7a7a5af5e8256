"""GET /api/v2/time_entry_reports: sums of all entries that match, a row for each group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from gateway.catalog.documented import FILTERS_OF
from gateway.catalog.entry_groups import GROUP_KEYS, GROUP_SORTS, GroupKey
from gateway.catalog.grouping import Grouping, columns_of, fault_of, label_of
from gateway.catalog.records import TYPE_NAMES
from gateway.domain.access import Viewer
from gateway.http.points import FIXED_PRICE, search_points
from gateway.http.runs import Run
from gateway.jsonapi.api import Asked
from gateway.jsonapi.errors import ApiCode, Refused, refuse
from gateway.jsonapi.filters import FilterReader
from gateway.jsonapi.levels import Resource, Scope
from gateway.jsonapi.lists import RecordsPlan
from gateway.jsonapi.paging import AskedPage, Links, numbered, page_of
from gateway.jsonapi.parameters import Parameter, by_name, only
from gateway.jsonapi.shown import TYPES, RecordType
from gateway.jsonapi.wanted import Wanted
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import Kept, Row, Statement, compile_statement, one_statement
from gateway.store.pages.selects import ranked_sums, select_columns
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.effort import summed
from gateway.store.totals.matching import Matching
from gateway.store.totals.measures import Measures, Totals
from gateway.store.totals.sums import order_terms

NAME = "time_entry_reports"
REPORT = RecordType(NAME, ENTRIES, {}, {})
SPAN = "date"
SUMS = ("count", "time", "billable_time", "cost", "cost_default")
_TABLES = {type_name: table for table, type_name in TYPE_NAMES.items()}
# As they are asked for: `person`, and of the calendar `date`, `date:week`, `date:month`, `date:year`.
KEYS: Mapping[str, GroupKey] = {
    f"{SPAN}:{key.name}" if key.is_span and key.name != SPAN else key.name: key for key in GROUP_KEYS.values()
}
SORTS = {sort.name: sort for sort in GROUP_SORTS.values()}
_KEPT: Kept[Statement] = Kept(one_statement)


def record_type_of(key: GroupKey) -> RecordType | None:
    """Return the type of the records that a key stands for; None where it is a code or a span of the calendar."""
    return TYPES[_TABLES[key.shows]] if isinstance(key.shows, str) else None


async def list_report(asked: Asked) -> dict[str, Any]:
    """Answer a page of groups, with the sums of each.

    Raises:
        Refused, HttpError: it cannot be asked for so.
    """
    only(asked.parameters, "group", "filter", "sort", "page", "per_page", "include")
    api, run, given = asked.api, asked.run, by_name(asked.parameters)
    page = page_of([*given.get("page", []), *given.get("per_page", [])])
    if page.after is not None:
        raise refuse(ApiCode.UNSUPPORTED_PAGE, "A report has pages by number", parameter="page[after]")
    keys = _keys(given.get("group", []))
    grouping = _sorted(run.viewer, tuple(KEYS[key].word for key in keys), page, given.get("sort", []))
    condition = FilterReader(FILTERS_OF["time_entries"], run.filter_context, api.limits).read(given.get("filter", []))
    included = _included(keys, given.get("include", []))
    scope = Scope(run.rights, api.database.dialect)
    matching = Matching.of(ENTRIES, scope.visibility(ENTRIES), condition).by(grouping.keys)
    plan = ReportPlan(scope, grouping, matching)
    search = await search_points(
        [summed(matching, measures=len(plan.measures.names), keys=len(keys))], api.sizes, run.viewer
    )
    api.spend(asked.request, 1 + page.size * (len(keys) + len(SUMS)) + FIXED_PRICE + search)

    async def read(connection: Connection) -> tuple[list[Resource], list[Resource], int]:
        on = run.on(connection)
        data, total = await plan.run(on, page)
        return data, await _records(on, scope, included, data), total

    data, records, total = await run.database.answer(read, snapshot=bool(included))
    end = numbered(Links(asked.url, asked.parameters), page, total)
    return {"data": data} | ({"included": records} if included else {}) | end


def _keys(parameters: Sequence[Parameter]) -> list[str]:
    names = [name for each in parameters for name in each.value.split(",") if name]
    for name in names:
        if name not in KEYS:
            raise _unsupported(f"'{name}' is no key of groups; there are {', '.join(KEYS)}")
    fault = fault_of([KEYS[name].word for name in names])
    if fault is not None:
        raise _unsupported(
            "A report has at least one key, each once, and one span of the calendar at most: group=person,date:month"
        )
    return names


def _unsupported(detail: str) -> Refused:
    return refuse(ApiCode.UNSUPPORTED_GROUP, detail, parameter="group")


def _sorted(viewer: Viewer, keys: tuple[str, ...], page: AskedPage, parameters: Sequence[Parameter]) -> Grouping:
    if not parameters:
        return Grouping(keys, page.page)
    text = parameters[-1].value
    sort = SORTS.get(text.removeprefix("-"))
    if sort is None or len(parameters) > 1 or parameters[0].steps:
        detail = f"Sort param '{text}' is not supported on this endpoint; {', '.join(SORTS)} are, one of them"
        raise refuse(ApiCode.SORT_PARAM_UNSUPPORTED, detail, parameter="sort")
    if sort.is_cost and not viewer.sees_costs:
        raise refuse(ApiCode.ACCESS_DENIED, f"You may not see costs, so nothing is sorted by {sort.name}.")
    return Grouping(keys, page.page, sort, descending=text.startswith("-"))


def _included(keys: Sequence[str], parameters: Sequence[Parameter]) -> list[str]:
    names = dict.fromkeys(name for each in parameters for name in each.value.split(",") if name)
    for name in names:
        if name not in keys or record_type_of(KEYS[name]) is None or any(each.steps for each in parameters):
            detail = f"Include '{name}' is not supported on this endpoint; keys that are records can be included"
            raise refuse(ApiCode.UNSUPPORTED_INCLUDE, detail, parameter="include")
    return [*names]


async def _records(run: Run, scope: Scope, names: Sequence[str], data: Sequence[Resource]) -> list[Resource]:
    """Read the records behind some keys."""
    found: list[Resource] = []
    for name in names:
        type_ = record_type_of(KEYS[name])
        assert type_ is not None  # noqa: S101 - `_included` has looked
        links = [record["relationships"][name]["data"] for record in data]
        numbers = dict.fromkeys(int(link["id"]) for link in links if link is not None)
        if numbers:
            records, _ = await RecordsPlan(scope, type_, Wanted()).some(run, [*numbers])
            found += records
    return found


@dataclass(frozen=True, slots=True, eq=False)
class ReportPlan:
    """The statement behind a report, which is that of GraphQL's groups."""

    scope: Scope
    grouping: Grouping
    matching: Matching

    @property
    def measures(self) -> Measures:
        """What is added up; of costs nothing for who may not see them."""
        measures = Measures()
        costs = ("cost", "costDefault") if self.scope.rights.sees_costs else ()
        for name in ("count", "time", "billableTime", *costs):
            measures.need(name)
        return measures

    async def run(self, run: Run, page: AskedPage) -> tuple[list[Resource], int]:
        """Return the rows of a page, and how many there are in all."""
        matching, grouping = self.matching, self.grouping
        key = self.scope.dialect.name, self.scope.rights, grouping.shape, matching.shape()
        statement = _KEPT.get(key, self._build)
        offset = grouping.page.offset
        values = {"passed": offset, "last": offset + page.size} | run.viewer_values | matching.values()
        rows = await run.connection.run(statement, values)
        rank = len(grouping.keys)
        total = int(rows[0][rank + 1]) if rows else 0
        shown = [] if page.is_empty else [row for row in rows if row[rank] > offset]
        return [self._record([*members]) for _, members in groupby(shown, key=lambda row: row[rank])], total

    def _build(self) -> Statement:
        grouping, measures, sums = self.grouping, self.measures, self.matching.sums()
        sort = grouping.sort
        ranked = ranked_sums(
            sums.table,
            columns_of(grouping.keys, sums, submission=self.scope.rights.timesheet_submission),
            measures.columns(sums),
            measures.split(sums),
            sums.condition,
            order=grouping.order,
            terms=None if sort is None else partial(order_terms, sort.measure),
        )
        of_group = ranked.cte.c
        split = [of_group.currency] if measures.by_currency else []
        keys = [of_group[label_of(GROUP_KEYS[word])] for word in grouping.keys]
        columns = [*keys, ranked.rank, ranked.total, *split, *(of_group[name] for name in measures.labels())]
        return compile_statement(ranked.between(select_columns(columns, ranked.cte), split), self.scope.dialect)

    def _record(self, rows: Sequence[Row]) -> Resource:
        keys = [GROUP_KEYS[word] for word in self.grouping.keys]
        shown = [None if value is None else str(value) for value in rows[0][: len(keys)]]
        attributes: dict[str, Any] = {}
        relationships: dict[str, Any] = {}
        for key, value, text in zip(keys, rows[0], shown, strict=False):
            type_ = record_type_of(key)
            if type_ is not None:
                relationships[key.name] = {"data": None if text is None else {"type": type_.name, "id": text}}
            else:
                attributes[SPAN if key.is_span else key.name] = text if key.is_span else value
        totals = self.measures.read([row[len(keys) + 2 :] for row in rows])
        return {
            "id": ",".join(text or "none" for text in shown),
            "type": NAME,
            "attributes": attributes | self._sums(totals),
            "relationships": relationships,
        }

    def _sums(self, totals: Totals) -> dict[str, Any]:
        sees = self.scope.rights.sees_costs
        return {
            "count": totals["count"],
            "time": totals["time"],
            "billable_time": totals["billableTime"],
            "cost": [{"amount": amount, "currency": currency} for currency, amount in totals.costs()] if sees else None,
            "cost_default": totals.cost_default() if sees else None,
        }
