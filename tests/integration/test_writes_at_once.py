"""Many writers at once: nothing is lost, nothing is done twice, and nobody waits in a circle."""

import asyncio
import datetime as dt
import json
import random
import sys
from typing import Any

import pytest

from gateway.domain.approval import Act
from gateway.domain.attributes import Attributes
from gateway.domain.errors import Refusal
from gateway.domain.timers import StartTimer
from gateway.operations.bulk import AskedId, BulkRequest, change_states, delete_time_entries
from gateway.operations.commands import CreateEntry
from gateway.operations.idempotency import Key
from gateway.operations.time_entries import change_state, create_time_entry, update_time_entry
from gateway.operations.timers import start_timer
from gateway.operations.timesheets import submit_timesheet
from gateway.operations.work import Work
from gateway.store.databases.database import open_database
from gateway.store.databases.failures import StatementTimeout
from gateway.store.databases.options import StoreOptions
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.own import IdempotencyKeyRow
from gateway.store.schema.tables import TaskRow
from tests.support.harness.stores import store_url
from tests.support.worlds.office import ADMIN, MEMBER, OTHER, do, entry, furnish, logged, stored, table_rows

ENDLESS = {
    "sqlite": "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT 1 FROM pg_sleep(600)",
}
DAY = dt.date(2016, 10, 1)
WORK = Attributes(person_id=MEMBER, service_id=1, task_id=1, date=DAY, time=10)


def collisions(database) -> int:
    """How often a unit of work was begun again; SQLite has no such thing."""
    return getattr(database, "collisions", 0)


async def test_a_hundred_writers_leave_a_log_without_gaps_and_the_sums_that_were_written(database):
    await furnish(database, *(entry(number, task_id=1) for number in range(225, 245)))
    chance = random.Random(5)
    states = [Act.APPROVE, Act.UNAPPROVE]

    def bulk(act):
        ids = [AskedId(str(number), number) for number in chance.sample(range(225, 245), 20)]
        return lambda work: change_states(work, BulkRequest(ids=ids), act)

    writes = [bulk(chance.choice(states)) for _ in range(30)]
    writes += [lambda work: create_time_entry(work, WORK)] * 30
    writes += [
        lambda work, number=number: update_time_entry(work, number, Attributes(time=490), if_revision=None)
        for number in range(225, 245)
    ]
    writes += [lambda work, number=number: change_state(work, number, Act.APPROVE) for number in range(225, 245)]
    chance.shuffle(writes)

    await asyncio.gather(*(do(database, write) for write in writes))

    log = await logged(database)
    assert [change["id"] for change in log] == list(range(1, len(log) + 1))
    revisions: dict[int, list[int]] = {}
    for change in log:
        assert json.loads(change["after"])["revision"] == change["revision"]
        revisions.setdefault(change["time_entry_id"], []).append(change["revision"])
    rows = {row["id"]: row for row in await table_rows(database, TimeEntryRow)}
    assert len(rows) == 50
    for number, seen in revisions.items():
        first = 1 if number not in range(225, 245) else 2
        assert seen == list(range(first, rows[number]["revision"] + 1))
        last = [json.loads(change["after"]) for change in log if change["time_entry_id"] == number][-1]
        assert (last["time"], bool(last["approved"])) == (rows[number]["time"], rows[number]["approved"])
    assert sum(row["time"] for row in rows.values()) == 20 * 490 + 30 * 10
    [task, _] = await table_rows(database, TaskRow)
    assert task["remaining_time"] == 600 - 20 * 10 - 30 * 10
    assert collisions(database) == 0


async def test_bulks_over_the_same_entries_in_other_orders_do_not_wait_in_a_circle(database):
    await furnish(database, *(entry(number, task_id=1) for number in range(1, 41)))

    def bulk(ids, act):
        asked = BulkRequest(ids=[AskedId(str(number), number) for number in ids], all_or_nothing=False)
        if act is None:
            return do(database, lambda work: delete_time_entries(work, asked))
        return do(database, lambda work: change_states(work, asked, act))

    forward, backward = range(1, 41), range(40, 0, -1)
    await asyncio.gather(
        bulk(forward, Act.APPROVE), bulk(backward, Act.UNAPPROVE), bulk(range(40, 20, -1), None), bulk(forward, None)
    )

    assert await table_rows(database, TimeEntryRow) == []
    assert [change["kind"] for change in await logged(database)].count("DELETED") == 40
    assert collisions(database) == 0


