"""Introspection: a constant price, a bound of what is answered, and one answer for a document."""

import pytest
from graphql import get_introspection_query
from graphql.execution.values import VariableValues

from gateway.graphql import introspection
from gateway.graphql.introspection import Introspection
from gateway.graphql.options import Limits
from gateway.graphql.requests.documents import Documents
from gateway.graphql.requests.request import GraphQLRequest
from gateway.graphql.schema import CORE
from tests.support.worlds.ledger import ADMIN, MEMBER, viewer

LEDGER = {"seed": 5, "entries": 10}
NO_VARIABLES = VariableValues({}, {})
NAMES = "{ __schema { types { name } } }"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def execute(asked, query, variables=None, person=ADMIN):
    return await asked.gateway.execute(GraphQLRequest(query, variables), viewer(person))


async def test_an_explorer_reads_the_whole_schema_for_a_constant_price(asked):
    outcome = await execute(asked, get_introspection_query())

    assert outcome.cost == 1_000
    assert "errors" not in outcome.payload
    names = {type_["name"] for type_ in outcome.payload["data"]["__schema"]["types"]}
    assert {"Query", "TimeEntry", "TimeEntryFilter"} <= names


async def test_the_schema_is_answered_once_for_a_document_whoever_asks(asked, monkeypatch):
    first = await execute(asked, NAMES)
    monkeypatch.setattr(introspection, "execute", None)

    again = await execute(asked, NAMES, person=MEMBER)

    assert again.payload == first.payload
    assert again.payload is not first.payload


async def test_what_variables_decide_is_answered_again(asked):
    query = "query ($name: String!) { __type(name: $name) { name } }"

    found = [await execute(asked, query, {"name": name}) for name in ("Person", "Nobody")]

    assert [outcome.payload["data"] for outcome in found] == [{"__type": {"name": "Person"}}, {"__type": None}]


async def test_records_are_answered_beside_the_schema_however_many_lists_are_asked_for(asked):
    lists = "people(first: 2) { nodes { id } } projects(first: 2) { nodes { id } } timeEntries(first: 2) { totalCount }"

    outcome = await execute(asked, f'{{ __type(name: "Person") {{ name }} {lists} }}')

    assert outcome.payload["data"] == {"__type": {"name": "Person"}, **await asked.data(f"{{ {lists} }}")}


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { " + " ".join(f"a{n}: fields {{ name }}" for n in range(90)) + " } } }",
        "{ " + " ".join(f"a{n}: __schema {{ types {{ fields {{ name }} }} }}" for n in range(45)) + " }",
        "{ viewer { role } __schema { types { " + " ".join(f"a{n}: fields {{ name }}" for n in range(90)) + " } } }",
    ],
)
async def test_more_of_the_schema_than_anybody_needs_is_refused_before_it_is_read(asked, query, monkeypatch):
    monkeypatch.setattr(introspection, "execute", None)

    outcome = await execute(asked, query)

    [error] = outcome.payload["errors"]
    assert not outcome.executed
    assert error["extensions"] == {
        "code": "DOCUMENT_LIMIT_EXCEEDED",
        "limit": {"of": "values of the schema", "allowed": 30_000},
    }


async def test_answers_are_kept_within_a_bound_of_bytes():
    documents = Documents(CORE, cache_bytes=1_000_000, limits=Limits(), introspection=True)
    kept = Introspection(CORE, kept_bytes=100_000)

    for number in range(50):
        document = documents.get(f"{{ a{number}: __schema {{ types {{ name }} }} }}")
        [operation] = document.operations
        await kept.answer(document, operation, NO_VARIABLES)

    assert 1 <= len(kept) <= 12
