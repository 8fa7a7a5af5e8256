"""Subscriptions without a transport: where they begin, what others share with them, what they may not miss."""

import asyncio
import threading
from contextlib import asynccontextmanager
from functools import partial

import pytest
from sqlalchemy import bindparam, update

from gateway.catalog.time_entries import FILTERS
from gateway.clock import system_clock
from gateway.domain.attributes import Attributes
from gateway.domain.instants import DAY
from gateway.live import batches, guard, rounds, subscriptions
from gateway.live.batches import Batch
from gateway.live.hub import Hub
from gateway.live.keeping import EventsExpired, Keeping
from gateway.live.options import LiveOptions
from gateway.live.subscriptions import TooSlow
from gateway.live.watches import Showing, Shown, Watch
from gateway.operations.time_entries import delete_time_entry, update_time_entry
from gateway.querying.conditions import EVERYTHING, AnyOf, Comparison
from gateway.store import events
from gateway.store.databases.database import open_database
from gateway.store.schema.change_log import ChangeCounterRow, TimeEntryChangeRow
from gateway.store.schema.rows import table_of
from gateway.store.tokens import Credential
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import ADMIN, do, entry, furnish, logged, table_rows, viewer

CHANGES = table_of(TimeEntryChangeRow)
AGE = update(CHANGES).values(at=bindparam("at")).where(CHANGES.c.id <= bindparam("last"))


@pytest.fixture(autouse=True)
def _no_token_is_looked_up(monkeypatch):
    """None is stored: who subscribes here is not ended for that, however long a test takes."""
    monkeypatch.setattr(guard, "PAUSE_SECONDS", 3_600)


class Noted:
    """A showing that remembers what it was asked for, and shows so many at a time."""

    def __init__(self, key="k", *, most=1_000):
        self.asked = []
        self.most = most
        self.showing = Showing(key, self.show)

    async def show(self, numbers):
        self.asked.append(list(numbers))
        now = numbers[: self.most]
        return Shown({number: str(number) for number in now}, now[-1])


@asynccontextmanager
async def hub(database, **options):
    made = Hub(database, LiveOptions(**options))
    yield made
    await made.close()


def for_nothing(nanoseconds):
    return nanoseconds


def subscribe(made, shown=None, since=None, who=ADMIN, *, token=1, pay=for_nothing, watch=None):
    credential = Credential(token, viewer(who), None, None)
    return made.subscription(
        credential, watch or Watch(EVERYTHING, viewer(who)), (shown or Noted()).showing, since, pay
    )


async def annotate(work, *, number, text):
    await update_time_entry(work, number, Attributes(note=text), if_revision=None)


async def write(database, *numbers, text="x"):
    for place, number in enumerate(numbers):
        await do(database, partial(annotate, number=number, text=f"{text} {place}"), now=system_clock)


async def take(subscription, count):
    found = list[int]()
    while len(found) < count:
        events = await subscription.next(TIMEOUT)
        assert events, found
        found += [event.id for event in events]
    return found


async def test_what_commits_after_the_beginning_is_there_and_nothing_before(database):
    await furnish(database, entry(225))
    await write(database, 225, 225)
    async with hub(database) as made, subscribe(made) as subscription:
        await write(database, 225, text="later")

        assert await take(subscription, 1) == [3]
        assert await subscription.next(0.05) == ()
        assert subscription.position == 3


@pytest.mark.parametrize("since", range(6))
async def test_a_position_within_and_before_what_is_in_memory_goes_on_without_a_gap(database, since):
    await furnish(database, entry(225))
    await write(database, 225, 225, 225)
    async with hub(database) as made, subscribe(made) as first:
        await write(database, 225, 225, text="later")
        await take(first, 2)
        async with subscribe(made, since=since) as subscription:
            if since < 5:
                assert await take(subscription, 5 - since) == list(range(since + 1, 6))
            await write(database, 225, text="last")
            assert await take(subscription, 1) == [6]


