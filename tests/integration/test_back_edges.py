"""What hangs on a record: each parent has its own page, totals and groups, as the list at the root answers them."""

import datetime as dt
from calendar import monthrange

import pytest

from gateway.catalog.entry_groups import GROUP_KEYS
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, STRANGER, viewer

LEDGER = {"seed": 14, "entries": 240}

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARENTS = {
    "people": "personId", "companies": "companyId", "projects": "projectId", "deals": "dealId",
    "services": "serviceId", "tasks": "taskId",
}  # fmt: skip
VIEWERS = (ADMIN, BOSS, CLERK, MEMBER, STRANGER)
ALL = """
  edges { cursor node { id date person { name } } } nodes { id note cost task { title } }
  pageInfo { hasNextPage hasPreviousPage } totalCount
  aggregate { count time billableTime cost { amount currency } costDefault }
  groups(by: [PERSON, MONTH], first: 3) {
    totalCount nodes { person { name } date aggregate { count cost { amount } } } }
"""
ARGUMENTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("first: 3", {}),
    ("first: 4, orderBy: [{field: DATE, direction: DESC}]", {}),
    ("last: 3, orderBy: [{field: JIRA_ISSUE_ID}]", {}),
    ("first: 0", {}),
    ("first: 5", {"time": {"gt": 60}, "after": "2025-01-01"}),
    ("last: 20", {"or": [{"status": {"eq": "APPROVED"}}, {"time": {"eq": 0}}]}),
)


def without_cursors(connection):
    return connection | {"edges": [edge["node"] for edge in connection["edges"]]}


@pytest.mark.parametrize("person", VIEWERS)
@pytest.mark.parametrize(
    ("kind", "arguments", "filter"),
    [(kind, *asked) for kind, asked in zip(PARENTS, ARGUMENTS, strict=True)],
    ids=[f"{kind}-{arguments}" for kind, (arguments, _) in zip(PARENTS, ARGUMENTS, strict=True)],
)
async def test_each_parent_has_what_the_root_answers_for_it(asked, person, kind, arguments, filter):
    who = viewer(person)
    entries = f"timeEntries({arguments}, filter: $filter) {{ {ALL} }}"
    nested = f"query ($filter: TimeEntryFilter) {{ {kind}(first: 15) {{ nodes {{ id {entries} }} }} }}"
    root = f"query ($filter: TimeEntryFilter) {{ {entries} }}"

    data = await asked.data(nested, who, filter=filter)

    assert len(data[kind]["nodes"]) > 1
    for parent in data[kind]["nodes"]:
        own = {PARENTS[kind]: {"eq": parent["id"]}}
        alone = await asked.data(root, who, filter={"and": [own, filter]})
        assert without_cursors(parent["timeEntries"]) == without_cursors(alone["timeEntries"])


GROUPED = """query($by: [TimeEntryGroupKey!]!, $filter: TimeEntryFilter) { timeEntries(filter: $filter, first: 0) {
  groups(by: $by, first: 12) { nodes {
    person { id } service { id } task { id } deal { id } project { id } company { id }
    date status billingType invoicingStatus aggregate { count time cost { amount currency } }
    timeEntries(first: 200, orderBy: [{field: DATE}]) {
      nodes { id } totalCount aggregate { count time cost { amount currency } }
      groups(by: [DATE], first: 2) { totalCount nodes { timeEntries(first: 1) { totalCount nodes { id } } } } }
  } } } }"""
FIND = """query($filter: TimeEntryFilter) {
  timeEntries(first: 200, filter: $filter, orderBy: [{field: DATE}]) {
    nodes { id } totalCount aggregate { count time cost { amount currency } }
    groups(by: [DATE], first: 2) { totalCount nodes { timeEntries(first: 1) { totalCount nodes { id } } } } } }"""
KEYS = tuple(GROUP_KEYS)