async def test_one_idempotency_key_makes_one_entry_however_often_it_is_sent_at_once(database):
    await furnish(database)
    key = Key("timeEntryCreate", "once", "digest")

    made = await asyncio.gather(*(do(database, lambda work: CreateEntry(WORK, key).perform(work)) for _ in range(10)))

    [row] = await table_rows(database, TimeEntryRow)
    assert {done.entry_id for done in made} == {row["id"]}
    assert [done.is_retry for done in made].count(False) == 1
    assert len(await logged(database)) == 1
    assert len(await table_rows(database, IdempotencyKeyRow)) == 1


async def test_a_person_who_starts_many_timers_at_once_has_one(database):
    await furnish(database)

    await asyncio.gather(
        *(do(database, lambda work: start_timer(work, StartTimer(service_id=1)), MEMBER) for _ in range(8))
    )

    rows = await table_rows(database, TimeEntryRow)
    assert len(rows) == 8
    assert sum(row["timer_started_at"] is not None for row in rows) == 1


async def test_what_comes_to_a_day_while_it_is_submitted_is_submitted(database):
    await furnish(database, timesheet_submission=True)

    await asyncio.gather(
        *(do(database, lambda work: create_time_entry(work, WORK), timesheet_submission=True) for _ in range(6)),
        do(database, lambda work: submit_timesheet(work, MEMBER, DAY), timesheet_submission=True),
        do(database, lambda work: submit_timesheet(work, MEMBER, DAY), timesheet_submission=True),
        *(do(database, lambda work: create_time_entry(work, WORK), timesheet_submission=True) for _ in range(6)),
    )

    rows = await table_rows(database, TimeEntryRow)
    assert [row["submitted"] for row in rows] == [True] * 12
    assert len({row["timesheet_id"] for row in rows}) == 1


async def test_an_entry_that_changes_its_person_meanwhile_is_found_all_the_same(database):
    await furnish(database, entry(225))

    def move(person):
        change = Attributes(person_id=person)
        return do(database, lambda work: update_time_entry(work, 225, change, if_revision=None), ADMIN)

    outcomes = await asyncio.gather(
        *(move(person) for person in (OTHER, MEMBER) * 5),
        *(do(database, lambda work: change_state(work, 225, Act.APPROVE)) for _ in range(5)),
        return_exceptions=True,
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert (await stored(database, 225))["approved"] is True


async def test_of_two_updates_that_ask_for_the_same_revision_one_is_stale(database):
    await furnish(database, entry(225))

    def track(minutes):
        return do(database, lambda work: update_time_entry(work, 225, Attributes(time=minutes), if_revision=1))

    outcomes = await asyncio.gather(*map(track, (1, 2, 3, 4)), return_exceptions=True)

    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert [fault.code.name for refusal in refusals for fault in refusal.faults] == ["STALE_REVISION"] * 3
    assert (await stored(database, 225))["revision"] == 2


async def test_the_first_write_of_all_that_takes_too_long_keeps_nobody_from_writing(tmp_path):
    async def endless(work: Any) -> None:
        await work.execute(ENDLESS[database.dialect.name])

    async def short(work: Any) -> Any:
        return await work.execute("SELECT 7")

    async with open_database(store_url(tmp_path), StoreOptions(statement_timeout_ms=100)) as database:
        with pytest.raises(StatementTimeout):
            await database.write(endless)
        found = await database.write(short)

    assert [tuple(row) for row in found] == [(7,)]


@pytest.mark.sqlite_only
@pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks begin a round of the event loop later")
async def test_a_writer_who_is_idle_begins_before_its_caller_goes_on(database):
    began = []

    async def work(connection: Any) -> None:
        began.append(await connection.execute("SELECT 1"))

    writing = asyncio.create_task(database.write(work))
    await asyncio.sleep(0)
    begun = list(began)
    await writing

    assert begun == [[(1,)]]


@pytest.mark.sqlite_only
async def test_a_caller_who_goes_away_takes_no_work_along_that_shares_the_commit(database):
    await furnish(database, entry(1), entry(2))
    gone, may_go_on = asyncio.Event(), asyncio.Event()

    async def waits(work: Work) -> None:
        gone.set()
        await may_go_on.wait()
        await change_state(work, 1, Act.APPROVE)

    first = asyncio.create_task(do(database, waits))
    await gone.wait()
    second = asyncio.create_task(do(database, lambda work: change_state(work, 2, Act.APPROVE)))
    await asyncio.sleep(0)
    first.cancel()
    may_go_on.set()

    assert await second == 2
    with pytest.raises(asyncio.CancelledError):
        await first
    rows = {row["id"]: row for row in await table_rows(database, TimeEntryRow)}
    assert rows[2]["approved"]
