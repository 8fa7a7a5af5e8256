"""Documents by their identifiers over HTTP: what clients register, what an operator trusts, and what is refused."""

import hashlib
import json

import pytest
import pytest_asyncio

from gateway.documents.registry import OVERHEAD, Registry
from tests.support.harness.serving import serving

pytestmark = [pytest.mark.sqlite_only, pytest.mark.asyncio(loop_scope="module")]
RESPONSE = "application/graphql-response+json"
ROLE = "query Role { viewer { role } }"
NAME = "query Name($with: Boolean = true) { viewer { role person { name @include(if: $with) } } }"
CHANGE = "mutation Change { __typename }"
RELAY = "0123456789abcdef0123456789abcdef"


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text: str, version: object = 1) -> dict[str, object]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_of(text)}}


def codes(response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]


class Asking:
    """Sends requests as clients do that ask for documents by their identifiers."""

    def __init__(self, served) -> None:
        self.served = served

    async def post(self, **body: object):
        headers = {**self.served.bearer(), "accept": RESPONSE}
        return await self.served.client.post("/graphql", json=body, headers=headers)

    async def get(self, **parameters: object):
        texts = {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in parameters.items()
        }
        headers = {**self.served.bearer(), "accept": RESPONSE}
        return await self.served.client.get("/graphql", params=texts, headers=headers)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    file = tmp_path_factory.mktemp("manifest") / "persisted-documents.json"
    texts = {f"sha256:{hash_of(ROLE)}": ROLE, RELAY: NAME, hash_of(CHANGE): CHANGE, "broken": "{ nothing }"}
    file.write_text(json.dumps(texts))
    return str(file)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["any", "persisted", "trusted"])
async def asking(request, tmp_path_factory, manifest):
    folder = tmp_path_factory.mktemp("documents")
    async with serving(folder, documents=request.param, documents_manifest=manifest) as served:
        yield Asking(served)


@pytest_asyncio.fixture(loop_scope="module")
async def served_as(tmp_path_factory, manifest):
    """Serve with another of the settings."""
    opened = []

    async def serve(documents: str) -> Asking:
        context = serving(tmp_path_factory.mktemp(documents), documents=documents, documents_manifest=manifest)
        opened.append(context)
        return Asking(await context.__aenter__())

    yield serve
    for context in opened:
        await context.__aexit__(None, None, None)


@pytest.mark.parametrize("identifier", [f"sha256:{hash_of(ROLE)}", hash_of(ROLE)])
async def test_a_trusted_document_is_asked_for_by_its_hash_however_it_is_written(asking, identifier):
    answers = [await asking.post(documentId=identifier), await asking.get(documentId=identifier)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["data"] for answer in answers] == [{"viewer": {"role": "ADMIN"}}] * 2


async def test_a_trusted_document_has_whatever_identifier_its_manifest_gives_it(asking):
    response = await asking.post(documentId=RELAY, variables={"with": False}, operationName="Name")

    assert response.json()["data"] == {"viewer": {"role": "ADMIN", "person": {}}}


async def test_a_trusted_document_is_asked_for_by_apollo_without_being_registered(asking):
    response = await asking.get(extensions=persisted(ROLE))

    assert response.json()["data"] == {"viewer": {"role": "ADMIN"}}


@pytest.mark.parametrize(
    "parameters",
    [
        {"documentId": "sha256:" + "0" * 64},
        {"documentId": "nobody-knows-me"},
        {"documentId": ""},
        {"documentId": "x" * 20_000},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}},
    ],
)
async def test_an_unknown_identifier_is_not_found_by_the_word_that_apollo_and_urql_know(asking, parameters):
    posted = await asking.post(**parameters)

    assert posted.status_code == 400
    assert posted.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }


async def test_what_is_not_found_is_no_error_of_http_for_clients_that_accept_json_alone(asking):
    response = await asking.served.client.get(
        "/graphql",
        params={"extensions": json.dumps(persisted("{ __typename }"))},
        headers={**asking.served.bearer(), "accept": "application/json"},
    )

    assert (response.status_code, codes(response)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])


async def test_a_mutation_that_is_asked_for_by_get_is_not_allowed(asking):
    response = await asking.get(documentId=hash_of(CHANGE))

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert codes(response) == ["METHOD_NOT_ALLOWED"]


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        (persisted(ROLE, version=2), "The version of 'persistedQuery' has to be 1."),
        ({"persistedQuery": {"version": 1}}, "The parameter 'sha256Hash' has to be a string, not null."),
        ({"persistedQuery": {"version": 1, "sha256Hash": 7}}, "The parameter 'sha256Hash' has to be a string, "),
        ({"persistedQuery": "x"}, "The extension 'persistedQuery' has to be an object, not a string."),
        (persisted(NAME), "The sha256Hash of persistedQuery is not that of the document."),
    ],
)
async def test_a_hash_that_cannot_be_is_a_bad_request(asking, extension, message):
    response = await asking.post(query=ROLE, extensions=extension)

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])
    assert response.json()["errors"][0]["message"].startswith(message)


