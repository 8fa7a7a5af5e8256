"""A store copied into another: from the kind that the test is run on to a file, and back."""

import asyncio
from pathlib import Path

import pytest

from gateway.domain.approval import Act
from gateway.domain.attributes import Attributes
from gateway.operations.time_entries import change_state, create_time_entry
from gateway.store.bulk.batches import StoreNotEmpty
from gateway.store.bulk.copying import copy_store
from gateway.store.databases.database import open_database
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.kept import TimeEntryDayEndsRow, TimeEntryZoneRow
from gateway.store.schema.rows import Row
from gateway.store.upkeep.health import why_not_ready
from tests.support.harness.stores import empty_store_url, store_url
from tests.support.worlds.office import APPROVED, DAY, MEMBER, do, entry, furnish, table_rows


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A store with odd values, written by operations, too."""
    url = store_url(tmp_path, "source.db")

    async def run() -> None:
        async with open_database(url) as database:
            odd = entry(225, note='Žižek said\n"☃" \\ \t\U0001f600', jira_issue_id="", cost=2**62)
            await furnish(database, odd, entry(900, **APPROVED))
            await do(database, lambda work: change_state(work, 225, Act.APPROVE))

    asyncio.run(run())
    return url


def rows_of(url: str) -> dict[str, list[dict[str, object]]]:
    async def run():
        async with open_database(url) as database:
            assert await why_not_ready(database) is None
            rows = [row for row in Row.__subclasses__() if "__tablename__" in vars(row)]
            return {
                row.__tablename__: await table_rows(database, row)
                for row in rows
                if row not in {TimeEntryZoneRow, TimeEntryDayEndsRow}  # each of one database alone
            }

    return asyncio.run(run())


def test_a_copy_and_the_copy_of_the_copy_hold_the_same_rows(source, tmp_path):
    file = f"sqlite+aiosqlite:///{tmp_path}/copy.db"
    back = empty_store_url(tmp_path, "back.db")
    reported: list[tuple[int, int]] = []

    there = copy_store(source, file, progress=lambda done, total: reported.append((done, total)))
    here = copy_store(file, back)

    assert there == here
    assert rows_of(file) == rows_of(source)
    assert rows_of(back) == rows_of(source)
    assert there["time_entries"].rows == 2
    assert reported[-1] == (2 * sum(table.rows for table in there.values()),) * 2


def test_numbers_that_are_given_out_after_a_copy_are_new(source, tmp_path):
    target = empty_store_url(tmp_path, "target.db")
    copy_store(source, target)

    async def run() -> int:
        async with open_database(target) as database:
            given = Attributes(person_id=MEMBER, service_id=1, date=DAY)
            return await do(database, lambda work: create_time_entry(work, given))

    assert asyncio.run(run()) == 901
    assert [row["id"] for row in rows_of(target)["time_entries"]] == [225, 900, 901]


def test_a_store_with_data_is_not_copied_into(source, tmp_path):
    target = store_url(tmp_path, "target.db")

    async def fill() -> None:
        async with open_database(target) as database:
            await furnish(database)

    asyncio.run(fill())
    before = rows_of(target)

    with pytest.raises(StoreNotEmpty, match=r"already has"):
        copy_store(source, target)

    assert rows_of(target) == before


def test_what_is_no_store_or_of_another_schema_is_not_copied(source, tmp_path):
    empty, target = empty_store_url(tmp_path, "empty.db"), f"sqlite+aiosqlite:///{tmp_path}/target.db"
    Path(tmp_path / "empty.db").touch()

    async def age() -> None:
        async with open_database(source) as database:
            await database.write(lambda one: one.execute("UPDATE alembic_version SET version_num = '0000'"))  # type: ignore[attr-defined]  # both kinds have it

    asyncio.run(age())
    with pytest.raises(StoreUnavailable, match=r"is not a store of the gateway"):
        copy_store(empty, target)
    with pytest.raises(StoreUnavailable, match=r"revision 0000, older than"):
        copy_store(source, target)

    assert not (tmp_path / "target.db").exists()


def test_a_copy_that_breaks_off_leaves_the_target_empty(source, tmp_path):
    target = empty_store_url(tmp_path, "target.db")

    def break_off(done: int, total: int) -> None:
        if done > total // 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_store(source, target, progress=break_off)

    copy_store(source, target)
    assert len(rows_of(target)[str(TimeEntryRow.__tablename__)]) == 2
