"""Which way PostgreSQL finds entries, by its own numbers: neither a filter that few meet nor an order reads all."""

from typing import Any

import pytest
import pytest_asyncio

from gateway.catalog.time_entries import SORTS
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import open_database
from gateway.store.databases.usage import Ran, listening
from tests.integration.test_indexes import BOTH_CURSORS, INDEXED, NEWEST, OPERATIONS, SELECTIVE, WORDS, column_of
from tests.support.judges.plans import analyzed, planned_for_any_values
from tests.support.worlds.seeded import seeded_store

PASSED_OVER = 600  # of the 14,000 entries of the larger organization
A_ZONE = 4_096  # of ids
OF_RECORDS = {"person_id", "project_id", "service_id", "deal_id", "creator_id", "company_id"}  # of few entries each
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgresql_only]


class Asked:
    """Asks for entries, and tells how PostgreSQL finds them."""

    def __init__(self, database, viewer):
        self.gateway = Gateway(database)
        self._database, self.viewer = database, viewer

    async def value(self, sql):
        async with self._database.read(snapshot=False) as connection:
            rows = await connection.execute(sql)
        return rows[0][0] if rows else None

    async def page(self, arguments):
        query = f"{{ timeEntries({arguments}) {{ edges {{ node {{ id }} }} pageInfo {{ startCursor endCursor }} }} }}"
        outcome = await self.gateway.execute(GraphQLRequest(query), self.viewer)
        payload: Any = outcome.payload
        return payload["data"]["timeEntries"]

    async def plan(self, arguments, *, size="first: 20, "):
        """The nodes of the plan, and what the statement answers."""
        query = f"{{ timeEntries({size}{arguments}) {{ nodes {{ id person {{ id name }} }} }} }}"
        statements: list[Ran] = []
        with listening(statements.append):
            outcome = await self.gateway.execute(GraphQLRequest(query), self.viewer)
        payload: Any = outcome.payload
        assert "errors" not in payload, payload
        [ran] = statements
        async with self._database.read(snapshot=False) as connection:
            return await analyzed(connection, ran), payload["data"]["timeEntries"]

    async def kept_plan(self, arguments):
        """The nodes of the plan for any values."""
        statements: list[Ran] = []
        query = f"{{ timeEntries({arguments}) {{ nodes {{ id person {{ id name }} }} }} }}"
        with listening(statements.append):
            await self.gateway.execute(GraphQLRequest(query), self.viewer)
        [ran] = statements
        async with self._database.read(snapshot=False) as connection:
            return await planned_for_any_values(connection, ran)

    async def plans_of_the_statement(self, arguments, *, selection="nodes { id person { id name } }"):
        """How often the statement was run by a plan for any values, on the connection that has run it."""
        statements: list[Ran] = []
        with listening(statements.append):
            await self.gateway.execute(GraphQLRequest(f"{{ timeEntries({arguments}) {{ {selection} }} }}"), self.viewer)
        async with self._database.read(snapshot=False) as connection:
            [(generic,)] = await connection.execute(
                "SELECT generic_plans FROM pg_prepared_statements WHERE statement = $1", (statements[0].text,)
            )
        return generic


def on_entries(nodes):
    """How time entries are found: the kinds of scan."""
    return {node["Node Type"] for node in nodes if node.get("Relation Name") == "time_entries"}


def passed_over(nodes):
    """How many rows were looked at in vain, but for zones, of which there is one for many entries."""
    return sum(
        node.get(name, 0) * node["Actual Loops"]
        for node in nodes
        if node.get("Relation Name") != "time_entry_zones"
        for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    )


def sorted_rows(nodes):
    return sum(node["Plans"][0]["Actual Rows"] for node in nodes if node["Node Type"] == "Sort")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory, store_kind):
    del store_kind
    url, viewer = seeded_store(tmp_path_factory.mktemp("indexes"))
    async with open_database(url) as database:
        yield Asked(database, viewer)


async def rarest(asked, column):
    """The value of a column that the fewest entries have."""
    return await asked.value(
        f"SELECT {column} FROM time_entries WHERE organization_id = 1 AND {column} IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) LIMIT 1"
    )


@pytest.mark.parametrize("order", ["", "orderBy: [{ field: DATE, direction: DESC }], "], ids=["by id", "newest first"])
@pytest.mark.parametrize("row", INDEXED, ids=lambda row: row.name)
async def test_a_filter_that_few_entries_meet_uses_an_index(asked, row, order):
    value = await rarest(asked, column_of(row))
    comparator = row.kind.comparator
    words = WORDS.get(comparator)
    asking = [f"{{ eq: {words[value]} }}"] if words else [SELECTIVE[comparator](row, value)]
    if comparator in OPERATIONS:
        asking.append(OPERATIONS[comparator](value))

    for filter_ in asking:
        nodes, _ = await asked.plan(f"{order}filter: {{ {row.name}: {filter_} }}")

        assert "Seq Scan" not in on_entries(nodes), (filter_, nodes)
        # Zones of ids tell where the first is that is invoiced, or of a day, to as many ids as they have.
        most = A_ZONE if row.name in {"invoiced", "after", "before", "date"} and not order else PASSED_OVER
        assert passed_over(nodes) < most, (filter_, nodes)