async def test_those_who_share_a_showing_share_what_is_read_for_it(database):
    await furnish(database, entry(225))
    shown, other = Noted("a"), Noted("b")
    async with (
        hub(database) as made,
        subscribe(made, shown) as first,
        subscribe(made, shown) as second,
        subscribe(made, other) as third,
    ):
        await write(database, 225)
        found = await asyncio.gather(*(take(each, 1) for each in (first, second, third)))

    assert found == [[1], [1], [1]]
    assert (shown.asked, other.asked) == ([[1]], [[1]])


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_what_is_shown_in_parts_is_shown_once_and_in_order_to_all_who_share_it(database, most):
    note = next(row.subject for row in FILTERS.filters if row.name == "note")
    await furnish(database, entry(225))
    shown = Noted(most=most)
    async with (
        hub(database) as made,
        subscribe(made, shown) as all_of_them,
        subscribe(made, shown, watch=Watch(Comparison(note, "contains", "even"), viewer(ADMIN))) as some,
        subscribe(made, shown, watch=Watch(Comparison(note, "contains", "last"), viewer(ADMIN))) as one,
    ):
        await write(database, 225, 225, 225, text="even")
        await write(database, 225, 225, text="other")
        await write(database, 225, text="last")
        async with subscribe(made, shown, since=2) as later:
            found = await asyncio.gather(take(all_of_them, 6), take(some, 4), take(one, 1), take(later, 4))

    assert [*found] == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4], [6], [3, 4, 5, 6]]


@pytest.mark.parametrize(("most", "last"), [(1, 1), (10_000, 1), (30_000, 2), (1_000_000, 4)])
async def test_as_many_changes_are_read_at_once_as_their_images_are_long(database, monkeypatch, most, last):
    monkeypatch.setattr(events, "BYTES_AT_ONCE", most)
    await furnish(database, entry(225))
    await write(database, *[225] * 4, text="x" * 10_000)  # before and after, but for the first

    async with database.read(snapshot=False) as connection:
        batch = await Batch.read(connection, database, 1, 0)

    assert batch is not None
    assert batch.last == last


async def test_others_get_their_turn_while_many_changes_are_looked_through(database, monkeypatch):
    monkeypatch.setattr(batches, "TURN_SECONDS", -1.0)  # each takes longer
    await furnish(database, entry(225))
    await write(database, *[225] * 5)
    rounds = 0

    async def others():
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async with database.read(snapshot=False) as connection:
        batch = await Batch.read(connection, database, 1, 0)
    assert batch is not None
    counting = asyncio.create_task(others())
    watches = [Watch(EVERYTHING, viewer(ADMIN)) for _ in range(3)]
    wanted = await asyncio.gather(*(batch.wanted(watch) for watch in watches))
    counting.cancel()

    assert wanted == [[1, 2, 3, 4, 5]] * 3
    assert 5 <= rounds < 15  # and only one of those who want the same looks


async def test_others_get_their_turn_between_those_who_watch(database, monkeypatch):
    monkeypatch.setattr(rounds, "SECONDS", -1.0)  # each takes longer
    await furnish(database, entry(225))
    taken = list[int]()  # the round in which each had its event

    async def count():
        while True:
            now[0] += 1
            await asyncio.sleep(0)

    async def watch(made):
        async with subscribe(made) as subscription:
            begun.release()
            await take(subscription, 1)
            taken.append(now[0])

    now, begun = [0], asyncio.Semaphore(0)
    async with hub(database) as made:
        watching = [asyncio.create_task(watch(made)) for _ in range(8)]
        for _ in watching:
            await begun.acquire()
        counting = asyncio.create_task(count())
        await write(database, 225)
        await asyncio.gather(*watching)
        counting.cancel()

    assert len({*taken}) == 8


class NotedWatch(Watch):
    """Knows in which threads it looks."""

    def __init__(self, *about):
        super().__init__(*about)
        self.threads = set[int]()

    def wants(self, before, after):
        self.threads.add(threading.get_ident())
        return super().wants(before, after)


@pytest.mark.parametrize(("characters", "on_the_loop"), [(99_000, False), (1_000, True)])
async def test_a_long_change_is_looked_through_beside_the_loop(database, characters, on_the_loop):
    await furnish(database, entry(225))
    await write(database, 225, text="a" * characters)
    note = next(row.subject for row in FILTERS.filters if row.name == "note")
    parts = [Comparison(note, "contains", "a" * 250 + str(number)) for number in range(200)]

    async with database.read(snapshot=False) as connection:
        batch = await Batch.read(connection, database, 1, 0)
    assert batch is not None
    watch = NotedWatch(AnyOf(tuple(parts)), viewer(ADMIN))
    wanted = await batch.wanted(watch)

    assert wanted == []
    assert (threading.get_ident() in watch.threads) is on_the_loop
    assert watch.unpaid_ns > 0


