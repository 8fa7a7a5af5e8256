"""What the store keeps of a mirrored account: the lease, how far it was read, what is broken, what waits."""

import datetime as dt

import pytest

from gateway.domain.attributes import Attributes
from gateway.operations import time_entries
from gateway.operations.work import Work
from gateway.store.databases.database import Database
from gateway.store.mirror.accounts import Account, add_account, add_swept, find_account, note
from gateway.store.mirror.fences import fence, written_since
from gateway.store.mirror.forwarded import Named, claim
from gateway.store.mirror.lease import LeaseLost, give_back_lease, holder_of, require_lease, take_lease
from gateway.store.mirror.progress import (
    Month,
    ReadType,
    list_lags,
    list_months,
    list_read_types,
    note_lag,
    put_month,
    put_read_type,
)
from gateway.store.mirror.troubles import (
    Trouble,
    Waiting,
    count_waiting,
    forget_troubles,
    forget_waiting,
    list_troubles,
    list_waiting,
    put_troubles,
    put_waiting,
)
from gateway.store.schema.mirror import ForwardedWriteRow
from gateway.store.writes.expiring import KEPT_FOR, MOST_FORGOTTEN
from tests.support.harness.serving import insert_rows
from tests.support.worlds.office import ADMIN, NOW, entry, furnish, table_rows, viewer

EXPIRE = "UPDATE mirror_leases SET expires_at = expires_at - 30001"


async def run(database: Database, function, *arguments, **named):
    return await database.write(lambda connection: function(connection, *arguments, **named))


async def test_one_process_has_the_lease_until_it_gives_it_back(database):
    assert await run(database, take_lease, 7, "first")
    assert not await run(database, take_lease, 7, "second")
    assert await run(database, take_lease, 8, "second")
    assert await run(database, take_lease, 7, "first")
    assert await run(database, holder_of, 7) == "first"
    await run(database, require_lease, 7, "first")
    await run(database, give_back_lease, 7, "second")

    await run(database, give_back_lease, 7, "first")

    with pytest.raises(LeaseLost):
        await run(database, require_lease, 7, "first")
    assert await run(database, take_lease, 7, "second")


async def test_a_lease_that_is_not_renewed_is_lost_after_30_seconds(database):
    await run(database, take_lease, 7, "first")
    await database.write(lambda connection: connection.execute(EXPIRE))

    with pytest.raises(LeaseLost):
        await run(database, require_lease, 7, "first")
    assert await run(database, take_lease, 7, "second")
    assert not await run(database, take_lease, 7, "first")


async def test_an_account_is_kept_as_it_was_noted_last(database):
    account = Account(organization_id=7, url="https://a.example/api/v2", started_at=NOW)
    await run(database, add_account, account)

    await run(database, note, 7, synced_to=NOW + 3_600_000, synced_at=NOW, reaches_back_to=dt.date(2025, 8, 1))
    await run(database, add_swept, 7, 2)
    await run(database, add_swept, 7, 3)

    kept = await run(database, find_account, 7)
    assert (kept.synced_to, kept.reaches_back_to, kept.swept_total) == (NOW + 3_600_000, dt.date(2025, 8, 1), 5)
    assert (kept.lag(NOW + 250), kept.clock_offset, account.lag(NOW)) == (250, 3_600_000, None)
    assert await run(database, find_account, 8) is None


async def test_months_and_types_are_kept_as_they_were_read_last(database):
    july = Month(organization_id=7, month=dt.date(2025, 7, 1), entries=200)
    august = Month(organization_id=7, month=dt.date(2025, 8, 1), entries=4, loaded_at=NOW)

    for month in (july, august, other := Month(organization_id=7, month=dt.date(2025, 7, 1), loaded_at=NOW)):
        await run(database, put_month, month)
    for read in (ReadType("people", 5, NOW), ReadType("people", 6, NOW + 1)):
        await run(database, put_read_type, 7, read)

    assert await run(database, list_months, 7) == [august, other]
    assert await run(database, list_read_types, 7) == {"people": ReadType("people", 6, NOW + 1)}


