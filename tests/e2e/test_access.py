"""Access: rates of tokens, costs of operations, who may see the schema, and what other sites can do: nothing."""

import asyncio

import pytest

from gateway.http import points
from gateway.store.databases.usage import note_time
from tests.support.harness.serving import serving

pytestmark = pytest.mark.sqlite_only
HELLO = "{ viewer { role } }"
LIST = "{ timeEntries(first: 100) { nodes { id date time } } }"


async def test_every_answer_tells_its_cost(tmp_path):
    async with serving(tmp_path) as served:
        response = await served.post(LIST)

    # Each of a hundred rows counts one, and one for each of three fields; the connection counts one.
    answer = response.json()
    actual = answer["extensions"]["cost"].pop("actual")
    cost = {"requested": 401, "limit": 500_000, "remaining": 499_599}
    assert answer == {"data": {"timeEntries": {"nodes": []}}, "extensions": {"cost": cost}}
    assert 1 <= actual < 401


async def test_what_took_longer_than_its_price_is_charged_in_full(tmp_path, monkeypatch):
    async with serving(tmp_path, rate_limit=10_000) as served:
        monkeypatch.setattr(points, "POINT_NS", 1)
        spent = (await served.post(HELLO)).json()["extensions"]["cost"]
        monkeypatch.undo()
        after = await served.post(HELLO)

    assert spent["requested"] == 2
    assert spent["actual"] > 10_000
    assert spent["remaining"] == pytest.approx(10_000 - spent["actual"], abs=1)
    assert after.status_code == 429


async def test_an_operation_that_fails_is_charged_for_what_it_took(tmp_path, monkeypatch):
    async with serving(tmp_path, rate_limit=1_000, request_timeout_ms=1) as served:

        async def stuck(*_arguments, **_named):
            note_time(600 * points.POINT_NS)
            await asyncio.Event().wait()

        monkeypatch.setattr(served.database, "answer", stuck)
        answers = [await served.post(LIST) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [504, 429, 429]


async def test_an_operation_over_the_limit_is_refused_before_anything_is_read(tmp_path):
    async with serving(tmp_path, max_cost=400) as served:
        await served.post(HELLO)
        statements = served.database.statements
        response = await served.post(LIST)
        after = served.database.statements

    [error] = response.json()["errors"]
    assert response.status_code == 400
    assert error["message"] == (
        "The operation may cost 401 points; at most 400 are allowed. Ask for fewer rows or fields."
    )
    assert error["extensions"] == {"code": "COST_LIMIT_EXCEEDED", "cost": {"requested": 401, "limit": 400}}
    assert after == statements


async def test_a_token_spends_its_points_and_waits_for_more(tmp_path):
    async with serving(tmp_path, rate_limit=1_000) as served:
        answers = [await served.post(LIST) for _ in range(3)]
        other = await served.post(LIST, who="member")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.json()["extensions"]["cost"]["remaining"] for answer in answers[:2]] == [599, 198]
    [error] = answers[2].json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert answers[2].headers["retry-after"] == "13"
    assert other.status_code == 200


async def test_an_operation_dearer_than_a_minute_passes_with_a_full_purse_only(tmp_path):
    async with serving(tmp_path, rate_limit=100) as served:
        first = await served.post(LIST)
        second = await served.post(HELLO)

    assert (first.status_code, second.status_code) == (200, 429)
    assert first.json()["extensions"]["cost"]["remaining"] < 0


@pytest.mark.parametrize(("introspection", "hint"), [("on", " Did you mean 'viewer'?"), ("off", "")])
async def test_a_schema_that_is_not_shown_is_not_hinted_at(tmp_path, introspection, hint):
    ask = "query ($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount } }"
    async with serving(tmp_path, introspection=introspection) as served:
        response = await served.post("{ viewr { role } }")
        variable = await served.post(ask, variables={"f": {"tme": {}}})

    [error] = response.json()["errors"]
    assert error["message"] == f"Cannot query field 'viewr' on type 'Query'.{hint}"
    [error] = variable.json()["errors"]
    assert ("Did you mean" in error["message"]) is bool(hint)


async def test_documents_that_are_refused_are_not_free(tmp_path):
    async with serving(tmp_path, rate_limit=1_000) as served:
        refused = await served.post("{" + " nothing" * 2_000 + " }")
        after = await served.post(HELLO)

    assert (refused.status_code, after.status_code) == (400, 429)


@pytest.mark.parametrize(
    ("introspection", "anonymous", "with_token", "query"),
    [("on", 200, 200, 200), ("authenticated", 401, 200, 200), ("off", 404, 404, 400)],
)
async def test_the_schema_is_shown_to_whom_it_may_be(tmp_path, introspection, anonymous, with_token, query):
    async with serving(tmp_path, introspection=introspection) as served:
        unknown = await served.client.get("/schema.graphql")
        known = await served.client.get("/schema.graphql", headers=served.bearer())
        asked = await served.post("{ __schema { queryType { name } } }")
        harmless = await served.post("{ __typename }")

    assert (unknown.status_code, known.status_code, asked.status_code) == (anonymous, with_token, query)
    assert harmless.json()["data"] == {"__typename": "Query"}
    if query == 400:
        assert asked.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_another_site_can_send_without_being_allowed_does_nothing(tmp_path, content_type):
    """A page of another site can send these without a preflight, but never with a token: there are no cookies."""
    headers = {"origin": "https://evil.example", "content-type": content_type, "cookie": "session=1"}
    async with serving(tmp_path, cors_origins="https://app.example") as served:
        statements = served.database.statements
        response = await served.client.post("/graphql", content='{"query": "{ __typename }"}', headers=headers)
        with_token = await served.client.post(
            "/graphql", content='{"query": "{ __typename }"}', headers=headers | served.bearer()
        )
        after = served.database.statements

    assert (response.status_code, with_token.status_code) == (401, 415)
    assert after == statements + 1  # the token that a page cannot send was looked up
    assert "access-control-allow-origin" not in response.headers
    assert "set-cookie" not in response.headers
