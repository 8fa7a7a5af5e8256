"""`lastEventId` of a mutation: the newest event that it made, so that a client can wait for it or skip it."""

import pytest

from tests.support.worlds.office import MEMBER, entry, furnish

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE = 'timeEntryApprove(id: "225") { lastEventId }'
CREATE = """timeEntryCreate(input: {date: "2016-10-03", personId: "4", serviceId: "1", idempotencyKey: "k"}) {
  timeEntry { id } lastEventId userErrors { message } }"""


def bulk(name, arguments="", ids=("225", "226")):
    listed = ", ".join(f'"{number}"' for number in ids)
    return f"{name}(input: {{target: {{ids: [{listed}]}} {arguments}}}) {{ lastEventId }}"


@pytest.mark.parametrize(
    ("field", "last"),
    [
        (ONE, "1"),
        ('timeEntryUpdate(id: "225", input: {note: "new"}) { lastEventId }', "1"),
        ('timeEntryDelete(id: "225") { lastEventId }', "1"),
        (bulk("timeEntryBulkApprove"), "2"),
        (bulk("timeEntryBulkDelete"), "2"),
        ('timerStart(input: {serviceId: "1"}) { lastEventId }', "1"),
        ('timesheetSubmit(personId: "4", date: "2016-10-01") { lastEventId }', "2"),
    ],
)
async def test_a_mutation_answers_the_newest_event_that_it_made(asked, field, last):
    asked.settings = {"timesheet_submission": True}
    await furnish(asked.database, entry(225), entry(226), timesheet_submission=True)

    payload = await asked.mutate(f"mutation {{ {field} }}")

    assert payload == {"lastEventId": last}
    assert await asked.data("{ timeEntries { lastEventId } }") == {"timeEntries": {"lastEventId": last}}


@pytest.mark.parametrize(
    "field",
    [
        ONE,
        'timeEntryDelete(id: "999") { lastEventId }',
        bulk("timeEntryBulkApprove", ids=["225"]),
        bulk("timeEntryBulkDelete", "dryRun: true"),
        bulk("timeEntryBulkDelete", ids=["225", "999"]),
    ],
)
async def test_what_wrote_nothing_answers_no_event(asked, field):
    await furnish(asked.database, entry(225), entry(226))
    await asked.mutate(f"mutation {{ {ONE} }}")

    payload = await asked.mutate(f"mutation {{ {field} }}")

    assert payload == {"lastEventId": None}


async def test_each_field_of_an_operation_answers_its_own_event(asked):
    await furnish(asked.database, entry(225), entry(226))

    data = await asked.data(f"mutation {{ a: {ONE} b: {bulk('timeEntryBulkReject', ids=['226'])} c: {ONE} }}")

    assert [payload["lastEventId"] for payload in data.values()] == ["1", "2", None]


async def test_a_retry_under_a_key_made_no_event(asked):
    await furnish(asked.database)

    first = await asked.mutate(f"mutation {{ {CREATE} }}", MEMBER)
    second = await asked.mutate(f"mutation {{ {CREATE} }}", MEMBER)

    assert (first["userErrors"], first["lastEventId"]) == ([], "1")
    assert (second["timeEntry"], second["lastEventId"]) == (first["timeEntry"], None)
