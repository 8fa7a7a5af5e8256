"""Traces: a span for an operation and one for each of its statements, where OpenTelemetry's SDK is configured."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway.http.tracing import find_tracer
from tests.support.harness.serving import serving

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def spans(monkeypatch):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
    yield exporter.get_finished_spans
    provider.shutdown()


async def test_an_operation_and_each_of_its_statements_is_a_span(tmp_path, spans):
    async with serving(tmp_path) as served:
        response = await served.post("query Hours { timeEntries { totalCount nodes { id } } }")

    *statements, operation = spans()
    assert operation.name == "query Hours"
    assert operation.attributes["graphql.operation.type"] == "query"
    assert operation.attributes["gateway.request_id"] == response.headers["x-request-id"]
    assert [span.name for span in statements] == ["statement", "statement"]
    for span in statements:
        assert span.parent is not None
        assert span.parent.span_id == operation.context.span_id
        assert "FROM time_entr" in span.attributes["db.query.text"]
        assert operation.start_time <= span.start_time <= span.end_time <= operation.end_time


async def test_what_is_refused_is_refused_alike_with_a_span_around_it(tmp_path, spans):
    async with serving(tmp_path) as served:
        headers = served.bearer() | {"content-type": "application/json"}
        unreadable = await served.client.post("/graphql", content=b"{", headers=headers)
        nowhere = await served.client.get("/api/v2/time_entries/999999", headers=headers)

    assert (unreadable.status_code, unreadable.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert nowhere.status_code == 404
    assert len(spans()) > 1


def test_without_a_configured_sdk_there_is_no_tracer():
    assert find_tracer() is None