@pytest.mark.parametrize(
    "filter_",
    [
        'personId: { eq: "5" }, date: { gtEq: "2025-01-01", ltEq: "2025-03-31" }',
        'projectId: { eq: "3" }, date: { gtEq: "2025-01-01", ltEq: "2025-03-31" }',
        'status: { eq: REJECTED }, date: { gtEq: "2025-01-01", ltEq: "2025-03-31" }',
        f'status: {{ eq: UNAPPROVED }}, after: "{NEWEST}"',
        'serviceId: { eq: "3" }, before: "2021-01-01"',
        'personId: { eq: "5" }, status: { eq: REJECTED }',
    ],
)
@pytest.mark.parametrize("order", ["", "orderBy: [{ field: DATE, direction: DESC }], "], ids=["by id", "newest first"])
async def test_the_common_pairs_use_an_index(asked, order, filter_):
    nodes, _ = await asked.plan(f"{order}filter: {{ {filter_} }}")

    assert "Seq Scan" not in on_entries(nodes), nodes
    # Zones of ids tell where the first of these days is.
    most = A_ZONE if filter_.startswith("status") and not order else PASSED_OVER
    assert passed_over(nodes) < most, nodes


@pytest.mark.parametrize(
    "filter_",
    [
        'projectId: { in: ["3", "3", "4", "5"] }, invoiced: true',
        'personId: { in: ["5", "6"] }',
        'managerId: { eq: "2" }',
        'managerId: { in: ["2", "7"] }, date: { gtEq: "2022-01-01" }',
        'or: [{ personId: { in: ["5", "6"] } }, { projectId: { eq: "3" } }]',
        """and: [
          { or: [{ personId: { in: ["5", "6"] } }, { and: [
            { projectId: { eq: "3" } }, { or: [{ billingTypeId: { eq: ACTUALS } }, { time: { gtEq: 240 } }] }] }] },
          { not: { status: { eq: REJECTED } } }, { date: { gtEq: "2023-01-01" } }]""",
    ],
)
async def test_of_several_values_a_page_each_is_read_by_date(asked, filter_):
    nodes, answer = await asked.plan(f"orderBy: [{{ field: DATE, direction: DESC }}], filter: {{ {filter_} }}")

    assert len({node["id"] for node in answer["nodes"]}) == 20
    assert on_entries(nodes) <= {"Index Scan", "Index Only Scan"}
    assert passed_over(nodes) < PASSED_OVER
    assert sorted_rows(nodes) < PASSED_OVER


NEWEST_FIRST = "orderBy: [{ field: DATE, direction: DESC }], filter: "


@pytest.mark.parametrize(
    ("arguments", "again"),
    [
        ("filter: { time: { gt: 10 } }", True),
        ("filter: { trackMethodId: { gt: 0 } }", True),
        (f'{NEWEST_FIRST}{{ lastActorId: {{ eq: "2" }} }}', True),
        (f"{NEWEST_FIRST}{{ invoiced: true }}", True),
        ('orderBy: [{ field: UPDATED_AT }], filter: { personId: { eq: "5" } }', True),
        ('filter: { personId: { eq: "5" } }', False),
        (f'{NEWEST_FIRST}{{ or: [{{ personId: {{ in: ["5", "6"] }} }}, {{ projectId: {{ eq: "3" }} }}] }}', False),
        (f'{NEWEST_FIRST}{{ personId: {{ in: ["5", "6"] }}, date: {{ gtEq: "2023-01-01" }} }}', False),
        (f'{NEWEST_FIRST}{{ projectId: {{ eq: "3" }}, date: {{ gtEq: "2023-01-01" }} }}', False),
        (f'{NEWEST_FIRST}{{ date: {{ gtEq: "2025-07-01", ltEq: "2025-07-02" }} }}', False),
        ('orderBy: [{ field: UPDATED_AT }], filter: { updatedAt: { gtEq: "2025-07-01" } }', False),
        ('filter: { date: { gtEq: "2024-08-01" } }', False),
        ('filter: { date: { gtEq: "2024-08-01" }, status: { eq: APPROVED } }', False),
        ("orderBy: [{ field: DATE, direction: DESC }]", False),
    ],
)
async def test_a_statement_is_planned_again_where_the_best_plan_depends_on_the_values(asked, arguments, again):
    plans = [await asked.plans_of_the_statement(arguments) for _ in range(9)]

    assert (plans == [0] * 9) == again


