"""timeEntryCreate, timeEntryUpdate, timeEntryDelete: right, refused, and what a refusal leaves as it was."""

from typing import Any

import pytest

from gateway.store.schema.tables import TaskRow
from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    MANAGER,
    MEMBER,
    OTHER,
    OWNER,
    STRANGER,
    add_rows,
    entry,
    everything_written,
    furnish,
    stored,
    table_rows,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTRY = "timeEntry { id revision time billableTime note cost status submitted task { remainingTime workedTime } }"
ERRORS = "userErrors { code path message }"
CREATE = f"mutation ($input: TimeEntryCreateInput!) {{ timeEntryCreate(input: $input) {{ {ENTRY} {ERRORS} }} }}"
UPDATE = f"""mutation ($id: ID!, $input: TimeEntryUpdateInput!, $rev: Int) {{
    timeEntryUpdate(id: $id, input: $input, ifRevision: $rev) {{ {ENTRY} {ERRORS} }} }}"""
DELETE = f"mutation ($id: ID!, $rev: Int) {{ timeEntryDelete(id: $id, ifRevision: $rev) {{ deletedId {ERRORS} }} }}"
GIVEN = {"date": "2016-10-01", "personId": "Person:4", "serviceId": "1", "time": 40}

BAD_INPUT: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "blank date": ({"date": ""}, [("INVALID_ATTRIBUTE", "date"), ("INVALID_ATTRIBUTE", "date")]),
    "no date": ({"date": "foo"}, [("INVALID_ATTRIBUTE", "date")]),
    "negative time": ({"time": -1}, [("INVALID_ATTRIBUTE", "time")]),
    "absurd time": ({"time": 52_596_001}, [("INVALID_ATTRIBUTE", "time")]),
    "null time": ({"time": None}, [("INVALID_ATTRIBUTE", "time")]),
    "null billable time": ({"billableTime": None}, [("INVALID_ATTRIBUTE", "billableTime")]),
    "person of another organization": ({"personId": "21"}, [("RECORD_NOT_FOUND", "personId")]),
    "service of another organization": ({"serviceId": "9"}, [("RECORD_NOT_FOUND", "serviceId")]),
    "person by the id of a service": ({"personId": "Service:1"}, [("RECORD_NOT_FOUND", "personId")]),
    "service that is no id": ({"serviceId": "foo"}, [("RECORD_NOT_FOUND", "serviceId")]),
    "task of nobody": ({"taskId": "77"}, [("RECORD_NOT_FOUND", "taskId")]),
    "task of another project": ({"taskId": "2"}, [("INVALID_ATTRIBUTE", "taskId")]),
    "long note": ({"note": "x" * 200_000}, [("INVALID_ATTRIBUTE", "note")]),
    "note with NUL": ({"note": "a\0"}, [("INVALID_ATTRIBUTE", "note")]),
    "half a surrogate pair": ({"note": "\ud83d"}, [("INVALID_ATTRIBUTE", "note")]),
    "long jira text": ({"jiraIssueSummary": "x" * 300}, [("INVALID_ATTRIBUTE", "jiraIssueSummary")]),
    "no moment": ({"startedAt": "2025-08-01"}, [("INVALID_ATTRIBUTE", "startedAt")]),
    "calendar event that is no number": ({"calendarEventId": "x"}, [("INVALID_ATTRIBUTE", "calendarEventId")]),
    "day before all exchange rates": ({"date": "2015-12-31"}, [("INVALID_ATTRIBUTE", "date")]),
    "all at once": (
        {"date": "", "time": -1, "note": "\0", "taskId": "x"},
        [
            ("RECORD_NOT_FOUND", "taskId"),
            ("INVALID_ATTRIBUTE", "date"),
            ("INVALID_ATTRIBUTE", "date"),
            ("INVALID_ATTRIBUTE", "time"),
            ("INVALID_ATTRIBUTE", "note"),
        ],
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
async def test_a_create_with_bad_input_tells_every_fault_and_writes_nothing(asked, case):
    await furnish(asked.database)
    before = await everything_written(asked.database)
    wrong, faults = BAD_INPUT[case]

    payload = await asked.mutate(CREATE, input=GIVEN | wrong)

    assert payload["timeEntry"] is None
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [
        (code, ["input", name]) for code, name in faults
    ]
    assert await everything_written(asked.database) == before


@pytest.mark.parametrize("case", BAD_INPUT)
async def test_an_update_with_bad_input_tells_the_same_faults_and_writes_nothing(asked, case):
    await furnish(asked.database, entry(225))
    before = await everything_written(asked.database)
    wrong, faults = BAD_INPUT[case]

    payload = await asked.mutate(UPDATE, id="225", input=wrong)

    assert payload["timeEntry"] is None
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [
        (code, ["input", name]) for code, name in faults
    ]
    assert await everything_written(asked.database) == before


@pytest.mark.parametrize("name", ["personId", "serviceId"])
async def test_null_for_what_every_entry_has_is_one_invalid_attribute(asked, name):
    await furnish(asked.database, entry(225))
    before = await everything_written(asked.database)

    payload = await asked.mutate(UPDATE, id="225", input={name: None})

    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [
        ("INVALID_ATTRIBUTE", ["input", name])
    ]
    assert await everything_written(asked.database) == before


async def test_the_longest_note_is_kept_byte_for_byte(asked):
    await furnish(asked.database)
    note = "<p>Ž\r\n\t</p>".ljust(100_000, "é")

    payload = await asked.mutate(CREATE, input=GIVEN | {"note": note})

    assert payload["timeEntry"]["note"] == note


async def test_an_entry_on_a_task_counts_there(asked):
    await furnish(asked.database)

    made = await asked.mutate(CREATE, input=GIVEN | {"taskId": "1", "time": 700})
    task_after = made["timeEntry"]["task"]
    await asked.mutate(DELETE, id=made["timeEntry"]["id"])

    assert task_after == {"remainingTime": 0, "workedTime": 700}
    assert (await table_rows(asked.database, TaskRow, id=1))[0]["remaining_time"] == 600


async def test_an_update_that_changes_nothing_leaves_the_revision_and_the_log_alone(asked):
    await furnish(asked.database, entry(225))
    before = await everything_written(asked.database)

    payload = await asked.mutate(UPDATE, id="225", input={"time": 480, "note": None, "date": "2016-10-01"})

    assert (payload["userErrors"], payload["timeEntry"]["revision"]) == ([], 1)
    assert await everything_written(asked.database) == before


async def test_null_clears_what_can_be_null_and_absent_leaves_it(asked):
    await furnish(asked.database, entry(225, note="old", jira_issue_id="A-1", jira_issue_id_folded="a-1", task_id=1))

    await asked.mutate(UPDATE, id="225", input={"note": None, "taskId": None})

    row = await stored(asked.database, 225)
    assert (row["note"], row["task_id"], row["jira_issue_id"], row["revision"]) == (None, None, "A-1", 2)


async def test_an_entry_that_moves_to_another_service_takes_what_derives_from_it(asked):
    await furnish(asked.database, entry(225))

    await asked.mutate(UPDATE, id="225", input={"serviceId": "3"})

    row = await stored(asked.database, 225)
    names = ("service_id", "deal_id", "project_id", "company_id", "responsible_id", "currency", "cost")
    assert tuple(row[name] for name in names) == (3, 2, 2, None, None, "USD", 20000)


async def test_a_stale_update_is_refused_and_a_fresh_one_is_not(asked):
    await furnish(asked.database, entry(225, revision=3))

    stale = await asked.mutate(UPDATE, id="225", input={"note": "a"}, rev=2)
    fresh = await asked.mutate(UPDATE, id="225", input={"note": "b"}, rev=3)

    assert [(error["code"], error["path"]) for error in stale["userErrors"]] == [("STALE_REVISION", ["ifRevision"])]
    assert (fresh["timeEntry"]["note"], fresh["timeEntry"]["revision"]) == ("b", 4)


RIGHTS = {
    ADMIN: None,
    MANAGER: None,
    OWNER: None,
    MEMBER: None,
    OTHER: "RECORD_NOT_FOUND",
    STRANGER: "RECORD_NOT_FOUND",
}


@pytest.mark.parametrize("who", RIGHTS)
@pytest.mark.parametrize("mutation", [UPDATE, DELETE])
async def test_an_entry_is_changed_by_its_person_those_who_lead_it_and_admins(asked, mutation, who):
    await furnish(asked.database, entry(225))
    before = await everything_written(asked.database)
    variables = {"id": "225", "input": {"note": "new"}} if mutation is UPDATE else {"id": "225"}

    payload = await asked.mutate(mutation, who, **variables)

    assert [error["code"] for error in payload["userErrors"]] == ([RIGHTS[who]] if RIGHTS[who] else [])
    assert (await everything_written(asked.database) == before) is (RIGHTS[who] is not None)


@pytest.mark.parametrize("who", [MANAGER, OWNER])
async def test_a_manager_may_see_but_not_change_what_they_do_not_lead(asked, who):
    await furnish(asked.database, entry(225, person_id=OTHER, responsible_id=ADMIN))
    before = await everything_written(asked.database)

    payload = await asked.mutate(UPDATE, who, id="225", input={"note": "new"})

    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("ACCESS_DENIED", ["id"])]
    assert await everything_written(asked.database) == before