@pytest.mark.parametrize("by", [[key] for key in KEYS] + [["TASK", "PROJECT", "MONTH"], ["STATUS", "WEEK", "COMPANY"]])
@pytest.mark.parametrize("person", VIEWERS)
async def test_a_groups_entries_are_those_that_its_aggregate_adds_up(asked, by, person):
    who, filter = viewer(person), {"time": {"gt": 0}}

    groups = (await asked.data(GROUPED, who, by=by, filter=filter))["timeEntries"]["groups"]["nodes"]

    assert groups
    for group in groups:
        found = await asked.data(FIND, who, filter={"and": [filter, *filters_of(group, by)]})
        assert group["timeEntries"] == found["timeEntries"]
        assert group["timeEntries"]["aggregate"] == group["aggregate"]


def filters_of(group, by):
    """The filters that the entries of a group meet, and no others."""
    for key in by:
        if GROUP_KEYS[key].is_span:
            first = dt.date.fromisoformat(group["date"])
            yield {"date": {"gtEq": str(first), "ltEq": str(last_day(key, first))}}
        elif isinstance(GROUP_KEYS[key].shows, str):
            record = group[GROUP_KEYS[key].field]
            yield {f"{GROUP_KEYS[key].field}Id": {"eq": record["id"]} if record else {"isNull": True}}
        else:
            name = GROUP_KEYS[key].field
            yield {"billingTypeId" if name == "billingType" else name: {"eq": group[name]}}


def last_day(span, first):
    match span:
        case "WEEK":
            return first + min(dt.timedelta(days=6), dt.date.max - first)
        case "MONTH":
            return first.replace(day=monthrange(first.year, first.month)[1])
        case "YEAR":
            return first.replace(month=12, day=31)
    return first


PAGE = """query($id: ID!, $after: String, $before: String) { node(id: $id) { ... on Project {
  timeEntries(first: 2, after: $after, before: $before, orderBy: [{field: DATE, direction: DESC}]) {
    nodes { id } pageInfo { endCursor hasNextPage hasPreviousPage } } } } }"""
PAGES = """{ projects(first: 20) { nodes { id
  timeEntries(first: 2, orderBy: [{field: DATE, direction: DESC}]) { nodes { id } pageInfo { endCursor } }
  all: timeEntries(first: 200, orderBy: [{field: DATE, direction: DESC}]) { nodes { id } } } } }"""


async def test_a_cursor_of_a_parent_goes_on_where_the_parent_is_fetched_alone(asked):
    projects = (await asked.data(PAGES))["projects"]["nodes"]

    for project in projects:
        found, cursor = project["timeEntries"]["nodes"], project["timeEntries"]["pageInfo"]["endCursor"]
        while cursor:
            page = (await asked.data(PAGE, id=project["id"], after=cursor))["node"]["timeEntries"]
            assert page["pageInfo"]["hasPreviousPage"] is True
            found += page["nodes"]
            cursor = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        assert found == project["all"]["nodes"]


async def test_a_cursor_of_another_parent_is_refused(asked):
    one, other = [
        project for project in (await asked.data(PAGES))["projects"]["nodes"] if project["timeEntries"]["nodes"]
    ][:2]
    cursor = one["timeEntries"]["pageInfo"]["endCursor"]

    payload = await asked.payload(PAGE, id=other["id"], after=cursor)
    both = await asked.payload(
        f'{{ nodes(ids: ["{one["id"]}", "{other["id"]}"]) {{ ... on Project {{ timeEntries(after: "{cursor}", '
        "orderBy: [{field: DATE, direction: DESC}]) { totalCount } } } }"
    )

    assert payload["data"] == {"node": None}
    assert [error["extensions"]["code"] for error in payload["errors"]] == ["INVALID_CURSOR"]
    assert [error["extensions"]["code"] for error in both["errors"]] == ["INVALID_CURSOR"]


