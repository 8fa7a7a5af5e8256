"""What a caller may decide: as a filter, by `viewerCan`, and by a dry run in bulk it is the same entries."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.databases.usage import Ran, listening
from tests.support.judges.predicate import holds
from tests.support.random.examples import examples
from tests.support.random.filters import Filters
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, OTHER, viewer

LEDGER = {"seed": 12, "entries": 200}

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVERYBODY = (ADMIN, BOSS, CLERK, MEMBER, OTHER)
LIST = """
query ($filter: TimeEntryFilter) {
  timeEntries(filter: $filter, first: 200) {
    totalCount
    nodes { resourceId viewerCan { approve reject } }
    groups(by: [PERSON, STATUS]) { nodes { aggregate { count } } }
  }
}
"""
DRY = "input: { target: { filter: $filter }, dryRun: true, errorPolicy: BEST_EFFORT }"
RESULTS = "{ userErrors { code } results { outcome timeEntry { resourceId } userErrors { code } } }"
DECIDE = f"""
mutation ($filter: TimeEntryFilter!) {{
  approve: timeEntryBulkApprove({DRY}) {RESULTS}
  reject: timeEntryBulkReject({DRY}) {RESULTS}
}}
"""
lots = st.builds(random.Random, st.integers(0, 2**32))


def seen_by(asked, who):
    """The entries that somebody sees, each with whether they may decide it."""
    return [row for row in asked.ledger.entries_of(1, who) if who.sees_everything or row["person_id"] == who.person_id]


@examples(15)
@given(
    lot=lots, person=st.sampled_from(EVERYBODY), group=st.sampled_from(("and", "or", "not")), decidable=st.booleans()
)
async def test_what_is_decidable_is_a_condition_like_any_other(asked, lot, person, group, decidable):
    who = viewer(person)
    rows = seen_by(asked, who)
    other = Filters(asked.ledger.entries_of(1), lot, submission=True).filter(depth=1)
    part = {"decidableByMe": decidable}
    filter = {"not": part} if group == "not" else {group: [part, other]}
    expected = [row["id"] for row in rows if holds(filter, row, who.time_zone)]

    found = (await asked.data(LIST, who, filter=filter))["timeEntries"]

    assert [int(node["resourceId"]) for node in found["nodes"]] == expected
    assert found["totalCount"] == len(expected)
    assert sum(group["aggregate"]["count"] for group in found["groups"]["nodes"]) == len(expected)


@pytest.mark.parametrize("person", EVERYBODY)
async def test_what_is_decidable_is_what_the_viewer_can_reject_and_a_bulk_would_change(asked, person):
    who = viewer(person)
    everything = (await asked.data(LIST, who))["timeEntries"]["nodes"]
    can = {int(node["resourceId"]) for node in everything if node["viewerCan"]["reject"]}

    for decidable in (True, False):
        filter = {"decidableByMe": decidable}
        found = {
            int(node["resourceId"]) for node in (await asked.data(LIST, who, filter=filter))["timeEntries"]["nodes"]
        }
        decided = await asked.data(DECIDE, who, filter=filter)

        assert found == {row["id"] for row in seen_by(asked, who) if row["decidable"] is decidable}
        assert found == (can if decidable else {int(node["resourceId"]) for node in everything} - can)
        for act in ("approve", "reject"):
            assert decided[act]["userErrors"] == []
            assert {int(result["timeEntry"]["resourceId"]) for result in decided[act]["results"]} == found
        rejected = {result["outcome"] for result in decided["reject"]["results"]}
        approved = {result["outcome"] for result in decided["approve"]["results"]}
        assert rejected <= ({"APPLIED"} if decidable else {"FAILED"})
        assert approved <= ({"APPLIED"} if decidable else {"APPLIED", "UNCHANGED", "FAILED"})
    assert bool(can) == (person in {ADMIN, BOSS})  # the clerk owns no deal and manages nobody


async def test_two_managers_share_plan_and_statement(asked):
    texts = []
    for person in (BOSS, CLERK):
        statements: list[Ran] = []
        with listening(statements.append):
            await asked.data(LIST, viewer(person, can_see_costs=True), filter={"decidableByMe": True})
        texts.append([ran.text for ran in statements])

    assert texts[0] == texts[1]


async def test_a_person_shows_their_manager_and_a_list_is_asked_for_by_them(asked):
    query = """
    query ($filter: TimeEntryFilter) {
      timeEntries(filter: $filter, first: 200) { nodes { resourceId person { manager { id manager { id } } } } }
    }
    """
    rows = asked.ledger.entries_of(1)

    for filter, manager in (({"managerId": {"eq": f"Person:{BOSS}"}}, BOSS), ({"managerId": {"isNull": True}}, None)):
        nodes = (await asked.data(query, filter=filter))["timeEntries"]["nodes"]

        assert [int(node["resourceId"]) for node in nodes] == [
            row["id"] for row in rows if row["manager_id"] == manager
        ]
        shown = None if manager is None else {"id": f"Person:{manager}", "manager": None}
        assert [node["person"]["manager"] for node in nodes] == [shown] * len(nodes)
        assert nodes
