"""A live account and its mirror: whatever happens there is here after the next round."""

import asyncio
import datetime as dt
from itertools import pairwise

import pytest

from gateway.mirror.ahead import Bounds
from gateway.mirror.following import LONG_AGO
from gateway.mirror.months import MONTHS_AT_ONCE
from gateway.mirror.reading import MOST_AGE, Tally
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.errors import ServerFailure
from gateway.store.mirror.accounts import Account, find_account
from gateway.store.mirror.progress import list_months
from gateway.store.mirror.troubles import count_waiting, hint
from tests.support.harness.waiting import TIMEOUT, eventually
from tests.support.upstream.accounts import ORGANIZATION, LiveAccount, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.mirrors import acts_of, deletions_of, differences, mirroring, newest_change, reading
from tests.support.upstream.proxies import Fault, Plan
from tests.support.worlds.office import ADMIN, APPROVED, DAY, MANAGER, REJECTED, entry

EARLIER = DAY - dt.timedelta(days=70)
PLANS = [
    Plan(),
    Plan(cursors=False, instants=False, dashes=True, unknown_includes=frozenset({"approval_statuses.approver"})),
]


async def test_an_entry_of_the_future_hides_nothing_that_comes_before(tmp_path, database, clock):
    ahead = entry(1, updated_at=clock.instant + 10 * 86_400_000)
    async with live_account(tmp_path, ahead, entry(2), clock=clock) as account, mirroring(account, database) as mirror:
        for number in (1, 2):
            await mirror.once()
            clock.instant += 60_000
            await account.ask("PATCH", f"time_entries/{3 - number}/approve")
            clock.instant += 60_000

        await mirror.once()

        assert await differences(database, account.database) == []


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


async def test_a_first_load_tells_how_far_it_is_and_a_sweep_too(tmp_path, database, clock, monkeypatch):
    monkeypatch.setattr("gateway.mirror.loading.AHEAD", Bounds(waiting=6_000_000, records=200, size=2_000_000))
    told: list[tuple[int, int | None, str]] = []
    async with (
        live_account(tmp_path, *some_entries(), clock=clock) as account,
        mirroring(account, database, progress=lambda *how: told.append(how)) as mirror,
    ):
        await mirror.once(sweep=True)

    assert ("Reading people", 5) in {(title, done) for done, of, title in told if of is None}
    loaded = [(done, of) for done, of, title in told if title == "Loading entries"]
    swept = [(done, of) for done, of, title in told if title == "Sweeping months"]
    assert [done for done, _ in loaded] == sorted(done for done, _ in loaded)
    assert (loaded[0][0] < 254, loaded[-1]) == (True, (254, 254))
    assert {of for _, of in loaded} == {254}
    assert (swept[0], swept[-1]) == ((0, 3), (3, 3))  # the present month has no entry


async def test_versions_that_were_not_there_are_asked_for_again_in_an_hour(tmp_path, database, clock):
    async with live_account(tmp_path, entry(1), entry(2), clock=clock) as account:
        async with mirroring(account, database) as mirror:
            account.proxy.plan = Plan(versions=403)
            await mirror.once()
            account.proxy.plan = Plan()
            await account.ask("DELETE", "time_entries/1")
            clock.instant += 600_000
            await mirror.once()
            missed = await differences(database, account.database)
            clock.instant += 3_600_000
            await mirror.once()

        assert missed == ["1 is too much"]
        assert await differences(database, account.database) == []
        assert (await deletions_of(database))[1][0] == ADMIN


async def test_rounds_go_on_when_the_clock_is_put_back(tmp_path, database):
    class PutBack(VirtualClock):
        at: list[int]

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if rounds_of(account) == 2 and not self.at:  # between two rounds
                self.instant -= 86_400_000
                self.at.append(self.instant)

    clock = PutBack()
    clock.at = []
    async with live_account(tmp_path, entry(1), clock=clock) as account, mirroring(account, database) as mirror:
        running = asyncio.create_task(mirror.for_ever())
        await eventually(lambda: rounds_of(account) >= 4)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert clock.instant - clock.at[0] < 120_000


def rounds_of(account: LiveAccount) -> int:
    """Return how often it was asked what changed."""
    return sum("updated_at%5D%5Bgt_eq" in target for _, target in account.proxy.sent)


async def test_rounds_go_on_while_a_sweep_asks_who_deleted_what_it_misses(tmp_path, database, clock):
    rounds: list[int] = []

    async def a_second_passes() -> None:
        clock.instant += 1_000
        if "updated_at%5D" in account.proxy.sent[-1][1]:
            rounds.append(clock.instant)

    entries = [entry(number, date=DAY) for number in range(1, 81)]
    async with live_account(tmp_path, *entries, clock=clock) as account, mirroring(account, database) as mirror:
        await mirror.once()
        account.proxy.plan = Plan(lost_versions=1.0)
        for number in range(1, 81):
            await account.ask("DELETE", f"time_entries/{number}")
        account.proxy.delay = a_second_passes
        await mirror.once(sweep=True)

        assert await differences(database, account.database) == []
    assert len(rounds) > 3
    assert max(later - earlier for earlier, later in pairwise(rounds)) < 45_000


