"""Sends documents that all differ: `scripts/soak/documents.py [--documents 5000] [--most 30]`.

They differ in selections, literals and names, over HTTP, to one worker on a small store, so that what grows is what
is kept of documents and not the database's own cache. Its memory may grow by so many megabytes.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
GATEWAY = (sys.executable, "-m", "gateway")
ENTRIES = 2_000
WARM_UP = 200
FIELDS = (
    *(
        "id",
        "date",
        "createdAt",
        "time",
        "billableTime",
        "note",
        "trackMethodId",
        "startedAt",
        "approved",
        "approvedAt",
    ),
    *(
        "updatedAt",
        "invoiced",
        "overhead",
        "rejected",
        "lastActivityAt",
        "submitted",
        "currency",
        "cost",
        "costDefault",
    ),
)
RELATED = ("person { id name }", "service { id name }", "deal { id name currency }", "company { id name }")
QUERIES = (
    'query One%(n)d { timeEntry(id: "TimeEntry:%(number)d") { %(selection)s } }',
    "{ timeEntries(first: %(few)d) { nodes { %(selection)s } } } # %(n)d",
    '{ timeEntries(first: 5, filter: { personId: { eq: "%(n)d" } }) { nodes { %(selection)s } totalCount } }',
    "query List%(n)d($first: Int = %(few)d) { timeEntries(first: $first) { edges { cursor node { %(selection)s } } } }",
    '{ node(id: "TimeEntry:%(number)d") { id ... on TimeEntry { a%(n)d: %(selection)s } } }',
)


def document(n: int, lot: random.Random) -> str:
    """Write a document that is no other's."""
    fields = lot.sample(FIELDS, lot.randint(2, 14)) + lot.sample(RELATED, lot.randint(0, 3))
    parts = {"n": n, "number": lot.randint(1, 1_500), "few": lot.randint(1, 5), "selection": " ".join(fields)}
    return QUERIES[n % len(QUERIES)] % parts


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, HTTPConnection, dict[str, str]]]:
    """Make a store and serve it; yield the process, a connection to it, and the headers of a request."""
    environment = {**os.environ, "GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'gateway.db'}"}
    run = partial(subprocess.run, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    run([*GATEWAY, "seed", "--entries", str(ENTRIES)])
    token = run([*GATEWAY, "token", "create", "--person", "1"]).stdout.split()[-1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [*GATEWAY, "serve", "--port", str(port)]
    with open(os.devnull, "wb") as sink:  # noqa: PTH123
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=sink)  # noqa: S603 - ours
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        yield server.pid, HTTPConnection("127.0.0.1", port), headers
    finally:
        server.terminate()
        server.wait()


def resident(process: int) -> float:
    """Return the memory of a process, in megabytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """End with 1 where memory grew by too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=5_000)
    parser.add_argument("--most", type=int, default=30, help="megabytes")
    asked = parser.parse_args()
    lot = random.Random(1)  # noqa: S311 - the same documents each time
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, served(Path(folder)) as (process, connection, headers):

        def ask(n: int) -> None:
            connection.request("POST", "/graphql", json.dumps({"query": document(n, lot)}), headers)
            answer = connection.getresponse().read()
            if b'"errors"' in answer:
                sys.exit(answer.decode())

        for n in range(WARM_UP):
            ask(asked.documents + n)
        began, before, grown = time.monotonic(), resident(process), 0.0
        for n in range(asked.documents):
            ask(n)
            if (n + 1) % (asked.documents // 10) == 0:
                grown = resident(process) - before
                print(
                    f"{n + 1:>8,} documents: {before:.0f} MB + {grown:.1f} MB, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
    sys.exit(grown > asked.most)


if __name__ == "__main__":
    main()
