"""Operands: none is longer than what is stored can be, and all of an operation together have a bound."""

import pytest
import pytest_asyncio

from gateway.catalog.documented import FILTERS_OF
from gateway.catalog.time_entries import FILTERS
from gateway.domain.attributes import ATTRIBUTES, MAX_LABEL, MAX_NAME, MAX_TEXT, Kind
from gateway.querying.kinds import LONGEST_SOUGHT, StringKind
from tests.support.harness.serving import serving

LIST = "query ($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount } }"


@pytest_asyncio.fixture
async def served(tmp_path):
    async with serving(tmp_path, max_operand_characters=2_000) as served:
        yield served


async def error_of(served, query, **variables):
    [error] = (await served.post(query, variables=variables)).json()["errors"]
    return error["extensions"]["code"], error["message"]


@pytest.mark.parametrize("operation", ["eq", "notEq", "contains", "notContain", "in", "notIn"])
async def test_a_text_longer_than_any_that_is_stored_is_refused_by_a_sentence(served, operation):
    text = "ß" * (MAX_LABEL + 1)

    code, message = await error_of(
        served, LIST, f={"jiraIssueId": {operation: [text] if operation in {"in", "notIn"} else text}}
    )

    assert code == "BAD_USER_INPUT"
    assert "is compared with 256 characters; no text there has more than 255." in message


@pytest.mark.parametrize("operation", ["contains", "notContain"])
async def test_of_a_long_text_a_short_part_is_looked_for(served, operation):
    within = await served.post(LIST, variables={"f": {"note": {operation: "x" * LONGEST_SOUGHT}}})
    code, message = await error_of(served, LIST, f={"note": {operation: "x" * (LONGEST_SOUGHT + 1)}})

    assert "errors" not in within.json()
    assert code == "BAD_USER_INPUT"
    assert "is searched for 256 characters; at most 255 are looked for." in message


def test_no_search_compares_a_long_text_with_a_long_one():
    rows = [row for set_ in (FILTERS, *FILTERS_OF.values()) for row in set_.filters]
    texts = [row.kind for row in rows if isinstance(row.kind, StringKind)]

    assert max(kind.longest for kind in texts) == MAX_TEXT
    assert max(kind.longest * kind.sought for kind in texts) == MAX_TEXT * LONGEST_SOUGHT


async def test_a_text_as_long_as_what_is_stored_can_be_is_compared(served):
    response = await served.post(LIST, variables={"f": {"jiraIssueId": {"contains": "x" * MAX_LABEL}}})

    assert response.json()["data"] == {"timeEntries": {"totalCount": 0}}


async def test_a_search_is_no_longer_than_a_name(served):
    query = "query ($s: String) { people(search: $s) { totalCount } }"

    found = await served.post(query, variables={"s": "x" * MAX_NAME})
    code, message = await error_of(served, query, s="x" * (MAX_NAME + 1))

    assert found.json()["data"] == {"people": {"totalCount": 0}}
    assert (code, message) == (
        "BAD_USER_INPUT",
        "search is compared with 1,001 characters; no text there has more than 1,000.",
    )


@pytest.mark.parametrize("value", ["A" * 900_000, "1" * 900_000, "Person:" + "9" * 900_000, "A" * 99 + ":" + "1"])
async def test_a_long_id_is_not_an_id(served, value):
    code, message = await error_of(served, LIST, f={"personId": {"eq": value}})

    assert code == "BAD_USER_INPUT"
    assert len(message) < 300


async def test_operands_count_wherever_they_are_used_in_all_root_fields(served):
    fields = " ".join(
        f"a{n}: timeEntries(filter: {{ jiraIssueId: {{ contains: $s }} }}) {{ totalCount }}" for n in range(10)
    )
    query = f"query ($s: String!) {{ {fields} b: people(search: $s) {{ totalCount }} }}"

    within = await served.post(query, variables={"s": "x" * 150})
    beyond = await served.post(query, variables={"s": "x" * 199})

    assert "errors" not in within.json()
    assert beyond.status_code == 400
    assert {error["message"] for error in beyond.json()["errors"]} == {
        "All operands together have more than 2,000 characters; ask by several requests."
    }


async def test_lists_of_ids_and_words_count_too(served):
    code, message = await error_of(served, LIST, f={"personId": {"in": ["Person:1"] * 300}})

    assert (code, "2,000 characters" in message) == ("BAD_USER_INPUT", True)


async def test_nulls_count_once_however_many_lists_a_variable_filters(served):
    fields = " ".join(f"a{n}: timeEntries(filter: $f) {{ totalCount }}" for n in range(50))
    filter_ = {"and": [{"time": None, "personId": None}] * 900}

    response = await served.post(f"query ($f: TimeEntryFilter) {{ {fields} }}", variables={"f": filter_})

    assert "errors" not in response.json()


def test_every_filter_of_text_knows_how_long_its_text_can_be():
    longest = {attribute.name: attribute.longest for attribute in ATTRIBUTES if attribute.kind is Kind.TEXT}
    texts = {row.subject.name: row.kind.longest for row in FILTERS.filters if isinstance(row.kind, StringKind)}

    assert texts
    assert texts == {name: longest[name] for name in texts}


def test_every_search_of_a_documented_type_is_no_longer_than_a_name():
    others = [set_ for table, set_ in FILTERS_OF.items() if table != "time_entries"]
    texts = [row.kind for set_ in others for row in set_.filters if isinstance(row.kind, StringKind)]

    assert len(texts) > 5
    assert {kind.longest for kind in texts} == {MAX_NAME}
