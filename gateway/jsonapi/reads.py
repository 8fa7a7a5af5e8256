"""GET: what is asked for becomes a plan, a price, and the answer's document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from gateway.catalog.documented import FILTERS_OF, SECRET_FILTERS, SORTS_OF
from gateway.domain.access import Role, Viewer
from gateway.http.codes import Code
from gateway.http.options import RequestLimits
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.http.runs import Clock, Run, system_clock
from gateway.jsonapi.errors import ApiCode, not_found, refuse
from gateway.jsonapi.filters import FilterReader
from gateway.jsonapi.levels import Scope
from gateway.jsonapi.lists import FoundRecord, ListPlan, RecordsPlan
from gateway.jsonapi.paging import Links, behind, numbered, order_of, page_of
from gateway.jsonapi.parameters import Parameter, only
from gateway.jsonapi.shown import RecordType
from gateway.jsonapi.wanted import Wanted, wanted_of
from gateway.querying.cache import BoundedCache
from gateway.querying.errors import InvalidCursor
from gateway.store.databases.database import Connection, Database
from gateway.store.pages.reading import Start

Plan = TypeVar("Plan", ListPlan, RecordsPlan)
PLANS_KEPT_BYTES = 24_000_000
PLAN_BYTES = 200_000  # of one with its statements
# Who may ask for a type at all; of the others everybody sees what visibility shows.
FOR_ADMINS = frozenset({"salaries", "deal_cost_rates"})
FOR_COSTS = frozenset({"exchange_rates"})


@dataclass(frozen=True, slots=True)
class Api:
    """What answers need: the database, the clock, the limits, and the plans made so far."""

    database: Database
    limits: RequestLimits
    clock: Clock = system_clock
    plans: "BoundedCache[ListPlan | RecordsPlan]" = field(default_factory=lambda: BoundedCache(PLANS_KEPT_BYTES))

    def run(self, request: Request) -> Run:
        """Return a run of the request's viewer."""
        return Run(self.database, request.credential.viewer, self.clock)

    def spend(self, request: Request, points: int) -> None:
        """Take the price of what will be done.

        Raises:
            HttpError: it is more than one request may cost, or than the token has left.
        """
        most = self.limits.max_cost
        if points > most:
            raise HttpError(
                Code.COST_LIMIT_EXCEEDED,
                f"The request may cost {points:,} points; at most {most:,} are allowed. Ask for a smaller page, or "
                "include less.",
            )
        request.spend(points)

    def list_plan(self, run: Run, type_: RecordType, wanted: Wanted) -> ListPlan:
        """Return the plan of a list, which may be that of an earlier request."""
        return self._plan(ListPlan, run, type_, wanted)

    def records_plan(self, run: Run, type_: RecordType, wanted: Wanted) -> RecordsPlan:
        """Return the plan of single records."""
        return self._plan(RecordsPlan, run, type_, wanted)

    def _plan(self, plan: type[Plan], run: Run, type_: RecordType, wanted: Wanted) -> Plan:
        scope = Scope(run.rights, self.database.dialect)
        key = plan, type_.name, run.rights, wanted.shape()
        found = self.plans.get(key, lambda: plan(scope, type_, wanted), lambda _: PLAN_BYTES)
        return cast("Plan", found)  # kept under its class


async def list_records(
    api: Api, request: Request, type_: RecordType, url: str, parameters: Sequence[Parameter]
) -> dict[str, Any]:
    """Answer a page of a type's records.

    Raises:
        Refused, HttpError: it cannot be asked for so.
    """
    only(parameters, "filter", "sort", "page", "per_page", "include", "fields")
    run = api.run(request)
    check_type(run.viewer, type_)
    given = _by_name(parameters)
    filters = given.get("filter", [])
    _check_secrets(run.viewer, type_, filters)
    condition = FilterReader(FILTERS_OF[type_.name], run.filter_context, api.limits).read(filters)
    order = order_of(SORTS_OF[type_.name], given.get("sort", []))
    asked = page_of([*given.get("page", []), *given.get("per_page", [])])
    wanted = wanted_of(type_, parameters)
    try:
        start = Start.of(type_.table, condition, order, asked.page)
    except InvalidCursor as error:
        raise refuse(ApiCode.KEYSET_INVALID_CURSOR, error.message, parameter="page[after]") from None
    plan = api.list_plan(run, type_, wanted)
    api.spend(request, plan.points(asked))

    found = await run.database.answer(
        lambda connection: plan.run(run.on(connection), condition, start, asked),
        snapshot=asked.after is None or plan.level.statements > 1,
    )
    links = Links(url, parameters)
    end = behind(links, asked, found.cursor) if found.total is None else numbered(links, asked, found.total)
    return {"data": found.data} | ({"included": found.included} if wanted.includes else {}) | end


async def read_record(
    api: Api, request: Request, type_: RecordType, number: int, parameters: Sequence[Parameter]
) -> FoundRecord:
    """Answer one record.

    Raises:
        Refused, HttpError: there is none that the caller may see, or it cannot be asked for so.
    """
    only(parameters, "include", "fields")
    run = api.run(request)
    check_type(run.viewer, type_)
    wanted = wanted_of(type_, parameters)
    plan = api.records_plan(run, type_, wanted)
    api.spend(request, plan.level.points)

    async def read(connection: Connection) -> FoundRecord | None:
        return await plan.one(run.on(connection), number)

    found = await run.database.answer(read, snapshot=plan.level.statements > 1)
    if found is None:
        raise not_found(f"record {number} of {type_.name}")
    return found


def check_type(viewer: Viewer, type_: RecordType) -> None:
    """Refuse types that are not for everybody.

    Raises:
        Refused: the caller may not ask for this one.
    """
    if type_.name in FOR_ADMINS and viewer.role is not Role.ADMIN:
        raise refuse(ApiCode.ACCESS_DENIED, f"Only an admin may read {type_.name}.")
    if type_.name in FOR_COSTS and not viewer.sees_costs:
        raise refuse(ApiCode.ACCESS_DENIED, f"Only who may see costs may read {type_.name}.")


def _check_secrets(viewer: Viewer, type_: RecordType, filters: Sequence[Parameter]) -> None:
    for parameter in filters:
        for step in parameter.steps:
            secret = SECRET_FILTERS.get((type_.name, step))
            if secret is not None and secret not in viewer.rights.secrets:
                raise refuse(ApiCode.ACCESS_DENIED, f"You may not see {step}, so you cannot filter by it.")


def _by_name(parameters: Sequence[Parameter]) -> Mapping[str, list[Parameter]]:
    found: dict[str, list[Parameter]] = {}
    for parameter in parameters:
        found.setdefault(parameter.name, []).append(parameter)
    return found
