"""timesheetSubmit and timesheetUnsubmit, and entries that come to a submitted day or leave it."""

import datetime as dt

import pytest

from gateway.store.schema.tables import TimesheetRow
from tests.support.worlds.office import (
    ADMIN,
    BEFORE,
    DAY,
    MANAGER,
    MEMBER,
    NOW,
    OTHER,
    OWNER,
    STRANGER,
    add_rows,
    entry,
    everything_written,
    furnish,
    logged,
    stored,
    table_rows,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAYLOAD = """{ timesheet { id date creator { id } createdAt person { id } }
    timeEntries { id submitted status timesheet { id } revision } userErrors { code path message } }"""
SUBMIT = f"mutation ($person: ID!, $date: Date!) {{ timesheetSubmit(personId: $person, date: $date) {PAYLOAD} }}"
UNSUBMIT = f"mutation ($person: ID!, $date: Date!) {{ timesheetUnsubmit(personId: $person, date: $date) {PAYLOAD} }}"
CREATE = (
    "mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) { timeEntry { id status submitted } } }"
)
MOVE = """mutation ($id: ID!, $date: Date!) { timeEntryUpdate(id: $id, input: {date: $date}) {
    timeEntry { status submitted timesheet { id } } } }"""
DATE = "2016-10-01"


@pytest.fixture
def asked(asked):
    asked.settings = {"timesheet_submission": True}
    return asked


async def test_submitting_a_day_marks_its_entries(asked):
    await furnish(
        asked.database,
        entry(1),
        entry(2, date=dt.date(2016, 10, 2)),
        entry(3, person_id=OTHER),
        timesheet_submission=True,
    )

    payload = await asked.mutate(SUBMIT, MEMBER, person="4", date=DATE)

    assert payload == {
        "timesheet": {
            "id": "Timesheet:1",
            "date": DATE,
            "creator": {"id": "Person:4"},
            "createdAt": "2025-08-01T06:19:42.661+02:00",
            "person": {"id": "Person:4"},
        },
        "timeEntries": [
            {
                "id": "TimeEntry:1",
                "submitted": True,
                "status": "SUBMITTED",
                "timesheet": {"id": "Timesheet:1"},
                "revision": 2,
            }
        ],
        "userErrors": [],
    }
    assert [(row["time_entry_id"], row["kind"]) for row in await logged(asked.database)] == [(1, "SUBMITTED")]
    assert (await stored(asked.database, 1))["last_activity_at"] != NOW


async def test_submitting_twice_answers_the_same_timesheet(asked):
    await furnish(asked.database, entry(1), timesheet_submission=True)
    first = await asked.mutate(SUBMIT, person="4", date=DATE)
    before = await everything_written(asked.database)

    second = await asked.mutate(SUBMIT, person="4", date=DATE)

    assert second == first
    assert await everything_written(asked.database) == before


async def test_submitting_again_marks_what_an_import_left_unmarked(asked):
    sheet = TimesheetRow(id=7, organization_id=1, person_id=MEMBER, date=DAY, created_at=BEFORE, imported=True)
    await furnish(asked.database, entry(1), timesheet_submission=True)
    await asked.database.write(lambda connection: add_rows(connection, [sheet]))
    await asked.database.write(lambda connection: add_rows(connection, [entry(2, timesheet_id=7, submitted=True)]))

    payload = await asked.mutate(SUBMIT, MEMBER, person="4", date=DATE)

    assert payload["timesheet"]["id"] == "Timesheet:7"
    assert [(shown["id"], shown["status"], shown["revision"]) for shown in payload["timeEntries"]] == [
        ("TimeEntry:1", "SUBMITTED", 2),
        ("TimeEntry:2", "SUBMITTED", 1),
    ]
    assert [(change["time_entry_id"], change["kind"]) for change in await logged(asked.database)] == [(1, "SUBMITTED")]


async def test_taking_a_day_back_undoes_it(asked):
    await furnish(asked.database, entry(1), timesheet_submission=True)
    await asked.mutate(SUBMIT, person="4", date=DATE)

    payload = await asked.mutate(UNSUBMIT, person="4", date=DATE)
    again = await asked.mutate(UNSUBMIT, person="4", date=DATE)

    assert payload["timesheet"] is None
    assert payload["timeEntries"] == [
        {"id": "TimeEntry:1", "submitted": False, "status": "DRAFT", "timesheet": None, "revision": 3}
    ]
    assert await table_rows(asked.database, TimesheetRow) == []
    assert [(error["code"], error["path"]) for error in again["userErrors"]] == [("RECORD_NOT_FOUND", ["date"])]
    assert again["timeEntries"] == []


@pytest.mark.parametrize("who", [MEMBER, ADMIN])
async def test_taking_a_day_back_takes_off_what_an_import_put_on_its_timesheet(asked, who):
    on_it = {"timesheet_id": 7, "submitted": True}
    sheet = TimesheetRow(id=7, organization_id=1, person_id=MEMBER, date=DAY, created_at=BEFORE, imported=True)
    others = [entry(2, person_id=OTHER, **on_it), entry(3, date=dt.date(2016, 10, 2), **on_it)]
    await furnish(asked.database, timesheet_submission=True)
    await asked.database.write(lambda connection: add_rows(connection, [sheet]))
    await asked.database.write(lambda connection: add_rows(connection, [entry(1, **on_it), *others]))

    payload = await asked.mutate(UNSUBMIT, who, person="4", date=DATE)

    seen = [1, 2, 3] if who == ADMIN else [1, 3]
    assert payload["userErrors"] == []
    assert [shown["id"] for shown in payload["timeEntries"]] == [f"TimeEntry:{number}" for number in seen]
    for number in (1, 2, 3):
        row = await stored(asked.database, number)
        assert (row["timesheet_id"], row["submitted"], row["revision"]) == (None, False, 2)


async def test_an_entry_that_comes_to_a_submitted_day_is_submitted_and_one_that_leaves_is_not(asked):
    await furnish(asked.database, entry(1, date=dt.date(2016, 10, 2)), timesheet_submission=True)
    await asked.mutate(SUBMIT, person="4", date=DATE)

    made = await asked.mutate(CREATE, input={"date": DATE, "personId": "4", "serviceId": "1"})
    came = await asked.mutate(MOVE, id="1", date=DATE)
    left = await asked.mutate(MOVE, id="1", date="2016-10-03")

    assert made["timeEntry"] == {"id": "TimeEntry:2", "status": "SUBMITTED", "submitted": True}
    assert came["timeEntry"] == {"status": "SUBMITTED", "submitted": True, "timesheet": {"id": "Timesheet:1"}}
    assert left["timeEntry"] == {"status": "DRAFT", "submitted": False, "timesheet": None}


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (ADMIN, None),
        (MANAGER, None),
        (OWNER, "ACCESS_DENIED"),
        (MEMBER, None),
        (OTHER, "ACCESS_DENIED"),
        (STRANGER, "RECORD_NOT_FOUND"),
    ],
)
@pytest.mark.parametrize("mutation", [SUBMIT, UNSUBMIT])
async def test_days_are_submitted_by_their_person_its_manager_and_admins(asked, mutation, who, code):
    await furnish(asked.database, entry(1), timesheet_submission=True)
    if mutation is UNSUBMIT:
        await asked.mutate(SUBMIT, person="4", date=DATE)
    before = await everything_written(asked.database)

    payload = await asked.mutate(mutation, who, person="4", date=DATE)

    assert [error["code"] for error in payload["userErrors"]] == ([code] if code else [])
    assert (await everything_written(asked.database) == before) is (code is not None)


