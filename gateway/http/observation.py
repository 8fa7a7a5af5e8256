"""What is seen of operations from outside: a line of the log, and the metrics. Both come with every operation.

They are written and counted for all that ended in a moment together: what does so is warm then, and no answer waits.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from structlog.typing import FilteringBoundLogger

from gateway.http.metrics import Metrics
from gateway.http.points import points_of_time
from gateway.store.databases.usage import Usage

UNAUTHENTICATED = 401
CLIENT_GONE = 499  # as proxies log it: the client left before anything was sent
LASTING = "subscription"  # takes as long as its client listens
NOTHING_MORE: Mapping[str, str] = {}
LONGEST_LOGGED = 2_000  # characters of what a slow request asked
SECONDS_TOGETHER = 0.01
MOST_TOGETHER = 1_000


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


class _Ended(NamedTuple):
    """A request that was answered, or is about to be."""

    facts: RequestFacts
    status: int
    codes: Sequence[str]
    refused: bool
    seconds: float
    at: float  # seconds since 1970
    slow_text: str | None  # what was asked, where that took long


class Observer:
    """Logs and counts requests, those of a moment together and slow ones at once."""

    def __init__(self, *, slow_operation_ms: int = 0) -> None:
        self._slow = slow_operation_ms / 1000 if slow_operation_ms else float("inf")
        # Without a configured log, as in tests, nothing is logged.
        self._log: FilteringBoundLogger | None = structlog.get_logger().bind() if structlog.is_configured() else None
        self.metrics = Metrics()
        self._ended: list[_Ended] = []

    def note(self, facts: RequestFacts, *, status: int, codes: Sequence[str], refused: bool, seconds: float) -> None:
        """Take note of a request that is about to be answered."""
        is_slow = seconds > self._slow and facts.kind != LASTING
        text = facts.shape() if is_slow else None
        facts.shape = str  # which held what was asked
        self._ended.append(_Ended(facts, status, codes, refused, seconds, time.time(), text))
        if is_slow or len(self._ended) >= MOST_TOGETHER:
            self.flush()
        elif len(self._ended) == 1:
            try:
                asyncio.get_running_loop().call_later(SECONDS_TOGETHER, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Log and count what has ended."""
        ended, self._ended = self._ended, []
        for one in ended:
            facts, codes = one.facts, one.codes
            result = "gone" if one.status == CLIENT_GONE else "refused" if one.refused else "errors" if codes else "ok"
            self.metrics.note(
                facts.kind, result, one.seconds, statements=facts.statements, rows=facts.rows, points=facts.cost
            )
            if codes:
                self.metrics.note_errors(codes)
            if self._log is not None:
                self._write(self._log, one)

    def exposition(self) -> bytes:
        """Return the metrics of all that has ended, as Prometheus reads them."""
        self.flush()
        return self.metrics.exposition()

    def _write(self, log: FilteringBoundLogger, ended: _Ended) -> None:
        facts = ended.facts
        event, say, more = "operation", log.info, NOTHING_MORE
        if ended.slow_text is not None:
            event, say, more = "slow operation", log.warning, {"text": ended.slow_text}
        elif ended.status == UNAUTHENTICATED:
            say = log.debug  # anybody may cause these, as many as they like
        say(
            event,
            request_id=facts.request_id,
            kind=facts.kind,
            operation=facts.operation,
            document=facts.document,
            person_id=facts.person_id,
            token_id=facts.token_id,
            status=ended.status,
            codes=sorted(set(ended.codes)) if ended.codes else [],
            cost=facts.cost,
            actual_cost=points_of_time(facts.spent_ns),
            statements=facts.statements,
            rows=facts.rows,
            ms=round(ended.seconds * 1000, 3),
            at=ended.at,
            **more,
        )
