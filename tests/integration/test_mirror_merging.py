"""Records of a live account into the store: what they lack, what is wrong with them, and who was quicker."""

import pytest
from sqlalchemy import select

from gateway.mirror.merging import Merger
from gateway.mirror.upstream.documents import Resource
from gateway.store.databases.database import Database
from gateway.store.mirror.fences import fence
from gateway.store.mirror.known import bury
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import PEOPLE, TIMESHEETS, ApprovalStatusRow
from tests.support.worlds.documents import Json, entry, office, resource

AT = 1_754_021_982_000
EARLIER, LATER = "2025-08-01T06:00:00.000Z", "2025-08-01T06:00:00.001Z"
MINE = {"organization": ("organizations", 1)}


class Account:
    """Records by type and number, as they can be fetched."""

    def __init__(self, *resources: Json) -> None:
        self.records = {(each["type"], int(each["id"])): each for each in resources}
        self.asked: list[tuple[str, int]] = []

    async def fetch(self, type_, ids) -> list[Resource]:
        self.asked += [(type_, number) for number in sorted(ids)]
        return [self.records[type_, number] for number in sorted(ids) if (type_, number) in self.records]


@pytest.fixture
def account() -> Account:
    return Account(*office())


@pytest.fixture
def merger(database: Database, account: Account) -> Merger:
    return Merger(database, 1, account.fetch)


async def stored(database: Database, column) -> dict[int, object]:
    async with database.read(snapshot=True) as connection:
        return dict(await connection.fetch(select(column.table.c.id, column)))


async def fence_of(database: Database) -> int:
    async with database.read(snapshot=True) as connection:
        return await fence(connection, 1)


async def test_what_is_missing_is_fetched_by_its_number(database, merger, account):
    merged = await merger.merge([entry(1)], at=AT)

    assert ("time_entries", 1) in merged.taken
    assert merged.changed_entries == 1
    assert len(account.asked) == len(set(account.asked))
    assert set(account.asked) >= {("organizations", 1), ("people", 12), ("services", 51), ("deals", 41)}
    assert (await stored(database, ENTRIES.c.project_id)) == {1: 31}


async def test_what_is_included_without_relationships_clears_none(database, merger, account):
    await merger.merge([entry(1)], at=AT)
    account.asked.clear()
    bare = {"type": "people", "id": "12", "attributes": {"first_name": "Iva", "last_name": "New"}, "relationships": {}}
    service = {
        "type": "services",
        "id": "51",
        "attributes": {"name": "Design"},
        "relationships": {"deal": {"meta": {}}},
    }

    await merger.merge([entry(1)], [bare, service], at=AT)

    assert (await stored(database, PEOPLE.c.last_name))[12] == "New"
    assert (await stored(database, PEOPLE.c.manager_id))[12] == 11
    assert account.asked == []


async def test_what_the_account_says_of_roles_is_its_own(database, merger):
    await merger.merge(office(), at=AT)

    assert set((await stored(database, PEOPLE.c.role)).values()) == {"MEMBER"}


async def test_what_points_to_nothing_waits_and_all_else_is_taken(database, merger):
    lacking = entry(1, links={"task": ("tasks", 99)})

    merged = await merger.merge([lacking, entry(2)], at=AT)

    assert merged.waiting == {("time_entries", 1): ("tasks", 99)}
    assert merged.refused == {}
    assert set(await stored(database, ENTRIES.c.id)) == {2}


async def test_what_cannot_be_taken_is_named_and_all_else_is_taken(database, merger):
    records = [entry(1, time="long"), entry(2, approved=True, rejected=True), entry(3), entry(10**19)]

    merged = await merger.merge(records, at=AT)

    assert set(merged.refused) == {"time_entries 1", "time_entries 2", "time_entries without a number"}
    assert merged.refused["time_entries 1"].startswith("/attributes/time: minutes, a whole number from 0 to ")
    assert set(await stored(database, ENTRIES.c.id)) == {3}


async def test_a_page_that_was_read_before_a_write_neither_overwrites_nor_revives(database, merger):
    await merger.merge([entry(1, note="old"), entry(2, note="old")], at=AT)
    before = await fence_of(database)
    page = [entry(1, note="old"), entry(2, note="old"), entry(3)]
    await merger.merge([entry(1, note="new")], at=AT, since=before, is_answer=True)
    await database.write(lambda connection: bury(connection, 1, [2], None, AT))

    merged = await merger.merge(page, at=AT, since=before)

    assert merged.overtaken == {1, 2}
    assert (await stored(database, ENTRIES.c.note)) == {1: "new", 3: None}


@pytest.mark.parametrize(("updated_at", "note"), [(EARLIER, "theirs"), (LATER, "mine")])
async def test_the_answer_to_a_write_wins_unless_it_is_older(database, merger, updated_at, note):
    await merger.merge([entry(1, note="first", updated_at=EARLIER)], at=AT)
    before = await fence_of(database)
    await merger.merge([entry(1, note="theirs", updated_at=LATER)], at=AT, since=before)

    await merger.merge([entry(1, note="mine", updated_at=updated_at)], at=AT, since=before, is_answer=True)

    assert (await stored(database, ENTRIES.c.note)) == {1: note}


async def test_a_status_that_an_entry_has_no_more_is_gone(database, merger):
    def with_statuses(*numbers: int) -> Json:
        made = entry(1)
        made["relationships"]["approval_statuses"] = {
            "data": [{"type": "approval_statuses", "id": str(number)} for number in numbers]
        }
        return made

    statuses = [resource("approval_statuses", number, approved_at=EARLIER, links={}) for number in (7, 8)]
    await merger.merge([with_statuses(7, 8)], statuses, at=AT)
    both = set(await stored(database, table_of(ApprovalStatusRow).c.id))

    await merger.merge([with_statuses(8)], statuses[1:], at=AT)

    assert both == {7, 8}
    assert set(await stored(database, table_of(ApprovalStatusRow).c.id)) == {8}


async def test_a_day_that_was_taken_back_and_submitted_again_has_the_new_timesheet(database, merger, account):
    def submitted(number: int) -> Json:
        account.records["timesheets", number] = resource(
            "timesheets",
            number,
            date="2016-10-01",
            created_at=EARLIER,
            links=MINE | {"person": ("people", 12), "creator": ("people", 12)},
        )
        return entry(1, submitted=True, links={"timesheet": ("timesheets", number)})

    await merger.merge([submitted(5), entry(2, submitted=True, links={"timesheet": ("timesheets", 5)})], at=AT)
    del account.records["timesheets", 5]

    await merger.merge([submitted(6)], at=AT)

    assert (await stored(database, ENTRIES.c.timesheet_id)) == {1: 6, 2: None}
    assert set(await stored(database, TIMESHEETS.c.id)) == {6}
    del account.records["timesheets", 6]
    await merger.merge([entry(1, submitted=False, links={"timesheet": None})], at=AT)
    assert await stored(database, TIMESHEETS.c.id) == {}


async def test_entries_that_follow_a_moved_service_keep_the_instants_of_their_account(database, merger, account):
    await merger.merge([entry(1, created_at=EARLIER, updated_at=EARLIER)], at=AT)
    before = await stored(database, ENTRIES.c.updated_at)
    deal = resource("deals", 42, name="Other", currency="EUR", links=MINE | {"company": ("companies", 21)})
    account.records["deals", 42] = deal

    await merger.merge([resource("services", 51, name="Design", links=MINE | {"deal": ("deals", 42)})], at=AT)

    assert await stored(database, ENTRIES.c.deal_id) == {1: 42}
    assert await stored(database, ENTRIES.c.updated_at) == before
