"""How both databases find the pages of many parents: each is sought in an index, none by passing over the others."""

from typing import Any

import pytest
import pytest_asyncio

from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import open_database
from gateway.store.databases.usage import Ran, listening
from tests.support.judges.plans import analyzed, explained
from tests.support.worlds.seeded import seeded_store

PARENTS = 20
pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_DATE = "orderBy: [{field: DATE, direction: DESC}]"
# By the column that an entry's parent is known by: the list of parents, and the index of their entries by date.
COLUMNS = {
    "person_id": "people", "company_id": "companies", "project_id": "projects", "deal_id": "deals",
    "service_id": "services",
}  # fmt: skip
ORDERS = ("last: null", BY_DATE, "orderBy: [{field: DATE}]", "orderBy: [{field: UPDATED_AT, direction: DESC}]")


class Asked:
    """Asks for parents, and tells how their entries are found."""

    def __init__(self, database, viewer):
        self._gateway, self._database, self._viewer = Gateway(database), database, viewer

    async def plan(self, query):
        """The last statement's plan, and the answer's data."""
        statements: list[Ran] = []
        with listening(statements.append):
            outcome = await self._gateway.execute(GraphQLRequest(query), self._viewer)
        payload: Any = outcome.payload
        assert "errors" not in payload, payload
        ran = statements[-1]
        async with self._database.read(snapshot=False) as connection:
            if self._database.dialect.name == "sqlite":
                return await explained(connection, ran, "EXPLAIN QUERY PLAN"), payload["data"]
            return await analyzed(connection, ran), payload["data"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory, store_kind):
    del store_kind
    url, viewer = seeded_store(tmp_path_factory.mktemp("parents"))
    async with open_database(url) as database:
        yield Asked(database, viewer)


def entries_of(parents, order):
    entries = f"timeEntries(first: 5, {order}) {{ nodes {{ id }} }}"
    return f"{{ {parents}(first: {PARENTS}) {{ nodes {{ {entries} }} }} }}"


def on_entries(plan, column):
    """How the entries of a parent are found: the steps that look for them, and how many rows they give."""
    if isinstance(plan[0], dict):
        found = [node for node in plan if node.get("Relation Name") == "time_entries"]
        own = [node for node in plan if f"({column} = " in node.get("Index Cond", "")]
        passed_over = sum(node.get("Rows Removed by Filter", 0) * node["Actual Loops"] for node in found)
        return {node["Node Type"] for node in found}, own, passed_over
    steps = [step[3] for step in plan if " time_entries" in step[3]]
    return {step.split()[0] for step in steps}, [step for step in steps if f"{column}=?" in step], 0


def is_sorted_whole(plan):
    """Whether the entries of a parent are sorted: what the last statement sorts beyond that are its pages."""
    if isinstance(plan[0], dict):
        return any(node["Node Type"] == "Sort" for node in plan)
    sorts = [step[3] for step in plan if "FOR ORDER BY" in step[3]]
    return len(sorts) > 1


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("column", COLUMNS)
async def test_the_page_of_each_parent_is_sought_in_an_index_of_its_own(asked, column, order):
    plan, data = await asked.plan(entries_of(COLUMNS[column], order))

    assert sum(len(parent["timeEntries"]["nodes"]) for parent in data[COLUMNS[column]]["nodes"]) > 10
    ways, own, passed_over = on_entries(plan, column)
    assert own, plan
    assert ways <= {"SEARCH", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan"}
    assert passed_over == 0


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("column", COLUMNS)
async def test_by_date_a_page_is_read_no_further_than_it_is_long(asked, column, direction):
    order = f"orderBy: [{{field: DATE, direction: {direction}}}]"

    plan, _ = await asked.plan(entries_of(COLUMNS[column], order))

    _, own, _ = on_entries(plan, column)
    assert not is_sorted_whole(plan), plan
    for step in own:
        assert f"ix_time_entries__organization_id_{column}_date_id" in (
            step if isinstance(step, str) else step["Index Name"]
        )
        assert isinstance(step, str) or step["Actual Rows"] < 60  # the days of a page, whole


@pytest.mark.parametrize("key", ["PERSON", "PROJECT", "SERVICE"])
async def test_the_entries_of_each_group_are_sought_so_too(asked, key):
    groups = (
        f"groups(by: [{key}], first: {PARENTS}) {{ nodes {{ timeEntries(first: 5 {BY_DATE}) {{ nodes {{ id }} }} }} }}"
    )

    plan, _ = await asked.plan(f"{{ timeEntries(first: 0) {{ {groups} }} }}")

    _, own, passed_over = on_entries(plan, f"{key.lower()}_id")
    assert own, plan
    assert passed_over == 0
    assert not is_sorted_whole(plan)


@pytest.mark.parametrize(("parent", "child", "column"), [
    ("companies", "projects", "company_id"), ("projects", "deals", "project_id"), ("projects", "tasks", "project_id"),
    ("deals", "services", "deal_id"),
])  # fmt: skip
async def test_records_below_records_are_found_by_the_column_that_points_up(asked, parent, child, column):
    plan, _ = await asked.plan(
        f"{{ {parent}(first: {PARENTS}) {{ nodes {{ {child}(first: 5) {{ nodes {{ id }} }} }} }} }}"
    )

    if not isinstance(plan[0], dict):  # PostgreSQL reads such small tables whole
        assert any(f"SEARCH {child} USING INDEX" in step[3] and f"{column}=?" in step[3] for step in plan), plan