async def test_totals_are_planned_again_where_the_best_plan_depends_on_the_values(asked):
    generic = [
        await asked.plans_of_the_statement("filter: { time: { gt: 10 } }", selection="totalCount") for _ in range(9)
    ]

    assert generic == [0] * 9


@pytest.mark.parametrize("field", SORTS.keys)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_an_order_is_read_off_an_index(asked, field, direction):
    nodes, answer = await asked.plan(f"orderBy: [{{ field: {field}, direction: {direction} }}]")

    assert len(answer["nodes"]) == 20
    assert on_entries(nodes) <= {"Index Scan", "Index Only Scan"}
    assert sorted_rows(nodes) <= 21  # at most the page itself, for a tie


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("span", ['{ gtEq: "2021-02-01" }', '{ gtEq: "2021-02-01", ltEq: "2025-07-01" }'])
@pytest.mark.parametrize(("field", "name"), [("DATE", "date"), ("UPDATED_AT", "updatedAt")])
async def test_a_range_of_an_order_is_read_off_its_index_by_the_plan_for_any_values(
    asked, field, name, span, direction
):
    order = f"orderBy: [{{ field: {field}, direction: {direction} }}]"
    page = await asked.page(f"first: 20, {order}, filter: {{ {name}: {span} }}")

    for beyond in ("", f'after: "{page["pageInfo"]["endCursor"]}", '):
        nodes = await asked.kept_plan(f"first: 20, {beyond}{order}, filter: {{ {name}: {span} }}")

        [cut] = [node["Plans"][0]["Node Type"] for node in nodes if node["Node Type"] == "Limit"]
        assert {cut} == on_entries(nodes) <= {"Index Scan", "Index Only Scan"}


@pytest.mark.parametrize("field", SORTS.keys)
@pytest.mark.parametrize("row", [row for row in INDEXED if column_of(row) in OF_RECORDS], ids=lambda row: row.name)
async def test_the_entries_of_a_record_are_sorted_off_its_index_in_every_order(asked, row, field):
    value = await rarest(asked, column_of(row))

    nodes, answer = await asked.plan(f'orderBy: [{{ field: {field} }}], filter: {{ {row.name}: {{ eq: "{value}" }} }}')

    fetched = [node for node in nodes if node["Node Type"] == "Index Scan" and node["Relation Name"] == "time_entries"]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in fetched) <= len(answer["nodes"]) + 1
    assert on_entries(nodes) == {"Index Only Scan", "Index Scan"}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(
    ("column", "field"), [("jiraIssueStatus", "JIRA_ISSUE_ID"), ("jiraWorklogId", "JIRA_ISSUE_STATUS")]
)
async def test_what_lacks_one_column_from_jira_is_not_sought_among_all_that_have_another(
    asked, column, field, direction
):
    nodes, answer = await asked.plan(
        f"orderBy: [{{ field: {field}, direction: {direction} }}], filter: {{ {column}: {{ isNull: true }} }}"
    )

    assert len(answer["nodes"]) == 20
    assert "ix_time_entries__partly_from_jira" in {node.get("Index Name") for node in nodes}
    assert passed_over(nodes) == 0


@pytest.mark.parametrize("field", SORTS.keys)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("number", [5, 50])  # of 70; the Jira columns of 11 pages have a value
async def test_pages_on_both_sides_far_down_are_sought_in_the_index(asked, field, direction, number):
    order = f"orderBy: [{{ field: {field}, direction: {direction} }}]"
    document = f"{{ timeEntries(page: {{ number: {number}, size: 200 }}, {order}) {{ {BOTH_CURSORS} }} }}"
    outcome = await asked.gateway.execute(GraphQLRequest(document), asked.viewer)
    info = outcome.payload["data"]["timeEntries"]["pageInfo"]

    for beyond in (f'first: 20, after: "{info["endCursor"]}"', f'last: 20, before: "{info["startCursor"]}"'):
        nodes, answer = await asked.plan(f"{order}, {beyond}", size="")

        assert len(answer["nodes"]) == 20
        assert on_entries(nodes) <= {"Index Scan", "Index Only Scan"}
        assert passed_over(nodes) < 50


