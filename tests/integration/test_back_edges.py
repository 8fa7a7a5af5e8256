"""What hangs on a record: each parent has its own page, totals and groups, as the list at the root answers them."""

import datetime as dt
from calendar import monthrange

import pytest

from gateway.catalog.time_entries import GROUP_KEYS
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
ARGUMENTS = (
    "first: 3",
    "first: 4, orderBy: [{field: DATE, direction: DESC}]",
    "last: 3, orderBy: [{field: JIRA_ISSUE_ID}]",
    "first: 0",
    'first: 5, filter: {time: {gt: 60}, after: "2025-01-01"}',
    "last: 20, filter: {or: [{status: {eq: APPROVED}}, {time: {eq: 0}}]}",
)


def without_cursors(connection):
    return connection | {"edges": [edge["node"] for edge in connection["edges"]]}


@pytest.mark.parametrize("person", VIEWERS)
@pytest.mark.parametrize(("kind", "arguments"), list(zip(PARENTS, ARGUMENTS, strict=True)))
async def test_each_parent_has_what_the_root_answers_for_it(asked, person, kind, arguments):
    who = viewer(person)

    data = await asked.data(f"{{ {kind}(first: 15) {{ nodes {{ id timeEntries({arguments}) {{ {ALL} }} }} }} }}", who)

    assert len(data[kind]["nodes"]) > 1
    for parent in data[kind]["nodes"]:
        own = f'{{{PARENTS[kind]}: {{eq: "{parent["id"]}"}}}}'
        narrowed = (
            f"{arguments}, filter: {own}"
            if "filter" not in arguments
            else arguments.replace("filter: {", f"filter: {{and: [{own}], ")
        )
        alone = await asked.data(f"{{ timeEntries({narrowed}) {{ {ALL} }} }}", who)
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
