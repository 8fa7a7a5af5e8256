"""GET: what is asked for becomes a plan, a price, and the answer's document."""

from collections.abc import Sequence

from gateway.catalog.documented import FILTERS_OF, SECRET_FILTERS, SORTS_OF
from gateway.domain.access import Role, Viewer
from gateway.http.points import search_points
from gateway.jsonapi.api import Asked
from gateway.jsonapi.errors import ApiCode, not_found, refuse
from gateway.jsonapi.filters import FilterReader
from gateway.jsonapi.lists import FoundRecord
from gateway.jsonapi.paging import Links, behind, numbered, order_of, page_of
from gateway.jsonapi.parameters import Parameter, by_name, only
from gateway.jsonapi.shown import RecordType
from gateway.jsonapi.wanted import wanted_of
from gateway.querying.errors import InvalidCursor
from gateway.store.databases.database import Connection
from gateway.store.pages.reading import Start

# Who may ask for a type at all; of the others everybody sees what visibility shows.
FOR_ADMINS = frozenset({"salaries", "deal_cost_rates"})
FOR_COSTS = frozenset({"exchange_rates"})


async def list_records(asked: Asked, type_: RecordType) -> dict[str, object]:
    """Answer a page of a type's records.

    Raises:
        Refused, HttpError: it cannot be asked for so.
    """
    only(asked.parameters, "filter", "sort", "page", "per_page", "include", "fields")
    api, run, parameters = asked.api, asked.run, asked.parameters
    check_type(run.viewer, type_)
    given = by_name(parameters)
    filters = given.get("filter", [])
    check_secrets(run.viewer, type_, filters)
    condition = FilterReader(FILTERS_OF[type_.name], run.filter_context, api.limits).read(filters)
    order = order_of(SORTS_OF[type_.name], given.get("sort", []))
    page = page_of([*given.get("page", []), *given.get("per_page", [])])
    wanted = wanted_of(type_, parameters)
    try:
        start = Start.of(type_.table, condition, order, page.page)
    except InvalidCursor as error:
        raise refuse(ApiCode.KEYSET_INVALID_CURSOR, error.message, parameter="page[after]") from None
    plan = await api.list_plan(asked.request, run, type_, wanted)
    search = await search_points(plan.efforts(condition, start, page), api.sizes, run.viewer)
    api.spend(asked.request, plan.points(page) + search)

    found = await run.database.answer(
        lambda connection: plan.run(run.on(connection), condition, start, page),
        snapshot=page.after is None or plan.level.statements > 1,
    )
    links = Links(asked.url, parameters)
    end = behind(links, page, found.cursor) if found.total is None else numbered(links, page, found.total)
    return {"data": found.data} | ({"included": found.included} if wanted.includes else {}) | end


async def read_record(asked: Asked, type_: RecordType, number: int) -> FoundRecord:
    """Answer one record.

    Raises:
        Refused, HttpError: there is none, or the caller may not see it, or it cannot be asked for so.
    """
    only(asked.parameters, "include", "fields")
    api, run, parameters = asked.api, asked.run, asked.parameters
    check_type(run.viewer, type_)
    wanted = wanted_of(type_, parameters)
    plan = await api.records_plan(asked.request, run, type_, wanted)
    api.spend(asked.request, plan.level.points)

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


def check_secrets(viewer: Viewer, type_: RecordType, filters: Sequence[Parameter]) -> None:
    """Refuse filters by what the caller may not see.

    Raises:
        Refused: there is one.
    """
    for parameter in filters:
        for step in parameter.steps:
            secret = SECRET_FILTERS.get((type_.name, step))
            if secret is not None and secret not in viewer.rights.secrets:
                raise refuse(ApiCode.ACCESS_DENIED, f"You may not see {step}, so you cannot filter by it.")
