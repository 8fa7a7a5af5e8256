"""Explaining: an admin who asks sees the statements that were run; nobody else does."""

import pytest
import pytest_asyncio

from gateway.graphql.exchange import GraphQLRequest
from tests.asking import asking
from tests.ledger import ADMIN, BOSS, MEMBER, make_ledger, viewer

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUERY = "query($f: TimeEntryFilter) { timeEntries(filter: $f, first: 2) { totalCount nodes { id person { name } } } }"
FILTER = {"f": {"trackMethodId": {"gtEq": 0}}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    async with asking(tmp_path_factory.mktemp("explaining"), make_ledger(seed=3, entries=40)) as asked:
        yield asked


async def test_an_admin_sees_the_statements_with_their_plans(asked):
    outcome = await asked.gateway.execute(GraphQLRequest(QUERY, FILTER, explain=True), viewer(ADMIN))

    rows, totals = outcome.extensions["plan"]
    assert outcome.payload["data"] == await asked.data(QUERY, **FILTER)
    assert "SELECT time_entries.id" in rows["sql"]
    assert "JOIN people" in rows["sql"]
    assert rows["rows"] == 3  # one more than the page, which tells that another page follows
    assert rows["parameters"]["limit"] == "3"
    assert "count(*)" in totals["sql"]
    assert rows["plan"]
    assert totals["plan"]


@pytest.mark.parametrize("person", [BOSS, MEMBER])
async def test_nobody_else_sees_them(asked, person):
    outcome = await asked.gateway.execute(GraphQLRequest(QUERY, FILTER, explain=True), viewer(person))

    assert outcome.extensions == {}
    assert outcome.payload["data"] is not None


async def test_nobody_sees_them_unasked(asked):
    outcome = await asked.gateway.execute(GraphQLRequest(QUERY, FILTER), viewer(ADMIN))

    assert outcome.extensions == {}
