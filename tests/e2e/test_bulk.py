"""Bulk: targets, policies, limits, dry runs; one transaction and few statements."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import update

from gateway.graphql.mutations import bulk as answers
from gateway.operations import bulk
from gateway.store.schema.entries import ENTRIES, TimeEntryRow
from gateway.store.schema.tables import TaskRow
from gateway.store.writes import entry_facts
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    MEMBER,
    OWNER,
    REJECTED,
    entry,
    everything_written,
    furnish,
    logged,
    stored,
    table_rows,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESULTS = "results { timeEntryId outcome timeEntry { id approved } userErrors { code path } }"
PAYLOAD = f"{{ {RESULTS} appliedCount unchangedCount failedCount userErrors {{ code path }} }}"
APPROVE = f"mutation ($input: TimeEntryBulkInput!) {{ timeEntryBulkApprove(input: $input) {PAYLOAD} }}"
REJECT = f"""mutation ($input: TimeEntryBulkInput!, $reason: String) {{
    timeEntryBulkReject(input: $input, reason: $reason) {PAYLOAD} }}"""
DELETE = f"mutation ($input: TimeEntryBulkInput!) {{ timeEntryBulkDelete(input: $input) {PAYLOAD} }}"

# What is done of each entry, and how many of them at once.
HANDLED = [
    (entry_facts, "STATES_AT_ONCE", entry_facts, "_entry_state"),
    (bulk, "AT_ONCE", bulk, "_result"),
    (bulk, "AT_ONCE", bulk, "replace"),  # what is rolled back
    (answers, "RESULTS_AT_ONCE", answers.ResultsShape, "_one"),
]


def outcomes(payload) -> dict[str, str]:
    return {result["timeEntryId"]: result["outcome"] for result in payload["results"]}


def counts(payload) -> tuple[int, int, int]:
    return payload["appliedCount"], payload["unchangedCount"], payload["failedCount"]


async def test_all_or_nothing_tells_every_fault_and_writes_nothing(asked):
    await furnish(asked.database, entry(1), entry(2, **APPROVED), entry(3, **REJECTED), entry(4))
    before = await everything_written(asked.database)

    payload = await asked.mutate(REJECT, input={"target": {"ids": ["1", "2", "999", "3", "foo", "4"]}})

    assert payload["results"][1]["userErrors"] == [
        {"code": "RECORD_ALREADY_APPROVED", "path": ["input", "target", "ids", "1"]}
    ]
    assert payload["results"][2] == {
        "timeEntryId": "999",
        "outcome": "FAILED",
        "timeEntry": None,
        "userErrors": [{"code": "RECORD_NOT_FOUND", "path": ["input", "target", "ids", "2"]}],
    }
    assert outcomes(payload) == {
        "TimeEntry:1": "ROLLED_BACK",
        "TimeEntry:2": "FAILED",
        "999": "FAILED",
        "TimeEntry:3": "FAILED",
        "foo": "FAILED",
        "TimeEntry:4": "ROLLED_BACK",
    }
    assert counts(payload) == (0, 0, 4)
    assert payload["userErrors"] == [{"code": "ROLLED_BACK", "path": ["input", "target"]}]
    assert await everything_written(asked.database) == before


async def test_best_effort_writes_what_it_can(asked):
    await furnish(asked.database, entry(1), entry(2, **APPROVED), entry(3, **REJECTED))

    payload = await asked.mutate(
        REJECT, input={"target": {"ids": ["3", "2", "1"]}, "errorPolicy": "BEST_EFFORT"}, reason="Too long"
    )

    assert outcomes(payload) == {"TimeEntry:3": "FAILED", "TimeEntry:2": "FAILED", "TimeEntry:1": "APPLIED"}
    assert (counts(payload), payload["userErrors"]) == ((1, 0, 2), [])
    assert (await stored(asked.database, 1))["rejected_reason"] == "Too long"
    assert [row["time_entry_id"] for row in await logged(asked.database)] == [1]


async def test_what_was_written_since_it_was_read_is_refused_and_shown_as_it_is(asked):
    await furnish(asked.database, entry(1), entry(2, revision=5, time=480), entry(3))
    approve = """mutation ($input: TimeEntryBulkInput!) { timeEntryBulkApprove(input: $input) {
        results { timeEntryId outcome
            userErrors { code path ... on ConflictError { current { time revision } } } } } }"""
    read = [{"id": "TimeEntry:1", "ifRevision": 1}, {"id": "2", "ifRevision": 4}, {"id": "999", "ifRevision": 1}]

    payload = await asked.mutate(approve, input={"target": {"revisions": read}, "errorPolicy": "BEST_EFFORT"})

    place = ["input", "target", "revisions"]
    stale = {"code": "STALE_REVISION", "path": [*place, "1", "ifRevision"], "current": {"time": 480, "revision": 5}}
    nowhere = {"code": "RECORD_NOT_FOUND", "path": [*place, "2", "id"]}
    assert payload["results"] == [
        {"timeEntryId": "TimeEntry:1", "outcome": "APPLIED", "userErrors": []},
        {"timeEntryId": "TimeEntry:2", "outcome": "FAILED", "userErrors": [stale]},
        {"timeEntryId": "999", "outcome": "FAILED", "userErrors": [nowhere]},
    ]
    assert [(await stored(asked.database, number))["approved"] for number in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize("target", [{"revisions": []}, {"revisions": [{"id": "1", "ifRevision": 1}] * 2}])
async def test_revisions_are_counted_as_ids_are(asked, target):
    await furnish(asked.database, entry(1))

    payload = await asked.mutate(APPROVE, input={"target": target})

    assert counts(payload) == ((1, 0, 0) if target["revisions"] else (0, 0, 0))
    assert payload["userErrors"] == (
        [] if target["revisions"] else [{"code": "INVALID_ATTRIBUTE", "path": ["input", "target", "revisions"]}]
    )


async def test_a_dry_run_tells_what_would_happen_and_writes_nothing(asked):
    await furnish(asked.database, entry(1), entry(2, **APPROVED))
    before = await everything_written(asked.database)

    payload = await asked.mutate(APPROVE, input={"target": {"ids": ["1", "2"]}, "dryRun": True})

    assert outcomes(payload) == {"TimeEntry:1": "APPLIED", "TimeEntry:2": "UNCHANGED"}
    assert [result["timeEntry"]["approved"] for result in payload["results"]] == [False, True]
    assert counts(payload) == (1, 1, 0)
    assert await everything_written(asked.database) == before


@pytest.mark.parametrize("policy", ["ALL_OR_NOTHING", "BEST_EFFORT"])
@pytest.mark.parametrize("target", [{"ids": ["4", "1", "2", "999", "3"]}, {"filter": {"time": {"gt": 0}}}])
@pytest.mark.parametrize("mutation", [APPROVE, REJECT, DELETE])
@pytest.mark.parametrize("person", [ADMIN, MEMBER])
async def test_a_dry_run_tells_the_outcomes_of_the_real_one(asked, person, mutation, target, policy):
    await furnish(asked.database, entry(1), entry(2, **APPROVED), entry(3, **REJECTED), entry(4, person_id=OWNER))
    given = {"target": target, "errorPolicy": policy}

    predicted = await asked.mutate(mutation, person, input={**given, "dryRun": True})
    happened = await asked.mutate(mutation, person, input=given)

    assert outcomes(predicted) == outcomes(happened)
    assert counts(predicted) == counts(happened)
    assert predicted["userErrors"] == happened["userErrors"]
    assert [result["userErrors"] for result in predicted["results"]] == [
        result["userErrors"] for result in happened["results"]
    ]


@pytest.mark.parametrize("place", HANDLED)
async def test_others_get_their_turn_between_some_entries_and_the_next(asked, monkeypatch, place):
    module, bound, owner, handle = place
    handled, now, whole = Counter[int](), [0], getattr(owner, handle)

    async def count_rounds():
        while True:
            now[0] += 1
            await asyncio.sleep(0)

    def note(*arguments, **named):
        handled[now[0]] += 1
        return whole(*arguments, **named)

    await furnish(asked.database, *(entry(number) for number in range(1, 8)))
    monkeypatch.setattr(module, bound, 2)
    monkeypatch.setattr(owner, handle, note)
    counting = asyncio.create_task(count_rounds())
    payload = await asked.mutate(APPROVE, input={"target": {"ids": [*map(str, range(1, 8)), "999"]}})
    counting.cancel()

    assert counts(payload) == (0, 0, 1)
    assert handled.total() >= 7
    assert max(handled.values()) == 2


@pytest.mark.parametrize("target", [{"ids": ["1", "2"]}, {"filter": {"time": {"gt": 0}}}])
@pytest.mark.parametrize("mutation", [APPROVE, DELETE])
async def test_a_dry_run_waits_for_no_write(asked, mutation, target):
    await furnish(asked.database, entry(1), entry(2))
    dry = {"target": target, "dryRun": True}

    async def change_both_meanwhile(connection):
        await connection.fetch(update(ENTRIES).values(time=90))
        return await asyncio.wait_for(asked.mutate(mutation, input=dry), TIMEOUT)

    payload = await asked.database.write(change_both_meanwhile)

    assert outcomes(payload) == {"TimeEntry:1": "APPLIED", "TimeEntry:2": "APPLIED"}
    assert (await stored(asked.database, 1))["time"] == 90


async def test_a_filter_is_a_target_answered_by_id(asked):
    await furnish(asked.database, entry(3), entry(1), entry(2, date=entry(9).date.replace(day=2)))

    payload = await asked.mutate(
        APPROVE, input={"target": {"filter": {"personId": {"eq": "4"}, "before": "2016-10-01"}}}
    )

    assert list(outcomes(payload)) == ["TimeEntry:1", "TimeEntry:3"]
    assert (await stored(asked.database, 2))["approved"] is False


async def test_a_members_filter_reaches_only_their_own(asked):
    await furnish(asked.database, entry(1), entry(2, person_id=OWNER))

    payload = await asked.mutate(DELETE, MEMBER, input={"target": {"filter": {"time": {"gt": 0}}}})

    assert outcomes(payload) == {"TimeEntry:1": "APPLIED"}


REFUSED = {
    "no ids": ({"target": {"ids": []}}, "INVALID_ATTRIBUTE", ["input", "target", "ids"]),
    "201 ids": ({"target": {"ids": [str(n) for n in range(1, 202)]}}, "LIMIT_EXCEEDED", ["input", "target", "ids"]),
    "empty filter": ({"target": {"filter": {}}}, "INVALID_ATTRIBUTE", ["input", "target", "filter"]),
    "filter of nothing": (
        {"target": {"filter": {"personId": {}, "date": None}}},
        "INVALID_ATTRIBUTE",
        ["input", "target", "filter"],
    ),
    "more match": (
        {"target": {"filter": {"personId": {"eq": "4"}}}, "atMost": 1},
        "LIMIT_EXCEEDED",
        ["input", "target", "filter"],
    ),
    "above the ceiling": ({"target": {"ids": ["1"]}, "atMost": 10_001}, "LIMIT_EXCEEDED", ["input", "atMost"]),
    "at most none": ({"target": {"ids": ["1"]}, "atMost": 0}, "INVALID_ATTRIBUTE", ["input", "atMost"]),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("mutation", [APPROVE, DELETE])
async def test_a_request_that_cannot_be_is_refused_as_a_whole(asked, mutation, case):
    await furnish(asked.database, entry(1), entry(2))
    before = await everything_written(asked.database)
    given, code, path = REFUSED[case]

    payload = await asked.mutate(mutation, input=given)

    assert (payload["results"], payload["userErrors"]) == ([], [{"code": code, "path": path}])
    assert await everything_written(asked.database) == before


async def test_the_same_entry_twice_counts_once_towards_the_limit(asked):
    await furnish(asked.database, entry(1))

    payload = await asked.mutate(APPROVE, input={"target": {"ids": ["1", "TimeEntry:1"] * 150}, "atMost": 1})

    assert outcomes(payload) == {"TimeEntry:1": "APPLIED"}


@pytest.mark.parametrize(
    "target", [{}, {"ids": ["1"], "filter": {"id": {"eq": "1"}}}, {"ids": None}, {"filter": {"date": {"eq": "foo"}}}]
)
async def test_a_target_that_the_schema_refuses_is_an_error_of_the_request(asked, target):
    await furnish(asked.database, entry(1))

    outcome = await asked.execute(APPROVE, input={"target": target})

    assert "data" not in outcome.payload
    assert [error["extensions"]["code"] for error in outcome.payload["errors"]] == ["BAD_USER_INPUT"]


async def test_a_filter_that_matches_nothing_is_no_error(asked):
    await furnish(asked.database, entry(1))

    payload = await asked.mutate(APPROVE, input={"target": {"filter": {"id": {"in": []}}}})

    assert (payload["results"], payload["userErrors"]) == ([], [])


async def test_deleted_rows_leave_images_and_give_their_minutes_back(asked):
    await furnish(asked.database, *(entry(number, task_id=1, time=100) for number in (1, 2, 3)))

    payload = await asked.mutate(DELETE, input={"target": {"ids": ["1", "3"]}})

    assert payload["results"] == [
        {"timeEntryId": f"TimeEntry:{number}", "outcome": "APPLIED", "timeEntry": None, "userErrors": []}
        for number in (1, 3)
    ]
    assert [row["id"] for row in await table_rows(asked.database, TimeEntryRow)] == [2]
    assert (await table_rows(asked.database, TaskRow, id=1))[0]["remaining_time"] == 800
    assert [(row["id"], row["time_entry_id"], row["kind"]) for row in await logged(asked.database)] == [
        (1, 1, "DELETED"),
        (2, 3, "DELETED"),
    ]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("mutation", "expected"), [(APPROVE, 5), (DELETE, 8)])
async def test_a_thousand_rows_take_as_few_statements_as_one(asked, mutation, expected):
    await furnish(asked.database, *(entry(number, task_id=1) for number in range(1, 1002)))
    counts = []

    for filter_ in ({"id": {"eq": "1001"}}, {"personId": {"eq": "4"}}):
        before = asked.database.write_statements
        await asked.mutate(mutation, ADMIN, input={"target": {"filter": filter_}, "atMost": 2_000})
        counts.append(asked.database.write_statements - before)

    assert counts == [expected, expected]


@pytest.mark.postgresql_only
@pytest.mark.parametrize(("mutation", "expected"), [(APPROVE, 3), (DELETE, 6)])
async def test_a_thousand_rows_take_as_few_round_trips_as_one_to_a_server(asked, mutation, expected):
    await furnish(asked.database, *(entry(number, task_id=1) for number in range(1, 1002)))
    counts = []
    # How many entries there are, which a filter's price rests on, is looked up once a minute: here.
    await asked.mutate(mutation, ADMIN, input={"target": {"filter": {"id": {"eq": "1001"}}}, "dryRun": True})

    for filter_ in ({"id": {"eq": "1001"}}, {"personId": {"eq": "4"}}):
        before = asked.database.statements
        await asked.mutate(mutation, ADMIN, input={"target": {"filter": filter_}, "atMost": 2_000})
        counts.append(asked.database.statements - before)

    assert counts == [expected, expected]
