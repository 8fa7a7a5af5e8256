"""What is seen from outside: a line an operation in the log, and the metrics."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import LogCapture

from gateway.jsonapi.endpoint import without_values
from tests.support.harness.documented import documented_office
from tests.support.harness.serving import held, serving
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import entry

pytestmark = pytest.mark.sqlite_only
LIST = "query Hours { timeEntries { totalCount nodes { id person { name } } } }"


@pytest.fixture
def log():
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.reset_defaults()


async def test_an_operation_is_one_line_with_its_numbers(tmp_path, log):
    async with serving(tmp_path) as served:
        response = await served.post(LIST)

    [line] = log
    milliseconds = line.pop("ms")
    assert 0 < milliseconds < 5_000
    assert 0 <= time.time() - line.pop("at") < 60
    assert re.fullmatch("[0-9a-f]{16}", line.pop("document"))
    assert line == {
        "event": "operation",
        "log_level": "info",
        "request_id": response.headers["x-request-id"],
        "kind": "query",
        "operation": "Hours",
        "person_id": 11,
        "token_id": 1,
        "status": 200,
        "codes": [],
        "cost": response.json()["extensions"]["cost"]["requested"],
        "actual_cost": 1,
        "statements": 2,
        "rows": 1,
    }


async def test_a_refusal_is_logged_with_its_codes_and_an_anonymous_one_only_to_debug(tmp_path, log):
    async with serving(tmp_path) as served:
        await served.post("{ a b c }")
        await served.client.post("/graphql")

    assert [(line["log_level"], line["codes"]) for line in log] == [
        ("info", ["GRAPHQL_VALIDATION_FAILED"]),
        ("debug", ["UNAUTHENTICATED"]),
    ]


async def test_a_slow_operation_is_a_warning_with_its_text_and_without_values(tmp_path, log):
    query = """mutation ($id: ID!) { # of 0815
        timerStop(timeEntryId: $id) { userErrors { code } }
        other: timeEntryReject(id: 23, reason: "of Ana") { userErrors { code } }
    }"""
    shown = (
        "mutation ($id: ID!) { timerStop(timeEntryId: $id) { userErrors { code } } "
        "other: timeEntryReject(id: ?, reason: ?) { userErrors { code } } }"
    )

    async with serving(tmp_path, slow_operation_ms=1) as served:
        async with held(served.database):
            asked = asyncio.create_task(served.post(query, variables={"id": "4711"}))
            await asyncio.sleep(0.1)  # so long it waits at least
        await asked

    [line] = log
    assert (line["event"], line["log_level"], line["text"]) == ("slow operation", "warning", shown)
    assert not re.search("4711|0815|Ana", json.dumps(line))


def test_a_query_string_is_logged_without_values():
    shown = without_values(b"filter[person_id][eq]=4711&filter%5Bafter%5D=2026-01-01&sort=&plain")

    assert shown == "filter[person_id][eq]=?&filter%5Bafter%5D=?&sort=?&plain"


async def test_metrics_count_operations_statements_and_errors(tmp_path):
    async with serving(tmp_path) as served:
        await served.post(LIST)
        await served.post(LIST)
        await served.post("{ a b }")
        await served.post("{")
        await served.client.post("/graphql")
        response = await served.client.get("/metrics")

    metrics = dict(re.findall(r"^(gateway_\S+) ([0-9.e+]+)$", response.text, re.MULTILINE))
    assert response.headers["content-type"].startswith("text/plain")
    assert metrics['gateway_operation_seconds_count{kind="query",result="ok"}'] == "2.0"
    assert metrics['gateway_operation_seconds_count{kind="unknown",result="refused"}'] == "3.0"
    assert metrics["gateway_statements_total"] == "4.0"
    assert metrics['gateway_errors_total{code="GRAPHQL_VALIDATION_FAILED"}'] == "2.0"
    assert metrics['gateway_errors_total{code="GRAPHQL_PARSE_FAILED"}'] == "1.0"
    assert metrics['gateway_errors_total{code="UNAUTHENTICATED"}'] == "1.0"
    assert metrics["gateway_requests_running"] == "0.0"


async def test_metrics_can_be_switched_off(tmp_path):
    async with serving(tmp_path, metrics=False) as served:
        response = await served.client.get("/metrics")

    assert response.status_code == 404


async def test_a_request_of_the_documented_api_is_logged_and_counted_as_what_it_was(tmp_path, log):
    async with documented_office(tmp_path, [entry(7)]) as asked:
        await asked.get("time_entries?filter[id]=7")
        await asked.send("PATCH", "time_entries/7/reject")
        await asked.get("time_entries?filter[nothing]=7")
        metrics = (await asked.client.get("/metrics")).text

    assert [(line["kind"], line["operation"], line["status"], line["codes"]) for line in log] == [
        ("query", "GET /time_entries", 200, []),
        ("mutation", "PATCH /time_entries/{id}/reject", 200, []),
        ("query", "GET /time_entries", 400, ["UNSUPPORTED_FILTER"]),
    ]
    assert log[0]["statements"] == 2
    assert log[0]["cost"] > log[1]["cost"] > 0
    assert 'gateway_errors_total{code="UNSUPPORTED_FILTER"} 1.0' in metrics


# No Int of the schema can be so large but by force.
LONG_TASK = (
    "INSERT INTO tasks (organization_id, title, title_folded, initial_estimate, closed) "
    "VALUES (1, 'Long', 'long', 3000000000, false)"
)


async def test_an_error_that_is_found_while_an_answer_is_completed_has_its_code_and_its_line(tmp_path, log):
    query = "{ __schema { queryType { name } } tasks { nodes { initialEstimate } } }"

    async with serving(tmp_path) as served:
        await served.database.write(lambda connection: connection.fetch(text(LONG_TASK)))
        answer = (await served.post(query)).json()

    [error] = answer["errors"]
    assert (error["message"], error["extensions"]["code"]) == (
        "An unexpected error happened.",
        "INTERNAL_SERVER_ERROR",
    )
    assert error["path"] == ["tasks", "nodes", 0, "initialEstimate"]
    assert [(line["status"], line["codes"]) for line in log] == [(200, ["INTERNAL_SERVER_ERROR"])]


async def test_an_answer_that_cannot_be_sent_has_its_line_all_the_same(tmp_path, log):
    async with serving(tmp_path) as served:
        endpoint = served.app

        async def send(_message):
            raise OSError("broken")

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http", "method": "GET", "path": "/graphql", "query_string": b"query=%7B__typename%7D",
            "headers": [(b"accept", b"application/json")], "http_version": "1.1", "scheme": "http",
        }  # fmt: skip
        with pytest.raises(OSError, match="broken"):
            await endpoint(scope, receive, send)

    assert [line["status"] for line in log] == [401]


async def test_a_client_that_leaves_before_it_is_answered_has_a_line_too(tmp_path, log):
    async with serving(tmp_path) as served:
        coming = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return coming.pop(0)

        token = served.bearer()["authorization"].encode()
        scope = {
            "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "http_version": "1.1",
            "headers": [(b"content-type", b"application/json"), (b"authorization", token)], "scheme": "http",
        }  # fmt: skip
        await served.app(scope, receive, send)
        metrics = (await served.client.get("/metrics")).text

    assert sent == []
    assert [(line["event"], line["status"], line["token_id"]) for line in log] == [("operation", 499, 1)]
    assert 'gateway_operation_seconds_count{kind="unknown",result="gone"} 1.0' in metrics


FAILING = """
import logging
from gateway.serving.logs import configure_logs

