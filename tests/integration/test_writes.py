"""Operations on a real store: what is written, what is logged, and what is not."""

import datetime as dt
import json
from functools import partial

import pytest

from gateway.domain.approval import Act
from gateway.domain.attributes import Attributes
from gateway.domain.errors import Refusal
from gateway.operations.time_entries import change_state, create_time_entry, delete_time_entry, update_time_entry
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import TaskRow
from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    BEFORE,
    MEMBER,
    NOW,
    OWNER,
    REJECTED,
    SECOND,
    STRANGER,
    do,
    entry,
    everything_written,
    furnish,
    logged,
    stored,
    table_rows,
)


async def test_an_approval_sets_its_columns_and_leaves_all_others(database):
    await furnish(database, entry(225, **REJECTED))
    before = await stored(database, 225)

    await do(database, lambda work: change_state(work, 225, Act.APPROVE), OWNER)

    assert await stored(database, 225) == before | {
        "revision": 2,
        "updated_at": NOW,
        "last_actor_id": OWNER,
        "approved": True,
        "approved_at": SECOND,
        "approver_id": OWNER,
        "rejected": False,
        "rejected_at": None,
        "rejected_reason": None,
        "rejecter_id": None,
        "status_id": 1,
    }


async def test_an_approval_is_logged_with_what_it_could_change_and_the_image_after_it_without_amounts(database):
    await furnish(database, entry(225, note='say "Ž"\n', **REJECTED))

    await do(database, lambda work: change_state(work, 225, Act.APPROVE), OWNER)

    [change] = await logged(database)
    before, after = json.loads(change.pop("before")), json.loads(change.pop("after"))
    assert change == {
        "organization_id": 1,
        "id": 1,
        "time_entry_id": 225,
        "kind": "APPROVED",
        "actor_id": OWNER,
        "at": NOW,
        "revision": 2,
    }
    assert before == {
        "revision": 1,
        "updated_at": BEFORE,
        "last_actor_id": MEMBER,
        "approved": 0,
        "approved_at": None,
        "approver_id": None,
        "rejected": 1,
        "rejected_at": REJECTED["rejected_at"],
        "rejected_reason": "Too long",
        "rejecter_id": ADMIN,
        "status_id": 3,
    }
    row = await stored(database, 225)
    row["date"] = "2016-10-01"
    assert after == {name: row[name] for name in after}
    assert after["note"] == 'say "Ž"\n'
    assert {name for name in row if "cost" in name}.isdisjoint(after)
    assert len(after) == 49


async def test_a_no_op_writes_nothing(database):
    await furnish(database, entry(225, **APPROVED))
    before = await everything_written(database)

    await do(database, lambda work: change_state(work, 225, Act.APPROVE), OWNER)

    assert await everything_written(database) == before


@pytest.mark.parametrize("person_id", [MEMBER, STRANGER])
async def test_a_refused_act_writes_nothing(database, person_id):
    await furnish(database, entry(225))
    before = await everything_written(database)

    with pytest.raises(Refusal):
        await do(database, lambda work: change_state(work, 225, Act.APPROVE), person_id)

    assert await everything_written(database) == before


async def test_a_created_entry_is_stored_logged_and_taken_from_its_task(database):
    await furnish(database)
    given = Attributes(date=dt.date(2016, 10, 1), person_id=MEMBER, service_id=1, task_id=1, note="test note", time=480)

    number = await do(database, lambda work: create_time_entry(work, given))

    row = await stored(database, number)
    assert (row["cost"], row["cost_default"], row["overhead"], row["revision"]) == (16000, 20000, True, 1)
    assert json.loads(row["rates"])["exchange"] == {"EUR/USD": "1.25"}
    [task, _] = await table_rows(database, TaskRow)
    assert task["remaining_time"] == 120
    [change] = await logged(database)
    assert (change["kind"], change["before"], change["revision"]) == ("CREATED", None, 1)
    assert json.loads(change["after"])["cost_default"] == 20000


async def test_an_update_recomputes_the_cost_and_logs_what_it_changed(database):
    await furnish(database, entry(281, task_id=1))
    given = Attributes(date=dt.date(2024, 2, 23), time=40, note="new note", jira_issue_id="Ž-1")

    await do(database, lambda work: update_time_entry(work, 281, given, if_revision=1))

    row = await stored(database, 281)
    names = ("time", "billable_time", "cost", "cost_default", "note", "jira_issue_id_folded", "revision", "updater_id")
    assert tuple(row[name] for name in names) == (40, 40, 1333, 1667, "new note", "ž-1", 2, ADMIN)
    [task, _] = await table_rows(database, TaskRow)
    assert task["remaining_time"] == 600 + 440
    [change] = await logged(database)
    before, after = json.loads(change["before"]), json.loads(change["after"])
    assert (before["date"], before["time"], before["note"]) == ("2016-10-01", 480, None)
    assert (after["date"], after["time"], after["note"], after["revision"]) == ("2024-02-23", 40, "new note", 2)
    assert "approved" not in before


async def test_a_deleted_entry_leaves_its_image_and_gives_its_minutes_back(database):
    await furnish(database, entry(352, time=700, task_id=1))

    await do(database, lambda work: delete_time_entry(work, 352, if_revision=None), MEMBER)

    assert await table_rows(database, TimeEntryRow) == []
    [change] = await logged(database)
    assert (change["kind"], change["after"], change["revision"]) == ("DELETED", None, 2)
    assert json.loads(change["before"])["time"] == 700
    [task, _] = await table_rows(database, TaskRow)
    assert task["remaining_time"] == 1300


async def test_ids_of_the_log_count_within_the_organization(database):
    await furnish(
        database, entry(1), entry(2), entry(9, organization_id=2, person_id=STRANGER, service_id=9, deal_id=9)
    )

    for number, person_id in ((1, ADMIN), (9, STRANGER), (2, ADMIN)):
        await do(database, partial(change_state, entry_id=number, act=Act.APPROVE), person_id)

    assert [(row["organization_id"], row["id"], row["time_entry_id"]) for row in await logged(database)] == [
        (1, 1, 1),
        (1, 2, 2),
        (2, 1, 9),
    ]