@pytest.mark.parametrize(
    "query",
    [
        "{{ projects {{ nodes {{ timeEntries({bad}) {{ totalCount }} }} }} }}",
        "{{ companies(first: 0) {{ nodes {{ projects {{ nodes {{ a: timeEntries({bad}) {{ totalCount }} }} }} }} }} }}",
        '{{ node(id: "Person:11") {{ ... on Task {{ timeEntries({bad}) {{ totalCount }} }} }} }}',
        "{{ timeEntries {{ groups(by: [TASK]) {{ nodes {{ task {{ timeEntries({bad}) {{ totalCount }} }} }} }} }} }}",
        "mutation {{ timeEntryUpdate(id: 1, input: {{time: 1}}) {{ timeEntry {{ person {{ ...F }} }} }} }} {fragment}",
    ],
)
async def test_a_nested_filter_that_cannot_be_refuses_the_request_before_anything_runs(asked, query):
    bad = 'filter: {date: {gt: "2019-02-30"}}'
    fragment = f"fragment F on Person {{ timeEntries({bad}) {{ totalCount }} }}"
    entry = await asked.data("{ timeEntry(id: 1) { id revision } }")
    before = asked.database.statements

    payload = await asked.payload(query.format(bad=bad, fragment=fragment))

    assert list(payload) == ["errors"]
    [error] = payload["errors"]
    assert error["extensions"]["jsonapi"] == {
        "code": "unsupported_filter_value_type",
        "parameter": "filter[date][gt]",
    }
    assert asked.database.statements == before
    assert await asked.data("{ timeEntry(id: 1) { id revision } }") == entry


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 201", "INVALID_PAGINATION"),
        ("first: 1, last: 1", "INVALID_PAGINATION"),
        ('after: "x"', "INVALID_CURSOR"),
    ],
)
async def test_nested_page_arguments_that_are_out_of_range_are_reported_at_their_place(asked, arguments, code):
    query = f"{{ projects {{ nodes {{ timeEntries({arguments}) {{ totalCount }} }} }} }}"

    [error] = await asked.errors(query)

    assert error["extensions"]["code"] == code
    assert error["locations"] == [{"line": 1, "column": query.index("timeEntries") + 1}]
    assert error["path"] == ["projects"]


def walk(*fields, first):
    """A query that asks for so many of each, one below the other."""
    query = "id"
    for field in reversed(fields):
        query = f"{field}(first: {first}) {{ nodes {{ {query} }} }}"
    return f"{{ {query} }}"


@pytest.mark.parametrize(
    "query",
    [
        walk("companies", "projects", "deals", "services", "timeEntries", first=200),
        walk("people", "timeEntries", first=200).replace("{ id }", "{ project { timeEntries { nodes { id } } } }"),
        "{ timeEntries { groups(by: DATE, first: 999) { nodes { timeEntries(first: 200) { nodes { id time } } } } } }",
    ],
)
async def test_what_multiplies_is_refused_by_its_price_before_anything_runs(asked, query):
    before = asked.database.statements

    [error] = await asked.errors(query)

    assert error["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
    assert asked.database.statements == before


async def test_many_aliases_of_a_nested_field_are_answered_each_by_its_own_arguments(asked):
    fields = " ".join(
        f"a{size}: timeEntries(first: {size}, filter: {{time: {{gtEq: {size}}}}}) {{ nodes {{ time }} }}"
        for size in range(50)
    )

    data = await asked.data(f"{{ projects(first: 5) {{ nodes {{ {fields} }} }} }}")

    for project in data["projects"]["nodes"]:
        for size in range(50):
            times = [node["time"] for node in project[f"a{size}"]["nodes"]]
            assert len(times) <= size
            assert all(time >= size for time in times)


async def test_a_parent_without_entries_has_an_empty_page(asked):
    query = "{ projects { nodes { timeEntries(filter: {id: {eq: 999999}}) { " + ALL + " } } } }"

    data = await asked.data(query)

    empty = {
        "edges": [],
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
        "totalCount": 0,
        "aggregate": {"count": 0, "time": 0, "billableTime": 0, "cost": [], "costDefault": 0},
        "groups": {"totalCount": 0, "nodes": []},
    }
    assert [project["timeEntries"] for project in data["projects"]["nodes"]] == [empty] * len(data["projects"]["nodes"])


async def test_what_hangs_on_a_record_that_may_not_be_seen_is_not_answered(asked):
    others = sorted({row["timesheet_id"] for row in asked.ledger.entries_of(1) if row["person_id"] != MEMBER} - {None})
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Timesheet { timeEntries { totalCount } } } }"

    hidden = await asked.data(query, viewer(MEMBER), ids=[f"Timesheet:{number}" for number in others])
    strange = await asked.data(PAGE, viewer(STRANGER), id="Project:11")

    assert others
    assert hidden == {"nodes": [None] * len(others)}
    assert strange == {"node": None}
