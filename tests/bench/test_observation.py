"""What it costs to be seen: the log's line, the metrics and the counting of statements, for one small read."""

import io
import sys
import time

import pytest
import structlog

from gateway.http.observation import Observer, RequestFacts
from gateway.serving.logs import configure_logs
from gateway.store.databases.usage import current_usage

pytestmark = pytest.mark.bench
ROUNDS = 20_000
MOST_MICROSECONDS = 20


@pytest.fixture
def json_log(monkeypatch):
    with open("/dev/null", "wb", buffering=0) as sink:  # noqa: PTH123 - unbuffered, as standard error is
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(sink))
        configure_logs("info", "json")
        yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("json_log")
async def test_observing_an_operation_takes_twenty_microseconds_at_most(record_property):
    observer = Observer(slow_operation_ms=1_000)

    def observe():
        facts = RequestFacts(
            request_id="8c1a0a2b3c4d5e6f", kind="query", operation="Entry", document="0123456789abcdef"
        )
        current_usage.set(facts)
        observer.metrics.running += 1
        facts.note_statement(1, "", (), (), 0)
        observer.metrics.running -= 1
        observer.note(facts, status=200, codes=[], refused=False, seconds=0.0004)

    best = min(_microseconds(observe) for _ in range(5))

    record_property("microseconds", round(best, 1))
    print(f"observing an operation: {best:.1f} microseconds")  # noqa: T201 - the number is the point
    assert best <= MOST_MICROSECONDS


def _microseconds(work):
    started = time.process_time()
    for _ in range(ROUNDS):
        work()
    return (time.process_time() - started) / ROUNDS * 1e6
