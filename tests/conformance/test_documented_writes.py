"""The documented POST, PATCH and DELETE exchanges, as GraphQL mutations: the same attributes, codes and nulls."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.domain.access import Role, Viewer
from gateway.domain.instants import parse_instant
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import Connection, Database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import (
    DealRow,
    ExchangeRateRow,
    OrganizationRow,
    PersonRow,
    ProjectRow,
    SalaryRow,
    ServiceRow,
    TaskRow,
)
from tests.support.harness.mutating import Moment
from tests.support.worlds.office import add_rows

ORGANIZATION, PERSON, SERVICE, SERVICE_IN_DOLLARS, TASK = 2055, 8160, 1192, 1229, 444
VIEWER = Viewer(
    ORGANIZATION, 8159, Role.ADMIN, can_see_costs=True, time_zone="Europe/Zagreb", timesheet_submission=False
)

AMOUNTS = [
    f"{amount}{suffix}"
    for amount in ("cost", "work_cost", "overhead_cost", "internal_overhead_cost", "facility_overhead_cost")
    for suffix in ("", "_default", "_normalized")
]
# What all documented answers share; an exchange below holds what it shows beyond this.
COMMON: dict[str, Any] = {
    "date": "2016-10-01",
    "time": 480,
    "billable_time": 480,
    "note": "test note",
    "track_method_id": 1,
    "started_at": None,
    "timer_started_at": None,
    "timer_stopped_at": None,
    "approved": False,
    "approved_at": None,
    "calendar_event_id": None,
    "invoice_attribution_id": None,
    "invoiced": False,
    "overhead": False,
    "rejected": False,
    "rejected_reason": None,
    "rejected_at": None,
    "submitted": False,
    "currency": "USD",
    "currency_default": "USD",
    "currency_normalized": "USD",
} | dict.fromkeys(AMOUNTS, 0)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def at(time: str) -> str:
    """An instant of the documented day."""
    return f"2025-08-01T{time}+02:00"


def shown(created: str, updated: str, **beyond: Any) -> dict[str, Any]:
    """The 39 attributes of a documented answer, by their GraphQL names."""
    attributes = (
        COMMON | {"created_at": at(created), "last_activity_at": at(created), "updated_at": at(updated)} | beyond
    )
    assert len(attributes) == 39
    return {camel(name): value for name, value in attributes.items()}


def euros(cost: int, cost_default: int) -> dict[str, Any]:
    """Amounts and currencies of work at 20.00 EUR, which are 25.00 USD, an hour."""
    amounts = {"cost": cost, "cost_default": cost_default, "cost_normalized": cost}
    work = {f"work_{name}": value for name, value in amounts.items()}
    return {"currency": "EUR", "currency_normalized": "EUR", "overhead": True} | amounts | work


ENTRY = "{ " + " ".join(camel(name) for name in (*COMMON, "created_at", "updated_at", "last_activity_at")) + " }"
PAYLOAD = (
    f"{{ timeEntry {ENTRY} userErrors {{ __typename code message path ... on ConflictError {{ current {{ id }} }} }} }}"
)
CREATE = f"mutation ($input: TimeEntryCreateInput!) {{ timeEntryCreate(input: $input) {PAYLOAD} }}"
UPDATE = f"mutation ($id: ID!, $input: TimeEntryUpdateInput!) {{ timeEntryUpdate(id: $id, input: $input) {PAYLOAD} }}"
ACT = "mutation ($id: ID!) {{ {field}(id: $id) " + PAYLOAD.replace("{", "{{").replace("}", "}}") + " }}"
BULK = f"""mutation ($input: TimeEntryBulkInput!) {{ {{field}}(input: $input) {{
    results {{ timeEntryId outcome timeEntry {ENTRY} }} appliedCount userErrors {{ code }} }} }}"""
DELETE = "mutation ($id: ID!) { timeEntryDelete(id: $id) { deletedId userErrors { code } } }"

BLANK_DATE = [
    {"__typename": "InvalidInputError", "code": "INVALID_ATTRIBUTE", "message": message, "path": ["input", "date"]}
    for message in ("can't be blank", "is not a date")
]


def stored(number: int, created: str, **values: Any) -> TimeEntryRow:
    """A documented entry as it was before the exchange."""
    instant = parse_instant(at(created))
    given: dict[str, Any] = {
        "organization_id": ORGANIZATION,
        "person_id": PERSON,
        "service_id": SERVICE_IN_DOLLARS,
        "deal_id": 2,
        "billing_type_id": 2,
        "date": dt.date(2016, 10, 1),
        "time": 480,
        "billable_time": 480,
        "note": "test note",
        "overhead": False,
        "created_at": instant,
        "updated_at": instant,
        "last_activity_at": instant,
        "currency": "USD",
        "currency_default": "USD",
        "currency_normalized": "USD",
    } | values
    return TimeEntryRow(id=number, **given)


APPROVED = {"approved": True, "approved_at": parse_instant(at("06:19:43.000"))}
REJECTED = {"rejected": True, "rejected_at": parse_instant(at("06:19:52.257")), "rejected_reason": "no"}


@pytest.fixture
async def documented(database: Database) -> Database:
    """The store after the documented records were put into it."""
    await database.write(_furnish)
    return database


async def _furnish(connection: Connection) -> None:
    own: dict[str, Any] = {"organization_id": ORGANIZATION}
    person: dict[str, Any] = own | {"last_name": "Kos"}
    for rows in (
        [OrganizationRow(id=ORGANIZATION, name="Documented", currency="USD", time_zone="Europe/Zagreb")],
        [
            PersonRow(id=8159, first_name="Ana", name_folded="ana kos", role="ADMIN", **person),
            PersonRow(id=PERSON, first_name="Iva", name_folded="iva kos", **person),
            PersonRow(id=8405, first_name="Luka", name_folded="luka kos", **person),
        ],
        [ProjectRow(id=1, name="Project", name_folded="project", **own)],
        [
            DealRow(id=1, name="Deal", name_folded="deal", currency="EUR", project_id=1, **own),
            DealRow(id=2, name="Dollars", name_folded="dollars", currency="USD", **own),
        ],
        [
            ServiceRow(id=SERVICE, deal_id=1, name="Work", name_folded="work", **own),
            ServiceRow(id=SERVICE_IN_DOLLARS, deal_id=2, name="Work", name_folded="work", **own),
        ],
        [TaskRow(id=TASK, project_id=1, title="Task", title_folded="task", **own)],
        [SalaryRow(id=1, person_id=PERSON, cost=2000, currency="EUR", started_on=dt.date(2010, 1, 1), **own)],
        [ExchangeRateRow(id=1, from_currency="EUR", to_currency="USD", rate="1.25", date=dt.date(2010, 1, 1), **own)],
    ):
        await add_rows(connection, rows)


async def exchange(
    database: Database, now: str, query: str, before: TimeEntryRow | None = None, **variables: Any
) -> Any:
    """Answer a documented request, sent at its documented moment."""
    if before is not None:

        async def add(connection: Connection) -> None:
            await add_rows(connection, [before])

        await database.write(add)
    gateway = Gateway(database, clock=Moment(parse_instant(at(now))))
    outcome = await gateway.execute(GraphQLRequest(query, variables), VIEWER)
    assert "errors" not in outcome.payload, outcome.payload
    data: Mapping[str, Any] = outcome.payload["data"]  # type: ignore[assignment]  # the response map's
    [payload] = data.values()
    return payload


async def test_post_makes_an_entry_with_a_task(documented):
    given = {"note": "test note", "date": "2016-10-01", "time": 480}
    named = {"personId": "8160", "serviceId": "1192", "taskId": "444"}

    payload = await exchange(documented, "06:18:43.688", CREATE, input=given | named)

    assert payload == {
        "timeEntry": shown("06:18:43.688", "06:18:43.688", **euros(16000, 20000)),
        "userErrors": [],
    }


async def test_post_with_a_blank_date_is_refused_twice(documented):
    payload = await exchange(
        documented, "06:18:44.000", CREATE, input={"date": "", "personId": "8160", "serviceId": "1192"}
    )

    assert payload == {"timeEntry": None, "userErrors": BLANK_DATE}


async def test_post_without_time_tracks_none(documented):
    given = {"note": "test note", "date": "2016-10-01", "personId": "8405", "serviceId": "1229"}

    payload = await exchange(documented, "06:19:26.260", CREATE, input=given)

    expected = shown("06:19:26.260", "06:19:26.260", time=0, billable_time=0, overhead=True)
    assert payload == {"timeEntry": expected, "userErrors": []}


async def test_patch_changes_attributes_and_recomputes_the_cost(documented):
    before = stored(281, "06:19:27.155", service_id=SERVICE, deal_id=1, currency="EUR", currency_normalized="EUR")
    names = (
        "calendarEventId",
        "jiraIssueId",
        "jiraIssueSummary",
        "jiraIssueStatus",
        "jiraOrganization",
        "jiraWorklogId",
    )
    given = {"date": "2024-02-23", "time": 40, "billableTime": 40, "note": "new note"} | dict.fromkeys(names)

    payload = await exchange(documented, "06:19:27.503", UPDATE, before, id="281", input=given)

    changed = {"date": "2024-02-23", "time": 40, "billable_time": 40, "note": "new note"}
    expected = shown("06:19:27.155", "06:19:27.503", **changed, **euros(1333, 1667))
    assert payload == {"timeEntry": expected, "userErrors": []}


async def test_patch_with_a_blank_date_is_refused_twice(documented):
    payload = await exchange(
        documented, "06:19:28.000", UPDATE, stored(285, "06:19:27.900"), id="285", input={"date": ""}
    )

    assert payload == {"timeEntry": None, "userErrors": BLANK_DATE}


ACTS = {
    "approve": (
        "timeEntryApprove",
        stored(317, "06:19:42.565"),
        "06:19:42.661",
        {"approved": True, "approved_at": at("06:19:42.000")},
    ),
    "unapprove": ("timeEntryUnapprove", stored(320, "06:19:44.294", **APPROVED), "06:19:44.401", {}),
    # The documented rejected_at is 8 ms before updated_at; one request has one instant here.
    "reject": (
        "timeEntryReject",
        stored(342, "06:19:50.522"),
        "06:19:50.629",
        {"rejected": True, "rejected_at": at("06:19:50.629")},
    ),
    "unreject": ("timeEntryUnreject", stored(345, "06:19:52.257", **REJECTED), "06:19:52.365", {}),
}


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_answers_the_documented_attributes(documented, act):
    field, before, now, beyond = ACTS[act]
    created = {"approve": "06:19:42.565", "unapprove": "06:19:44.294", "reject": "06:19:50.522"}.get(
        act, "06:19:52.257"
    )

    payload = await exchange(documented, now, ACT.format(field=field), before, id=str(before.id))

    assert payload == {"timeEntry": shown(created, now, **beyond), "userErrors": []}


@pytest.mark.parametrize(
    ("field", "number", "state", "code"),
    [
        ("timeEntryReject", 343, APPROVED, "RECORD_ALREADY_APPROVED"),
        ("timeEntryUnreject", 346, {}, "RECORD_ALREADY_UNREJECTED"),
    ],
)
async def test_a_conflict_has_the_documented_code(documented, field, number, state, code):
    before = stored(number, "06:19:50.000", **state)

    payload = await exchange(documented, "06:19:51.000", ACT.format(field=field), before, id=str(number))

    assert payload["timeEntry"] is None
    [error] = payload["userErrors"]
    error.pop("message")
    assert error == {
        "__typename": "ConflictError",
        "code": code,
        "path": ["id"],
        "current": {"id": f"TimeEntry:{number}"},
    }


BULK_ACTS = {
    "bulk_approve": (
        "timeEntryBulkApprove",
        {325: "06:19:46.403", 326: "06:19:46.511"},
        "06:19:46.620",
        {},
        {"approved": True, "approved_at": at("06:19:46.000")},
    ),
    "bulk_unapprove": (
        "timeEntryBulkUnapprove",
        {334: "06:19:48.476", 335: "06:19:48.606"},
        "06:19:48.698",
        APPROVED,
        {},
    ),
}


@pytest.mark.parametrize("act", BULK_ACTS)
async def test_a_bulk_act_answers_the_documented_rows_in_order(documented, act):
    field, created, now, state, beyond = BULK_ACTS[act]
    rows = [stored(number, when, **state) for number, when in created.items()]

    async def add(connection: Connection) -> None:
        await add_rows(connection, rows)

    await documented.write(add)
    ids = [str(number) for number in created]
    payload = await exchange(documented, now, BULK.replace("{field}", field), input={"target": {"ids": ids}})

    assert payload == {
        "results": [
            {"timeEntryId": f"TimeEntry:{number}", "outcome": "APPLIED", "timeEntry": shown(when, now, **beyond)}
            for number, when in created.items()
        ],
        "appliedCount": 2,
        "userErrors": [],
    }


async def test_delete_answers_nothing_but_the_id_and_a_second_one_finds_nothing(documented):
    first = await exchange(documented, "06:19:55.000", DELETE, stored(352, "06:19:54.000"), id="352")
    second = await exchange(documented, "06:19:56.000", DELETE, id="352")

    assert first == {"deletedId": "TimeEntry:352", "userErrors": []}
    assert second == {"deletedId": None, "userErrors": [{"code": "RECORD_NOT_FOUND"}]}
