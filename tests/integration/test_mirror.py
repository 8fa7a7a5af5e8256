"""A live account and its mirror: whatever happens there is here after the next round."""

import datetime as dt

import pytest

from gateway.store.mirror.accounts import find_account
from gateway.store.mirror.progress import list_months
from tests.support.upstream.accounts import ORGANIZATION, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.mirrors import deletions_of, differences, mirroring
from tests.support.upstream.proxies import Plan
from tests.support.worlds.office import ADMIN, APPROVED, DAY, MANAGER, REJECTED, entry

EARLIER = DAY - dt.timedelta(days=70)
PLANS = [
    Plan(),
    Plan(cursors=False, instants=False, dashes=True, unknown_includes=frozenset({"approval_statuses.approver"})),
]


def some_entries():
    return (
        entry(1, note="Ünïcode"),
        entry(2, **APPROVED),
        entry(3, **REJECTED, date=EARLIER),
        entry(4, date=EARLIER, task_id=1, time=0, billable_time=0),
        *(entry(number, date=DAY) for number in range(5, 255)),
    )


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.mark.parametrize("plan", PLANS, ids=["whole", "poor"])
async def test_a_first_load_brings_all_entries_by_months(tmp_path, database, clock, plan):
    async with live_account(tmp_path, *some_entries(), clock=clock) as account:
        account.proxy.plan = plan
        async with mirroring(account, database) as mirror:
            left = await mirror.once()

        assert await differences(database, account.database) == []
    assert left.is_nothing
    assert account.proxy.passed == []
    async with database.read(snapshot=True) as connection:
        kept = await find_account(connection, ORGANIZATION)
        assert kept is not None
        months = await list_months(connection, ORGANIZATION)
    assert (kept.is_complete, kept.reaches_back_to, kept.entries) == (True, EARLIER.replace(day=1), 254)
    assert sum(month.entries for month in months) == 254
    assert {month.month for month in months} >= {DAY.replace(day=1), EARLIER.replace(day=1)}


@pytest.mark.parametrize("plan", PLANS, ids=["whole", "poor"])
async def test_what_is_written_there_is_here_after_a_round(tmp_path, database, clock, plan):
    async with live_account(tmp_path, *some_entries(), clock=clock) as account:
        account.proxy.plan = plan
        async with mirroring(account, database) as mirror:
            await mirror.once()
            clock.instant += 60_000
            changes = {"data": {"type": "time_entries", "attributes": {"note": "Changed", "time": 30}}}
            made = {
                "data": {
                    "type": "time_entries",
                    "attributes": {"date": "2016-10-02", "time": 45, "person_id": "4", "service_id": "1"},
                }
            }
            answers = [
                await account.ask("PATCH", "time_entries/1", changes),
                await account.ask("PATCH", "time_entries/5/approve"),
                await account.ask("PATCH", "time_entries/2/unapprove"),
                await account.ask("POST", "time_entries", made),
            ]
            clock.instant += 10_000

            await mirror.once()

            assert [answer.status_code for answer in answers] == [200, 200, 200, 201]
            assert await differences(database, account.database) == []
    assert account.proxy.passed == []


async def test_a_deleted_entry_leaves_a_tombstone_with_actor_and_time(tmp_path, database, clock):
    async with live_account(tmp_path, *some_entries(), clock=clock) as account:
        async with mirroring(account, database) as mirror:
            await mirror.once()
            clock.instant += 60_123
            first = clock.instant
            assert (await account.ask("DELETE", "time_entries/7")).status_code == 204
            clock.instant += 3_456
            assert (await account.ask("DELETE", "time_entries/1", who=MANAGER)).status_code == 204
            clock.instant += 5_000

            await mirror.once()

        assert await differences(database, account.database) == []
    assert await deletions_of(database) == {7: (ADMIN, first), 1: (MANAGER, first + 3_456)}


async def test_a_sweep_finds_what_no_version_tells_of(tmp_path, database, clock):
    async with live_account(tmp_path, *some_entries(), clock=clock) as account:
        account.proxy.plan.versions = 403
        async with mirroring(account, database) as mirror:
            await mirror.once()
            clock.instant += 60_000
            await account.ask("DELETE", "time_entries/7")
            clock.instant += 120_000
            await mirror.once()
            before = await differences(database, account.database)

            left = await mirror.once(sweep=True)

        assert (before, await differences(database, account.database)) == (["7 is too much"], [])
    assert left.is_nothing
    async with database.read(snapshot=True) as connection:
        kept = await find_account(connection, ORGANIZATION)
    assert kept is not None
    assert kept.swept_total == 1
    assert (await deletions_of(database))[7][0] is None