async def test_of_more_than_can_be_followed_a_sweep_finds_the_rest(tmp_path, database, clock, monkeypatch):
    monkeypatch.setattr("gateway.mirror.following.MOST_FOLLOWED", 250)
    monkeypatch.setattr("gateway.mirror.following.AT_ONCE", 90)
    entries = [entry(number, date=DAY) for number in range(1, 452)]
    async with live_account(tmp_path, *entries, clock=clock) as account, mirroring(account, database) as mirror:
        await mirror.once()
        for number in range(1, 451):
            await account.ask("DELETE", f"time_entries/{number}")
        clock.instant += 60_000
        await mirror.once()
        left = await differences(database, account.database)
        async with database.read(snapshot=False) as connection:
            kept = await find_account(connection, ORGANIZATION)
        await mirror.once(sweep=True)

        assert await differences(database, account.database) == []
    assert left == [f"{number} is too much" for number in range(1, 51)]
    assert kept is not None
    assert kept.swept_all_at == LONG_AGO


async def test_months_are_read_at_once(tmp_path, database, clock):
    months = [DAY - dt.timedelta(days=31 * number) for number in range(12)]
    entries = (entry(10 * number + place, date=day) for number, day in enumerate(months) for place in range(1, 4))
    alone, on_their_way, all_at_once = 2, 0, asyncio.Event()  # the present month, and the newest that has entries

    async def wait():
        nonlocal alone, on_their_way
        if "filter%5Bafter%5D" not in account.proxy.sent[-1][1]:
            return
        if alone:
            alone -= 1
            return
        on_their_way += 1
        if on_their_way == MONTHS_AT_ONCE:
            all_at_once.set()
        await asyncio.wait_for(all_at_once.wait(), TIMEOUT)

    async with live_account(tmp_path, *entries, clock=clock) as account, mirroring(account, database) as mirror:
        account.proxy.delay = wait

        await mirror.once()

        assert await differences(database, account.database) == []
    assert all_at_once.is_set()


async def test_a_page_that_waited_too_long_is_read_again_by_its_numbers(tmp_path, database, clock):
    async with live_account(tmp_path, entry(1), clock=clock) as account:
        async with mirroring(account, database) as mirror:
            await mirror.once()
        made = {"date": DAY.isoformat(), "time": 45, "person_id": "4", "service_id": "1"}
        await account.ask("POST", "time_entries", {"data": {"type": "time_entries", "attributes": made}})
        changed = {"data": {"type": "time_entries", "attributes": {"note": "Meanwhile"}}}
        async with reading(account, database) as reader:
            pages = [page async for page in reader.fetched(calls.entries_of_days(DAY, DAY))]
            for number in (record["id"] for page in pages for record in page.records if record["id"] != "1"):
                await account.ask("DELETE", f"time_entries/{number}")
            await account.ask("PATCH", "time_entries/1", changed)
            clock.instant += MOST_AGE + 1

            await reader.take(pages, Tally())

        assert [len(page.records) for page in pages] == [2]
        assert await differences(database, account.database) == []


@pytest.mark.parametrize("plan", PLANS, ids=["whole", "poor"])
async def test_what_is_written_there_is_here_after_a_round(tmp_path, database, clock, plan):
    async with live_account(tmp_path, *some_entries(), clock=clock) as account:
        account.proxy.plan = plan
        async with mirroring(account, database) as mirror:
            await mirror.once()
            before = await newest_change(database)
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
        made_there = int(answers[-1].json()["data"]["id"])
        assert await acts_of(database, since=before) == {
            1: ("UPDATED", ADMIN),
            5: ("APPROVED", ADMIN),
            2: ("UNAPPROVED", ADMIN),
            made_there: ("CREATED", ADMIN),
        }
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


async def test_a_first_load_goes_on_where_it_was_stopped(tmp_path, database, clock):
    months = [entry(number, date=DAY - dt.timedelta(days=31 * number)) for number in range(1, 25)]
    async with live_account(tmp_path, *months, clock=clock) as account:
        async with mirroring(account, database) as mirror:
            asked = 0

            async def break_down() -> None:
                nonlocal asked
                asked += 1
                account.proxy.faults = {Fault.FAILED_BEFORE: 1.0} if asked > 30 else {}

            account.proxy.delay = break_down
            with pytest.raises(ServerFailure):
                await mirror.once()
        async with database.read(snapshot=True) as connection:
            half = await find_account(connection, ORGANIZATION)
            loaded = {month.month for month in await list_months(connection, ORGANIZATION) if month.loaded_at}
        account.proxy.delay, account.proxy.faults = None, {}
        account.proxy.sent.clear()

        async with mirroring(account, database) as mirror:
            left = await mirror.once()

        assert await differences(database, account.database) == []
    assert half is not None
    assert not half.is_complete
    assert half.problem is not None
    assert len(loaded) > 2
    again = [target for _, target in account.proxy.sent if "filter%5Bafter%5D" in target and "include" in target]
    assert not any(f"filter%5Bafter%5D={month.isoformat()}" in target for month in loaded for target in again)
    assert left.is_nothing


