"""What is seen of operations from outside: a line of the log, and the metrics. Both come with every operation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from structlog.typing import FilteringBoundLogger

from gateway.http.metrics import Metrics
from gateway.http.points import points_of_time
from gateway.store.databases.usage import Usage

UNAUTHENTICATED = 401
CLIENT_GONE = 499  # as proxies log it: the client left before anything was sent
LASTING = "subscription"  # takes as long as its client listens
NOTHING_MORE: Mapping[str, str] = {}


@dataclass(slots=True, kw_only=True)
class RequestFacts(Usage):
    """What is known of a request by its end."""

    request_id: str = "-"
    kind: str = "unknown"
    operation: str | None = None
    document: str = "-"  # digest of the document's text
    shape: Callable[[], str] = str  # what was asked, without the values in it; made where it is logged
    person_id: int | None = None
    cost: int = 0  # points, known before the operation began
    charged: int = 0  # points that were taken from the token's, so far


class Observer:
    """Logs and counts requests."""

    def __init__(self, *, slow_operation_ms: int = 0) -> None:
        self._slow = slow_operation_ms / 1000 if slow_operation_ms else float("inf")
        # Without a configured log, as in tests, nothing is logged.
        self._log: FilteringBoundLogger | None = structlog.get_logger().bind() if structlog.is_configured() else None
        self.metrics = Metrics()

    def note(self, facts: RequestFacts, *, status: int, codes: Sequence[str], refused: bool, seconds: float) -> None:
        """Log and count a request that is about to be answered."""
        result = "gone" if status == CLIENT_GONE else "refused" if refused else "errors" if codes else "ok"
        self.metrics.note(facts.kind, result, seconds, statements=facts.statements, rows=facts.rows, points=facts.cost)
        if codes:
            self.metrics.note_errors(codes)
        if self._log is not None:
            self._write(self._log, facts, status, sorted(set(codes)) if codes else [], seconds)

    def _write(
        self, log: FilteringBoundLogger, facts: RequestFacts, status: int, codes: list[str], seconds: float
    ) -> None:
        event, say, more = "operation", log.info, NOTHING_MORE
        if seconds > self._slow and facts.kind != LASTING:
            event, say, more = "slow operation", log.warning, {"text": facts.shape()}
        elif status == UNAUTHENTICATED:
            say = log.debug  # anybody may cause these, as many as they like
        say(
            event,
            request_id=facts.request_id,
            kind=facts.kind,
            operation=facts.operation,
            document=facts.document,
            person_id=facts.person_id,
            token_id=facts.token_id,
            status=status,
            codes=codes,
            cost=facts.cost,
            actual_cost=points_of_time(facts.spent_ns),
            statements=facts.statements,
            rows=facts.rows,
            ms=round(seconds * 1000, 3),
            **more,
        )
