"""GraphQL over HTTP: what is answered in which form with which status, and what is refused."""

import json

import pytest
import pytest_asyncio

from tests.support.harness.serving import serving

# What HTTP says does not depend on the database.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.asyncio(loop_scope="module")]
RESPONSE = "application/graphql-response+json"
HELLO = "{ viewer { role } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory):
    async with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


def error_of(response) -> tuple[str, str]:
    """Return code and message of an answer that has one error and no data."""
    payload = response.json()
    assert list(payload) == ["errors"]
    assert len(payload["errors"]) == 1
    return payload["errors"][0]["extensions"]["code"], payload["errors"][0]["message"]


async def test_a_query_is_answered_by_post_and_by_get(served):
    posted = await served.post(HELLO)
    got = await served.client.get("/graphql", params={"query": HELLO}, headers=served.bearer())

    cost = {"requested": 2, "limit": 500_000, "remaining": 499_998}
    answer = {"data": {"viewer": {"role": "ADMIN"}}, "extensions": {"cost": cost}}
    answers = [posted.json(), got.json()]
    assert all(each["extensions"]["cost"].pop("actual") >= 1 for each in answers)
    assert answers == [answer, answer]
    assert (posted.status_code, got.status_code) == (200, 200)
    assert posted.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert got.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (f"{RESPONSE},application/json;q=0.9", RESPONSE),
        (
            f"{RESPONSE}, application/graphql+json, application/json, text/event-stream, multipart/mixed",
            RESPONSE,
        ),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON ; charset=utf-8", "application/json"),
        (f"application/json;q=0.5, {RESPONSE};q=0.6", RESPONSE),
        (f"{RESPONSE};q=0, */*", "application/json"),
        ("multipart/mixed;deferSpec=20220824,application/json", "application/json"),
        ("application/json, text/event-stream", "application/json"),
        ("text/event-stream, application/json", "text/event-stream"),
        ("application/json;q=wrong, */*;q=0.1", RESPONSE),
    ],
)
async def test_the_answer_has_the_form_that_the_client_prefers(served, accept, form):
    headers = {**served.bearer(), "accept": accept}

    response = await served.client.post("/graphql", json={"query": HELLO}, headers=headers)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{form}; charset=utf-8"


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0", ""])
async def test_a_form_that_cannot_be_had_is_not_acceptable(served, accept):
    response = await served.client.post(
        "/graphql", json={"query": HELLO}, headers={**served.bearer(), "accept": accept}
    )

    assert response.status_code == 406
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert error_of(response)[0] == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($flag: Boolean!) { __typename @skip(if: $flag) }", "BAD_USER_INPUT"),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(RESPONSE, 400), ("application/json", 200)])
async def test_a_request_error_has_no_data(served, query, code, accept, status):
    body = {"query": query, "variables": {"flag": None}}

    response = await served.client.post("/graphql", json=body, headers={**served.bearer(), "accept": accept})

    assert response.status_code == status
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("subscription { timeEntryChanged { eventId } }", "graphql-transport-ws or text/event-stream"),
        ("{ ... @defer { viewer { role } } }", "Unknown directive '@defer'."),
        ("{ timeEntries { nodes @stream { id } } }", "Unknown directive '@stream'."),
    ],
)
async def test_what_takes_more_than_one_answer_is_refused_by_name(served, query, message):
    response = await served.post(query)

    assert response.status_code == 400
    assert message in error_of(response)[1]


