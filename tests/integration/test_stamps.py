"""Stamps: whatever is written of an organization replaces its stamp, and nothing else does."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.seeding.filling import seed
from gateway.store.bulk.copying import copy_store
from gateway.store.schema.rows import Row
from gateway.store.schema.stamps import EVENTS, UNSTAMPED, WITHOUT_TRIGGER, stamped_tables
from gateway.store.tokens import Credentials, create_token
from gateway.store.writes.change_reads import stamp_of
from tests.support.harness.mutating import Asked
from tests.support.harness.stores import empty_store_url
from tests.support.worlds.office import ADMIN, NOW, entry, furnish

T = TypeVar("T")
TRIGGERED = [(table, event) for table in stamped_tables() for event in EVENTS if (table, event) not in WITHOUT_TRIGGER]
LOGGED = (
    "INSERT INTO time_entry_changes (organization_id, id, time_entry_id, kind, at, revision) "
    "VALUES (1, 1, 1, 'UPDATED', 0, 1)"
)
STAMPS = "SELECT organization_id, stamp FROM change_counters ORDER BY 1"


@pytest.fixture(scope="module")
def seeded(store_kind, tmp_path_factory):
    """A store with a row at least in every table of an organization."""
    url = empty_store_url(tmp_path_factory.mktemp(store_kind), "seeded.db")
    seed(url, 60, today=dt.date(2025, 7, 31))
    within(url, lambda one: one.exec_driver_sql(LOGGED), keep=True)
    return url


def within(url: str, work: Callable[[Connection], T], *, keep: bool = False) -> T:
    """Do something in a transaction and undo it, unless it is to be kept."""
    if url.startswith("sqlite"):
        engine = create_engine(url.replace("sqlite+aiosqlite", "sqlite"))
        with engine.connect() as connection:
            answer = work(connection)
            (connection.commit if keep else connection.rollback)()
        engine.dispose()
        return answer

    async def run() -> T:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            answer = await connection.run_sync(work)
            await (connection.commit if keep else connection.rollback)()
        await engine.dispose()
        return answer

    return asyncio.run(run())


def stamps(connection: Connection) -> dict[int, int]:
    return dict(connection.exec_driver_sql(STAMPS).all())


def replaced_by(url: str, table: str, event: str) -> list[int]:
    """Write one row of the first organization; return the organizations whose stamps were replaced."""
    described = Row.metadata.tables[table]
    names = [column.name for column in described.columns if column.computed is None]
    keys = [column.name for column in described.primary_key]
    whose = "id" if table == "organizations" else "organization_id"
    is_sqlite = url.startswith("sqlite")

    def work(connection: Connection) -> list[int]:
        run = connection.exec_driver_sql
        if is_sqlite:
            run("PRAGMA defer_foreign_keys = ON")
        row = run(f"SELECT {', '.join(keys)} FROM {table} WHERE {whose} = 1 LIMIT 1").one()
        chosen = " AND ".join(f"{key} = {value!r}" for key, value in zip(keys, row, strict=True))
        if event == "UPDATE":
            before = stamps(connection)
            run(f"UPDATE {table} SET {names[1]} = {names[1]} WHERE {chosen}")
        else:
            run(f"CREATE TEMPORARY TABLE kept AS SELECT {', '.join(names)} FROM {table} WHERE {chosen}")
            if event == "DELETE":
                before = stamps(connection)
            run(f"DELETE FROM {table} WHERE {chosen}")
            if event == "INSERT":
                before = stamps(connection)
                run(f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(names)} FROM kept")
        if not is_sqlite:
            run(f"SET CONSTRAINTS {table}_stamp_{event.lower()} IMMEDIATE")
        return [number for number, stamp in stamps(connection).items() if stamp != before[number]]

    return within(url, work)


def test_every_table_of_an_organization_is_stamped_or_says_why_not():
    with_organization = {
        name for name, table in Row.metadata.tables.items() if "organization_id" in table.c or name == "organizations"
    }

    assert set(stamped_tables()) <= with_organization
    assert set(UNSTAMPED) < set(Row.metadata.tables)
    assert all(UNSTAMPED.values())


@pytest.mark.parametrize(("table", "event"), TRIGGERED)
def test_every_write_of_a_table_replaces_the_stamp_of_its_organization_alone(seeded, table, event):
    assert replaced_by(seeded, table, event) == [1]


MUTATIONS = {
    "timeEntryUpdate": 'timeEntryUpdate(id: "1", input: { note: "x" })',
    "timeEntryApprove": 'timeEntryApprove(id: "1")',
    "timeEntryCreate": 'timeEntryCreate(input: { serviceId: "1", personId: "4", date: "2025-07-30", time: 5 })',
    "timeEntryDelete": 'timeEntryDelete(id: "1")',
    "timeEntryBulkApprove": 'timeEntryBulkApprove(input: { target: { ids: ["1", "2"] } })',
    "timesheetSubmit": 'timesheetSubmit(personId: "4", date: "2016-10-01")',
    "timerStart": 'timerStart(input: { serviceId: "1" })',
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
async def test_every_mutation_replaces_the_stamp_and_a_refused_one_does_not(database, mutation):
    await furnish(database, entry(1), entry(2), timesheet_submission=True)
    asked = Asked(database)

    async def stamp(organization: int) -> int:
        async with database.read(snapshot=False) as connection:
            return await stamp_of(connection, organization)

    first, other = await stamp(1), await stamp(21)
    unknown = mutation.replace('"1"', '"99"').replace('"4"', '"99"')
    refused = await asked.mutate(f"mutation {{ {unknown} {{ userErrors {{ message }} }} }}")
    second = await stamp(1)
    written = await asked.mutate(f"mutation {{ {mutation} {{ userErrors {{ message }} }} }}")
    third = await stamp(1)

    assert refused["userErrors"]
    assert written["userErrors"] == []
    assert first == second != third
    assert await stamp(21) == other


async def test_a_token_and_its_use_replace_no_stamp(database):
    await furnish(database)
    async with database.read(snapshot=False) as connection:
        before = await stamp_of(connection, 1)

    token = await database.write(lambda one: create_token(one, person_id=ADMIN, name="x", now=NOW))
    credentials = Credentials(database)
    assert await credentials.find(token) is not None
    await credentials.close()

    async with database.read(snapshot=False) as connection:
        assert await stamp_of(connection, 1) == before


def test_a_copied_store_has_the_stamps_of_its_source(empty_url, tmp_path):
    seed(empty_url, 20, today=dt.date(2025, 7, 31))
    target = empty_store_url(tmp_path, "copy.db")

    copy_store(empty_url, target)

    assert within(target, stamps) == within(empty_url, stamps)
    assert len(set(within(target, stamps).values())) == 2
