"""What is seen of operations from outside: a line of the log and the metrics of Prometheus.

Both are kept cheap, for they come with every operation: labels are bounded and looked up once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from structlog.typing import FilteringBoundLogger

KINDS = ("query", "mutation", "subscription", "unknown")
RESULTS = ("ok", "errors", "refused")
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Codes that a refusal is counted under; a label's values have to be few and known.
CODES = (
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "COST_LIMIT_EXCEEDED",
    "DOCUMENT_LIMIT_EXCEEDED",
    "FORBIDDEN",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "HEADERS_TOO_LARGE",
    "INTERNAL_SERVER_ERROR",
    "INVALID_CURSOR",
    "INVALID_PAGINATION",
    "METHOD_NOT_ALLOWED",
    "NOT_ACCEPTABLE",
    "OPERATION_RESOLUTION_FAILURE",
    "PAYLOAD_TOO_LARGE",
    "PERSISTED_QUERY_NOT_SUPPORTED",
    "RATE_LIMITED",
    "REQUEST_TIMEOUT",
    "STATEMENT_TIMEOUT",
    "STORE_UNAVAILABLE",
    "UNAUTHENTICATED",
    "UNSUPPORTED_MEDIA_TYPE",
)
OTHER = "OTHER"
UNAUTHENTICATED = 401
LONGEST_LOGGED = 2_000  # characters of a slow operation's document


@dataclass(slots=True)
class Sight:
    """What is known of a request by its end."""

    request_id: str
    kind: str = "unknown"
    operation: str | None = None
    document: str = "-"  # digest of the document's text
    text: str = ""
    person_id: int | None = None
    token_id: int | None = None
    cost: int = 0
    statements: int = 0
    rows: int = 0


class Observer(Collector):
    """Logs and counts requests at /graphql."""

    def __init__(self, *, slow_operation_ms: int = 0) -> None:
        self._slow = slow_operation_ms / 1000 if slow_operation_ms else float("inf")
        # Without a configured log, as in tests, nothing is logged.
        self._log: FilteringBoundLogger | None = structlog.get_logger() if structlog.is_configured() else None
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        seconds = Histogram(
            "gateway_operation_seconds",
            "How long requests at /graphql took.",
            ("kind", "result"),
            buckets=SECONDS,
            registry=registry,
        )
        self._seconds = {(kind, result): seconds.labels(kind, result) for kind in KINDS for result in RESULTS}
        errors = Counter("gateway_errors", "Errors that were answered, by their code.", ("code",), registry=registry)
        self._errors = {code: errors.labels(code) for code in (*CODES, OTHER)}
        self.running = 0  # requests that are being answered
        self._statements = self._rows = self._points = 0
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Tell Prometheus what is counted here: plain numbers, for a lock would cost more than the counting."""
        yield CounterMetricFamily("gateway_statements", "Statements that operations ran.", self._statements)
        yield CounterMetricFamily("gateway_rows", "Rows that those statements returned.", self._rows)
        yield CounterMetricFamily("gateway_cost_points", "Cost points of the operations.", self._points)
        yield GaugeMetricFamily("gateway_requests_running", "Requests that are being answered.", self.running)

    def exposition(self) -> bytes:
        """Return the metrics as Prometheus reads them."""
        return generate_latest(self._registry)

    def note(self, sight: Sight, *, status: int, errors: list[dict[str, Any]], refused: bool, seconds: float) -> None:
        """Log and count a request that is about to be answered."""
        result = "refused" if refused else "errors" if errors else "ok"
        self._seconds[sight.kind, result].observe(seconds)
        self._statements += sight.statements
        self._rows += sight.rows
        self._points += sight.cost
        codes = [error["extensions"]["code"] for error in errors]
        for code in codes:
            self._errors[code if code in self._errors else OTHER].inc()
        if self._log is not None:
            self._write(self._log, sight, status, sorted(set(codes)), seconds)

    def _write(self, log: FilteringBoundLogger, sight: Sight, status: int, codes: list[str], seconds: float) -> None:
        facts = {
            "request_id": sight.request_id,
            "kind": sight.kind,
            "operation": sight.operation,
            "document": sight.document,
            "person_id": sight.person_id,
            "token_id": sight.token_id,
            "status": status,
            "codes": codes,
            "cost": sight.cost,
            "statements": sight.statements,
            "rows": sight.rows,
            "ms": round(seconds * 1000, 3),
        }
        if seconds > self._slow:
            log.warning("slow operation", **facts, text=sight.text[:LONGEST_LOGGED])
        elif status == UNAUTHENTICATED:
            log.debug("operation", **facts)  # anybody may cause these, as many as they like
        else:
            log.info("operation", **facts)
