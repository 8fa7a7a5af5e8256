"""GET /api/v2/time_entry_reports: the sums of GraphQL's groups as rows."""

import pytest
import pytest_asyncio

from tests.support.harness.documented import documented_ledger
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, make_ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = make_ledger(seed=29, entries=160)
ROWS = LEDGER.entries_of(1)
PATH = "time_entry_reports"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    async with documented_ledger(tmp_path_factory.mktemp("reports"), LEDGER) as asked:
        yield asked


def sums_of(aggregate):
    """Return GraphQL's sums in the names of a report."""
    return {
        "count": aggregate["count"],
        "time": aggregate["time"],
        "billable_time": aggregate["billableTime"],
        "cost": aggregate["cost"],
        "cost_default": aggregate["costDefault"],
    }


GROUPS = """query ($by: [TimeEntryGroupKey!]!, $filter: TimeEntryFilter, $orderBy: TimeEntryGroupOrder) {
  timeEntries(filter: $filter) { groups(by: $by, first: 1000, orderBy: $orderBy) { totalCount nodes {
    person { id } deal { id } task { id } status billingType invoicingStatus date
    aggregate { count time billableTime cost { amount currency } costDefault } } } } }"""


@pytest.mark.parametrize(
    ("group", "by"),
    [
        ("person", ["PERSON"]),
        ("person,date:month", ["PERSON", "MONTH"]),
        ("date:week,deal", ["WEEK", "DEAL"]),
        ("date", ["DATE"]),
        ("task,date:year", ["TASK", "YEAR"]),
    ],
)
@pytest.mark.parametrize("who", [ADMIN, CLERK, MEMBER])
async def test_the_rows_of_a_report_are_graphqls_groups_to_the_cent(asked, group, by, who):
    document = await asked.document(PATH, [("group", group), ("page[size]", "200")], who)
    groups = (await asked.graphql(GROUPS, who, by=by))["timeEntries"]["groups"]

    assert document["meta"]["total_count"] == groups["totalCount"]
    assert [
        {name: row["attributes"][name] for name in ("count", "time", "billable_time", "cost", "cost_default")}
        for row in document["data"]
    ] == [sums_of(node["aggregate"]) for node in groups["nodes"][:200]]
    nodes = groups["nodes"][:200]
    for name in {"person", "deal", "task"} & set(group.split(",")):
        links = [row["relationships"][name]["data"] for row in document["data"]]
        assert [link and link["id"] for link in links] == [
            node[name] and node[name]["id"].partition(":")[2] for node in nodes
        ]
    if "date" in group:
        assert [row["attributes"]["date"] for row in document["data"]] == [node["date"] for node in nodes]


async def test_codes_are_the_documented_numbers(asked):
    document = await asked.document(PATH, [("group", "billing_type,invoicing_status")])

    counts = {
        (row["attributes"]["billing_type"], row["attributes"]["invoicing_status"]): row["attributes"]["count"]
        for row in document["data"]
    }
    expected: dict[tuple[int, int], int] = {}
    for row in ROWS:
        key = row["billing_type_id"], row["invoicing_status_id"]
        expected[key] = expected.get(key, 0) + 1
    assert counts == expected


async def test_a_filter_keeps_what_it_keeps_of_a_list(asked):
    query = [("filter[person_id]", f"{CLERK},{MEMBER}"), ("filter[time][gt]", "10")]
    document = await asked.document(PATH, [("group", "person"), *query])
    listed = await asked.document("time_entries", [*query, ("page[size]", "1")])

    assert {row["id"] for row in document["data"]} == {str(CLERK), str(MEMBER)}
    assert sum(row["attributes"]["count"] for row in document["data"]) == listed["meta"]["total_count"]


@pytest.mark.parametrize("sort", ["time", "-time", "-count", "billable_time", "-cost_default"])
async def test_rows_are_sorted_by_a_sum(asked, sort):
    document = await asked.document(PATH, [("group", "person,deal"), ("sort", sort)])
    order = {"field": sort.removeprefix("-").upper(), "direction": "DESC" if sort.startswith("-") else "ASC"}
    groups = (await asked.graphql(GROUPS, by=["PERSON", "DEAL"], orderBy=order))["timeEntries"]["groups"]

    assert [row["attributes"]["count"] for row in document["data"]] == [
        node["aggregate"]["count"] for node in groups["nodes"]
    ][: len(document["data"])]
    assert [row["id"].partition(",")[0] for row in document["data"]] == [
        node["person"]["id"].partition(":")[2] for node in groups["nodes"]
    ][: len(document["data"])]


async def test_pages_lead_through_all_rows(asked):
    whole = await asked.document(PATH, [("group", "date,person"), ("page[size]", "200")])
    found, path = [], f"{PATH}?group=date,person&page[size]=7"
    while path:
        document = await asked.document(path)
        assert document["meta"]["total_count"] == whole["meta"]["total_count"]
        found += [row["id"] for row in document["data"]]
        path = document["links"].get("next", "").removeprefix("http://test/api/v2/")

    assert found == [row["id"] for row in whole["data"]]


async def test_a_page_past_the_end_is_empty_and_tells_how_many(asked):
    document = await asked.document(PATH, [("group", "person"), ("page[number]", "9")])
    nothing = await asked.document(PATH, [("group", "person"), ("filter[id]", "999999")])

    assert (document["data"], document["meta"]["total_count"]) == ([], 5)
    assert (nothing["data"], nothing["meta"]["total_count"], nothing["meta"]["total_pages"]) == ([], 0, 0)


async def test_the_records_behind_keys_are_included(asked):
    document = await asked.document(PATH, [("group", "task,person"), ("include", "person,task")])

    linked = {
        (link["type"], link["id"])
        for row in document["data"]
        for link in (row["relationships"][name]["data"] for name in ("person", "task"))
        if link is not None
    }
    assert {(record["type"], record["id"]) for record in document["included"]} == linked
    assert len(document["included"]) == len(linked)
    assert any(row["relationships"]["task"]["data"] is None for row in document["data"])
    assert any(row["id"].startswith("none,") for row in document["data"])


@pytest.mark.parametrize(
    ("query", "status", "code", "parameter"),
    [
        ([], 400, "unsupported_group", "group"),
        ([("group", "colour")], 400, "unsupported_group", "group"),
        ([("group", "person,person")], 400, "unsupported_group", "group"),
        ([("group", "date,date:month")], 400, "unsupported_group", "group"),
        ([("group", "person"), ("sort", "date")], 400, "sort_param_unsupported", "sort"),
        ([("group", "person"), ("include", "deal")], 400, "unsupported_include", "include"),
        ([("group", "status"), ("include", "status")], 400, "unsupported_include", "include"),
        ([("group", "person"), ("page[after]", "")], 400, "unsupported_page", "page[after]"),
        ([("group", "person"), ("fields[people]", "id")], 400, "unsupported_parameter", "fields[people]"),
        ([("group", "person"), ("filter[colour]", "1")], 400, "unsupported_filter", "filter[colour]"),
    ],
)
async def test_what_a_report_cannot_be_asked_for_is_a_documented_error(asked, query, status, code, parameter):
    answer = await asked.get(PATH, query)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["source"]) == (status, code, {"parameter": parameter})


async def test_nothing_is_sorted_by_costs_for_who_may_not_see_them(asked):
    query = [("group", "person"), ("sort", "-cost_default")]
    refused = await asked.get(PATH, query, CLERK)
    allowed = await asked.get(PATH, query, BOSS)

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "access_denied")
    assert allowed.status_code == 200
