"""The metrics of operations, as Prometheus reads them.

They are plain numbers that one thread counts up: prometheus-client's own take a lock and several calls for
each, which is felt in a read of a hundred microseconds. Labels are few and known beforehand.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from gateway.caches import sizes
from gateway.http.codes import Code

KINDS = ("query", "mutation", "subscription", "unknown")
RESULTS = ("ok", "errors", "refused", "gone")
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Times:
    """How many requests took how long, and how long all of them took together."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)  # by the first bound that is not exceeded, and beyond the last
        self.total = 0.0

    def note(self, seconds: float) -> None:
        """Count a request."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return the counts up to each bound."""
        bounds = [*(str(bound) for bound in SECONDS), "+Inf"]
        return list(zip(bounds, accumulate(map(float, self.counts)), strict=True))


class Metrics(Collector):
    """All that is counted of requests at /graphql and /api/v2."""

    def __init__(self) -> None:
        self.running = 0  # requests that are being answered
        self.subscriptions: Callable[[], int] = int  # tells how many are open
        self._times = {kind: {result: Times() for result in RESULTS} for kind in KINDS}
        self._errors = {code.name: 0 for code in Code}
        self._statements = self._rows = self._points = 0
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def include(self, others: Collector) -> None:
        """Tell what somebody else knows, too."""
        self._registry.register(others)

    def note(self, kind: str, result: str, seconds: float, *, statements: int, rows: int, points: int) -> None:
        """Count a request."""
        self._times[kind][result].note(seconds)
        self._statements += statements
        self._rows += rows
        self._points += points

    def note_errors(self, codes: Iterable[str]) -> None:
        """Count the errors of an answer, by the names of their codes: each face has a closed set of them."""
        for code in codes:
            self._errors[code] = self._errors.get(code, 0) + 1

    def collect(self) -> Iterator[Metric]:
        """Tell Prometheus what was counted."""
        seconds = HistogramMetricFamily(
            "gateway_operation_seconds", "How long requests at /graphql and /api/v2 took.", labels=("kind", "result")
        )
        for kind, results in self._times.items():
            for result, times in results.items():
                seconds.add_metric((kind, result), times.buckets(), times.total)
        yield seconds
        errors = CounterMetricFamily("gateway_errors", "Errors that were answered, by their code.", labels=("code",))
        for code, count in self._errors.items():
            errors.add_metric((code,), count)
        yield errors
        yield CounterMetricFamily("gateway_statements", "Statements that operations ran.", self._statements)
        yield CounterMetricFamily("gateway_rows", "Rows that those statements returned.", self._rows)
        yield CounterMetricFamily("gateway_cost_points", "Cost points of the operations.", self._points)
        yield GaugeMetricFamily("gateway_requests_running", "Requests that are being answered.", self.running)
        yield GaugeMetricFamily("gateway_subscriptions_open", "Subscriptions that are open.", self.subscriptions())
        kept = GaugeMetricFamily("gateway_cache_bytes", "Bytes that a cache takes, about.", labels=("cache",))
        bounds = GaugeMetricFamily("gateway_cache_bound_bytes", "Most bytes that a cache may take.", labels=("cache",))
        made = CounterMetricFamily("gateway_cache_made", "Entries that a cache made so far.", labels=("cache",))
        found = CounterMetricFamily(
            "gateway_cache_found", "How often an entry was there already, where a cache counts that.", labels=("cache",)
        )
        for cache, size in sizes():
            kept.add_metric((cache.name,), size.bytes)
            bounds.add_metric((cache.name,), cache.most)
            made.add_metric((cache.name,), size.made)
            if size.found:
                found.add_metric((cache.name,), size.found)
        yield kept
        yield made
        yield found
        yield bounds

    def exposition(self) -> bytes:
        """Return the metrics as Prometheus reads them."""
        return generate_latest(self._registry)
