"""The filters of /api/v2 find what GraphQL's find: the same random filter through both faces."""

import random

import pytest
import pytest_asyncio

from tests.support.harness.documented import documented_ledger
from tests.support.random.filters import Filters
from tests.support.random.query_strings import query_of, sayable
from tests.support.worlds.ledger import ADMIN, MEMBER, make_ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEDGER = make_ledger(seed=16, entries=180)
ROWS = LEDGER.entries_of(1)
FOUND = """query ($filter: TimeEntryFilter) {
    timeEntries(filter: $filter, first: 200) { totalCount nodes { resourceId } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    async with documented_ledger(tmp_path_factory.mktemp("filters"), LEDGER) as asked:
        yield asked


@pytest.mark.parametrize("who", [ADMIN, MEMBER])
@pytest.mark.parametrize("seed", range(60))
async def test_a_filter_finds_the_same_entries_through_both_faces(asked, seed, who):
    lot = random.Random(seed)
    chosen = sayable(Filters(ROWS, lot, submission=True).filter())
    query = query_of(chosen, lot)

    [answered] = (await asked.graphql(FOUND, who, filter=chosen)).values()
    document = await asked.document("time_entries", [*query, ("page[size]", "200")], who)

    assert [record["id"] for record in document["data"]] == [node["resourceId"] for node in answered["nodes"]]
    assert document["meta"]["total_count"] == answered["totalCount"]
