"""Faults: time that runs out, clients that leave, a store that fails; each with a code, and nothing of the inside."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from gateway.graphql.http.endpoint import GraphQLEndpoint
from gateway.graphql.http.explorer import explorer
from gateway.store.databases.sqlite import READERS
from gateway.store.databases.usage import Usage, current_usage
from gateway.store.schema.tables import DealRow, ServiceRow
from tests.support.harness.serving import held, insert_rows, listening, serving
from tests.support.harness.waiting import TIMEOUT, eventually
from tests.support.random.fuzzing import fuzzing
from tests.support.worlds.ledger import ADMIN

pytestmark = pytest.mark.sqlite_only
HELLO = "{ viewer { role } }"
WRITE = 'mutation { timerStop(timeEntryId: "1") { userErrors { code } } }'


async def is_answered(served):
    """Tell whether a read is answered in time."""
    return (await served.post(HELLO)).status_code == 200


async def test_an_operation_that_takes_too_long_is_ended(tmp_path):
    async with serving(tmp_path, request_timeout_ms=100) as served, held(served.database):
        response = await served.post(WRITE)
        await eventually(lambda: is_answered(served))

    [error] = response.json()["errors"]
    assert response.status_code == 504
    assert error["extensions"]["code"] == "OPERATION_TIMEOUT"


async def test_a_statement_that_takes_too_long_is_stopped(tmp_path):
    conditions = " ".join(f'{{jiraIssueSummary: {{contains: "nothing {n}"}}}}' for n in range(99))
    slow = f"{{ timeEntries(filter: {{or: [{conditions}]}}) {{ aggregate {{ time }} }} }}"
    async with fuzzing(tmp_path, entries=3000, statement_timeout_ms=1) as fuzzed:

        async def executed(query):
            """The answer, once the token was found within a millisecond."""
            answer = await fuzzed.send(ADMIN, json.dumps({"query": query}).encode())
            return answer if "data" in answer.json() else None

        stopped = await eventually(lambda: executed(slow))
        read = await eventually(lambda: executed(HELLO))

    [error] = stopped.json()["errors"]
    assert error["message"] == "The database took too long and was stopped."
    assert error["extensions"] == {"code": "STATEMENT_TIMEOUT", "requestId": stopped.headers["x-request-id"]}
    assert stopped.json()["data"] is None
    assert read.json()["data"] == {"viewer": {"role": "ADMIN"}}


async def test_readers_that_others_hold_keep_nobody_from_being_answered(tmp_path):
    async with serving(tmp_path) as served, AsyncExitStack() as holding:
        for token_id in (*[91] * (READERS - 1), 92):
            current_usage.set(Usage(token_id=token_id))
            await holding.enter_async_context(served.database.read(snapshot=True))
        answer = await served.post(HELLO)
        ready = await served.client.get("/readyz")

    assert answer.json()["data"] == {"viewer": {"role": "ADMIN"}}
    assert ready.status_code == 200


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path):
    async with serving(tmp_path, body_timeout_ms=100) as served, listening(served.app) as address:
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {served.tokens['admin']}\r\n"
        writer.write(f"{head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{{".encode())
        answer = await asyncio.wait_for(reader.read(), TIMEOUT)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"REQUEST_TIMEOUT"' in answer


async def test_a_client_that_leaves_is_not_worked_for_any_more(tmp_path):
    async with serving(tmp_path) as served, listening(served.app) as address, held(served.database):
        host, port = address.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"query": WRITE}).encode()
        head = f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {served.tokens['admin']}\r\n"
        writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        exposition = served.app.pipeline.observer.exposition
        await eventually(lambda: b"gateway_requests_running 1.0" in exposition())
        writer.close()
        await eventually(lambda: b"gateway_requests_running 0.0" in exposition())
        metrics = exposition()

    assert b'gateway_operation_seconds_count{kind="unknown",result="gone"} 1.0' in metrics


async def make_service(connection):
    """Put in what an entry needs besides a person."""
    deal = DealRow(id=1, organization_id=1, name="Work", name_folded="work", currency="EUR")
    await insert_rows(connection, [deal])
    await insert_rows(connection, [ServiceRow(id=1, organization_id=1, deal_id=1, name="Work", name_folded="work")])


async def test_a_full_disk_ends_writes_and_leaves_reads(tmp_path):
    entry = '{date: "2025-08-01", personId: 11, serviceId: 1, note: $note}'
    create = f"mutation ($note: String) {{ timeEntryCreate(input: {entry}) {{ timeEntry {{ id }} }} }}"
    count = "{ timeEntries { totalCount } }"
    async with serving(tmp_path) as served:
        await served.database.write(make_service)
        await served.database.write(lambda connection: connection.fetch(text("PRAGMA max_page_count = 1")))
        refused = await served.post(create, variables={"note": "x" * 90_000})
        read = await served.post(count)
        await served.database.write(lambda connection: connection.fetch(text("PRAGMA max_page_count = 100000")))
        created = await served.post(create, variables={"note": "x" * 90_000})
        after = await served.post(count)

    [error] = refused.json()["errors"]
    assert error["extensions"]["code"] == "STORE_UNAVAILABLE"
    assert error["message"] == "The store cannot answer now; try again later."
    assert read.json()["data"] == {"timeEntries": {"totalCount": 0}}
    assert created.json()["data"] == {"timeEntryCreate": {"timeEntry": {"id": "TimeEntry:1"}}}
    assert after.json()["data"] == {"timeEntries": {"totalCount": 1}}


async def test_a_store_that_is_gone_is_reported_by_a_code_and_by_readyz(tmp_path):
    async with serving(tmp_path) as served:
        await served.database.write(lambda connection: connection.fetch(text("DROP TABLE tokens")))
        await served.database.write(lambda connection: connection.fetch(text("DELETE FROM alembic_version")))
        response = await served.post(HELLO)
        ready = await served.client.get("/readyz")
        alive = await served.client.get("/healthz")

    [error] = response.json()["errors"]
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert error["extensions"] == {"code": "STORE_UNAVAILABLE", "requestId": response.headers["x-request-id"]}
    assert error["message"] == "The store cannot answer now; try again later."
    assert ready.status_code == 503
    assert alive.status_code == 200


class Broken:
    """Operations that fail as nobody foresaw."""

    def knows(self, _query):
        return True

    async def is_subscription(self, _request):
        return False

    async def subscribe(self, *_arguments, **_options):
        raise NotImplementedError

    async def execute(self, *_arguments, **_options):
        raise ZeroDivisionError("/secret/path")


async def test_what_is_unexpected_is_masked_and_logged_under_its_id(tmp_path, caplog):
    async with serving(tmp_path) as served:
        served.app.face = GraphQLEndpoint(Broken(), served.app.pipeline, explorer, served.app.hub, max_cost=1)
        response = await served.post(HELLO)

    [error] = response.json()["errors"]
    identity = response.headers["x-request-id"]
    assert response.status_code == 500
    assert error["message"] == "An unexpected error happened."
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": identity}
    assert "ZeroDivisionError: /secret/path" in caplog.text
    assert f"request {identity}: an unexpected error" in caplog.text
