"""A mirror that refuses writes: every mutation, every write of the documented API, and what callers are told of it."""

import pytest
import pytest_asyncio

from gateway.graphql.schema import CORE
from gateway.jsonapi.calls import CALLS
from tests.support.harness.documented import documented_office
from tests.support.worlds.office import ADMIN, MEMBER, STRANGER, entry

pytestmark = pytest.mark.asyncio(loop_scope="function")

MIRROR = {"mirror_url": "https://account.example/api/v2", "mirror_token": "t", "mirror_organization_id": 1}
TARGET = 'input: {target: {ids: ["7"]}}'
MUTATIONS = {
    "timeEntryCreate": 'input: {date: "2025-08-01", personId: "4", serviceId: "1"}',
    "timeEntryUpdate": 'id: "7", input: {note: "after"}',
    "timeEntryDelete": 'id: "7"',
    "timeEntryApprove": 'id: "7"',
    "timeEntryUnapprove": 'id: "7"',
    "timeEntryReject": 'id: "7", reason: "no"',
    "timeEntryUnreject": 'id: "7"',
    "timeEntryBulkApprove": TARGET,
    "timeEntryBulkUnapprove": TARGET,
    "timeEntryBulkReject": TARGET,
    "timeEntryBulkUnreject": TARGET,
    "timeEntryBulkDelete": 'input: {target: {ids: ["7"]}, dryRun: true}',
    "timerStart": 'input: {serviceId: "1"}',
    "timerStop": 'timeEntryId: "7"',
    "timesheetSubmit": 'personId: "4", date: "2025-08-01"',
    "timesheetUnsubmit": 'personId: "4", date: "2025-08-01"',
}
PERSON, SERVICE = {"type": "people", "id": "4"}, {"type": "services", "id": "1"}
LINKS = {"person": {"data": PERSON}, "service": {"data": SERVICE}}
DAY = {"date": "2025-08-01"}
BODIES = {
    "POST /time_entries": {"data": {"type": "time_entries", "attributes": DAY, "relationships": LINKS}},
    "PATCH /time_entries/{id}": {"data": {"type": "time_entries", "id": "7", "attributes": {"note": "after"}}},
    "PATCH /time_entries/bulk_approve": {"ids": ["7"]},
    "PATCH /time_entries/bulk_unapprove": {"ids": ["7"]},
    "POST /timers": {"data": {"type": "timers", "attributes": {}, "relationships": {"service": {"data": SERVICE}}}},
    "POST /timesheets": {
        "data": {"type": "timesheets", "attributes": DAY, "relationships": {"person": {"data": PERSON}}}
    },
}
ELSEWHERE = "This gateway mirrors the account and takes no writes; make the change in the account, and it comes here."
CAN = "viewerCan { update delete approve unapprove reject unreject }"


@pytest_asyncio.fixture
async def asked(tmp_path):
    entries = [entry(7, note="before"), entry(8, approved=True)]
    async with documented_office(tmp_path, entries, MIRROR, timesheet_submission=True) as asked:
        yield asked


async def state(asked):
    """Everything that a write could have changed, as the documented API shows it."""
    return [await asked.document(path) for path in ("time_entries", "timesheets")]


async def test_every_mutation_is_refused_with_one_sentence(asked):
    before = await state(asked)

    refusals = {}
    for name, arguments in MUTATIONS.items():
        mutation = f"mutation {{ done: {name}({arguments}) {{ userErrors {{ code message path }} }} }}"
        refusals[name] = (await asked.graphql(mutation))["done"]["userErrors"]

    assert CORE.mutation_type is not None
    assert set(refusals) == set(CORE.mutation_type.fields)
    assert [error for errors in refusals.values() for error in errors] == [
        {"code": "ACCESS_DENIED", "message": ELSEWHERE, "path": []}
    ] * len(MUTATIONS)
    assert await state(asked) == before


async def test_every_write_of_the_documented_api_is_refused(asked):
    before = await state(asked)

    refusals = {}
    for call in CALLS:
        if call.method != "GET":
            name = f"{call.method} {call.path}"
            path = call.path.replace("{id}", "7").removeprefix("/")
            answer = await asked.send(call.method, path, BODIES.get(name))
            refusals[name] = answer.status_code, [error["code"] for error in answer.json()["errors"]]

    assert set(BODIES) < set(refusals)
    assert set(map(str, refusals.values())) == {"(403, ['access_denied'])"}
    assert await state(asked) == before


@pytest.mark.parametrize("who", [ADMIN, MEMBER])
async def test_nobody_is_told_that_they_can(asked, who):
    mine = "timeEntries(filter: {decidableByMe: true}) { totalCount }"

    data = await asked.graphql(f"{{ timeEntries {{ nodes {{ {CAN} }} }} mine: {mine} }}", who)

    promised = [value for node in data["timeEntries"]["nodes"] for value in node["viewerCan"].values()]
    assert promised == [False] * 12
    assert data["mine"]["totalCount"] == 0


async def test_another_organization_of_the_store_is_written_as_ever(asked):
    create = 'timeEntryCreate(input: {date: "2025-08-01", personId: "21", serviceId: "9"})'

    data = await asked.graphql(
        f"mutation {{ {create} {{ timeEntry {{ {CAN} }} userErrors {{ code }} }} }}", who=STRANGER
    )

    assert data["timeEntryCreate"]["userErrors"] == []
    assert data["timeEntryCreate"]["timeEntry"]["viewerCan"]["update"] is True
