"""Answers have a longest length in bytes, counted while they are made; those of mutations before their commit."""

import pytest
import pytest_asyncio
from graphql import GraphQLInterfaceType, GraphQLObjectType

from gateway.domain.attributes import ATTRIBUTES, Kind
from gateway.graphql.fields import pricing_of
from gateway.graphql.prices import Surcharge
from gateway.graphql.schema import CORE
from gateway.http.points import text_points
from gateway.store.schema.tables import DealRow, ServiceRow
from tests.support.harness.serving import serving
from tests.support.harness.watching import watched_office
from tests.support.worlds.office import add_rows, entry, everything_written

MOST = 1_000_000
LONG = 100_000
PERSON = 11
CREATE = """mutation ($note: String) {
  timeEntryCreate(input: { personId: "11", serviceId: "1", date: "2016-10-01", time: 60, note: $note }) {
    timeEntry { id %s } userErrors { message } } }"""
WRITE_NOTE = """mutation ($id: ID!, $note: String) {
  timeEntryUpdate(id: $id, input: { note: $note }) { timeEntry { id } } }"""


def repeated(count: int, text: str) -> str:
    """Return a field as often, each time under another alias."""
    return " ".join(f"a{number}: {text}" for number in range(count))


NOTES, AFTER, SAME_ID = repeated(7, "note"), repeated(11, "after"), '"TimeEntry:1" ' * 11
TOO_LONG = {
    "aliases of a text": f"{{ timeEntries {{ nodes {{ {NOTES} }} }} }}",
    "nodes and edges": "{ timeEntries { edges { node { note a: note b: note } } nodes { note a: note b: note } } }",
    "root fields": f"{{ {repeated(6, 'timeEntries { nodes { note } }')} }}",
    "the same record": f"{{ nodes(ids: [{SAME_ID}]) {{ ... on TimeEntry {{ note }} }} }}",
    "changes": "{ timeEntries { nodes { changes { nodes { fields { before after } } } } } }",
    "a change's values": f'{{ timeEntryChanges(timeEntryId: "1") {{ nodes {{ fields {{ {AFTER} }} }} }} }}',
    "beside introspection": f"{{ __schema {{ queryType {{ name }} }} timeEntries {{ nodes {{ {NOTES} }} }} }}",
}