async def test_two_operations_need_a_name_to_choose_by(served):
    query = "query A { viewer { role } } query B { __typename }"

    without = await served.post(query)
    wrong = await served.post(query, operationName="C")
    right = await served.post(query, operationName="B")

    assert (without.status_code, error_of(without)[0]) == (400, "OPERATION_RESOLUTION_FAILURE")
    assert (wrong.status_code, error_of(wrong)[0]) == (400, "OPERATION_RESOLUTION_FAILURE")
    assert right.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"1", "The body has to be a JSON object, not a number."),
        (b'"x"', "The body has to be a JSON object, not a string."),
        (b"true", "The body has to be a JSON object, not a boolean."),
        (b"null", "The body has to be a JSON object, not null."),
        (b"[]", "The body has to be a JSON object, not a list; several operations in one request are not supported."),
        (b'{"query": "\xff"}', "The body is not JSON in UTF-8: "),
        (b'{"query":\n }', "The body is not JSON in UTF-8: it cannot be read beyond line 2, column 2."),
        (b'{"query": "\\ud800"}', "The body is not JSON in UTF-8: "),
        (b"NaN", "The body is not JSON in UTF-8: "),
        (b'{"query": "{x}", "variables": {"x": Infinity}}', "The body is not JSON in UTF-8: "),
        (b"", "The body is empty; send a JSON object "),
        (b"{}", "The parameter 'query' is missing."),
        (b'{"query": null}', "The parameter 'query' is missing."),
        (b'{"query": 1}', "The parameter 'query' has to be a string, not a number."),
        (b'{"query": "{x}", "variables": []}', "The parameter 'variables' has to be an object, not a list."),
        (b'{"query": "{x}", "variables": "x"}', "The parameter 'variables' has to be an object, not a string."),
        (b'{"query": "{x}", "operationName": {}}', "The parameter 'operationName' has to be a string, not an object."),
        (b'{"query": "{x}", "extensions": false}', "The parameter 'extensions' has to be an object, not a boolean."),
        (b"[" * 100_000, "The body is not JSON in UTF-8: "),
    ],
)
async def test_a_body_that_is_no_request_is_a_bad_request(served, body, message):
    headers = {**served.bearer(), "content-type": "application/json"}

    response = await served.client.post("/graphql", content=body, headers=headers)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    code, said = error_of(response)
    assert code == "BAD_REQUEST"
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/graphql", "The parameter 'query' is missing."),
        ("/graphql?query=", ""),
        ("/graphql?query=%7Bviewer%7Brole%7D%7D&variables=%5B%5D", "The parameter 'variables' has to be an object"),
        ("/graphql?query=%7Bviewer%7Brole%7D%7D&variables=%7B", "The parameter 'variables' is not JSON: "),
        ("/graphql?query=%7Bviewer%7Brole%7D%7D&query=x", "The parameter 'query' is given twice."),
        ("/graphql?query=%FF", "The query string cannot be read"),
        ("/graphql?" + "&".join(f"a{n}=1" for n in range(200)), "The query string cannot be read"),
    ],
)
async def test_an_address_that_is_no_request_is_a_bad_request(served, address, message):
    response = await served.client.get(address, headers={**served.bearer(), "accept": RESPONSE})

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"].startswith(message)
    assert "code" in response.json()["errors"][0]["extensions"]


async def test_parameters_of_apollo_relay_and_codegen_are_tolerated(served):
    extra = {"extensions": {"clientLibrary": {"name": "x"}}, "operationName": None, "documentId": "sha256:00"}

    response = await served.post(HELLO, **extra)
    by_get = await served.client.get(
        "/graphql",
        params={"query": HELLO, "operationName": "", "variables": "", "extensions": "{}"},
        headers={**served.bearer(), "content-type": "application/json"},
    )

    assert response.status_code == by_get.status_code == 200


async def test_a_mutation_by_get_is_not_allowed(served):
    response = await served.client.get(
        "/graphql", params={"query": "mutation { __typename }"}, headers={**served.bearer(), "accept": RESPONSE}
    )

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/graphql", "application/json; charset=latin1", None]
)
async def test_a_body_of_another_type_is_not_supported(served, content_type):
    headers = served.bearer() | ({"content-type": content_type} if content_type else {})

    response = await served.client.post("/graphql", content=json.dumps({"query": HELLO}), headers=headers)

    assert response.status_code == 415
    assert error_of(response)[0] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; Charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_in_utf_8_is_supported_however_it_is_spelled(served, content_type):
    headers = {**served.bearer(), "content-type": content_type}

    response = await served.client.post("/graphql", content=json.dumps({"query": HELLO}), headers=headers)

    assert response.status_code == 200


async def test_a_compressed_body_is_not_supported(served):
    headers = {**served.bearer(), "content-type": "application/json", "content-encoding": "gzip"}

    response = await served.client.post("/graphql", content=b"\x1f\x8b", headers=headers)

    assert response.status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
async def test_other_methods_are_not_allowed(served, method):
    response = await served.client.request(method, "/graphql", headers=served.bearer())

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert error_of(response)[0] == "METHOD_NOT_ALLOWED"