async def test_an_identifier_that_is_no_text_is_a_bad_request(asking):
    response = await asking.post(documentId=["sha256"])

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize("documents", ["any", "persisted"])
async def test_a_client_registers_a_document_and_asks_for_it_by_its_hash_from_then_on(served_as, documents):
    asking = await served_as(documents)
    text = "query Mine { viewer { role } }"

    before = await asking.get(extensions=persisted(text))
    registering = await asking.post(query=text, extensions=persisted(text))
    by_apollo = await asking.get(extensions=persisted(text))
    by_codegen = await asking.post(documentId=f"sha256:{hash_of(text)}")

    assert codes(before) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert [answer.json()["data"] for answer in (registering, by_apollo, by_codegen)] == [
        {"viewer": {"role": "ADMIN"}}
    ] * 3


async def test_urql_registers_by_get(served_as):
    asking = await served_as("persisted")

    registering = await asking.get(query="{ __typename }", extensions=persisted("{ __typename }"))
    again = await asking.get(extensions=persisted("{ __typename }"))

    assert registering.json()["data"] == again.json()["data"] == {"__typename": "Query"}


async def test_a_document_that_is_not_valid_is_not_registered(served_as):
    asking = await served_as("any")

    registering = await asking.post(query="{ nothing }", extensions=persisted("{ nothing }"))
    again = await asking.post(extensions=persisted("{ nothing }"))

    assert codes(registering) == ["GRAPHQL_VALIDATION_FAILED"]
    assert codes(again) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize("documents", ["persisted", "trusted"])
async def test_where_only_identifiers_are_allowed_a_text_is_refused(served_as, documents):
    asking = await served_as(documents)

    posted = await asking.post(query=ROLE)
    got = await asking.get(query=ROLE)

    assert (posted.status_code, got.status_code) == (400, 400)
    assert codes(posted) == codes(got) == ["PERSISTED_QUERY_ID_REQUIRED"]
    assert "data" not in posted.json()


async def test_where_only_trusted_documents_are_answered_nobody_registers_another(served_as):
    asking = await served_as("trusted")

    registering = await asking.post(query="{ __typename }", extensions=persisted("{ __typename }"))
    again = await asking.post(extensions=persisted("{ __typename }"))
    known = await asking.post(query=ROLE, extensions=persisted(ROLE))

    assert codes(registering) == ["PERSISTED_QUERY_ID_REQUIRED"]
    assert codes(again) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert known.json()["data"] == {"viewer": {"role": "ADMIN"}}


async def test_a_text_beside_an_identifier_is_executed_where_any_is_and_the_trusted_one_elsewhere(served_as):
    body = {"documentId": hash_of(ROLE), "query": "{ __typename }"}

    answers = {
        documents: (await (await served_as(documents)).post(**body)).json()["data"]
        for documents in ("any", "persisted", "trusted")
    }

    role = {"viewer": {"role": "ADMIN"}}
    assert answers == {"any": {"__typename": "Query"}, "persisted": role, "trusted": role}


async def test_events_are_asked_for_by_an_identifier_too(served_as):
    asking = await served_as("trusted")
    headers = {**asking.served.bearer(), "accept": "text/event-stream"}

    async def ask(**body: object) -> str:
        response = await asking.served.client.post("/graphql", json=body, headers=headers)
        assert response.headers["content-type"].startswith("text/event-stream")
        return str(response.text)

    text = await ask(query="subscription { timeEntryChanged { kind } }")
    known = await ask(documentId=hash_of(ROLE))

    assert "PERSISTED_QUERY_ID_REQUIRED" in text
    assert '"role":"ADMIN"' in known


async def test_limits_apply_to_trusted_documents_too(tmp_path, manifest):
    async with serving(tmp_path, documents="trusted", documents_manifest=manifest, max_cost=1) as served:
        response = await Asking(served).post(documentId=hash_of(ROLE))

    assert codes(response) == ["COST_LIMIT_EXCEEDED"]


async def test_a_trusted_document_that_does_not_fit_the_schema_is_refused_with_what_is_wrong(asking):
    response = await asking.post(documentId="broken")

    assert codes(response) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_registered_documents_leave_in_order_of_use_when_their_bytes_are_taken():
    texts = [f"{{ a{number}: __typename }}" + " " * 1_000 for number in range(20)]
    registry = Registry(kept_bytes=10 * (len(texts[0]) + 60 + OVERHEAD), trusted={"t": "{ __typename }"})

    for text in texts:
        registry.register(hash_of(text), text)
        assert registry.find(hash_of(texts[0])) == texts[0]

    known = [number for number, text in enumerate(texts) if registry.find(hash_of(text))]
    assert known == [0, *range(20 - len(known) + 1, 20)]
    assert 9 <= len(known) <= 11
    assert registry.find("t") == "{ __typename }"
