"""Kills a server that is watched: `scripts/soak/live.py [--writers 8] [--watchers 50] [--kills 5] [--short]`.

Clients lose their connections at random moments and go on after the last event that they processed; in the end the list
of each has to equal the change log. Once with one process, once with two, on SQLite and on PostgreSQL.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.harness.postgres import NoServer, Server
from tests.support.harness.watchers import watch_and_kill

SHORT = {"writers": 3, "watchers": 12, "kills": 1, "seconds": 2.5}
WORKERS = (1, 2)


def main() -> None:
    """End with 1 where an event was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="from one kill to the next")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    failed = False
    for workers in WORKERS:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            failed |= run(f"sqlite+aiosqlite:///{folder}/watched.db", "SQLite", workers, asked)
    try:
        server = Server.find()
    except NoServer as error:
        print(f"PostgreSQL was not tried: {error}")
    else:
        for workers in WORKERS:
            failed |= run(server.database(), "PostgreSQL", workers, asked)
        server.close()
    sys.exit(failed)


def run(url: str, name: str, workers: int, asked: argparse.Namespace) -> bool:
    """Run once; tell whether an event was lost or doubled."""
    report = asyncio.run(
        watch_and_kill(
            url,
            writers=asked.writers,
            watchers=asked.watchers,
            kills=asked.kills,
            seconds=asked.seconds,
            workers=workers,
            seed=asked.seed,
        )
    )
    print(
        f"{name}, {workers} process(es), {asked.kills} kill(s): {report.events:,} events to {asked.watchers} clients "
        f"over {report.connections} connections, {len(report.faults)} of their lists differ",
        flush=True,
    )
    print(*report.faults, sep="\n", end="\n" if report.faults else "")
    return bool(report.faults)


if __name__ == "__main__":
    main()