@pytest.mark.parametrize("mutation", [SUBMIT, UNSUBMIT])
async def test_without_the_feature_both_are_refused(asked, mutation):
    await furnish(asked.database, entry(1))
    before = await everything_written(asked.database)

    payload = await asked.mutate(mutation, person="4", date=DATE)

    assert [error["code"] for error in payload["userErrors"]] == ["ACCESS_DENIED"]
    assert await everything_written(asked.database) == before


@pytest.mark.parametrize(
    ("date", "messages"),
    [
        ("", ["can't be blank", "is not a date"]),
        ("foo", ["is not a date: write a calendar day as YYYY-MM-DD, such as 2026-11-24."]),
    ],
)
async def test_what_is_not_a_date_is_refused_in_the_documented_words(asked, date, messages):
    await furnish(asked.database, timesheet_submission=True)

    payload = await asked.mutate(SUBMIT, person="4", date=date)

    assert [error["message"] for error in payload["userErrors"]] == messages
    assert {tuple(error["path"]) for error in payload["userErrors"]} == {("date",)}


async def test_the_day_of_a_person_of_another_organization_is_not_found(asked):
    await furnish(asked.database, timesheet_submission=True)

    payload = await asked.mutate(SUBMIT, person="21", date=DATE)

    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("RECORD_NOT_FOUND", ["personId"])]
