"""Sizes: how many rows a caller sees, known for a minute; and the prices that follow from them."""

import asyncio
from typing import Any

import pytest

from gateway import caches
from gateway.graphql.execution import Gateway
from gateway.graphql.options import Limits
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import ORGANIZATIONS
from gateway.store.totals import sizes as module
from gateway.store.totals.sizes import Sizes
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, MEMBER, STRANGER, viewer

LEDGER = {"seed": 5, "entries": 200}

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNINDEXED = {"jiraIssueSummary": {"contains": "x"}}
FIRST_NONE = "query ($f: TimeEntryFilter) { timeEntries(first: 0, filter: $f) { pageInfo { hasNextPage } } }"
DRY_RUN = """mutation ($f: TimeEntryFilter!) {
  timeEntryBulkApprove(input: { target: { filter: $f }, dryRun: true, atMost: 1 }) { failedCount }
}"""


class Clock:
    """Seconds that pass on demand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def seen_by(person):
    return visibility("time_entries", sees_everything=viewer(person).sees_everything)


async def entries(sizes, person):
    return await sizes.of(ENTRIES, seen_by(person), viewer(person))


def own(asked, person):
    who = viewer(person)
    rows = asked.ledger.entries_of(who.organization_id)
    return sum(who.sees_everything or row["person_id"] == who.person_id for row in rows)


async def cost(asked, query, person=ADMIN, **variables):
    outcome = await Gateway(asked.database).execute(GraphQLRequest(query, variables), viewer(person))
    assert outcome.executed
    return outcome.cost


async def test_callers_have_the_entries_that_they_see(asked):
    sizes = Sizes(asked.database)

    found = [await entries(sizes, person) for person in (ADMIN, MEMBER, STRANGER)]

    assert found == [own(asked, person) for person in (ADMIN, MEMBER, STRANGER)]
    assert len(set(found)) == 3


async def test_other_tables_have_the_rows_of_the_organization_up_to_a_bound(asked, monkeypatch):
    changes = [row.organization_id for row in asked.ledger.time_entry_changes]
    assert changes.count(1) != changes.count(2)

    async def rows(table):
        return await Sizes(asked.database).of(table, visibility(table.name, sees_everything=True), viewer(ADMIN))

    assert [await rows(table) for table in (CHANGES, ORGANIZATIONS)] == [changes.count(1), 1]
    monkeypatch.setattr(module, "MOST_COUNTED", 7)
    assert await rows(CHANGES) == 7


async def test_a_size_is_asked_for_once_a_minute(asked):
    clock = Clock()
    sizes = Sizes(asked.database, clock)
    before = asked.database.statements

    for clock.now in (0, 30, 59.9):
        await entries(sizes, ADMIN)
    once = asked.database.statements - before
    clock.now = 60
    await entries(sizes, ADMIN)

    assert (once, asked.database.statements - before) == (1, 2)


async def test_one_asks_again_and_others_take_what_was_known_meanwhile(asked):
    clock = Clock()
    sizes = Sizes(asked.database, clock)
    known = await entries(sizes, ADMIN)
    before, clock.now = asked.database.statements, 60

    found = await asyncio.gather(*(entries(sizes, ADMIN) for _ in range(3)))

    assert found == [known] * 3
    assert asked.database.statements == before + 1


async def test_what_was_known_is_reported_while_the_database_fails(asked, monkeypatch):
    clock = Clock()
    sizes = Sizes(asked.database, clock)
    known = await entries(sizes, ADMIN)

    def fail():
        raise StoreUnavailable("away")

    monkeypatch.setattr(asked.database, "look_up", fail)
    clock.now = 100

    assert await entries(sizes, ADMIN) == known
    assert await entries(sizes, MEMBER) == 0


def counted():
    """What the metrics say of all sizes: how many are kept, made, and found."""
    [size] = [size for cache, size in caches.sizes() if cache.name == "sizes of tables"]
    return size.entries, size.made, size.found


async def test_there_are_no_more_sizes_than_may_be_and_the_one_used_longest_ago_goes(asked, monkeypatch):
    monkeypatch.setattr(module, "MOST_SIZES", 2)
    before, sizes = counted(), Sizes(asked.database)

    for person in (ADMIN, MEMBER, ADMIN, STRANGER, ADMIN):
        await entries(sizes, person)
    statements = asked.database.statements
    await entries(sizes, STRANGER)

    assert asked.database.statements == statements
    assert [after - there for after, there in zip(counted(), before, strict=True)] == [2, 3, 3]
    await entries(sizes, MEMBER)
    assert asked.database.statements == statements + 1


async def test_a_search_that_no_index_serves_costs_what_the_caller_sees_and_each_alias_again(asked, monkeypatch):
    monkeypatch.setattr("gateway.http.points.ROWS_FOR_A_POINT", 1)
    many = "query ($f: TimeEntryFilter) {" + FIRST_NONE[FIRST_NONE.index("{") + 1 : -1].join(["a: ", "b: ", " }"])

    found = [await cost(asked, FIRST_NONE, person, f=UNINDEXED) for person in (ADMIN, MEMBER)]
    aliased = await cost(asked, many, f=UNINDEXED)

    # A point for the connection and two for its page; each row is tested once.
    assert found == [3 + own(asked, person) * 21 // 20 for person in (ADMIN, MEMBER)]
    assert aliased == 2 * found[0]
    assert await cost(asked, FIRST_NONE, f=None) == 3 + 1


async def test_a_bulk_by_filter_costs_what_it_searches_also_in_a_dry_run(asked, monkeypatch):
    served = await cost(asked, DRY_RUN, f=UNINDEXED)
    monkeypatch.setattr("gateway.http.points.ROWS_FOR_A_POINT", 1)

    assert await cost(asked, DRY_RUN, f=UNINDEXED) == served + own(asked, ADMIN) * 21 // 20
    assert await cost(asked, DRY_RUN, f={"id": {"eq": "1"}}) == served + 1


async def test_a_search_above_the_limit_is_refused_before_it_begins(asked, monkeypatch):
    monkeypatch.setattr("gateway.http.points.ROWS_FOR_A_POINT", 1)
    gateway = Gateway(asked.database, limits=Limits(max_cost=50))
    warmed = await gateway.execute(GraphQLRequest(FIRST_NONE, {"f": UNINDEXED}), viewer(ADMIN))
    before = asked.database.statements

    refused = await gateway.execute(GraphQLRequest(FIRST_NONE, {"f": UNINDEXED}), viewer(ADMIN))

    errors: Any = refused.payload["errors"]
    [error] = errors
    assert error["extensions"]["cost"] == {"requested": 3 + own(asked, ADMIN) * 21 // 20, "limit": 50}
    assert (warmed.executed, refused.executed, asked.database.statements) == (False, False, before)


@pytest.mark.parametrize("record", ["projects { nodes", 'nodes(ids: ["Project:11"]) { ... on Project'])
async def test_what_is_searched_below_a_record_is_priced_as_at_the_root(asked, record, monkeypatch):
    query = f"query ($f: TimeEntryFilter) {{ {record} {{ timeEntries(filter: $f) {{ totalCount }} }} }} }}"
    answered = await cost(asked, query, f=UNINDEXED)
    monkeypatch.setattr("gateway.http.points.ROWS_FOR_A_POINT", 1)

    assert await cost(asked, query, f=UNINDEXED) >= answered + own(asked, ADMIN) * 21 // 20
