"""Many writers at once: nobody is locked out, no update is lost, ids of the log come in commit order."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import text

from gateway.store.databases.failures import StatementTimeout, StoreUnavailable
from gateway.store.schema.change_log import TimeEntryChangeRow
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import ADMIN, OWNER, entry, furnish, stored, table_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

APPROVE = "mutation ($id: ID!) { timeEntryApprove(id: $id) { timeEntry { revision } userErrors { code } } }"
UPDATE = """mutation ($id: ID!, $time: Int!, $rev: Int) {
    timeEntryUpdate(id: $id, input: {time: $time}, ifRevision: $rev) {
    timeEntry { revision time } userErrors { code } } }"""
READ = "query ($id: ID!) { timeEntry(id: $id) { revision time } }"
BULK = """mutation ($ids: [ID!]!) { timeEntryBulkUnapprove(input: {target: {ids: $ids}}) {
    appliedCount unchangedCount userErrors { code } } }"""


async def test_200_clients_at_once_are_all_answered(asked):
    await furnish(asked.database, *(entry(number) for number in range(1, 201)))

    payloads = await asyncio.gather(*(asked.mutate(APPROVE, id=str(number)) for number in range(1, 201)))

    assert payloads == [{"timeEntry": {"revision": 2}, "userErrors": []}] * 200
    changes = await table_rows(asked.database, TimeEntryChangeRow)
    assert [row["id"] for row in changes] == list(range(1, 201))


async def test_no_update_is_lost_where_everybody_names_the_revision_they_read(asked):
    await furnish(asked.database, entry(1, time=0, billable_time=0))

    async def add_a_minute() -> None:
        while True:
            now = (await asked.data(READ, id="1"))["timeEntry"]
            payload = await asked.mutate(UPDATE, id="1", time=now["time"] + 1, rev=now["revision"])
            if not payload["userErrors"]:
                return
            assert payload["userErrors"] == [{"code": "STALE_REVISION"}]

    await asyncio.gather(*(add_a_minute() for _ in range(10)))

    row = await stored(asked.database, 1)
    assert (row["time"], row["revision"]) == (10, 11)


async def test_bulks_that_overlap_in_other_orders_do_not_wait_in_a_circle(asked):
    approved = {"approved": True, "approved_at": 0}
    await furnish(asked.database, *(entry(number, **approved) for number in range(1, 41)))
    ids = [str(number) for number in range(1, 41)]

    payloads = await asyncio.gather(*(asked.mutate(BULK, ids=ids[::step]) for step in (1, -1) * 5))

    assert sum(payload["appliedCount"] for payload in payloads) == 40
    assert sum(payload["unchangedCount"] for payload in payloads) == 360
    changes = await table_rows(asked.database, TimeEntryChangeRow)
    assert [row["id"] for row in changes] == list(range(1, 41))
    assert sorted(row["time_entry_id"] for row in changes) == list(range(1, 41))


async def test_acts_that_contradict_each_other_leave_one_state_and_one_log(asked):
    await furnish(asked.database, entry(1))
    reject = 'mutation { timeEntryReject(id: "1") { userErrors { code } } }'

    await asyncio.gather(
        *(
            asked.mutate(query, who, id="1") if query is APPROVE else asked.mutate(query, who)
            for query in (APPROVE, reject)
            for who in (ADMIN, OWNER) * 3
        )
    )

    row = await stored(asked.database, 1)
    changes = await table_rows(asked.database, TimeEntryChangeRow)
    assert row["approved"] is True
    assert row["revision"] == 1 + len(changes)
    assert [change["revision"] for change in changes] == list(range(2, row["revision"] + 1))


@pytest.mark.sqlite_only
async def test_writers_of_another_process_are_waited_for(asked):
    await furnish(asked.database, entry(1))
    async with asked.database.read(snapshot=False) as connection:
        [(_, _, file)] = await connection.execute("PRAGMA database_list")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    waiting = asyncio.create_task(asked.mutate(APPROVE, id="1"))
    await asyncio.sleep(0.3)
    blocked = not waiting.done()
    other.execute("COMMIT")
    other.close()

    assert blocked
    assert (await waiting)["userErrors"] == []


@pytest.mark.sqlite_only
async def test_waiting_writers_share_a_commit_and_a_refused_one_harms_no_other(asked):
    await furnish(asked.database, *(entry(number) for number in range(1, 33)))
    before = asked.database.commits

    ids = [str(number) for number in (*range(1, 33), 99)]
    payloads = await asyncio.gather(*(asked.mutate(APPROVE, id=number) for number in ids))

    assert [payload["userErrors"] for payload in payloads[:32]] == [[]] * 32
    assert payloads[32]["userErrors"] == [{"code": "RECORD_NOT_FOUND"}]
    assert asked.database.commits - before <= 33 // 4


async def loses_the_transaction(connection):
    # As SQLite does by itself when a write is interrupted, or the disk is full.
    await connection.fetch(text("ROLLBACK"))
    raise StatementTimeout


async def breaks_a_reference(connection):
    await connection.fetch(text("DELETE FROM deals WHERE id = 1"))


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("breaks", "error"), [(loses_the_transaction, StatementTimeout), (breaks_a_reference, StoreUnavailable)]
)
async def test_a_write_that_fails_the_commit_it_shares_fails_alone(asked, breaks, error):
    await furnish(asked.database, *(entry(number) for number in range(1, 4)))

    payloads = await asyncio.gather(
        asked.mutate(APPROVE, id="1"),
        asked.database.write(breaks),
        asked.mutate(APPROVE, id="2"),
        return_exceptions=True,
    )
    later = await asyncio.wait_for(asked.mutate(APPROVE, id="3"), TIMEOUT)

    assert [payloads[0], payloads[2], later] == [{"timeEntry": {"revision": 2}, "userErrors": []}] * 3
    assert isinstance(payloads[1], error)
    changes = await table_rows(asked.database, TimeEntryChangeRow)
    assert [(row["id"], row["time_entry_id"]) for row in changes] == [(1, 1), (2, 2), (3, 3)]


async def test_what_raises_leaves_nothing_behind_whoever_shares_its_commit(asked):
    await furnish(asked.database, *(entry(number) for number in range(1, 4)))

    async def changes_and_raises(connection):
        await connection.fetch(text("UPDATE time_entries SET note = 'gone' WHERE id = 2"))
        raise ZeroDivisionError

    alone = await asyncio.gather(asked.database.write(changes_and_raises), return_exceptions=True)
    payloads = await asyncio.gather(
        asked.database.write(changes_and_raises),
        asked.mutate(APPROVE, id="1"),
        asked.database.write(changes_and_raises),
        asked.mutate(APPROVE, id="3"),
        return_exceptions=True,
    )

    assert [type(error) for error in (*alone, payloads[0], payloads[2])] == [ZeroDivisionError] * 3
    assert [payloads[1], payloads[3]] == [{"timeEntry": {"revision": 2}, "userErrors": []}] * 2
    assert (await stored(asked.database, 2))["note"] != "gone"


@pytest.mark.sqlite_only
async def test_a_large_write_that_loses_its_transaction_harms_no_other(asked):
    await furnish(asked.database, *(entry(number) for number in range(1, 4)))

    payloads = await asyncio.gather(
        asked.mutate(APPROVE, id="1"),
        asked.database.write_alone(loses_the_transaction),
        asked.mutate(APPROVE, id="2"),
        return_exceptions=True,
    )
    later = await asyncio.wait_for(asked.mutate(APPROVE, id="3"), TIMEOUT)

    assert [payloads[0], payloads[2], later] == [{"timeEntry": {"revision": 2}, "userErrors": []}] * 3
    assert isinstance(payloads[1], StatementTimeout)
