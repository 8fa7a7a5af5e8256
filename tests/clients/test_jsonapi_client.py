"""jsonapi-client, a client of JSON:API for Python, pointed at the gateway as at any other server."""

import httpx
import pytest
from jsonapi_client import Inclusion, Modifier, Session
from jsonapi_client.exceptions import DocumentError

from tests.support.harness.waiting import TIMEOUT

pytestmark = [
    pytest.mark.clients,
    # The package says so of itself, of the asyncio that it was written for.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:jsonapi_client"),
]
SCHEMA = {
    "time_entries": {
        "properties": {
            "date": {"type": "string"},
            "time": {"type": "integer"},
            "note": {"type": ["string", "null"]},
            "person": {"relation": "to-one", "resource": ["people"]},
            "service": {"relation": "to-one", "resource": ["services"]},
        }
    }
}


@pytest.fixture
async def session(gateway):
    # Its other half, without asyncio, reads JSON from an answer that has no body and so cannot delete.
    asked = {"headers": {"X-Auth-Token": gateway.tokens["admin"], "Content-Type": "application/vnd.api+json"}}
    session = Session(f"{gateway.address}/api/v2", enable_async=True, schema=SCHEMA, request_kwargs=asked)
    yield session
    await session.close()


@pytest.fixture
def ask(gateway):
    """What a plain GraphQL request answers."""

    def run(query: str):
        headers = {"Authorization": f"Bearer {gateway.tokens['admin']}"}
        answer = httpx.post(f"{gateway.address}/graphql", json={"query": query}, headers=headers, timeout=TIMEOUT)
        return answer.json()["data"]

    return run


def identifier(entry, relationship):
    return entry.relationships[relationship].as_json_resource_identifiers["id"]


async def test_it_lists_with_included_records(session, ask):
    asked = Modifier("filter[after]=2026-11-01&filter[status]=2&sort=-date&page[size]=5")
    page = await session.get("time_entries", asked + Inclusion("person", "service.deal"))

    listed = []
    for entry in page.resources:
        [person] = await entry.relationships["person"].fetch()
        [service] = await entry.relationships["service"].fetch()
        [deal] = await service.relationships["deal"].fetch()
        listed.append((entry.id, entry["date"], entry["time"], person["first_name"], deal["name"]))

    expected = ask("""{ timeEntries(filter: { after: "2026-11-01", status: { eq: UNAPPROVED } }, first: 5,
        orderBy: [{ field: DATE, direction: DESC }]) {
            totalCount nodes { resourceId date time person { firstName } deal { name } } } }""")["timeEntries"]
    assert page.meta["total_count"] == expected["totalCount"]
    assert listed == [
        (node["resourceId"], node["date"], node["time"], node["person"]["firstName"], node["deal"]["name"])
        for node in expected["nodes"]
    ]


async def test_it_follows_the_links_to_the_last_page(session, ask):
    asked = Modifier("filter[after]=2026-11-16&page[size]=50")

    minutes = [entry["time"] async for entry in session.iterate("time_entries", asked)]

    expected = ask('{ timeEntries(filter: { after: "2026-11-16" }) { totalCount aggregate { time } } }')["timeEntries"]
    assert len(minutes) == expected["totalCount"] > 50
    assert sum(minutes) == expected["aggregate"]["time"]


async def test_it_creates_updates_approves_and_deletes(session, ask):
    undecided = Modifier("filter[status]=2&filter[time][gt]=0&sort=-date&page[size]=1")
    like = (await session.get("time_entries", undecided + Inclusion("person", "service"))).resource
    values = {"date": like["date"], "time": 90, "note": "By jsonapi-client"}
    related = {name: identifier(like, name) for name in ("person", "service")}

    entry = session.create("time_entries", values | related)
    await entry.commit()
    entry["time"] = 120
    await entry.commit()
    assert (entry["time"], entry["note"]) == (120, "By jsonapi-client")
    await entry.commit(custom_url=f"{entry.url}/approve")
    assert entry["approved"] is True
    await entry.commit(custom_url=f"{entry.url}/unapprove")
    assert entry["approved"] is False

    seen = f'{{ timeEntry(id: "{entry.id}") {{ time note approvedAt revision }} }}'
    stored = {"time": 120, "note": "By jsonapi-client", "approvedAt": None, "revision": 4}
    assert ask(seen) == {"timeEntry": stored}
    entry.delete()
    await entry.commit()
    assert ask(seen) == {"timeEntry": None}


async def test_it_reads_what_is_refused(session):
    approved = (await session.get("time_entries", Modifier("filter[status]=1&page[size]=1"))).resource

    with pytest.raises(DocumentError) as conflict:
        await approved.commit(custom_url=f"{approved.url}/reject")
    with pytest.raises(DocumentError) as missing:
        await session.get("time_entries", "999999999")
    with pytest.raises(DocumentError) as unknown:
        await session.get("time_entries", Modifier("filter[colour]=red"))

    assert (conflict.value.errors, str(conflict.value)) == (
        {"status_code": 409},
        "Could not PATCH (409): Conflict error",
    )
    assert (missing.value.errors, str(missing.value)) == ({"status_code": 404}, "Error 404: Record Not Found")
    assert unknown.value.errors == {"status_code": 400}
