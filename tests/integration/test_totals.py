"""Totals, aggregates and groups are what plain Python adds up, on the same entries that the list has."""

import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.harness.asking import asking
from tests.support.judges.accounts import AGGREGATE, KEYS, SPANS, aggregate, group_selection, groups
from tests.support.judges.predicate import holds
from tests.support.random.examples import examples
from tests.support.random.filters import Filters
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, DAYS, MEMBER, make_ledger, viewer

LEDGER = {"seed": 6, "entries": 240}

pytestmark = pytest.mark.asyncio(loop_scope="module")
lots = st.builds(random.Random, st.integers(0, 2**32))
TOTALS = f"""
query($filter: TimeEntryFilter) {{
  timeEntries(filter: $filter, first: 200) {{ totalCount nodes {{ resourceId }} aggregate {AGGREGATE} }}
}}
"""


def grouped_by(keys):
    return f"""
    query($filter: TimeEntryFilter, $by: [TimeEntryGroupKey!]!, $first: Int) {{
      timeEntries(filter: $filter) {{ groups(by: $by, first: $first) {group_selection(keys)} }}
    }}
    """


async def groups_of(asked, keys, who, first=None, filter=None):
    data = await asked.data(grouped_by(keys), who, filter=filter, by=keys, first=first)
    return data["timeEntries"]["groups"]


@examples(15)
@given(lot=lots, submission=st.booleans())
async def test_totals_are_those_of_the_same_entries(asked, lot, submission):
    who = viewer(ADMIN, timesheet_submission=submission)
    filter = Filters(asked.ledger.entries_of(1), lot, submission=submission).filter(depth=2)
    rows = [row for row in asked.ledger.entries_of(1) if holds(filter, row, who.time_zone)]

    found = (await asked.data(TOTALS, who, filter=filter))["timeEntries"]

    assert found["totalCount"] == len(rows)
    assert found["nodes"] == [{"resourceId": str(row["id"])} for row in rows]
    assert found["aggregate"] == aggregate(rows)


@examples(15)
@given(
    lot=lots,
    keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True).filter(
        lambda keys: len(SPANS.keys() & set(keys)) <= 1
    ),
    first=st.sampled_from((None, 1, 2, 7, 1000)),
    submission=st.booleans(),
)
async def test_groups_are_those_of_the_same_entries(asked, lot, keys, first, submission):
    who = viewer(ADMIN, timesheet_submission=submission)
    filter = Filters(asked.ledger.entries_of(1), lot, submission=submission).filter(depth=1)
    rows = [row for row in asked.ledger.entries_of(1) if holds(filter, row, who.time_zone)]

    found = await groups_of(asked, keys, who, first, filter)

    assert found == groups(rows, keys, submission=submission, first=first)


days = st.sampled_from([day.isoformat() for day in DAYS] + ["2025-03-01", "2025-11-01", "2024-12-01", "9999-12-31"])
spans = st.fixed_dictionaries(
    {},
    optional={
        "after": days,
        "before": days,
        "date": st.dictionaries(st.sampled_from(("gt", "gtEq", "lt", "ltEq", "eq")), days, max_size=2),
        "personId": st.sampled_from(({"eq": "14"}, {"in": ["11", "Person:14", "99"]}, {"in": []}, {"notEq": "14"})),
        "projectId": st.sampled_from(({"eq": "11"}, {"in": ["12", "11"]}, {"isNull": True})),
    },
)
keys_of_months = st.lists(st.sampled_from(("MONTH", "PERSON", "PROJECT")), min_size=1, unique=True) | st.just(["YEAR"])


@examples(10)
@given(filter=spans, keys=keys_of_months, person=st.sampled_from((ADMIN, CLERK, MEMBER)))
async def test_spans_of_days_of_people_and_projects_add_up_too(asked, filter, keys, person):
    who = viewer(person)
    rows = [row for row in asked.ledger.entries_of(1) if who.sees_everything or row["person_id"] == person]
    rows = [row for row in rows if holds(filter, row, who.time_zone)]

    found = (await asked.data(TOTALS, who, filter=filter))["timeEntries"]
    grouped = await groups_of(asked, keys, who, filter=filter)

    assert (found["totalCount"], found["aggregate"]) == (len(rows), aggregate(rows, sees_costs=who.sees_costs))
    submission = who.timesheet_submission
    assert grouped == groups(rows, keys, submission=submission, first=None, sees_costs=who.sees_costs)