async def test_the_longest_lag_of_a_minute_is_kept_for_a_day(database):
    minute = NOW // 60_000

    for lag, at in ((300, 0), (700, 1), (500, 2), (100, 60_000)):
        await run(database, note_lag, 7, lag, now=minute * 60_000 + at)
    assert await run(database, list_lags, 7) == [(minute, 700), (minute + 1, 100)]
    await run(database, note_lag, 7, 50, now=(minute + 24 * 60) * 60_000)

    assert await run(database, list_lags, 7) == [(minute + 1, 100), (minute + 24 * 60, 50)]


async def test_what_is_broken_is_kept_until_it_is_whole(database):
    page = Trouble(what="time_entries of 2025-08", sentence="500", tries=1, next_try_at=NOW, first_at=NOW)
    record = Trouble(what="time_entries 4", sentence="no date", tries=1, next_try_at=NOW, first_at=NOW + 1)
    again = Trouble(what=page.what, sentence="502", tries=2, next_try_at=NOW + 60, first_at=NOW, is_skipped=True)

    await run(database, put_troubles, 7, [page, record])
    await run(database, put_troubles, 7, [again])

    assert await run(database, list_troubles, 7) == {page.what: again, record.what: record}
    await run(database, forget_troubles, 7, [page.what])
    assert await run(database, list_troubles, 7) == {record.what: record}


async def test_records_wait_in_the_order_of_their_next_try(database):
    def waiting(number: int, at: int) -> Waiting:
        return Waiting(type="time_entries", id=number, lacks="services 7", tries=1, next_try_at=at, since=NOW)

    await run(database, put_waiting, 7, [waiting(1, NOW + 2), waiting(2, NOW + 1), waiting(3, NOW + 9)])

    assert await run(database, list_waiting, 7, due=NOW + 5, most=9) == [waiting(2, NOW + 1), waiting(1, NOW + 2)]
    assert await run(database, count_waiting, 7) == 3
    await run(database, forget_waiting, 7, "time_entries", [1, 2])
    assert await run(database, count_waiting, 7) == 1


async def test_a_fence_tells_what_was_written_after_it(database):
    await furnish(database, entry(225), entry(226))
    before = await run(database, fence, 1)

    given = Attributes(date=dt.date(2016, 10, 1), person_id=4, service_id=1, time=1)
    made = await run(
        database, lambda connection: time_entries.create_time_entry(Work(connection, viewer(ADMIN), lambda: NOW), given)
    )

    assert await run(database, written_since, 1, before, [225, 226, made]) == {made}
    assert await run(database, written_since, 1, before, [225]) == set()
    assert await run(database, written_since, 1, await run(database, fence, 1), [made]) == set()


async def test_a_write_to_the_account_forgets_some_of_what_is_too_old_and_its_own_key(database):
    await furnish(database)
    named = Named(1, ADMIN, "timeEntryCreate", "one")
    old = [sent(f"old {number}", number) for number in range(3 * MOST_FORGOTTEN)]
    await database.write(lambda made: insert_rows(made, [*old, sent("one", 1_000), sent("young", 1_001)]))

    known = await database.write(lambda c: claim(c, named, digest="d", document="{}", now=1_000 + KEPT_FOR))

    left = {row["key_hash"]: row["created_at"] for row in await table_rows(database, ForwardedWriteRow)}
    assert known is None
    assert (left.pop("one"), left.pop("young")) == (1_000 + KEPT_FOR, 1_001)
    assert left.keys() == {row.key_hash for row in old[-len(left) :]}
    assert MOST_FORGOTTEN <= len(left) <= 2 * MOST_FORGOTTEN


def sent(key, created_at):
    return ForwardedWriteRow(
        id=9_000 + created_at, organization_id=1, person_id=ADMIN, field="timeEntryCreate", key_hash=key, digest="d",
        state="done", document=None, created_at=created_at,
    )  # fmt: skip
