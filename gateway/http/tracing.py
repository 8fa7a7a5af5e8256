"""OpenTelemetry's traces: a span for an operation and one for each of its statements, none for a field.

Where the extra `traces` is not installed, or its SDK is not configured, there is no tracer and nothing is paid.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from gateway.http.observation import RequestFacts
from gateway.store.databases.usage import Ran

LONGEST_STATEMENT = 2_000  # characters


class Tracer(Protocol):
    """What is used of a tracer."""

    def start_as_current_span(self, name: str) -> Any: ...

    def start_span(self, name: str, *, start_time: int, attributes: dict[str, Any]) -> Any: ...


def find_tracer() -> Tracer | None:
    """Return the configured tracer; None where nobody configured one."""
    try:
        from opentelemetry import trace  # noqa: PLC0415 - an extra, so it may not be there
    except ImportError:
        return None
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    tracer: Tracer = trace.get_tracer("gateway")
    return tracer


@contextmanager
def traced(tracer: Tracer, facts: RequestFacts) -> Iterator[None]:
    """Make what follows a span with the facts of `facts`, and with a span below it for each statement."""

    def statement(ran: Ran) -> None:
        attributes = {"db.query.text": ran.text[:LONGEST_STATEMENT], "db.response.returned_rows": ran.rows}
        tracer.start_span("statement", start_time=ran.began, attributes=attributes).end()

    facts.listeners = (statement,)
    with tracer.start_as_current_span("operation") as span:
        try:
            yield
        finally:
            facts.listeners = ()
            span.update_name(f"{facts.kind} {facts.operation or facts.document}")
            span.set_attributes(
                {
                    "graphql.operation.type": facts.kind,
                    "graphql.operation.name": facts.operation or "",
                    "gateway.document": facts.document,
                    "gateway.request_id": facts.request_id,
                    "gateway.cost": facts.cost,
                }
            )
