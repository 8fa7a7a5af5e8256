"""A run: the stores, the peers, the questions of a seed, and a table for each database."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.request import urlopen

from tests.bench.lean.report import about, caches, table
from tests.bench.lean.store import lean_store, lean_tables
from tests.bench.lean.workloads import drawn
from tests.bench.measuring import Result, measure
from tests.bench.postgres_store import server_store
from tests.bench.servers import BASES, KINDS, Kind, Server, running
from tests.bench.store import Store, file_store, say
from tests.bench.workloads import Facts

PEERS = {"yardstick": "tests.bench.lean.peer:app", "asyncpg": "tests.bench.lean.asyncpg_peer:app"}
LEAN_TABLES = (("BENCH_LEAN", "1"),)


def run(databases: Sequence[str], *, entries: int, rounds: int, only: set[str], seed: int | None, where: str) -> str:
    """Measure over each database, and return the tables; without a seed one is drawn."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    say(f"The questions are those of seed {seed}.")
    tables: list[str] = []
    for database in databases:
        with _stores(database, entries) as (store, lean):
            results, kept = _measured(store, lean, rounds, only, seed)
        tables.append(f"{table(results, title=f'{entries:,} entries in {store.version}')}\n\n{kept}")
    return "\n\n".join([about(seed=seed, where=where, load=os.getloadavg()[0]), *tables])


@contextmanager
def _stores(database: str, entries: int) -> Iterator[tuple[Store, Store]]:
    """Give the gateway's store and the lean one."""
    if database == "sqlite":
        store = file_store(entries)
        yield store, lean_store(store)
    else:
        with server_store(entries) as server:
            yield server, lean_tables(server)


def _measured(store: Store, lean: Store, rounds: int, only: set[str], seed: int) -> tuple[list[Result], str]:
    """Return the results, and what the gateway's caches had."""
    with closing(store.connect()) as whole, closing(lean.connect()) as connection:
        workloads, facts = drawn(seed, connection, Facts.of(whole))
    workloads = [workload for workload in workloads if workload.name in only] or workloads
    with running(_kinds(lean, store.database), store) as servers:
        results = measure(workloads, servers, store, facts, rounds=rounds)
        [gateway] = (server for server in servers if server.kind.name == "gateway")
        return results, caches(_metrics(gateway))


def _metrics(server: Server) -> str:
    with urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        text: str = answer.read().decode()
        return text


def _kinds(lean: Store, database: str) -> Sequence[Kind]:
    """Return the gateway and its peers, each of which answers from the lean store."""
    named = {kind.name: kind for kind in KINDS if database in kind.databases}
    by_hand = named[BASES[database]]
    command = tuple(PEERS[by_hand.name] if part.startswith("tests.bench.") else part for part in by_hand.command)
    others = (named[name] for name in ("mercurius", "join") if name in named)
    of_lean = (
        replace(kind, store=lean, environment=(*kind.environment, *LEAN_TABLES))
        for kind in (replace(by_hand, name="lean", command=command), *others)
    )
    return (*of_lean, named["gateway"])
