"""A selection costs as many statements as it has levels, however many rows are answered."""

import pytest
import pytest_asyncio

from gateway.catalog.records import PICKERS
from tests.support.worlds.ledger import ADMIN, MEMBER, viewer

LEDGER = {"seed": 11, "entries": 260}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def priced(asked):
    """Let the sizes of the tables be known, which are asked for once a minute."""
    for who in (viewer(ADMIN), viewer(MEMBER)):
        for name in ("timeEntries", *PICKERS):
            await asked.data(f"{{ {name}(first: 1) {{ totalCount }} }}", who)


async def statements(asked, query, who=None, **variables):
    before = asked.database.statements
    payload = await asked.payload(query, who, **variables)
    return asked.database.statements - before, payload


WIDE = """
  id date time note cost status viewerCan { update approve }
  organization { name timeZone } person { name subsidiary { name } } service { name deal { name company { name } } }
  task { title workedTime project { name company { name } } } approver { name } creator { name }
  deal { responsible { name } } timesheet { date person { name } } booking { startedOn }
  invoice { number } personSubsidiary { name }
"""
STEPS = "approvalStatuses { approvedAt approver { name subsidiary { name } } }"
TOTALS = "totalCount aggregate { count time cost { amount } costDefault } pageMeta { totalCount }"


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("nodes { id }", 1),
        (f"nodes {{ {WIDE} }}", 1),
        (f"nodes {{ {WIDE} }} edges {{ cursor node {{ {WIDE} }} }} pageInfo {{ endCursor hasNextPage }}", 1),
        ("pageInfo { endCursor hasNextPage }", 1),
        ("totalCount", 1),
        ("aggregate { time cost { amount } }", 1),
        (TOTALS, 1),
        (f"nodes {{ {WIDE} }} {TOTALS}", 2),
        ("groups(by: [PERSON]) { nodes { person { name subsidiary { name } } aggregate { time } } totalCount }", 1),
        ("a: groups(by: [PERSON]) { totalCount } b: groups(by: [PROJECT, MONTH]) { nodes { project { name } } }", 2),
        (f"nodes {{ {WIDE} }} {TOTALS} groups(by: [TASK]) {{ nodes {{ task {{ title workedTime }} }} }}", 3),
        (f"nodes {{ id {STEPS} }}", 2),
        (f"nodes {{ {WIDE} a: {STEPS} b: {STEPS} }}", 3),
        (f"nodes {{ id {STEPS} }} {TOTALS} groups(by: [DATE]) {{ totalCount }}", 4),
        ("nodes { id changes(first: 2) { nodes { kind actor { name } fields { name } } } }", 2),
        ("nodes { id changes(first: 2) { nodes { kind } totalCount } }", 3),
        ("nodes { id } lastEventId", 2),
        ("__typename", 0),
        ("pageMeta { pageSize }", 0),
    ],
)
async def test_a_list_costs_a_statement_for_each_of_its_parts(asked, selection, expected):
    paged = expected + (("pageMeta" in selection) and "totalCount" not in selection)
    for who in (viewer(ADMIN), viewer(MEMBER)):
        for size in (1, 100):
            count, payload = await statements(
                asked, f"{{ timeEntries(page: {{size: {size}}}) {{ {selection} }} }}", who
            )
            assert (count, list(payload)) == (paged, ["data"])
        if "pageMeta" not in selection:
            ordered = f"{{ timeEntries(first: 150, orderBy: [{{field: JIRA_ISSUE_ID}}]) {{ {selection} }} }}"
            assert (await statements(asked, ordered, who))[0] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ viewer { role canSeeCosts person { name } organization { name } } }", 1),
        (f"{{ viewer {{ role runningTimer {{ {WIDE} }} }} }}", 2),
        (f"{{ viewer {{ runningTimer {{ id {STEPS} }} }} }}", 3),
        (f'{{ timeEntry(id: "1") {{ {WIDE} }} }}', 1),
        (f'{{ timeEntry(id: "1") {{ {WIDE} {STEPS} }} }}', 2),
        ('{ timeEntry(id: "999999") { id approvalStatuses { id } } }', 1),
        (f'{{ node(id: "TimeEntry:1") {{ ... on TimeEntry {{ {WIDE} }} ... on Person {{ name }} }} }}', 1),
        ('{ node(id: "Person:11") { ... on Person { subsidiary { name } } } }', 1),
        ('{ nodes(ids: ["Person:11", "Task:11", "Deal:11", "Person:12", "Task:99"]) { id } }', 3),
        ("{ nodes(ids: []) { id } }", 0),
        ("{ people { nodes { name subsidiary { name } } pageInfo { endCursor } } }", 1),
        ("{ people { nodes { name } totalCount } }", 2),
        ("{ tasks { totalCount } }", 1),
        ('{ timeEntryChanges(timeEntryId: "9011") { nodes { kind } } }', 1),
        ("{ a: timeEntries { totalCount } b: timeEntries { nodes { id } } viewer { role } }", 3),
        ("{ __typename }", 0),
        ("{ timeEntries(first: -1) { nodes { id } } }", 0),
        ('{ timeEntries(after: "x") { totalCount } }', 0),
        ('{ timeEntries(filter: {after: "x"}) { nodes { id } } }', 0),
        ("{ timeEntries { nodes { id } groups(by: []) { totalCount } } }", 0),
    ],
)
async def test_other_questions_cost_as_many_statements_as_they_have_levels(asked, query, expected):
    count, _ = await statements(asked, query)

    assert count == expected


