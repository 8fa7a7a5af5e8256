"""Sends documents that all differ: `scripts/soak/documents.py [--documents 5000] [--most 30] [--short]`.

They differ in selections, literals and names, over HTTP, to one worker on a small store, so that what grows is what
is kept of documents and not the database's own cache. Its memory may grow by so many megabytes. `--short` sends
a thousand.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.harness.processes import seeded, served

SHORT = {"documents": 1_000}
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


def resident(process: int) -> float:
    """Return the memory of a process, in megabytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """End with 1 where memory grew by too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=5_000)
    parser.add_argument("--most", type=int, default=30, help="megabytes")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        url, token = seeded(Path(folder), ENTRIES)
        with served(url, GATEWAY_LOG_LEVEL="error") as (process, address):
            sys.exit(grown_by(asked.documents, address, token, process.pid) > asked.most)


def grown_by(documents: int, address: str, token: str, process: int) -> float:
    """Send so many documents; return by how many megabytes the process grew."""
    lot = random.Random(1)  # noqa: S311 - the same documents each time
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    connection = HTTPConnection(address.removeprefix("http://"))

    def ask(n: int) -> None:
        connection.request("POST", "/graphql", json.dumps({"query": document(n, lot)}), headers)
        answer = connection.getresponse().read()
        if b'"errors"' in answer:
            sys.exit(answer.decode())

    for n in range(WARM_UP):
        ask(documents + n)
    began, before, grown = time.monotonic(), resident(process), 0.0
    for n in range(documents):
        ask(n)
        if (n + 1) % (documents // 10) == 0:
            grown = resident(process) - before
            seconds = time.monotonic() - began
            print(f"{n + 1:>8,} documents: {before:.0f} MB + {grown:.1f} MB, {seconds:.0f} s", flush=True)
    return grown


if __name__ == "__main__":
    main()
