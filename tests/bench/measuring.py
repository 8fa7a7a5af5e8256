"""Measuring: each server answers the same requests in turns, so that what disturbs the machine disturbs all of them."""

import itertools
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.bench.client import Client, post
from tests.bench.servers import Server
from tests.bench.store import Store
from tests.bench.workloads import ORGANIZATION, Facts, Variables, Workload, comparable

WARM_UP = 30
SECONDS_A_TURN = 0.4
FEWEST, MOST = 5, 2_000


@dataclass(slots=True)
class Result:
    """What a server did with a workload: seconds of each request, turn by turn."""

    workload: Workload
    server: Server
    turns: list[list[float]] = field(default_factory=list)
    memory: int = 0

    def median(self) -> float:
        return statistics.median(itertools.chain.from_iterable(self.turns))

    def percentile(self, percent: int) -> float:
        """Return what so many of a hundred requests stay below."""
        times = sorted(itertools.chain.from_iterable(self.turns))
        return times[min(len(times) - 1, len(times) * percent // 100)]

    def rate(self) -> float:
        """Return requests per second, one after the other."""
        times = [*itertools.chain.from_iterable(self.turns)]
        return len(times) / sum(times)

    def ratios(self, to: "Result") -> list[float]:
        """Return the ratio of the medians, turn by turn."""
        return [
            statistics.median(mine) / statistics.median(theirs)
            for mine, theirs in zip(self.turns, to.turns, strict=True)
        ]


class Asker:
    """Asks one server, one request after the other."""

    def __init__(self, server: Server, store: Store, facts: Facts) -> None:
        self._server, self._token, self._facts = server, store.token, facts

    def requests(self, workload: Workload, variables: Sequence[Variables]) -> list[bytes]:
        """Write the requests."""
        path = self._server.kind.path.format(workload=workload.name)
        bodies = [self._own(workload, each) for each in variables]
        if self._server.kind.documents:
            bodies = [{"query": workload.document, "variables": body} for body in bodies]
        return [post(path, self._token, orjson.dumps(body)) for body in bodies]

    def _own(self, workload: Workload, variables: Variables) -> Variables:
        """The gateway's cursors are its own: ask it for one."""
        if self._server.kind.name != "gateway" or "after" not in variables:
            return variables
        document = workload.document.replace("$after: String", "$number: Int!").replace(
            "first: 100, after: $after", "page: { number: $number, size: 100 }"
        )
        body = orjson.dumps({"query": document, "variables": {"number": self._facts.deep_page}})
        answer = orjson.loads(self.send(post("/graphql", self._token, body)))
        return {**variables, "after": answer["data"]["timeEntries"]["pageInfo"]["endCursor"]}

    def send(self, request: bytes) -> bytes:
        """Send one request on a connection of its own."""
        with closing(Client(self._server.port)) as client:
            return client.send(request)

    def turn(self, requests: Iterator[bytes], count: int) -> list[float]:
        """Send some requests on one connection and return how long each took."""
        now, times, answer = time.perf_counter, [], b""
        with closing(Client(self._server.port)) as client:
            for request in itertools.islice(requests, count):
                start = now()
                answer = client.send(request)
                times.append(now() - start)
        comparable(answer)  # which raises for one with errors
        return times


class DifferentAnswers(Exception):
    """Two servers answer the same question differently."""


def measure(
    workloads: Sequence[Workload], servers: Sequence[Server], store: Store, facts: Facts, *, rounds: int
) -> list[Result]:
    """Check that all answer the same, then measure in turns."""
    askers = {server.kind.name: Asker(server, store, facts) for server in servers}
    results: list[Result] = []
    for workload in workloads:
        able = [server for server in servers if workload.name in server.kind.workloads]
        sys.stderr.write(f"{workload.name} {workload.title} ...\n")
        if workload.takes:
            results += _measure_writes(workload, able, askers, store, facts, rounds=rounds)
        else:
            results += _measure_reads(workload, able, askers, facts, rounds=rounds)
    return results


def _measure_reads(
    workload: Workload, servers: Sequence[Server], askers: dict[str, Asker], facts: Facts, *, rounds: int
) -> list[Result]:
    variables = workload.variables(facts)
    requests = {server.kind.name: askers[server.kind.name].requests(workload, variables) for server in servers}
    _compare(workload, servers, askers, {name: those[:20] for name, those in requests.items()})
    endless = {name: itertools.cycle(those) for name, those in requests.items()}
    counts = {}
    for server in servers:
        asker = askers[server.kind.name]
        asker.turn(endless[server.kind.name], WARM_UP)
        usual = statistics.median(asker.turn(endless[server.kind.name], FEWEST))
        counts[server.kind.name] = max(FEWEST, min(MOST, int(SECONDS_A_TURN / usual)))
    results = [Result(workload, server) for server in servers]
    for _ in range(rounds):
        for result in results:
            name = result.server.kind.name
            result.turns.append(askers[name].turn(endless[name], counts[name]))
    for result in results:
        result.memory = result.server.memory()
    return results


def _compare(
    workload: Workload, servers: Sequence[Server], askers: dict[str, Asker], requests: dict[str, list[bytes]]
) -> None:
    first, *others = servers
    expected = [comparable(askers[first.kind.name].send(request)) for request in requests[first.kind.name]]
    for server in others:
        found = [comparable(askers[server.kind.name].send(request)) for request in requests[server.kind.name]]
        for one, other in zip(expected, found, strict=True):
            if one != other:
                raise DifferentAnswers(
                    f"{workload.name}: {first.kind.title} and {server.kind.title} differ:\n"
                    f"{orjson.dumps(one)[:1500]!r}\n{orjson.dumps(other)[:1500]!r}"
                )


def _measure_writes(
    workload: Workload,
    servers: Sequence[Server],
    askers: dict[str, Asker],
    store: Store,
    facts: Facts,
    *,
    rounds: int,
) -> list[Result]:
    """Let each server approve the same entries, which are put back as they were after each turn."""
    results = [Result(workload, server) for server in servers]
    variables = workload.variables(facts)[: 300 if workload.takes == 1 else 10]
    entries = facts.undecided[: len(variables) * workload.takes]
    for turn in range(rounds + 1):
        for result in results:
            asker = askers[result.server.kind.name]
            requests = asker.requests(workload, variables)
            with unchanged_entries(store, entries):
                if turn > 0:
                    result.turns.append(asker.turn(iter(requests), len(requests)))
                    continue
                # The first turn warms up, and shows that all do the same.
                for request in requests:
                    _check_write(workload, comparable(asker.send(request)))
    for result in results:
        result.memory = result.server.memory()
    return results


def _check_write(workload: Workload, answer: Any) -> None:
    [payload] = answer.values()
    done = payload["appliedCount"] == workload.takes if workload.takes > 1 else payload["timeEntry"]["approved"]
    if not done or payload["userErrors"]:
        raise DifferentAnswers(f"{workload.name}: nothing was approved: {payload}")


class unchanged_entries:  # noqa: N801 - reads as what it holds
    """Puts approved entries back as they were, and takes their rows out of the change log."""

    COLUMNS = (
        "approved, approved_at, approver_id, rejected, rejected_at, rejected_reason, rejecter_id, updated_at, "
        "last_actor_id, revision"
    )

    def __init__(self, store: Store, entries: Sequence[int]) -> None:
        self._connection = store.connect()
        self._entries = entries

    def __enter__(self) -> None:
        run = self._connection.execute
        run(
            f"CREATE TEMP TABLE were AS SELECT id, {self.COLUMNS} FROM time_entries "
            "WHERE id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(self._entries).decode(),),
        )
        run("CREATE UNIQUE INDEX temp.were_id ON were (id)")
        counter = "SELECT last_id FROM change_counters WHERE organization_id = ?"
        self._last = run(counter, (ORGANIZATION,)).fetchone()[0]

    def __exit__(self, *_error: object) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run(
            f"UPDATE time_entries SET ({self.COLUMNS}) = "
            f"(SELECT {self.COLUMNS} FROM were WHERE were.id = time_entries.id) "
            "WHERE id IN (SELECT id FROM were)"
        )
        run("DELETE FROM time_entry_changes WHERE organization_id = ? AND id > ?", (ORGANIZATION, self._last))
        run("UPDATE change_counters SET last_id = ? WHERE organization_id = ?", (self._last, ORGANIZATION))
        run("COMMIT")
        run("DROP TABLE were")
        run("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
