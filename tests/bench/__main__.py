"""Compares servers over one store.

scripts/bench [--entries N] [--rounds N] [--only W1 gateway ...] [--output FILE] [--plot FILE]
"""

import argparse
import sys
from pathlib import Path

from tests.bench.measuring import measure
from tests.bench.plot import plot
from tests.bench.report import table
from tests.bench.servers import KINDS, running
from tests.bench.store import store_of
from tests.bench.workloads import WORKLOADS, Facts


def main() -> None:
    names = [kind.name for kind in KINDS] + [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Compare the gateway with other servers.")
    parser.add_argument("--entries", type=int, default=1_000_000, help="size of the store (1,000,000)")
    parser.add_argument("--rounds", type=int, default=7, help="turns that each server takes (7)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--output", type=Path, help="file to write the table to, besides printing it")
    parser.add_argument("--plot", type=Path, help="file to draw the medians into, as SVG")
    asked = parser.parse_args()
    workloads = [workload for workload in WORKLOADS if workload.name in asked.only]
    kinds = [kind for kind in KINDS if kind.name in asked.only]
    store = store_of(asked.entries)
    connection = store.connect()
    facts = Facts.of(store, connection)
    connection.close()
    with running(kinds or KINDS, store) as servers:
        results = measure(workloads or WORKLOADS, servers, store, facts, rounds=asked.rounds)
    text = table(results, entries=asked.entries)
    sys.stdout.write(f"{text}\n")
    if asked.output is not None:
        asked.output.write_text(text + "\n", encoding="utf-8")
    if asked.plot is not None:
        asked.plot.write_text(plot(results), encoding="utf-8")


if __name__ == "__main__":
    main()
