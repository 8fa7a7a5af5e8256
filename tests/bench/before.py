"""Compares the gateway with itself at another commit: each workload as a ratio, by time and by processor time.

python -m tests.bench.before REVISION [--database sqlite postgresql] [--entries N] [--rounds N] [--only W1 ...]
                             [--most R]

Each commit is started from its own tree with the packages that are installed here, and answers from a store that its
own `gateway seed` made, since tables may differ; answers are compared before they are timed. Processor time says more
than time does on a machine that does other things too. Exits by 1 where a workload takes more than R times as much.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.measuring import Result, measure
from tests.bench.postgres_store import ServerStore, server_store
from tests.bench.servers import KINDS, ROOT, Kind, running
from tests.bench.store import FOLDER, TODAY, FileStore, Store, file_store, say
from tests.bench.workloads import ADMIN, MANAGER, WORKLOADS, Facts

GATEWAY = next(kind for kind in KINDS if kind.name == "gateway")


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long as the other commit the gateway takes for a workload, and how much processor time."""

    workload: str
    title: str
    milliseconds: float
    before: float  # milliseconds
    time: float
    cpu: float

    @property
    def text(self) -> str:
        return (
            f"| {self.workload} {self.title} | {self.before:.3f} | {self.milliseconds:.3f} "
            f"| {self.time:.3f} | {self.cpu:.3f} |"
        )


def main() -> int:
    names = [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.before", description="Compare with another commit.")
    parser.add_argument("revision", help="a commit, as git names it")
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite"])
    parser.add_argument("--entries", type=int, default=1_000_000, help="size of the stores (1,000,000)")
    parser.add_argument("--rounds", type=int, default=15, help="turns that each takes (15)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--most", type=float, default=float("inf"), help="ratio of processor time above which to fail")
    asked = parser.parse_args()
    tree = _tree_of(asked.revision)
    over = False
    for database in asked.database:
        with _stores(database, asked.entries, tree) as (store, old):
            before = replace(GATEWAY, name="before", title=f"the gateway at {asked.revision}", folder=tree, store=old)
            ratios = _compared(store, before, asked.only, asked.rounds)
        sys.stdout.write(f"\n{asked.entries:,} entries in {store.version} against {asked.revision}\n\n")
        sys.stdout.write("| workload | before ms | now ms | ratio of medians | ratio of processor time |\n")
        sys.stdout.write("|---|---:|---:|---:|---:|\n" + "".join(f"{ratio.text}\n" for ratio in ratios))
        over = over or any(ratio.cpu > asked.most for ratio in ratios)
    return int(over)


def _compared(store: Store, before: Kind, names: Sequence[str], rounds: int) -> list[Ratio]:
    workloads = [workload for workload in WORKLOADS if workload.name in names]
    with closing(store.connect()) as connection:
        facts = Facts.of(connection)
    with running((before, GATEWAY), store) as servers:
        results = measure(workloads, servers, store, facts, rounds=rounds)
    found = {(result.workload.name, result.server.kind.name): result for result in results}
    return [ratio_of(found[name, "before"], found[name, "gateway"]) for name in (each.name for each in workloads)]


def ratio_of(before: Result, now: Result) -> Ratio:
    """Hold one workload's results together, by the medians of the turns' own ratios."""
    return Ratio(
        workload=now.workload.name,
        title=now.workload.title,
        milliseconds=now.median() * 1000,
        before=before.median() * 1000,
        time=statistics.median(now.ratios(to=before)),
        cpu=sum(now.cpu) / sum(before.cpu),
    )


def _tree_of(revision: str) -> Path:
    """Return the folder with the files of a commit."""
    commit = _output("git", "rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    tree = FOLDER / "before" / commit[:12]
    if not tree.exists():
        part = tree.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x"], cwd=part, input=archive.stdout, check=True)
        part.rename(tree)
    return tree


@contextmanager
def _stores(database: str, entries: int, tree: Path) -> Iterator[tuple[Store, Store]]:
    """Give the store of today's gateway, and that of the commit."""
    if database == "sqlite":
        yield file_store(entries), _old_file(tree, entries)
        return
    with server_store(entries) as store:
        yield store, _old_database(tree, entries, store)


def _old_file(tree: Path, entries: int) -> FileStore:
    path = FOLDER / "before" / f"{tree.name}-{entries}.db"
    url = f"sqlite+aiosqlite:///{path}"
    return FileStore(str(path), *_seeded(tree, url, entries, path.with_suffix(".tokens")))


def _old_database(tree: Path, entries: int, store: ServerStore) -> ServerStore:
    name = f"before_{tree.name}_{entries}"
    note = FOLDER / "before" / f"{name}.tokens"
    address = store.address.set(database=name)
    if not note.exists():
        with closing(store.connect()) as connection:
            connection.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.run(f"CREATE DATABASE {name} TEMPLATE template0")
    tokens = _seeded(tree, address.render_as_string(hide_password=False), entries, note)
    return ServerStore(address, *tokens, store.version)


def _seeded(tree: Path, url: str, entries: int, note: Path) -> tuple[str, str]:
    """Let the commit make its store; return the tokens of an admin and of a manager, which are kept beside it."""
    if note.exists():
        admin, manager = note.read_text().split()
        return admin, manager
    say(f"Seeding {entries:,} entries by {tree.name} ...")
    environment = {**os.environ, "GATEWAY_DATABASE_URL": url}
    gateway = (sys.executable, "-m", "gateway")
    _output(*gateway, "seed", "--entries", str(entries), "--until", TODAY.isoformat(), cwd=tree, env=environment)
    admin, manager = (
        _output(*gateway, "token", "create", "--person", str(person), cwd=tree, env=environment).split()[-1]
        for person in (ADMIN, MANAGER)
    )
    note.write_text(f"{admin} {manager}")
    return admin, manager


def _output(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    return subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