@pytest.mark.parametrize(
    ("who", "for_whom", "allowed"),
    [(OTHER, 5, True), (OTHER, 4, False), (OWNER, 5, True), (MANAGER, 5, False), (MANAGER, 4, True)],
)
async def test_time_is_tracked_for_those_one_may_track_for(asked, who, for_whom, allowed):
    await furnish(asked.database)

    payload = await asked.mutate(CREATE, who, input=GIVEN | {"personId": str(for_whom), "date": "2024-01-01"})

    codes = [(error["code"], error["path"]) for error in payload["userErrors"]]
    assert codes == ([] if allowed else [("ACCESS_DENIED", ["input", "personId"])])


async def test_under_the_lock_approved_entries_are_neither_updated_nor_deleted_but_unapproved(asked):
    await furnish(asked.database, entry(225, **APPROVED), lock_approved=True)
    can = "{ timeEntry(id: 225) { viewerCan { update delete approve unapprove reject unreject } } }"

    shown = await asked.data(can)
    update = await asked.mutate(UPDATE, id="225", input={"note": "new"})
    delete = await asked.mutate(DELETE, id="225")
    unapprove = await asked.mutate(f'mutation {{ timeEntryUnapprove(id: "225") {{ {ENTRY} {ERRORS} }} }}')

    assert shown["timeEntry"]["viewerCan"] == {
        "update": False,
        "delete": False,
        "approve": False,
        "unapprove": True,
        "reject": False,
        "unreject": False,
    }
    assert [error["code"] for error in update["userErrors"] + delete["userErrors"]] == ["ACCESS_DENIED"] * 2
    assert (unapprove["userErrors"], unapprove["timeEntry"]["revision"]) == ([], 2)