async def test_pages_that_shift_are_read_again(tmp_path, database, clock):
    async with live_account(tmp_path, *some_entries(), *(entry(n) for n in range(300, 700)), clock=clock) as account:
        account.proxy.plan = Plan(cursors=False, versions=404)
        doomed = iter(range(5, 40))

        async def somebody() -> None:
            await account.ask("DELETE", f"time_entries/{next(doomed)}")

        account.proxy.somebody, account.proxy.faults = somebody, {Fault.SHIFTED: 0.4}
        async with mirroring(account, database) as mirror:
            await mirror.once()
            account.proxy.faults = {}
            clock.instant += 60_000

            left = await mirror.once(sweep=True)

        assert await differences(database, account.database) == []
    assert left.is_nothing


async def test_a_month_that_is_never_answered_is_named_and_left_out_only_if_asked_to(tmp_path, database, clock):
    async with live_account(tmp_path, entry(1), entry(2, date=EARLIER), clock=clock) as account:

        async def break_down() -> None:
            is_broken = "filter%5Bafter%5D=2016-10-01" in account.proxy.sent[-1][1]
            account.proxy.faults = {Fault.FAILED_BEFORE: 1.0} if is_broken else {}

        account.proxy.delay = break_down
        async with mirroring(account, database) as mirror:
            named = await mirror.once()
        async with mirroring(account, database, skip_broken=True) as mirror:
            skipped = await mirror.once()

        found = await differences(database, account.database)
    assert [trouble.partition(":")[0] for trouble in named.troubles] == ["time_entries of 2016-10"]
    assert (named.is_complete, skipped.is_complete) == (False, True)
    assert not skipped.is_nothing
    assert found == ["1 is missing"]


async def test_a_mirror_that_runs_brings_what_is_written_and_sweeps_at_night(tmp_path, database, clock):
    async with live_account(tmp_path, *some_entries()[:5], clock=clock) as account:
        account.proxy.plan.lost_versions = 1.0
        async with mirroring(account, database) as mirror:
            await mirror.once()
            began = clock.instant
            await account.ask("DELETE", "time_entries/2")
            running = asyncio.create_task(mirror.for_ever())

            async def swept() -> bool:
                async with database.read(snapshot=True) as connection:
                    kept = await find_account(connection, ORGANIZATION)
                return kept is not None and kept.swept_all_at is not None

            while not await swept():
                clock.instant += 2 * 3_600_000
                asked = len(account.proxy.sent)
                while len(account.proxy.sent) == asked:
                    assert not running.done()
                    await asyncio.sleep(0.001)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        assert await differences(database, account.database) == []
    assert clock.instant - began > 6 * 24 * 3_600_000
    assert account.proxy.passed == []


async def test_a_clock_that_is_hours_off_changes_nothing(tmp_path, database, clock):
    ours = VirtualClock(clock.instant - 5 * 3_600_000)
    async with live_account(tmp_path, *some_entries()[:5], clock=clock) as account:
        async with mirroring(account, database, ours) as mirror:
            await mirror.once()
            clock.instant += 60_000
            ours.instant += 60_000
            await account.ask("DELETE", "time_entries/2")
            await account.ask("PATCH", "time_entries/1/approve")
            clock.instant += 2_000
            ours.instant += 2_000

            left = await mirror.once()

        assert await differences(database, account.database) == []
    async with database.read(snapshot=True) as connection:
        kept = await find_account(connection, ORGANIZATION)
    assert left.is_nothing
    assert kept is not None
    assert (kept.lag(ours.instant), kept.clock_offset // 1_000) == (0, 5 * 3_600)
    assert (await deletions_of(database))[2] == (ADMIN, clock.instant - 2_000)


async def test_what_is_hinted_at_is_read_by_its_number(tmp_path, database, clock):
    async with live_account(tmp_path, *some_entries()[:5], clock=clock) as account:
        async with mirroring(account, database) as mirror:
            await mirror.once()
            await account.ask("PATCH", "time_entries/1/approve")
            await account.ask("DELETE", "time_entries/4")
            await database.write(lambda c: hint(c, ORGANIZATION, "time_entries", [1, 4, 77], now=clock.instant))
            account.proxy.sent.clear()

            await mirror.read_hints()

        assert await differences(database, account.database) == []
    assert all("filter%5Bid%5D" in target or "filter%5Bitem_id%5D" in target for _, target in account.proxy.sent)
    async with database.read(snapshot=True) as connection:
        assert await count_waiting(connection, ORGANIZATION) == 0


@pytest.mark.parametrize(("ahead", "seconds"), [(0, 0), (5 * 3_600_000, 5 * 3_600), (-90_000, -90), (2_000, 0)])
def test_an_instant_of_ours_is_one_of_the_account_where_the_clocks_differ(ahead, seconds):
    account = Account(
        organization_id=1, url="https://a.example", started_at=0, synced_at=1_000_000, synced_to=1_000_000 + ahead
    )

    assert account.there(2_000_000) == 2_000_000 + seconds * 1_000