@pytest.mark.parametrize("order", ["", "orderBy: [{ field: JIRA_ISSUE_ID }], "], ids=["by id", "in parts"])
async def test_the_longest_page_is_whole_whatever_postgresql_plans_for(asked, order):
    first = await asked.page(f"first: 200, {order}filter: {{ time: {{ gt: 10 }} }}")
    beyond = f'after: "{first["pageInfo"]["endCursor"]}"'
    second = await asked.page(f"first: 200, {beyond}, {order}filter: {{ time: {{ gt: 10 }} }}")

    assert len({edge["node"]["id"] for page in (first, second) for edge in page["edges"]}) == 400


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(
    "filter_",
    [
        'personId: { in: ["5", "6", "7"] }',
        'or: [{ personId: { in: ["5", "6"] } }, { projectId: { in: ["3", "4"] } }, { serviceId: { eq: "3" } }]',
    ],
)
async def test_parts_of_a_merge_are_read_off_their_indexes_unsorted_by_the_plan_for_any_values(
    asked, filter_, direction
):
    order = f"orderBy: [{{ field: DATE, direction: {direction} }}]"
    page = await asked.page(f"first: 20, {order}, filter: {{ {filter_} }}")

    for beyond in ("", f'after: "{page["pageInfo"]["endCursor"]}", '):
        nodes = await asked.kept_plan(f"first: 20, {beyond}{order}, filter: {{ {filter_} }}")

        [merge] = [node for node in nodes if node["Node Type"] == "Merge Append"]
        parts = [part["Plans"][0] for part in merge["Plans"]]
        assert {part["Node Type"] for part in merge["Plans"]} == {"Limit"}
        assert {part["Node Type"] for part in parts} <= {"Index Scan", "Index Only Scan"}


@pytest.mark.parametrize(("ways", "cursor"), [("first: 20, after", "endCursor"), ("last: 20, before", "startCursor")])
@pytest.mark.parametrize("status", ["", ", status: { eq: APPROVED }"])
async def test_a_span_of_days_is_walked_by_id_by_the_plan_for_any_values(asked, status, ways, cursor):
    filter_ = f'filter: {{ date: {{ gtEq: "2021-02-01", ltEq: "2025-07-01" }}{status} }}'
    page = await asked.page(f"page: {{ number: 9, size: 20 }}, {filter_}")

    for beyond in (ways.partition(",")[0], f'{ways}: "{page["pageInfo"][cursor]}"'):
        nodes = await asked.kept_plan(f"{beyond}, {filter_}")

        [walk] = [node["Plans"][-1] for node in nodes if node.get("Subplan Name") == "CTE near"]
        assert walk["Index Name"] == "ix_time_entries__organization_id_id_date"
        assert walk["Index Cond"].count("ROW(") == 4  # two bounds, each of which is compared with a place


@pytest.mark.parametrize("status", ["", ", status: { eq: APPROVED }"])
async def test_a_span_of_days_passes_over_no_earlier_days_in_the_order_of_ids(asked, status):
    nodes, answer = await asked.plan(f'filter: {{ date: {{ gtEq: "2024-08-01", ltEq: "2024-10-31" }}{status} }}')

    assert len(answer["nodes"]) == 20
    assert on_entries(nodes) <= {"Index Scan", "Index Only Scan"}
    read = [node for node in nodes if node.get("Relation Name") == "time_entries"]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) < A_ZONE + 92 + 21 * 22  # near, days, rows
    assert passed_over(nodes) < 2 * A_ZONE  # of the organization's and of the other's


@pytest.mark.parametrize("field", ["DATE", "UPDATED_AT", "CREATED_AT"])
@pytest.mark.parametrize("column", ["approvedAt", "lastActivityAt", "startedAt", "updatedAt", "date"])
async def test_what_grows_with_an_order_is_read_from_the_first_zone_that_can_have_it(asked, field, column):
    for direction, bound in (("ASC", "gtEq"), ("DESC", "ltEq")):
        filter_ = f'filter: {{ {column}: {{ {bound}: "2023-06-01" }} }}'
        nodes, answer = await asked.plan(f"orderBy: [{{ field: {field}, direction: {direction} }}], {filter_}")

        assert len(answer["nodes"]) == 20
        assert "Seq Scan" not in on_entries(nodes), nodes
        assert passed_over(nodes) < PASSED_OVER, nodes


async def test_what_grows_with_ids_is_read_from_the_first_zone_that_can_have_it(asked):
    nodes, answer = await asked.plan('filter: { approvedAt: { gtEq: "2025-05-01" }, status: { eq: APPROVED } }')

    assert len(answer["nodes"]) == 20
    assert passed_over(nodes) < A_ZONE, nodes


@pytest.mark.parametrize("order", ["", "orderBy: [{ field: DATE, direction: DESC }], "], ids=["by id", "newest first"])
async def test_a_page_by_a_large_number_passes_over_rows_of_an_index_alone(asked, order):
    nodes, answer = await asked.plan(f"{order}page: {{ number: 300, size: 20 }}", size="")

    assert len(answer["nodes"]) == 20
    fetched = [node for node in nodes if node["Node Type"] == "Index Scan" and node["Relation Name"] == "time_entries"]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in fetched) <= 21
    assert "Index Only Scan" in on_entries(nodes)