def fail(token):
    raise ValueError("no")

end = configure_logs("info", {form!r})
try:
    fail("secret" + "-of-somebody")
except ValueError as error:
    logging.getLogger("gateway.http").error("an unexpected error", exc_info=error)
end()
"""


@pytest.mark.sqlite_only
@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_in_the_log_has_lines_and_no_values(form):
    run = [sys.executable, "-c", FAILING.format(form=form)]

    logged = subprocess.run(run, capture_output=True, text=True, check=True).stderr

    assert "ValueError" in logged
    assert "in fail" in logged
    assert "secret-of-somebody" not in logged


LOGGING = """
import structlog
from gateway.serving.logs import configure_logs

end = configure_logs("info", {form!r})
for number in range(200):
    structlog.get_logger().info("a line", number=number)
    structlog.get_logger().error("a line that waits for no other", number=number)
end()
print("goes on")
"""


def full():
    return os.open("/dev/full", os.O_WRONLY)


def without_reader():
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("sink", [full, without_reader])
@pytest.mark.parametrize("form", ["console", "json"])
def test_a_log_that_cannot_be_written_stops_nothing(form, sink):
    descriptor = sink()
    run = [sys.executable, "-c", LOGGING.format(form=form)]

    done = subprocess.run(run, check=False, stdout=subprocess.PIPE, stderr=descriptor, text=True)
    os.close(descriptor)

    assert done.stdout == "goes on\n"


STALLED = """
import os
import sys
from threading import Thread
import structlog
from gateway.serving.logs import configure_logs

reader, writer = os.pipe()
os.dup2(writer, sys.stderr.fileno())
os.close(writer)
end = configure_logs("info", {form!r})
for number in range({lines}):
    structlog.get_logger().info("a line", number=number)
reading = Thread(target=lambda: sys.stdout.write(os.fdopen(reader).read()))
reading.start()
end()
os.close(sys.stderr.fileno())
reading.join()
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_log_that_nobody_reads_holds_up_nothing_and_tells_what_was_lost(form):
    lines = 40_000
    run = [sys.executable, "-c", STALLED.format(form=form, lines=lines)]

    logged = subprocess.run(run, capture_output=True, text=True, check=True, timeout=TIMEOUT).stdout

    *kept, told = re.sub(r"\x1b\[\d*m", "", logged).splitlines()
    numbers = [int(number) for line in kept for number in re.findall(r"number\W+(\d+)", line)]
    assert numbers == [*range(len(kept))]
    assert f"{lines - len(kept)} lines of the log are lost" in told
    assert len(kept) < lines