async def test_options_says_what_is_allowed_and_head_answers_as_get_without_a_body(served):
    options = await served.client.options("/graphql")
    head = await served.client.head("/graphql", params={"query": HELLO}, headers=served.bearer())

    assert (options.status_code, options.headers["allow"], options.content) == (204, "GET, HEAD, OPTIONS, POST", b"")
    assert (head.status_code, head.content) == (200, b"")
    got = await served.client.get("/graphql", params={"query": HELLO}, headers=served.bearer())
    assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Bearer teg_" + "A" * 43},
        {"authorization": "Basic dTpw"},
        {"x-auth-token": "teg_" + "A" * 43, "x-organization-id": "1"},
        {"x-organization-id": "1"},
    ],
)
async def test_without_a_good_token_nothing_is_done(served, headers):
    statements = served.database.statements

    response = await served.client.post("/graphql", content=b"not even JSON", headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="gateway"'
    assert error_of(response)[0] == "UNAUTHENTICATED"
    assert served.database.statements <= statements + 1


async def test_the_documented_headers_are_a_credential_too(served):
    headers = {"x-auth-token": served.tokens["member"], "x-organization-id": "1"}

    response = await served.client.post("/graphql", json={"query": HELLO}, headers=headers)

    assert response.json()["data"] == {"viewer": {"role": "MEMBER"}}


@pytest.mark.parametrize("organization", ["2", "99", "one", "01", ""])
async def test_another_organization_than_the_tokens_is_forbidden(served, organization):
    headers = {"x-auth-token": served.tokens["admin"], "x-organization-id": organization}

    response = await served.client.post("/graphql", json={"query": HELLO}, headers=headers)

    assert response.status_code == 403
    assert error_of(response)[0] == "FORBIDDEN"


async def test_a_browser_gets_the_explorer_without_a_token(served):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    response = await served.client.get("/graphql", headers={"accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


async def test_every_answer_carries_a_request_id(served):
    made = await served.post(HELLO)
    headers = {**served.bearer(), "x-request-id": "client-7"}
    kept = await served.client.post("/graphql", json={"query": HELLO}, headers=headers)
    hostile = await served.client.post("/graphql", headers={"x-request-id": "a b\tc"})

    assert len(made.headers["x-request-id"]) == 16
    assert kept.headers["x-request-id"] == "client-7"
    assert len(hostile.headers["x-request-id"]) == 16


async def test_a_body_longer_than_allowed_is_refused_before_it_is_read(served):
    headers = {**served.bearer(), "content-type": "application/json"}

    response = await served.client.post("/graphql", content=b" " * 1_000_001, headers=headers)

    async def pieces():
        for _ in range(200):
            yield b" " * 10_000

    in_pieces = await served.client.post("/graphql", content=pieces(), headers=headers)

    for refused in (response, in_pieces):
        assert refused.status_code == 413
        assert refused.headers["connection"] == "close"
        assert error_of(refused)[0] == "PAYLOAD_TOO_LARGE"


async def test_too_many_headers_are_refused(served):
    response = await served.client.post("/graphql", headers={"x-filler": "x" * 40_000})

    assert response.status_code == 431
    assert error_of(response)[0] == "HEADERS_TOO_LARGE"


async def test_no_page_of_another_origin_may_read_an_answer_by_default(served):
    headers = {**served.bearer(), "origin": "https://evil.example"}

    response = await served.client.post("/graphql", json={"query": HELLO}, headers=headers)
    preflight = await served.client.options(
        "/graphql", headers={"origin": "https://evil.example", "access-control-request-method": "POST"}
    )

    for answer in (response, preflight):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_listed_origin_may_call_and_read(tmp_path):
    async with serving(tmp_path, cors_origins="https://app.example") as served:
        headers = {"origin": "https://app.example", "access-control-request-method": "POST"}
        preflight = await served.client.options("/graphql", headers=headers)
        response = await served.client.post(
            "/graphql", json={"query": HELLO}, headers={**served.bearer(), "origin": "https://app.example"}
        )
        stranger = await served.client.options("/graphql", headers={**headers, "origin": "https://evil.example"})

    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in stranger.headers


async def test_the_root_leads_to_the_explorer(served):
    response = await served.client.get("/")

    assert (response.status_code, response.headers["location"]) == (307, "/graphql")


@pytest.mark.parametrize("path", ["/nothing", "/graphql/x", "/explorer"])
async def test_an_address_with_nothing_behind_it_says_where_graphql_is(served, path):
    response = await served.client.get(path)

    assert response.status_code == 404
    assert error_of(response) == ("NOT_FOUND", "There is nothing at this address; GraphQL is at /graphql.")


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/schema.graphql", "/explorer/1/react.js"])
async def test_what_is_only_read_names_the_methods_that_read_it(served, path):
    read = await served.client.head(path)
    response = await served.client.delete(path)

    assert read.status_code in {200, 307}
    assert read.content == b""
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert error_of(response) == ("METHOD_NOT_ALLOWED", "DELETE is not supported; send GET.")


async def test_health_and_schema_need_no_token(served):
    alive = await served.client.get("/healthz")
    ready = await served.client.get("/readyz")
    schema = await served.client.get("/schema.graphql")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
    assert schema.status_code == 200
    assert "type Query" in schema.text
