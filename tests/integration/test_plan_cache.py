"""The cache of documents and plans: bounded, and never a plan for other rights than the caller's."""

import pytest

from gateway.caches import BoundedCache
from gateway.documents.registry import Registry
from gateway.graphql.execution import Gateway
from gateway.graphql.options import Limits
from gateway.graphql.requests.documents import BYTES_FOR_EACH_CHARACTER, Documents
from gateway.graphql.requests.request import GraphQLRequest
from gateway.graphql.schema import CORE
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, STRANGER, viewer

LEDGER = {"seed": 5, "entries": 60}

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUERY = """
query($with: Boolean!) {
  people(first: 200) { nodes { email } }
  timeEntries(first: 200) { totalCount nodes { cost note @include(if: $with) } }
}
"""


async def test_every_caller_is_answered_by_a_plan_for_their_own_rights(asked):
    for _ in range(2):
        for person in (ADMIN, MEMBER, BOSS, CLERK, STRANGER):
            who = viewer(person)
            data = await asked.data(QUERY, who, **{"with": person != BOSS})
            entries = data["timeEntries"]
            own = [
                row
                for row in asked.ledger.entries_of(who.organization_id)
                if who.sees_everything or row["person_id"] == who.person_id
            ]

            assert entries["totalCount"] == len(own)
            assert [node["cost"] for node in entries["nodes"]] == [
                row["cost"] if who.sees_costs else None for row in own
            ]
            assert ["note" in node for node in entries["nodes"]] == [person != BOSS] * len(own)
            assert any(node["email"] for node in data["people"]["nodes"]) is who.sees_everything


async def test_documents_that_differ_only_in_a_literal_push_out_the_oldest():
    texts = [f"{{ timeEntries(first: {number}) {{ totalCount }} }}" for number in range(100, 200)]
    room_for_ten = 10 * BYTES_FOR_EACH_CHARACTER * (len(texts[0]) + 100)
    documents = Documents(CORE, cache_bytes=room_for_ten, limits=Limits(), introspection=True)
    first = documents.get("{ viewer { role } }")

    again = documents.get("{ viewer { role } }")
    for text in texts:
        documents.get(text)

    assert again is first
    assert len(documents) <= 10
    assert documents.get("{ viewer { role } }") is not first


async def test_trusted_documents_are_planned_before_anybody_asks_and_stay_whatever_else_is_asked(asked):
    people = [viewer(person) for person in (ADMIN, MEMBER, BOSS, CLERK, STRANGER)]
    rights = {person.rights for person in people}
    gateway = Gateway(asked.database, registry=Registry(trusted={"one": QUERY, "broken": "{ nothing }"}))

    await gateway.plans.plan_trusted(rights)
    documents, plans = gateway.plans.documents.kept, gateway.plans.documents.plans
    planned = len(plans)
    documents.most = plans.most = 2 * BYTES_FOR_EACH_CHARACTER * 150
    for number in range(20):
        await gateway.execute(GraphQLRequest(f"{{ viewer {{ n{number}: role }} }}"), people[0])
    others = len(plans) - planned
    for person in people:
        for flag in (True, False):
            request = GraphQLRequest("", {"with": flag}, identifier="one")
            assert gateway.knows(request)
            assert (await gateway.execute(request, person)).executed

    assert planned == 2 * len(rights)
    assert 1 <= others <= 2
    assert len(plans) == planned + others  # none was made again
    assert documents.held <= documents.most


def weigh_one(_):
    return 1


async def test_what_is_used_stays_and_what_is_heavy_pushes_out_more():
    cache: BoundedCache[int] = BoundedCache("documents", 10)
    for key in range(10):
        cache.get(key, lambda: 0, weigh_one)
    cache.get(0, lambda: 1, weigh_one)

    cache.get("heavy", lambda: 2, lambda _: 8)

    assert cache.get(0, lambda: 3, weigh_one) == 0
    assert cache.get(1, lambda: 4, weigh_one) == 4
    assert len(cache) == 3
