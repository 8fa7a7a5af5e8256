"""Compares servers over one store, or over one of each database.

scripts/bench [--database sqlite postgresql] [--entries N] [--rounds N] [--only W1 gateway ...]
              [--output FILE] [--plot FILE] [--readme]
scripts/bench --lean [--seed N] [--database sqlite postgresql] [--entries N] [--rounds N] [--only W1 ...]
              [--output FILE] [--readme]
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from tests.bench.lean import run as lean
from tests.bench.measuring import measure
from tests.bench.plot import plot
from tests.bench.postgres_store import server_store
from tests.bench.report import Section, full, machine, short
from tests.bench.servers import KINDS, ROOT, Kind, running
from tests.bench.store import Store, file_store
from tests.bench.workloads import WORKLOADS, Facts, Workload

README = ROOT / "README.md"
FOLDER = Path(__file__).parent


@contextmanager
def _file_store(entries: int) -> Iterator[Store]:
    yield file_store(entries)


STORES: dict[str, Callable[[int], AbstractContextManager[Store]]] = {
    "sqlite": _file_store,
    "postgresql": server_store,
}


def main() -> None:
    names = [kind.name for kind in KINDS] + [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Compare the gateway with other servers.")
    parser.add_argument("--database", nargs="+", choices=STORES, default=["sqlite"], help="one or both (sqlite)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="size of the store (1,000,000)")
    parser.add_argument("--rounds", type=int, default=7, help="turns that each server takes (7)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--output", type=Path, help="file to write all numbers to, besides printing them")
    parser.add_argument("--plot", type=Path, help="file to draw the medians into, as SVG")
    parser.add_argument("--lean", action="store_true", help="beside peers on lean tables, with questions drawn anew")
    parser.add_argument("--seed", type=int, help="of the questions of --lean (drawn, and printed)")
    parser.add_argument("--readme", action="store_true", help="write README's table, and speed.md and speed.svg here")
    asked = parser.parse_args()
    where = machine()
    if asked.lean:
        text = lean.run(
            asked.database,
            entries=asked.entries,
            rounds=asked.rounds,
            only=set(asked.only),
            seed=asked.seed,
            where=where,
        )
        sys.stdout.write(f"{text}\n")
        if asked.output:
            asked.output.write_text(f"{text}\n", encoding="utf-8")
        if asked.readme:
            README.write_text(with_table(README.read_text(encoding="utf-8"), text, "lean"), encoding="utf-8")
        return
    sections = [_section(database, asked.entries, asked.rounds, set(asked.only)) for database in asked.database]
    text = full(sections, where)
    sys.stdout.write(text)
    outputs = [asked.output] if asked.output else []
    plots = [asked.plot] if asked.plot else []
    if asked.readme:
        README.write_text(
            with_table(README.read_text(encoding="utf-8"), short(sections, where), "speed"), encoding="utf-8"
        )
        outputs.append(FOLDER / "speed.md")
        plots.append(FOLDER / "speed.svg")
    for path in outputs:
        path.write_text(text, encoding="utf-8")
    for path in plots:
        path.write_text(plot(sections), encoding="utf-8")


def _section(database: str, entries: int, rounds: int, only: set[str]) -> Section:
    able = [kind for kind in KINDS if database in kind.databases]
    kinds: Sequence[Kind] = [kind for kind in able if kind.name in only] or able
    workloads: Sequence[Workload] = [workload for workload in WORKLOADS if workload.name in only] or WORKLOADS
    with STORES[database](entries) as store:
        with closing(store.connect()) as connection:
            facts = Facts.of(connection)
        with running(kinds, store) as servers:
            results = measure(workloads, servers, store, facts, rounds=rounds)
        return Section(database, store.version, entries, results, os.getloadavg()[0])


def with_table(readme: str, table: str, name: str) -> str:
    """Put the table between its two marks."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}\n\n{end}{after}"


if __name__ == "__main__":
    main()
