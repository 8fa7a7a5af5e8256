"""timerStart and timerStop: one running timer a person; a stop adds its session."""

import pytest

from gateway.store.schema.entries import TimeEntryRow
from tests.support.worlds.office import (
    ADMIN,
    MANAGER,
    MEMBER,
    NOW,
    OTHER,
    OWNER,
    SECOND,
    STRANGER,
    entry,
    everything_written,
    furnish,
    logged,
    stored,
    table_rows,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTRY = "id date time billableTime trackMethodId timerStartedAt timerStoppedAt revision note person { id }"
ERRORS = "userErrors { code path ... on ConflictError { current { id } } }"
START = f"""mutation ($input: TimerStartInput!) {{
    timerStart(input: $input) {{ timeEntry {{ {ENTRY} }} stoppedTimeEntry {{ {ENTRY} }} {ERRORS} }} }}"""
STOP = f"mutation ($id: ID!) {{ timerStop(timeEntryId: $id) {{ timeEntry {{ {ENTRY} }} {ERRORS} }} }}"


async def test_a_timer_on_a_service_makes_an_entry_of_today(asked):
    await furnish(asked.database)

    payload = await asked.mutate(START, MEMBER, input={"serviceId": "1", "note": "call"})

    assert payload == {
        "timeEntry": {
            "id": "TimeEntry:1",
            "date": "2025-08-01",
            "time": 0,
            "billableTime": 0,
            "trackMethodId": 2,
            "timerStartedAt": "2025-08-01T06:19:42.000+02:00",
            "timerStoppedAt": None,
            "revision": 1,
            "note": "call",
            "person": {"id": "Person:4"},
        },
        "stoppedTimeEntry": None,
        "userErrors": [],
    }


async def test_a_stop_adds_the_session_and_recomputes_the_cost(asked):
    await furnish(asked.database, entry(1, timer_started_at=SECOND - 2_400_000 + 30_000, time=0, billable_time=0))

    payload = await asked.mutate(STOP, MEMBER, id="1")

    shown = payload["timeEntry"]
    assert (shown["time"], shown["billableTime"], shown["timerStartedAt"]) == (40, 40, None)
    assert shown["timerStoppedAt"] == "2025-08-01T06:19:42.000+02:00"
    assert (await stored(asked.database, 1))["cost_default"] == 1667
    assert [row["kind"] for row in await logged(asked.database)] == ["TIMER_STOPPED"]


async def test_a_start_stops_the_timer_that_runs(asked):
    await furnish(asked.database, entry(1, timer_started_at=SECOND - 600_000))

    payload = await asked.mutate(START, MEMBER, input={"serviceId": "1"})

    assert (payload["stoppedTimeEntry"]["id"], payload["stoppedTimeEntry"]["time"]) == ("TimeEntry:1", 490)
    running = [row["id"] for row in await table_rows(asked.database, TimeEntryRow) if row["timer_started_at"]]
    assert running == [2]


async def test_a_timer_goes_on_with_an_entry_made_by_hand(asked):
    await furnish(asked.database, entry(1, timer_stopped_at=SECOND - 1000))

    payload = await asked.mutate(START, MEMBER, input={"timeEntryId": "1"})

    shown = payload["timeEntry"]
    assert (shown["trackMethodId"], shown["time"], shown["revision"], shown["timerStoppedAt"]) == (3, 480, 2, None)
    assert [row["kind"] for row in await logged(asked.database)] == ["TIMER_STARTED"]


async def test_starting_what_runs_changes_nothing(asked):
    await furnish(asked.database, entry(1, timer_started_at=SECOND - 600_000))
    before = await everything_written(asked.database)

    payload = await asked.mutate(START, MEMBER, input={"timeEntryId": "1"})

    assert (payload["timeEntry"]["revision"], payload["stoppedTimeEntry"], payload["userErrors"]) == (1, None, [])
    assert await everything_written(asked.database) == before


async def test_a_second_stop_is_a_conflict_that_shows_the_entry(asked):
    await furnish(asked.database, entry(1))
    before = await everything_written(asked.database)

    payload = await asked.mutate(STOP, MEMBER, id="1")

    assert payload["userErrors"] == [
        {"code": "TIMER_ALREADY_STOPPED", "path": ["timeEntryId"], "current": {"id": "TimeEntry:1"}}
    ]
    assert await everything_written(asked.database) == before


REFUSED = {
    "neither": ({}, "INVALID_ATTRIBUTE", ["input"]),
    "both": ({"serviceId": "1", "timeEntryId": "1"}, "INVALID_ATTRIBUTE", ["input"]),
    "unknown service": ({"serviceId": "9"}, "RECORD_NOT_FOUND", ["input", "serviceId"]),
    "unknown entry": ({"timeEntryId": "77"}, "RECORD_NOT_FOUND", ["input", "timeEntryId"]),
    "unknown person": ({"serviceId": "1", "personId": "21"}, "RECORD_NOT_FOUND", ["input", "personId"]),
    "task of another project": ({"serviceId": "1", "taskId": "2"}, "INVALID_ATTRIBUTE", ["input", "taskId"]),
    "note that cannot be": ({"serviceId": "1", "note": "\0"}, "INVALID_ATTRIBUTE", ["input", "note"]),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_start_that_cannot_be_writes_nothing_and_stops_nothing(asked, case):
    await furnish(asked.database, entry(1), entry(2, person_id=ADMIN, timer_started_at=SECOND - 600_000))
    before = await everything_written(asked.database)
    given, code, path = REFUSED[case]

    payload = await asked.mutate(START, input=given)

    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [(code, path)]
    assert (payload["timeEntry"], payload["stoppedTimeEntry"]) == (None, None)
    assert await everything_written(asked.database) == before


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (ADMIN, None),
        (MANAGER, None),
        (OWNER, None),
        (MEMBER, None),
        (OTHER, "RECORD_NOT_FOUND"),
        (STRANGER, "RECORD_NOT_FOUND"),
    ],
)
async def test_timers_run_for_oneself_and_for_those_one_leads(asked, who, code):
    await furnish(asked.database, entry(1, timer_started_at=NOW))

    payload = await asked.mutate(STOP, who, id="1")

    assert [error["code"] for error in payload["userErrors"]] == ([code] if code else [])