async def test_an_entry_of_a_deal_without_approval_is_approved_from_the_start(asked):
    await furnish(asked.database)

    payload = await asked.mutate(CREATE, input=GIVEN | {"serviceId": "4"})

    assert payload["timeEntry"]["status"] == "APPROVED"


async def test_each_mutation_of_a_request_is_a_unit_of_its_own(asked):
    await furnish(asked.database, entry(225))
    query = """mutation { a: timeEntryReject(id: "225") { timeEntry { revision } }
        b: timeEntryReject(id: "225") { userErrors { code } }
        c: timeEntryApprove(id: "225") { timeEntry { revision status } } }"""

    data = await asked.data(query)

    assert data == {
        "a": {"timeEntry": {"revision": 2}},
        "b": {"userErrors": [{"code": "RECORD_ALREADY_REJECTED"}]},
        "c": {"timeEntry": {"revision": 3, "status": "APPROVED"}},
    }


async def test_a_member_sees_no_amounts_of_what_they_made(asked):
    await furnish(asked.database)

    payload = await asked.mutate(CREATE, MEMBER, input=GIVEN)

    assert (payload["timeEntry"]["cost"], payload["userErrors"]) == (None, [])
    assert (await stored(asked.database, 1))["cost"] == 1333


@pytest.mark.parametrize("beside", ["", "__schema { queryType { name } }"])
async def test_the_work_of_a_task_may_be_longer_than_a_number_of_32_bits(asked, beside):
    entries = [entry(number, task_id=1, time=52_596_000, billable_time=0) for number in range(1, 43)]
    await furnish(asked.database, *entries)
    await asked.mutate(
        """mutation($ids: [ID!]!) { timeEntryBulkDelete(input: { target: { ids: $ids } }) { appliedCount } }""",
        ids=[str(number) for number in range(2, 43)],
    )
    await asked.mutate(UPDATE, id="1", input={"time": 0})
    await asked.database.write(lambda connection: add_rows(connection, entries[1:]))

    data = await asked.data(f'{{ {beside} timeEntry(id: "1") {{ task {{ workedTime remainingTime }} }} }}')

    assert data["timeEntry"]["task"] == {"workedTime": 41 * 52_596_000, "remainingTime": 2**31 - 1}
