"""The instants of writes: along the change log of an organization they never decrease, whatever the clock does."""

import asyncio
import datetime as dt
import json
import random

import pytest

from gateway.domain.approval import Act
from gateway.domain.attributes import Attributes
from gateway.domain.timers import StartTimer
from gateway.operations.bulk import AskedId, BulkRequest, change_states, delete_time_entries
from gateway.operations.recalculation import Report, Scope, recalculate
from gateway.operations.time_entries import change_state, create_time_entry, delete_time_entry, update_time_entry
from gateway.operations.timers import start_timer, stop_timer
from gateway.operations.timesheets import submit_timesheet
from gateway.store.schema.change_log import ChangeCounterRow
from gateway.store.schema.entries import TimeEntryRow
from tests.support.worlds.office import (
    DAY,
    MEMBER,
    NOW,
    SECOND,
    STRANGER,
    do,
    entry,
    furnish,
    logged,
    stored,
    table_rows,
)

HOUR = 3_600_000
BACK = NOW - HOUR
WORK = Attributes(person_id=MEMBER, service_id=1, date=DAY, time=10)
APPROVED_AT_ONCE = Attributes(person_id=MEMBER, service_id=4, date=DAY, time=10)


async def test_a_clock_that_is_set_back_does_not_take_the_instants_of_writes_back(database):
    await furnish(database, *(entry(number) for number in range(1, 7)), timesheet_submission=True)
    await do(database, lambda work: change_state(work, 1, Act.APPROVE), now=NOW)

    await do(database, lambda work: update_time_entry(work, 2, Attributes(note="x"), if_revision=None), now=BACK)
    made = await do(database, lambda work: create_time_entry(work, APPROVED_AT_ONCE), now=BACK)
    await do(database, lambda work: change_state(work, 3, Act.REJECT), now=BACK)
    await do(database, lambda work: change_state(work, 4, Act.APPROVE), now=BACK)
    await do(database, lambda work: delete_time_entry(work, 5, if_revision=None), now=BACK)
    await do(database, lambda work: submit_timesheet(work, MEMBER, DAY), now=BACK, timesheet_submission=True)

    rows = {row["id"]: row for row in await table_rows(database, TimeEntryRow)}
    assert [row["updated_at"] for row in rows.values()] == [NOW] * 6
    new = rows[made]
    assert (new["created_at"], new["last_activity_at"], new["approved_at"]) == (NOW, NOW, SECOND)
    assert (rows[3]["rejected_at"], rows[4]["approved_at"]) == (NOW, SECOND)
    assert [change["at"] for change in await logged(database)] == [NOW] * 12
    assert await shown_instants(database) == [NOW] * 11


async def test_each_organization_has_its_own_last_instant(database):
    await furnish(database, entry(1), entry(2, organization_id=2, person_id=STRANGER, service_id=9, deal_id=9))
    await do(database, lambda work: change_state(work, 1, Act.APPROVE), now=NOW)

    await do(database, lambda work: change_state(work, 2, Act.APPROVE), STRANGER, now=BACK)

    assert (await stored(database, 2))["updated_at"] == BACK
    assert [row["last_at"] for row in await table_rows(database, ChangeCounterRow)] == [NOW, BACK]


async def test_what_a_timer_adds_is_measured_by_the_same_instants_that_are_written(database):
    await furnish(database, entry(1), entry(2))
    started = await do(database, lambda work: start_timer(work, StartTimer(service_id=1)), MEMBER, now=NOW)
    await do(database, lambda work: change_state(work, 2, Act.APPROVE), now=NOW + 10 * 60_000)

    await do(database, lambda work: stop_timer(work, started.entry_id), MEMBER, now=BACK)

    row = await stored(database, started.entry_id)
    assert (row["timer_stopped_at"], row["time"]) == (SECOND + 10 * 60_000, 10)
    assert row["updated_at"] == NOW + 10 * 60_000


async def test_the_day_of_a_new_timer_is_not_before_the_last_write(database):
    await furnish(database, entry(1))
    await do(database, lambda work: change_state(work, 1, Act.APPROVE), now=NOW)

    started = await do(database, lambda work: start_timer(work, StartTimer(service_id=1)), MEMBER, now=NOW - 48 * HOUR)

    row = await stored(database, started.entry_id)
    assert (row["date"], row["timer_started_at"], row["created_at"]) == (dt.date(2025, 8, 1), SECOND, NOW)


async def test_a_recalculation_under_a_clock_that_was_set_back_keeps_the_order(database):
    await furnish(database, entry(1), entry(2, cost=1))
    await do(database, lambda work: change_state(work, 1, Act.APPROVE), now=NOW)

    scope = Scope(since=dt.date(2016, 1, 1))
    changed = [each.id async for each in recalculate(database, scope, Report(), clock=lambda: BACK)]

    assert changed == [1, 2]
    assert [row["updated_at"] for row in await table_rows(database, TimeEntryRow)] == [NOW, NOW]
    assert await shown_instants(database) == [NOW, NOW, NOW]


async def test_a_write_that_waits_for_its_entry_is_not_dated_before_those_that_came_first(database):
    await furnish(database, *(entry(number) for number in range(1, 5)))
    clock = iter(range(NOW, NOW - 1_000, -1))  # who asks later gets an earlier instant

    def track(number, minutes):
        change = Attributes(time=minutes)
        return do(
            database, lambda work: update_time_entry(work, number, change, if_revision=None), now=lambda: next(clock)
        )

    await asyncio.gather(*(track(1 + turn % 4, turn) for turn in range(80)))

    instants = [change["at"] for change in await logged(database)]
    assert len(instants) == 80
    assert instants == sorted(instants)
    assert await shown_instants(database) == instants


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_written_at_once_instants_never_decrease_along_the_log(database, seed):
    await furnish(database, *(entry(number) for number in range(1, 21)), timesheet_submission=True)
    chance = random.Random(seed)

    def clock():
        return NOW + chance.randint(-HOUR, HOUR)

    def ids():
        return BulkRequest(
            ids=[AskedId(str(number), number) for number in chance.sample(range(1, 21), 5)], all_or_nothing=False
        )

    def write():
        number, minutes, asked = chance.randint(1, 20), chance.randint(0, 999), ids()
        change = Attributes(time=minutes, note=str(minutes))
        return chance.choice(
            [
                lambda work: create_time_entry(work, WORK),
                lambda work: create_time_entry(work, APPROVED_AT_ONCE),
                lambda work: update_time_entry(work, number, change, if_revision=None),
                lambda work: change_state(work, number, chance.choice(list(Act))),
                lambda work: change_states(work, asked, Act.APPROVE),
                lambda work: change_states(work, asked, Act.UNAPPROVE),
                lambda work: start_timer(work, StartTimer(service_id=1, person_id=MEMBER)),
                lambda work: submit_timesheet(work, MEMBER, DAY),
                lambda work: delete_time_entries(work, asked) if minutes < 100 else change_state(work, 1, Act.APPROVE),
            ]
        )

    await asyncio.gather(
        *(do(database, write(), now=clock, timesheet_submission=True) for _ in range(120)), return_exceptions=True
    )

    log = await logged(database)
    instants = [change["at"] for change in log]
    assert len(instants) > 60
    assert instants == sorted(instants)
    assert await shown_instants(database) == [change["at"] for change in log if change["after"]]
    assert [row["last_at"] for row in await table_rows(database, ChangeCounterRow, organization_id=1)] == instants[-1:]


async def shown_instants(database):
    """What each image of the log, oldest first, says of `updated_at`."""
    return [json.loads(change["after"])["updated_at"] for change in await logged(database) if change["after"]]
