"""What is seen of operations from outside: a line of the log, and the metrics. Both come with every operation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from structlog.typing import FilteringBoundLogger

from gateway.http.metrics import Metrics
from gateway.store.databases.usage import Usage

UNAUTHENTICATED = 401
LONGEST_LOGGED = 2_000  # characters of a slow operation's document


@dataclass(slots=True, kw_only=True)
class Sight(Usage):
    """What is known of a request by its end."""

    request_id: str
    kind: str = "unknown"
    operation: str | None = None
    document: str = "-"  # digest of the document's text
    text: str = ""
    person_id: int | None = None
    token_id: int | None = None
    cost: int = 0


class Observer:
    """Logs and counts requests at /graphql."""

    def __init__(self, *, slow_operation_ms: int = 0) -> None:
        self._slow = slow_operation_ms / 1000 if slow_operation_ms else float("inf")
        # Without a configured log, as in tests, nothing is logged.
        self._log: FilteringBoundLogger | None = structlog.get_logger().bind() if structlog.is_configured() else None
        self.metrics = Metrics()

    def note(
        self, sight: Sight, *, status: int, errors: Sequence[Mapping[str, Any]], refused: bool, seconds: float
    ) -> None:
        """Log and count a request that is about to be answered."""
        result = "refused" if refused else "errors" if errors else "ok"
        self.metrics.note(sight.kind, result, seconds, statements=sight.statements, rows=sight.rows, points=sight.cost)
        codes = [error["extensions"]["code"] for error in errors]
        if codes:
            self.metrics.note_errors(codes)
            codes = sorted(set(codes))
        if self._log is not None:
            self._write(self._log, sight, status, codes, seconds)

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