async def test_who_cannot_pay_for_looking_is_ended_where_they_were(database):
    class Spent(Exception):
        pass

    def pay(nanoseconds):
        assert nanoseconds > 0
        raise Spent

    await furnish(database, entry(225))
    async with hub(database) as made, subscribe(made, pay=pay) as subscription:
        await write(database, 225)
        with pytest.raises(Spent):
            await subscription.next(TIMEOUT)

    assert subscription.position == 0


async def test_a_change_by_another_process_is_seen(database, url):
    await furnish(database, entry(225))
    async with hub(database) as made, subscribe(made) as subscription, open_database(url) as elsewhere:
        await write(elsewhere, 225, 225)

        assert await take(subscription, 2) == [1, 2]


async def test_who_takes_events_too_slowly_is_told_so(database, monkeypatch):
    monkeypatch.setattr(subscriptions, "MOST_WAITING", 3)
    await furnish(database, entry(225))
    async with hub(database) as made, subscribe(made) as slow, subscribe(made) as quick:
        await slow.next(0.01)
        await write(database, 225)
        await take(slow, 1)
        await write(database, 225, 225, 225, text="few")
        await take(quick, 4)
        with monkeypatch.context() as patched:
            patched.setattr(subscriptions, "SLOW_SECONDS", 0.0)
            assert (await take(slow, 1))[0] == 2
        await write(database, *[225] * 5, text="many")
        await take(quick, 5)
        monkeypatch.setattr(subscriptions, "SLOW_SECONDS", 0.0)

        with pytest.raises(TooSlow):
            await slow.next(TIMEOUT)
        position = slow.position
        async with subscribe(made, since=position) as again:
            assert await take(again, 9 - position) == list(range(position + 1, 10))


async def age(database, last, *, days):
    """Let the events up to one be so old."""
    values = {"at": system_clock() - days * DAY, "last": last}
    await database.write(lambda connection: connection.fetch(AGE, values))


@pytest.mark.parametrize("removed", [False, True])
async def test_what_is_not_kept_any_more_is_refused_with_the_oldest_position_that_is_good(database, removed):
    await furnish(database, entry(225))
    await write(database, *[225] * 7)
    await age(database, 4, days=3)
    async with hub(database, events_kept_days=2) as made:
        if removed:
            await Keeping(database, 2).remove()
        for since in (0, 3):
            with pytest.raises(EventsExpired) as expired:
                async with subscribe(made, since=since):
                    pass
            assert expired.value.oldest == 4
        async with subscribe(made, since=4) as subscription:
            assert await take(subscription, 3) == [5, 6, 7]


async def test_of_what_is_too_old_the_first_and_the_last_of_each_entry_stay(database):
    await furnish(database, entry(225), entry(226), entry(227))
    await write(database, 225, 226, 225, 226, 225, 227)
    await do(database, lambda work: delete_time_entry(work, 226, if_revision=None), now=system_clock)
    await age(database, 7, days=3)
    await write(database, 227, 227, 227, text="young")

    await Keeping(database, 2).remove()

    # Of 225 the events 1, 3 and 5, of 226 the events 2, 4 and 7, of 227 the events 6, 8, 9 and 10.
    assert [row["id"] for row in await logged(database)] == [1, 2, 5, 6, 7, 8, 9, 10]
    assert [row["expired_id"] for row in await table_rows(database, ChangeCounterRow, organization_id=1)] == [7]

    await age(database, 10, days=3)
    await Keeping(database, 2).remove()

    assert [row["id"] for row in await logged(database)] == [1, 2, 5, 6, 7, 10]


async def test_events_are_kept_for_good_unless_it_is_said_for_how_long(database):
    await furnish(database, entry(225))
    await write(database, 225, 225, 225)
    await age(database, 3, days=10_000)

    await Keeping(database, 0).remove()

    assert [row["id"] for row in await logged(database)] == [1, 2, 3]
    async with hub(database) as made, subscribe(made, since=0) as subscription:
        assert await take(subscription, 3) == [1, 2, 3]