async def test_the_viewers_running_timer_is_the_one_that_was_started(asked):
    await furnish(asked.database)

    await asked.mutate(START, MEMBER, input={"serviceId": "1"})

    assert await asked.data("{ viewer { runningTimer { id } } }", MEMBER) == {
        "viewer": {"runningTimer": {"id": "TimeEntry:1"}}
    }


async def test_an_entry_whose_timer_runs_is_not_given_to_another_person(asked):
    await furnish(asked.database, entry(1, timer_started_at=SECOND - 600_000), entry(2))
    move = f"""mutation ($id: ID!, $input: TimeEntryUpdateInput!) {{
        timeEntryUpdate(id: $id, input: $input) {{ {ERRORS} }} }}"""
    before = await everything_written(asked.database)

    refused = await asked.mutate(move, id="1", input={"personId": str(OTHER), "note": "yours"})
    unchanged = await everything_written(asked.database)
    kept = await asked.mutate(move, id="1", input={"personId": str(MEMBER), "note": "mine"})
    moved = await asked.mutate(move, id="2", input={"personId": str(OTHER)})

    assert refused["userErrors"] == [{"code": "INVALID_ATTRIBUTE", "path": ["input", "personId"]}]
    assert unchanged == before
    assert kept["userErrors"] == moved["userErrors"] == []
    assert ((await stored(asked.database, 1))["note"], (await stored(asked.database, 2))["person_id"]) == (
        "mine",
        OTHER,
    )