@pytest.mark.parametrize("key", KEYS)
async def test_every_key_groups_everything(asked, key):
    rows = asked.ledger.entries_of(1)

    for who in (viewer(ADMIN), viewer(MEMBER), viewer(CLERK), viewer(BOSS, timesheet_submission=False)):
        seen = [row for row in rows if who.sees_everything or row["person_id"] == who.person_id]
        found = await groups_of(asked, [key], who)
        assert found == groups(seen, [key], submission=who.timesheet_submission, first=None, sees_costs=who.sees_costs)
        assert sum(node["aggregate"]["count"] for node in found["nodes"]) == len(seen)


async def test_sums_of_costs_go_beyond_63_bits_and_are_rounded_once(asked):
    huge = [
        row for row in asked.ledger.entries_of(1) if row["cost_unrounded"] == 2**63 - 1 and row["currency"] == "EUR"
    ]
    filter = {"id": {"in": [str(row["id"]) for row in huge]}}
    assert len(huge) > 3

    found = (await asked.data(TOTALS, filter=filter))["timeEntries"]["aggregate"]

    exact = len(huge) * (2**63 - 1)
    assert exact > 2**64
    assert found["cost"] == [{"amount": (exact + 30_000) // 60_000, "currency": "EUR"}]
    assert found["costDefault"] == aggregate(huge)["costDefault"]


async def test_halves_are_rounded_away_from_zero_after_adding(tmp_path):
    ledger = make_ledger(seed=7, entries=24)
    for row, unrounded in zip(ledger.time_entries, (20_000, 9_999, -30_000, -29_999) * 6, strict=True):
        row.cost_unrounded = row.cost_default_unrounded = unrounded
        row.currency = "EUR" if unrounded > 0 else "JPY"
    rows = ledger.entries_of(1)

    async with asking(tmp_path, ledger) as asked:
        found = (await asked.data(TOTALS))["timeEntries"]["aggregate"]

    assert found == aggregate(rows)
    assert [money["currency"] for money in found["cost"]] == ["EUR", "JPY"]


@pytest.mark.parametrize("asked_by", [{}, {"trackMethodId": {"gtEq": 0}}], ids=["months", "entries"])
async def test_costs_in_several_default_currencies_have_no_sum_in_the_default_one(tmp_path, asked_by):
    ledger = make_ledger(seed=7, entries=60)
    changed = dt.date(2025, 1, 1)
    for row in ledger.time_entries:
        row.currency_default = "HRK" if row.date < changed else "EUR"
    rows = ledger.entries_of(1)
    later = [row for row in rows if row["date"] >= changed]

    async with asking(tmp_path, ledger) as asked:
        everything = (await asked.data(TOTALS, filter=asked_by))["timeEntries"]["aggregate"]
        since = (await asked.data(TOTALS, filter=asked_by | {"after": "2025-01-01"}))["timeEntries"]["aggregate"]
        by_year = await groups_of(asked, ["YEAR"], viewer(ADMIN), filter=asked_by)
        by_person = await groups_of(asked, ["PERSON"], viewer(ADMIN), filter=asked_by)

    assert everything == aggregate(rows)
    assert everything["costDefault"] is None
    assert since == aggregate(later)
    assert since["costDefault"] is not None
    for found, key in ((by_year, "YEAR"), (by_person, "PERSON")):
        assert found == groups(rows, [key], submission=True, first=None)
    assert None in [node["aggregate"]["costDefault"] for node in by_person["nodes"]]


async def test_no_entry_has_no_currency_and_zero_of_everything(asked):
    nobody: dict[str, Any] = {"personId": {"in": []}}

    data = (await asked.data(TOTALS, filter=nobody))["timeEntries"]

    assert data == {
        "totalCount": 0,
        "nodes": [],
        "aggregate": {"count": 0, "time": 0, "billableTime": 0, "cost": [], "costDefault": 0},
    }
    assert await groups_of(asked, ["PERSON"], viewer(ADMIN), filter=nobody) == {"totalCount": 0, "nodes": []}


async def test_a_currency_is_listed_also_where_its_sum_is_zero(tmp_path):
    ledger = make_ledger(seed=8, entries=20)
    for row in ledger.time_entries:
        row.cost_unrounded = 0

    async with asking(tmp_path, ledger) as asked:
        found = (await asked.data(TOTALS))["timeEntries"]["aggregate"]

    currencies = sorted({row["currency"] for row in ledger.entries_of(1)})
    assert found["cost"] == [{"amount": 0, "currency": currency} for currency in currencies]


@pytest.mark.parametrize(
    "part",
    [
        "aggregate { count }",
        "aggregate { cost { currency } }",
        "aggregate { costDefault }",
        "totalCount",
        "aggregate { time }",
    ],
)
async def test_each_total_alone_is_as_it_is_with_the_others(asked, part):
    expected = aggregate(asked.ledger.entries_of(1)) | {"totalCount": len(asked.ledger.entries_of(1))}
    expected["cost"] = [{"currency": money["currency"]} for money in expected["cost"]]

    found = (await asked.data(f"{{ timeEntries {{ {part} }} }}"))["timeEntries"]

    for name, value in (found.get("aggregate") or found).items():
        assert value == expected[name]


@pytest.mark.parametrize("who", [viewer(ADMIN), viewer(MEMBER), viewer(CLERK)])
@pytest.mark.parametrize("part", ["__typename", "cost { amount }", "costDefault", "cost { currency } costDefault"])
async def test_an_aggregate_of_nothing_but_costs_is_answered_to_everybody(asked, who, part):
    groups = f"groups(by: [PERSON]) {{ nodes {{ aggregate {{ {part} }} }} }}"
    query = f"{{ timeEntries {{ nodes {{ id }} aggregate {{ {part} }} {groups} }} }}"

    found = (await asked.data(query, who))["timeEntries"]

    for name, value in found["aggregate"].items():
        assert (value is not None) is (who.sees_costs or name == "__typename")
        assert found["groups"]["nodes"][0]["aggregate"].keys() == found["aggregate"].keys()


async def test_a_page_does_not_change_what_is_counted(asked):
    rows = asked.ledger.entries_of(1)
    query = f"{{ timeEntries(page: {{number: 2, size: 3}}) {{ totalCount nodes {{ id }} aggregate {AGGREGATE} }} }}"

    found = (await asked.data(query))["timeEntries"]

    assert (found["totalCount"], len(found["nodes"]), found["aggregate"]) == (len(rows), 3, aggregate(rows))


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("by: []", "BAD_USER_INPUT", ("groups.by", "at least one")),
        ("by: [PERSON, PERSON]", "BAD_USER_INPUT", ("groups.by", "PERSON", "twice")),
        ("by: [PERSON, DATE, MONTH]", "BAD_USER_INPUT", ("DATE", "WEEK", "MONTH", "YEAR")),
        ("by: [WEEK, YEAR]", "BAD_USER_INPUT", ("at most one",)),
        ("by: [PERSON], first: 0", "INVALID_PAGINATION", ("groups.first", "0", "1000")),
        ("by: [PERSON], first: -1", "INVALID_PAGINATION", ("groups.first", "-1")),
        ("by: [PERSON], first: 1001", "INVALID_PAGINATION", ("groups.first", "1001")),
    ],
)
async def test_groups_that_cannot_be_are_refused(asked, arguments, code, words):
    [error] = await asked.errors(f"{{ timeEntries {{ some: groups({arguments}) {{ totalCount }} }} }}")

    assert error["extensions"]["code"] == code
    assert error["path"] == ["timeEntries", "some"]
    assert [word for word in words if word not in error["message"]] == []


async def test_fields_of_keys_that_were_not_asked_for_are_null(asked):
    fields = "person { id } service { id } task { id } deal { id } project { id } company { id }"
    words = "status billingType invoicingStatus date __typename"

    data = await asked.data(f"{{ timeEntries {{ groups(by: [STATUS]) {{ nodes {{ {fields} {words} }} }} }} }}")

    for node in data["timeEntries"]["groups"]["nodes"]:
        given = {name for name, value in node.items() if value is not None}
        assert given == {"status", "__typename"}


async def test_groups_show_the_records_behind_their_keys(asked):
    fields = "person { name email subsidiary { name } } project { company { name } }"

    data = await asked.data(f"{{ timeEntries {{ groups(by: [PERSON, PROJECT]) {{ nodes {{ {fields} }} }} }} }}")

    nodes = data["timeEntries"]["groups"]["nodes"]
    assert nodes[0] == {
        "person": {"name": "Ž1 ADRIA Kos", "email": "1@adria.example", "subsidiary": {"name": "ADRIA legal 1"}},
        "project": {"company": {"name": "ADRIA Kunde Straße 1"}},
    }
    assert nodes[2]["project"] is None