async def test_many_nodes_cost_a_statement_for_each_type(asked):
    ids = [f"TimeEntry:{number}" for number in range(1, 151)] + [f"Person:{number}" for number in range(1, 50)]

    count, payload = await statements(
        asked, f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on TimeEntry {{ {WIDE} }} }} }}", ids=ids
    )

    assert (count, len(payload["data"]["nodes"])) == (2, 199)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("nodes { id }", 1),
        (f"nodes {{ {WIDE} }} edges {{ cursor }} pageInfo {{ endCursor }}", 1),
        ("totalCount aggregate { time cost { amount } }", 1),
        ("groups(by: [PERSON, MONTH]) { totalCount nodes { aggregate { time } } }", 1),
        ("nodes { id } totalCount aggregate { time } groups(by: [TASK]) { nodes { task { title } } } lastEventId", 4),
        (f"nodes {{ id {STEPS} }}", 2),
        ("nodes { project { timeEntries(first: 2) { nodes { person { name } } totalCount } } }", 3),
        ("groups(by: [PERSON]) { nodes { timeEntries(first: 2) { nodes { id } } } }", 2),
        ("groups(by: [TASK, WEEK], first: 9) { nodes { timeEntries(first: 2) { nodes { id } totalCount } } }", 3),
        ("groups(by: [PERSON]) { nodes { person { timeEntries(first: 2) { nodes { id } } } } }", 2),
    ],
)
async def test_what_hangs_on_records_costs_a_statement_for_each_of_its_parts_whatever_the_records(
    asked, selection, expected
):
    for who in (viewer(ADMIN), viewer(MEMBER)):
        for size in (1, 100):
            query = f"{{ projects(first: {size}) {{ nodes {{ timeEntries(first: 3) {{ {selection} }} }} }} }}"
            count, payload = await statements(asked, query, who)
            assert (count, list(payload)) == (1 + expected, ["data"])


async def test_a_walk_costs_a_statement_for_each_level(asked):
    services = "services(first: 5) { nodes { timeEntries(first: 2) { nodes { id } } } }"
    projects = (
        f"projects(first: 5) {{ nodes {{ tasks {{ nodes {{ id }} }} deals {{ totalCount nodes {{ {services} }} }} }} }}"
    )
    query = f"{{ companies(first: %d) {{ nodes {{ {projects} }} }} }}"

    counts = [(await statements(asked, query % size))[0] for size in (1, 40)]

    assert counts == [7, 7]
