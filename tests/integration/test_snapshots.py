"""One request sees one state of the data, however much is written meanwhile."""

import asyncio

import pytest
from sqlalchemy import delete, func, select

from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.rows import table_of
from tests.support.harness.asking import asking
from tests.support.worlds.ledger import make_ledger
from tests.support.worlds.office import add_rows, entry, furnish

ENTRIES = table_of(TimeEntryRow)
QUERY = """
{
  list: timeEntries(first: 200, orderBy: [{field: DATE, direction: DESC}]) {
    nodes { id } totalCount aggregate { count } groups(by: [PERSON]) { nodes { aggregate { count } } }
  }
  again: timeEntries(filter: {time: {gtEq: 0}}) {
    totalCount groups(by: [STATUS, TASK], first: 1000) { nodes { aggregate { count } } }
  }
}
"""


def counts(answer):
    """Every way in which an answer counts the same entries."""
    one, other = answer["list"], answer["again"]
    return {
        len(one["nodes"]),
        one["totalCount"],
        one["aggregate"]["count"],
        sum(group["aggregate"]["count"] for group in one["groups"]["nodes"]),
        other["totalCount"],
        sum(group["aggregate"]["count"] for group in other["groups"]["nodes"]),
    }


async def test_all_parts_of_an_answer_count_the_same_entries_while_others_write(tmp_path):
    ledger = make_ledger(seed=13, entries=40)
    new = [row for row in make_ledger(seed=14, entries=160).time_entries if row.id > 40 and row.organization_id == 1]
    async with asking(tmp_path, ledger) as asked:

        async def write(row):
            async def work(connection):
                await add_rows(connection, [row])
                if row.id % 3 == 0:
                    await connection.fetch(delete(ENTRIES).where(ENTRIES.c.id == row.id))

            await asked.database.write(work)

        async def read():
            return counts(await asked.data(QUERY))

        answers = []
        for start in range(0, len(new), 10):
            tasks = [write(row) for row in new[start : start + 10]] + [read() for _ in range(8)]
            answers += [found for found in await asyncio.gather(*tasks) if found is not None]

        last = await read()

    assert [found for found in answers if len(found) != 1] == []
    assert last == {30 + sum(1 for row in new if row.id % 3)}
    assert len(set().union(*answers)) > 2


async def test_a_walk_reads_one_state_by_a_connection_of_its_own(database):
    await furnish(database, entry(1))
    count = select(func.count()).select_from(ENTRIES)

    async with database.walk() as walk:
        before = await walk.fetch(count)
        await database.write(lambda connection: add_rows(connection, [entry(2)]))
        meanwhile = await walk.fetch(count)
        async with database.read(snapshot=False) as beside:
            after = await beside.fetch(count)

    assert [before, meanwhile, after] == [[(1,)], [(1,)], [(2,)]]


@pytest.mark.postgresql_only
async def test_a_walk_may_wait_for_its_reader(database):
    async with database.walk() as walk:
        [(waits,)] = await walk.execute("SHOW idle_in_transaction_session_timeout")

    assert waits == "0"
