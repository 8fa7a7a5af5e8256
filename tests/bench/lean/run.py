"""A run: the stores, the peers, the questions of a seed, and the table."""

import os
import secrets
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from urllib.request import urlopen

from tests.bench.lean.report import caches, table
from tests.bench.lean.store import lean_store
from tests.bench.lean.workloads import drawn
from tests.bench.measuring import measure
from tests.bench.servers import KINDS, Kind, Server, running
from tests.bench.store import FileStore, file_store, say
from tests.bench.workloads import Facts

PEER = "tests.bench.lean.peer:app"
LEAN_TABLES = (("BENCH_LEAN", "1"),)


def run(entries: int, rounds: int, only: set[str], seed: int | None, where: str) -> str:
    """Measure, and return the table; without a seed one is drawn."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    say(f"The questions are those of seed {seed}.")
    store = file_store(entries)
    lean = lean_store(store)
    with closing(store.connect()) as whole, closing(lean.connect()) as connection:
        workloads, facts = drawn(seed, connection, Facts.of(whole))
    workloads = [workload for workload in workloads if workload.name in only] or workloads
    with running(_kinds(lean), store) as servers:
        results = measure(workloads, servers, store, facts, rounds=rounds)
        [gateway] = (server for server in servers if server.kind.name == "gateway")
        kept = caches(_metrics(gateway))
    return f"{table(results, entries=entries, seed=seed, where=where, load=os.getloadavg()[0])}\n\n{kept}"


def _metrics(server: Server) -> str:
    with urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        text: str = answer.read().decode()
        return text


def _kinds(lean: FileStore) -> Sequence[Kind]:
    """Return the gateway and its peers, each of which answers from the lean store."""
    named = {kind.name: kind for kind in KINDS}
    yardstick = named["yardstick"]
    command = tuple(PEER if part.startswith("tests.bench.") else part for part in yardstick.command)
    peers = (replace(yardstick, name="lean", command=command), named["mercurius"], named["join"])
    of_lean = (replace(kind, store=lean, environment=(*kind.environment, *LEAN_TABLES)) for kind in peers)
    return (*of_lean, named["gateway"])