@pytest_asyncio.fixture
async def served(tmp_path):
    async with serving(tmp_path, max_answer_bytes=MOST, max_aliases=10_000, max_cost=10_000_000) as served:
        deal = DealRow(id=1, organization_id=1, name="Deal", name_folded="deal", currency="EUR")
        service = ServiceRow(id=1, organization_id=1, deal_id=1, name="Service", name_folded="service")
        own = {"person_id": PERSON, "creator_id": PERSON, "last_actor_id": PERSON, "responsible_id": None}
        elsewhere = {"project_id": None, "company_id": None}
        entries = [entry(n, **own, **elsewhere, note="é" * (LONG // 2)) for n in (1, 2)]

        async def fill(connection):
            for rows in ([deal], [service], entries):
                await add_rows(connection, rows)

        await served.database.write(fill)
        for number in ("1", "2"):
            await served.post(WRITE_NOTE, variables={"id": number, "note": "x" * LONG})
            await served.post(WRITE_NOTE, variables={"id": number, "note": "y" * LONG})
        yield served


@pytest.mark.parametrize("case", TOO_LONG)
async def test_a_read_that_answers_too_much_is_one_error_and_no_data(served, case):
    response = await served.post(TOO_LONG[case])

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "ANSWER_TOO_LARGE"
    assert "1,000,000 bytes" in error["message"]
    assert "data" not in response.json()


async def test_what_has_no_long_text_is_counted_to_the_byte(tmp_path):
    names = repeated(60, "role")
    async with serving(tmp_path, max_answer_bytes=10_000, max_aliases=2_000) as served:
        whole = await served.post(f"{{ {repeated(10, f'viewer {{ {names} }}')} }}")
        longer = await served.post(f"{{ {repeated(20, f'viewer {{ {names} }}')} }}")

    assert (whole.status_code, longer.status_code) == (200, 422)
    assert 8_000 < len(whole.content) <= 10_000


async def test_an_answer_just_below_the_bound_is_given_whole(served):
    response = await served.post("{ timeEntries { nodes { id a: note b: note c: note d: note } } }")

    assert response.status_code == 200
    nodes = response.json()["data"]["timeEntries"]["nodes"]
    assert [(node["id"], node["d"]) for node in nodes] == [(f"TimeEntry:{n}", "y" * LONG) for n in (1, 2)]
    assert len(response.content) > 8 * LONG


@pytest.mark.parametrize("letter", ["y", "é", "\u0001", "😀"])
async def test_a_mutation_that_answers_too_much_is_undone(served, letter):
    before = await everything_written(served.database)

    response = await served.post(CREATE % repeated(11, "note"), variables={"note": letter * LONG})

    assert response.status_code == 200
    [error] = response.json()["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["timeEntryCreate"], "ANSWER_TOO_LARGE")
    assert response.json()["data"] is None
    assert await everything_written(served.database) == before


async def test_a_mutation_is_counted_by_the_bytes_that_its_answer_really_has(served):
    before = await everything_written(served.database)

    response = await served.post(CREATE % "note b: note", variables={"note": "\u0001" * LONG})

    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["ANSWER_TOO_LARGE"]
    assert await everything_written(served.database) == before


async def test_of_several_mutations_those_before_the_one_that_answers_too_much_stay_done(served):
    query = f"""mutation {{
      first: timeEntryUpdate(id: "1", input: {{ time: 5 }}) {{ timeEntry {{ note }} }}
      second: timeEntryUpdate(id: "2", input: {{ time: 6 }}) {{ timeEntry {{ {repeated(11, "note")} }} }} }}"""

    response = await served.post(query)
    read = await served.post("{ timeEntries { nodes { time } } }")

    assert [(e["path"], e["extensions"]["code"]) for e in response.json()["errors"]] == [
        (["second"], "ANSWER_TOO_LARGE")
    ]
    assert [node["time"] for node in read.json()["data"]["timeEntries"]["nodes"]] == [5, 480]


async def test_too_little_memory_is_a_coded_answer(served, monkeypatch):
    def fail(*_arguments, **_options):
        raise MemoryError

    monkeypatch.setattr("gateway.graphql.http.endpoint.written", fail)
    response = await served.post("{ viewer { role } }")

    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/graphql-response+json; charset=utf-8",
    )
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["OUT_OF_MEMORY"]


def test_every_text_of_an_entry_is_priced_by_its_length():
    longest = {attribute.graphql_name: attribute.longest for attribute in ATTRIBUTES if attribute.kind is Kind.TEXT}

    entry_type = CORE.type_map["TimeEntry"]
    assert isinstance(entry_type, GraphQLObjectType)
    prices = {name: pricing_of(entry_type.fields[name]) for name in longest}

    assert prices == {name: Surcharge(text_points(characters)) for name, characters in longest.items()}
    assert prices["note"] == Surcharge(10)
    assert prices["jiraIssueId"] == Surcharge(1)


async def test_too_little_memory_while_a_read_is_made_ends_it_with_a_code(served, monkeypatch):
    def fail(*_arguments, **_options):
        raise MemoryError

    monkeypatch.setattr("gateway.graphql.plans.rows.Rows.shape", fail)
    response = await served.post("{ timeEntries { nodes { id } } }")

    assert response.status_code == 503
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["OUT_OF_MEMORY"]
    assert "data" not in response.json()


def test_every_note_and_every_value_of_a_change_is_priced():
    types = [type_ for type_ in CORE.type_map.values() if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)]

    unpriced = [
        f"{type_.name}.{name}"
        for type_ in types
        for name, field in type_.fields.items()
        if (name in {"note", "before", "after"}) and not isinstance(pricing_of(field), Surcharge)
    ]

    assert unpriced == []


@pytest.mark.parametrize(
    "mutation",
    [
        'timeEntryUpdate(id: "1", input: {time: 7}) { timeEntry { time } userErrors { code } }',
        'timeEntryApprove(id: "1") { timeEntry { time } userErrors { code } }',
        'timeEntryBulkReject(input: {target: {filter: {personId: {eq: "4"}}}, atMost: 50}) { appliedCount }',
        'timeEntryDelete(id: "1") { deletedId userErrors { code } }',
    ],
)
async def test_what_is_read_for_a_write_is_no_part_of_its_answer(tmp_path, mutation):
    entries = [entry(number, note="x" * (20_000 if number == 1 else 2_000)) for number in range(1, 21)]
    async with watched_office(tmp_path, *entries, max_answer_bytes=10_000) as office:
        payload = await office.write(f"mutation {{ {mutation} }}")

    assert not payload.get("userErrors")
    assert payload.get("appliedCount", 20) == 20
