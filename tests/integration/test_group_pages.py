"""Pages of groups: whatever they are ordered by, the pages hold every group once, and a cursor is good for its list."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.harness.asking import asking
from tests.support.judges.accounts import KEYS, SORTS, SPANS, group_selection, sorted_groups
from tests.support.judges.predicate import holds
from tests.support.random.examples import examples
from tests.support.random.filters import Filters
from tests.support.worlds.ledger import CLERK, MEMBER, make_ledger, viewer

LEDGER = {"seed": 31, "entries": 160}

pytestmark = pytest.mark.asyncio(loop_scope="module")
lots = st.builds(random.Random, st.integers(0, 2**32))
orders = st.none() | st.fixed_dictionaries(
    {"field": st.sampled_from(sorted(SORTS))}, optional={"direction": st.sampled_from(("ASC", "DESC"))}
)
some_keys = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True).filter(
    lambda keys: len(SPANS.keys() & set(keys)) <= 1
)
INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
OF_PROJECT = """
query ($id: ID!, $after: String) {
  node(id: $id) { ... on Project { timeEntries { groups(by: [PERSON], first: 2, after: $after) {
    totalCount nodes { person { id } } pageInfo { endCursor hasNextPage }
  } } } }
}
"""


def query(selection):
    return f"""
    query ($filter: TimeEntryFilter, $by: [TimeEntryGroupKey!]!, $first: Int, $after: String,
        $orderBy: TimeEntryGroupOrder) {{
      timeEntries(filter: $filter) {{
        groups(by: $by, first: $first, after: $after, orderBy: $orderBy) {selection}
      }}
    }}
    """


async def walk(asked, keys, order, size, filter):
    """All pages of groups, checking what each says of its neighbours."""
    pages, cursor = [], None
    while True:
        asking_for = query(group_selection(keys).replace("{ totalCount", f"{{ totalCount {INFO}", 1))
        variables = {"filter": filter, "by": keys, "first": size, "after": cursor, "orderBy": order}
        page = (await asked.data(asking_for, **variables))["timeEntries"]["groups"]
        assert page["pageInfo"]["hasPreviousPage"] == (cursor is not None)
        pages.append(page)
        if not page["pageInfo"]["hasNextPage"]:
            return pages
        cursor = page["pageInfo"]["endCursor"]


@examples(12)
@given(lot=lots, keys=some_keys, order=orders, size=st.integers(1, 60))
async def test_pages_of_groups_partition_every_order(asked, lot, keys, order, size):
    filter = Filters(asked.ledger.entries_of(1), lot, submission=True).filter(depth=0)
    rows = [row for row in asked.ledger.entries_of(1) if holds(filter, row, "Europe/Berlin")]
    expected = sorted_groups(rows, keys, order)
    size = size if len(expected) < 10 * size else len(expected) // 5

    pages = await walk(asked, keys, order, size, filter)

    assert [node for page in pages for node in page["nodes"]] == expected
    assert [len(page["nodes"]) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert {page["totalCount"] for page in pages} == {len(expected)}


async def test_pages_go_on_behind_the_group_of_the_first_day_there_is(tmp_path):
    ledger = make_ledger(seed=32, entries=30)
    for place, row in enumerate(ledger.time_entries):
        row.date = dt.date.min + dt.timedelta(days=place % 3 * 4)
    order = {"field": "COUNT", "direction": "DESC"}

    async with asking(tmp_path, ledger) as other:
        for keys in (["DATE"], ["WEEK", "PERSON"], ["MONTH", "PERSON"], ["YEAR", "PERSON"]):
            pages = await walk(other, keys, order, 2, None)

            assert [node for page in pages for node in page["nodes"]] == sorted_groups(
                ledger.entries_of(1), keys, order
            )


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_groups_of_several_default_currencies_come_last_by_cost(tmp_path, direction):
    ledger = make_ledger(seed=32, entries=60)
    for row in ledger.time_entries:
        if row.person_id == MEMBER and row.id % 2:
            row.currency_default = "HRK"
    order = {"field": "COST_DEFAULT", "direction": direction}

    async with asking(tmp_path, ledger) as other:
        pages = await walk(other, ["PERSON"], order, 2, None)

    nodes = [node for page in pages for node in page["nodes"]]
    assert nodes[-1]["person"] == {"resourceId": str(MEMBER)}
    assert [node["person"] for node in nodes] == [
        node["person"] for node in sorted_groups(ledger.entries_of(1), ["PERSON"], order)
    ]


@pytest.mark.parametrize("person", [CLERK, MEMBER])
async def test_who_may_not_see_costs_is_not_answered_in_their_order(asked, person):
    text = query("{ totalCount }")

    payload = await asked.payload(text, viewer(person), by=["PERSON"], orderBy={"field": "COST_DEFAULT"})
    allowed = await asked.data(text, viewer(person), by=["PERSON"], orderBy={"field": "TIME"})

    [error] = payload["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["timeEntries", "groups"])
    assert payload["data"] is None
    assert allowed["timeEntries"]["groups"]["totalCount"] > 0


@pytest.mark.parametrize(
    "other",
    [
        {"by": ["DEAL"]}, {"by": ["PERSON", "DEAL"]}, {"orderBy": {"field": "TIME"}}, {"orderBy": None},
        {"orderBy": {"field": "COUNT", "direction": "ASC"}}, {"filter": {"time": {"gt": 0}}}, {"after": "x"},
    ],
)  # fmt: skip
async def test_a_cursor_of_other_groups_is_refused(asked, other):
    mine = {"by": ["PERSON"], "orderBy": {"field": "COUNT"}, "first": 2}
    text = query(f"{{ totalCount {INFO} }}")
    cursor = (await asked.data(text, **mine))["timeEntries"]["groups"]["pageInfo"]["endCursor"]

    [error] = await asked.errors(text, **(mine | {"after": cursor} | other))

    assert (error["extensions"]["code"], error["path"]) == ("INVALID_CURSOR", ["timeEntries", "groups"])


async def test_how_many_groups_there_are_is_reported_behind_the_last_one_too(asked):
    text = query(f"{{ totalCount nodes {{ person {{ id }} }} {INFO} }}")
    whole = (await asked.data(text, by=["PERSON"]))["timeEntries"]["groups"]

    behind = await asked.data(text, by=["PERSON"], after=whole["pageInfo"]["endCursor"])

    assert behind["timeEntries"]["groups"] == {
        "totalCount": whole["totalCount"], "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None},
    }  # fmt: skip


async def test_groups_of_a_record_go_on_for_that_record_alone(asked):
    first = (await asked.data(OF_PROJECT, id="Project:11"))["node"]["timeEntries"]["groups"]
    cursor = first["pageInfo"]["endCursor"]

    second = (await asked.data(OF_PROJECT, id="Project:11", after=cursor))["node"]["timeEntries"]["groups"]
    payload = await asked.payload(OF_PROJECT, id="Project:12", after=cursor)

    people = [node["person"]["id"] for page in (first, second) for node in page["nodes"]]
    assert people == [f"Person:{number}" for number in (11, 12, 13, 14)]
    assert (first["totalCount"], second["totalCount"]) == (5, 5)
    assert [error["extensions"]["code"] for error in payload["errors"]] == ["INVALID_CURSOR"]
