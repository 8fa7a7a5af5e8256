"""Retries under an idempotency key: the same entry, never a second one, for 24 hours."""

import asyncio

import pytest

from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.own import IdempotencyKeyRow
from gateway.store.writes.expiring import MOST_FORGOTTEN
from tests.support.harness.serving import insert_rows
from tests.support.worlds.office import ADMIN, MEMBER, NOW, OTHER, everything_written, furnish, table_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREATE = """mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) {
    timeEntry { id note revision } userErrors { code path } } }"""
START = """mutation ($input: TimerStartInput!) { timerStart(input: $input) {
    timeEntry { id } userErrors { code path } } }"""
GIVEN = {"date": "2016-10-01", "personId": "4", "serviceId": "1", "time": 40, "idempotencyKey": "one"}
DAY_LONG = 24 * 60 * 60 * 1000


async def entries(asked) -> int:
    return len(await table_rows(asked.database, TimeEntryRow))


async def test_a_retry_answers_the_same_entry_and_makes_no_second_one(asked):
    await furnish(asked.database)
    first = await asked.mutate(CREATE, input=GIVEN)
    before = await everything_written(asked.database)

    second = await asked.mutate(CREATE, input=GIVEN | {"personId": "Person:4"})

    assert second == first
    assert await everything_written(asked.database) == before


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("mutation", "given"), [(CREATE, GIVEN), (START, {"serviceId": "1", "idempotencyKey": "two"})])
async def test_a_key_is_looked_up_forgotten_and_remembered_once(asked, mutation, given):
    await furnish(asked.database)
    keyless = {name: value for name, value in given.items() if name != "idempotencyKey"}

    async def statements(values):
        before = asked.database.write_statements
        payload = await asked.mutate(mutation, input=values)
        assert payload["userErrors"] == []
        return asked.database.write_statements - before

    await statements(keyless)  # a timer that starts stops the one before, from here on
    without, with_key, again = await statements(keyless), await statements(given), await statements(given)

    assert with_key == without + 3
    assert again < without


async def test_a_retry_answers_the_entry_as_it_is_now(asked):
    await furnish(asked.database)
    await asked.mutate(CREATE, input=GIVEN)
    await asked.mutate('mutation { timeEntryUpdate(id: "1", input: {note: "later"}) { userErrors { code } } }')

    retry = await asked.mutate(CREATE, input=GIVEN)

    assert retry["timeEntry"] == {"id": "TimeEntry:1", "note": "later", "revision": 2}


async def test_the_same_key_with_other_arguments_is_refused(asked):
    await furnish(asked.database)
    await asked.mutate(CREATE, input=GIVEN)

    payload = await asked.mutate(CREATE, input=GIVEN | {"time": 41})

    assert payload == {
        "timeEntry": None,
        "userErrors": [{"code": "IDEMPOTENCY_KEY_REUSED", "path": ["input", "idempotencyKey"]}],
    }
    assert await entries(asked) == 1


async def test_a_retry_finds_nothing_once_the_entry_is_deleted(asked):
    await furnish(asked.database)
    await asked.mutate(CREATE, input=GIVEN)
    await asked.mutate('mutation { timeEntryDelete(id: "1") { deletedId userErrors { code } } }')

    payload = await asked.mutate(CREATE, input=GIVEN)

    assert [error["code"] for error in payload["userErrors"]] == ["RECORD_NOT_FOUND"]
    assert await entries(asked) == 0


async def test_a_key_belongs_to_a_person_and_a_field(asked):
    await furnish(asked.database)
    await asked.mutate(CREATE, MEMBER, input=GIVEN)

    other = await asked.mutate(CREATE, OTHER, input=GIVEN | {"personId": "5", "date": "2024-01-01"})
    started = await asked.mutate(START, MEMBER, input={"serviceId": "1", "idempotencyKey": "one"})
    retried = await asked.mutate(START, MEMBER, input={"serviceId": "1", "idempotencyKey": "one"})

    assert (other["timeEntry"]["id"], started["timeEntry"]["id"]) == ("TimeEntry:2", "TimeEntry:3")
    assert retried == started


@pytest.mark.parametrize(("later", "made"), [(DAY_LONG - 1, 1), (DAY_LONG, 2)])
async def test_a_key_is_kept_for_24_hours(asked, later, made):
    await furnish(asked.database)
    await asked.mutate(CREATE, input=GIVEN)
    asked.clock.now = NOW + later

    await asked.mutate(CREATE, input=GIVEN)

    assert await entries(asked) == made
    assert len(await table_rows(asked.database, IdempotencyKeyRow)) == 1


async def test_a_refusal_is_not_stored(asked):
    await furnish(asked.database)
    refused = await asked.mutate(CREATE, input=GIVEN | {"time": -1})

    payload = await asked.mutate(CREATE, input=GIVEN)

    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_ATTRIBUTE"]
    assert (payload["userErrors"], await entries(asked)) == ([], 1)


@pytest.mark.parametrize("key", ["", "  ", "x" * 256, "\0", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(asked, key):
    await furnish(asked.database)

    payload = await asked.mutate(CREATE, input=GIVEN | {"idempotencyKey": key})

    assert payload["userErrors"] == [{"code": "INVALID_ATTRIBUTE", "path": ["input", "idempotencyKey"]}]


async def test_retries_that_run_at_once_make_one_entry(asked):
    await furnish(asked.database)

    payloads = await asyncio.gather(*(asked.mutate(CREATE, input=GIVEN) for _ in range(20)))

    assert {payload["timeEntry"]["id"] for payload in payloads} == {"TimeEntry:1"}
    assert await entries(asked) == 1


async def test_a_write_forgets_some_of_what_is_too_old_and_its_own_key(asked):
    await furnish(asked.database)
    old = [key(f"old {number}", NOW - DAY_LONG - 1_000 + number) for number in range(3 * MOST_FORGOTTEN)]
    await asked.database.write(lambda made: insert_rows(made, [*old, key("one", NOW - DAY_LONG)]))

    payload = await asked.mutate(CREATE, input=GIVEN)

    left = {row["key"]: row["created_at"] for row in await table_rows(asked.database, IdempotencyKeyRow)}
    assert payload["userErrors"] == []
    assert left.pop("one") == NOW
    assert left.keys() == {row.key for row in old[-len(left) :]}
    assert MOST_FORGOTTEN <= len(left) <= 2 * MOST_FORGOTTEN


def key(text: str, created_at: int) -> IdempotencyKeyRow:
    return IdempotencyKeyRow(
        person_id=ADMIN, field="timeEntryCreate", key=text, digest="0" * 64, time_entry_id=1, created_at=created_at
    )
