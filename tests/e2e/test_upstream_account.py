"""The tests' own live account, read by the gateway's client: whatever its plan lacks, the same records come."""

import pytest

from gateway.domain.approval import Act
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, MemoryState, Purpose, budget_of
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Resource
from gateway.mirror.upstream.errors import Forbidden, NotThere, ServerFailure
from tests.support.upstream.accounts import LiveAccount, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.proxies import Fault, Plan
from tests.support.worlds.office import ADMIN, DAY, entry


def asking(account: LiveAccount, clock: VirtualClock) -> Upstream:
    options = account.options()
    return Upstream(Account.of(options), Limiter(budget_of(options.budget_windows), MemoryState(), clock))


async def records(upstream: Upstream, listing: calls.Listing) -> list[Resource]:
    return [record async for page in upstream.pages(*listing) for record in page.records]


@pytest.mark.parametrize("plan", [Plan(), Plan(cursors=False), Plan(dashes=True)], ids=["whole", "numbers", "dashes"])
async def test_entries_of_a_day_come_with_all_that_they_point_to(tmp_path, plan) -> None:
    clock = VirtualClock()
    async with live_account(tmp_path, *(entry(number) for number in range(1, 451)), clock=clock) as account:
        account.proxy.plan = plan
        async with asking(account, clock) as upstream:
            found = await records(upstream, calls.entries_of_days(DAY, DAY))
            newest = await upstream.page(*calls.newest_entry(DAY, DAY))

    assert [int(str(record["id"])) for record in found] == list(range(1, 451))
    assert {record["type"] for record in found} == {"time_entries"}
    assert {str(record["relationships"]["service"]["data"]["id"]) for record in found} == {"1"}
    assert newest.total == 450
    assert account.proxy.passed == []


async def test_what_changed_since_an_instant_comes_first_the_latest_first(tmp_path) -> None:
    clock = VirtualClock()
    since = clock.instant
    entries = [entry(number, updated_at=since - 3_600_000) for number in range(1, 6)]
    async with live_account(tmp_path, *entries, clock=clock) as account:
        for number in (4, 2):
            clock.instant += 1_000
            assert (await account.ask("PATCH", f"time_entries/{number}/approve")).status_code == 200
        clock.instant += 1_000
        await account.ask("DELETE", "time_entries/3")
        async with asking(account, clock) as upstream:
            changed = await records(upstream, calls.entries_changed(since))
            account.proxy.plan.instants = False
            by_date = await records(upstream, calls.entries_changed(since))
            versions = await records(upstream, calls.versions_since(since))

    assert [record["id"] for record in changed] == ["2", "4"]
    assert [record["id"] for record in by_date[:2]] == ["2", "4"]
    assert {record["id"] for record in by_date} == {"1", "2", "4", "5"}
    assert [
        (
            version["attributes"]["event"],
            version["attributes"]["item_id"],
            version["relationships"]["creator"]["data"]["id"],
        )
        for version in versions
    ] == [("delete", "3", "1"), ("approve", "2", "1"), ("approve", "4", "1")]


async def test_every_neighbour_can_be_read_with_what_it_points_to(tmp_path) -> None:
    clock = VirtualClock()
    async with live_account(tmp_path, entry(1), clock=clock) as account, asking(account, clock) as upstream:
        counts = {name: len(await records(upstream, calls.neighbours(name))) for name in calls.NEIGHBOURS}
        some = await records(upstream, calls.records_by_id("services", [1, 3, 77]))

    assert {name: count for name, count in counts.items() if count} == {
        "organizations": 1, "people": 5, "companies": 1, "projects": 2, "deals": 3, "services": 4, "tasks": 2,
        "salaries": 1, "exchange_rates": 1,
    }  # fmt: skip
    assert upstream.refused_includes == {}
    assert [record["id"] for record in some] == ["1", "3"]


async def test_what_the_plan_lacks_is_told(tmp_path) -> None:
    clock = VirtualClock()
    async with live_account(tmp_path, entry(1), clock=clock) as account, asking(account, clock) as upstream:
        for status, kind in ((404, NotThere), (403, Forbidden)):
            account.proxy.plan = Plan(versions=status, timers=False)
            with pytest.raises(kind):
                await upstream.page(*calls.versions_since(0))
        with pytest.raises(NotThere):
            await upstream.send(*calls.start_timer({}, {"time_entry": ("time_entries", 1)}))


async def test_a_write_whose_answer_is_lost_was_done(tmp_path) -> None:
    clock = VirtualClock()
    async with live_account(tmp_path, entry(1), clock=clock) as account, asking(account, clock) as upstream:
        account.proxy.faults = {Fault.FAILED_AFTER: 1.0}
        with pytest.raises(ServerFailure) as failed:
            await upstream.send(*calls.decide(1, Act.APPROVE), token=account.tokens[ADMIN])
        account.proxy.faults = {}
        page = await upstream.page("time_entries/1", purpose=Purpose.PEOPLE)

    assert failed.value.may_have_happened
    assert page.records[0]["attributes"]["approved"] is True


async def test_a_client_without_a_limit_is_seen_to_pass_the_budget(tmp_path) -> None:
    clock = VirtualClock()
    async with live_account(tmp_path, entry(1), clock=clock) as account:
        account.proxy.budget = ((3, 10),)
        options = account.options(mirror_budget="100/10")
        limiter = Limiter(budget_of(options.budget_windows), MemoryState(), clock)
        async with Upstream(Account.of(options), limiter) as upstream:
            for _ in range(4):
                await upstream.page("people")

    assert account.proxy.passed == ["4 requests in 10 s, with GET /api/v2/people"]


async def test_every_version_says_what_was_done_in_the_upstreams_words(tmp_path) -> None:
    clock = VirtualClock()
    links = {"person": {"data": {"type": "people", "id": "4"}}, "service": {"data": {"type": "services", "id": "1"}}}
    new = {"type": "time_entries", "attributes": {"date": "2016-10-01", "time": 60}, "relationships": links}
    change = {"type": "time_entries", "attributes": {"note": "x"}}
    async with live_account(tmp_path, clock=clock) as account, asking(account, clock) as upstream:
        [number] = [(await account.ask("POST", "time_entries", {"data": new})).json()["data"]["id"]]
        for act in ("approve", "unapprove", "reject", "unreject"):
            await account.ask("PATCH", f"time_entries/{number}/{act}")
        await account.ask("PATCH", f"time_entries/{number}", {"data": change})
        await account.ask("DELETE", f"time_entries/{number}")
        await account.bring(tmp_path, {**new, "id": number})
        versions = await records(upstream, calls.versions_of(int(number)))

    events = [version["attributes"]["event"] for version in versions]
    assert events == ["create", "approve", "unapprove", "reject", "unreject", "update", "delete", "restore"]
