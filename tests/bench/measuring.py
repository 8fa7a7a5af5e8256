"""Measuring: each server answers the same requests in turns, so that what disturbs the machine disturbs all of them."""

import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tests.bench.client import Client, flood, get, post, rush
from tests.bench.dialects import OwnDocuments
from tests.bench.servers import Server
from tests.bench.store import Store, say
from tests.bench.workloads import ORGANIZATION, Facts, Variables, Workload, comparable, data_of

WARM_UP = 30
CONNECTIONS = 16  # for the throughput
FLOODS, SECONDS_A_FLOOD = 3, 0.5
SECONDS_A_TURN = 0.4
FEWEST, MOST = 5, 2_000


def processor_ms(process: int) -> float:
    """Return what a process on this machine has taken of the processor, finer than Linux adds up in `stat`."""
    return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1_000_000


@dataclass(slots=True)
class Result:
    """What a server did with a workload: seconds of each request, turn by turn."""

    workload: Workload
    server: Server
    turns: list[list[float]] = field(default_factory=list)
    floods: list[float] = field(default_factory=list)  # requests a second at several connections
    cpu: list[float] = field(default_factory=list)  # seconds of the server's processor time a request, turn by turn
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

    def take_turn(self, asker: "Asker", requests: Iterator[bytes], count: int) -> None:
        """Let the server answer so many requests."""
        before = self.server.cpu()
        times = asker.turn(requests, count)
        self.turns.append(times)
        self.cpu.append((self.server.cpu() - before) / len(times))

    def ratios(self, to: "Result") -> list[float]:
        """Return how many times as long a request takes as the other's, by the medians of each turn."""
        return [
            statistics.median(mine) / statistics.median(theirs)
            for mine, theirs in zip(self.turns, to.turns, strict=True)
        ]


class Asker:
    """Asks one server, one request after the other."""

    def __init__(self, server: Server, store: Store, facts: Facts) -> None:
        self.store = server.kind.store or store
        self._server, self._facts = server, facts

    def requests(self, workload: Workload, variables: Sequence[Variables]) -> list[bytes]:
        """Write the requests."""
        dialect = self._server.kind.dialect
        if workload.documented and isinstance(dialect, OwnDocuments):
            return [get(workload.documented.format_map(each), self.store.token) for each in variables]
        path = dialect.path.format(workload=workload.name)
        bodies = [dialect.body(workload, self._with_cursor(each)) for each in variables]
        token = self.store.manager_token if workload.as_manager else self.store.token
        return [post(path, token, orjson.dumps(body)) for body in bodies]

    def _with_cursor(self, variables: Variables) -> Variables:
        """Ask servers with cursors of their own for the one that is meant."""
        page = variables.get("page", self._facts.deep_page)
        variables = {name: value for name, value in variables.items() if name != "page"}
        question = self._server.kind.dialect.deep(page) if "after" in variables else None
        if question is None:
            return variables
        path = self._server.kind.dialect.path
        answer = orjson.loads(self.send(post(path, self.store.token, orjson.dumps(question))))
        return variables | {"after": answer["data"]["timeEntries"]["pageInfo"]["endCursor"]}

    def plain(self, answer: bytes) -> Any:
        """Return what all servers have to answer alike."""
        return comparable(self._server.kind.dialect.plain(data_of(answer)))

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
        data_of(answer)  # which raises for one with errors
        return times

    def flood(self, requests: Iterator[bytes]) -> float:
        """Return how many requests a second several connections get answered."""
        return flood(self._server.port, requests, connections=CONNECTIONS, seconds=SECONDS_A_FLOOD)

    def rush(self, requests: Sequence[bytes]) -> float:
        """Return how many of these requests a second are answered at several connections."""
        return rush(self._server.port, requests, connections=CONNECTIONS)


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
        say(f"{workload.name} {workload.title} ...")
        if workload.takes:
            results += _measure_writes(workload, able, askers, facts, rounds=rounds)
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
            result.take_turn(askers[name], endless[name], counts[name])
    for _ in range(FLOODS):
        for result in results:
            name = result.server.kind.name
            result.floods.append(askers[name].flood(endless[name]))
    for result in results:
        result.memory = result.server.memory()
    return results


def _compare(
    workload: Workload, servers: Sequence[Server], askers: dict[str, Asker], requests: dict[str, list[bytes]]
) -> None:
    first, *others = servers
    asker = askers[first.kind.name]
    expected = [asker.plain(asker.send(request)) for request in requests[first.kind.name]]
    for server in others:
        asker = askers[server.kind.name]
        found = [asker.plain(asker.send(request)) for request in requests[server.kind.name]]
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
    facts: Facts,
    *,
    rounds: int,
) -> list[Result]:
    """Let each server approve the same entries, which are put back as they were after each turn."""
    results = [Result(workload, server) for server in servers]
    variables = workload.variables(facts)[: 300 if workload.takes == 1 else 32]
    entries = facts.undecided[: len(variables) * workload.takes]
    for turn in range(1 + rounds + FLOODS):
        for result in results:
            asker = askers[result.server.kind.name]
            requests = asker.requests(workload, variables)
            with unchanged_entries(asker.store, entries):
                if turn > rounds:
                    result.floods.append(asker.rush(requests))
                elif turn > 0:
                    result.take_turn(asker, iter(requests), len(requests))
                else:  # warms up, and shows that all do the same
                    for request in requests:
                        _check_write(workload, asker.plain(asker.send(request)))
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
        self._entries, self._has_log = entries, store.has_log

    def __enter__(self) -> None:
        run = self._connection.run
        ids = ", ".join(map(str, self._entries))
        run(f"CREATE TEMP TABLE were AS SELECT id, {self.COLUMNS} FROM time_entries WHERE id IN ({ids})")
        run("CREATE UNIQUE INDEX were_id ON were (id)")
        if self._has_log:
            self._last = run(f"SELECT last_id FROM change_counters WHERE organization_id = {ORGANIZATION}")[0][0]

    def __exit__(self, *_error: object) -> None:
        run = self._connection.run
        run("BEGIN")
        run(
            f"UPDATE time_entries SET ({self.COLUMNS}) = "
            f"(SELECT {self.COLUMNS} FROM were WHERE were.id = time_entries.id) "
            "WHERE id IN (SELECT id FROM were)"
        )
        if self._has_log:
            run(f"DELETE FROM time_entry_changes WHERE organization_id = {ORGANIZATION} AND id > {self._last}")
            run(f"UPDATE change_counters SET last_id = {self._last} WHERE organization_id = {ORGANIZATION}")
        run("COMMIT")
        run("DROP TABLE were")
        self._connection.settle()
        self._connection.close()
