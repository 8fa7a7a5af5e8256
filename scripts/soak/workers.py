"""Many clients on several workers that are killed all the while: `scripts/soak/workers.py [--seconds 30] [--short]`.

Clients create, update, approve in bulk, delete and read what they wrote, through whichever worker answers. What a
killed worker left open is asked again: a create under its idempotency key, an update under its revision. At the end
the store is read: nothing that was answered may be lost, doubled or stale, the log has no gaps, and a task's
remaining time is what the entries took. `--short` lets 60 clients loose on two workers for 12 seconds.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.store.databases.database import Database, open_database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.own import IdempotencyKeyRow
from gateway.store.schema.tables import TaskRow
from gateway.store.tokens import create_token
from tests.support.harness.postgres import NoServer, Server
from tests.support.harness.processes import served, workers_of
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import ADMIN, entry, furnish, logged, table_rows

SHORT = {"seconds": 12, "clients": 60, "workers": 2}
SHARED = range(1, 41)  # entries that all bulks are about
REMAINING = 600  # of the office's task 1, before anything was tracked on it
CREATE = """mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) {
  timeEntry { resourceId revision } userErrors { code message } } }"""
UPDATE = """mutation ($id: ID!, $input: TimeEntryUpdateInput!, $revision: Int) {
  timeEntryUpdate(id: $id, input: $input, ifRevision: $revision) {
    timeEntry { resourceId revision time } userErrors { code } } }"""
DELETE = "mutation ($id: ID!) { timeEntryDelete(id: $id) { deletedId userErrors { code } } }"
BULK = """mutation ($input: TimeEntryBulkInput!) { %s(input: $input) {
  results { outcome } userErrors { code } } }"""
READ = "query ($id: ID!) { timeEntry(id: $id) { resourceId revision time } }"
LIST = "{ timeEntries(first: 50, orderBy: [{field: UPDATED_AT, direction: DESC}]) { totalCount nodes { id time } } }"


@dataclass(slots=True)
class Tally:
    """What happened, and what should not have."""

    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Client:
    """One client: what it was answered is what the store has to hold."""

    http: httpx.AsyncClient
    tally: Tally
    lot: random.Random
    number: int
    known: dict[str, tuple[int, int]] = field(default_factory=dict)  # id -> revision and minutes
    gone: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    async def run(self, until: float) -> None:
        """Do one thing after the other until it is time."""
        while time.monotonic() < until:
            act = self.lot.choices(
                (self.create, self.update, self.read, self.list, self.bulk, self.delete), (4, 4, 4, 2, 1, 1)
            )[0]
            await act()
            self.tally.done[act.__name__] += 1

    async def ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401 - an answer's JSON
        """Send an operation until somebody answers it."""
        pause = 0.02
        while True:
            try:
                response = await self.http.post("/graphql", json={"query": query, "variables": variables})
                payload = response.json()
            except (httpx.HTTPError, json.JSONDecodeError):
                self.tally.done["asked again"] += 1
            else:
                if "errors" not in payload:
                    return next(iter(payload["data"].values()))
                self.tally.done[payload["errors"][0]["extensions"]["code"]] += 1
            await asyncio.sleep(pause * self.lot.uniform(0.5, 1.5))
            pause = min(2 * pause, 1)

    async def create(self) -> None:
        key, minutes = f"{self.number}-{self.lot.random()}", self.lot.randint(1, 60)
        given = {"date": "2016-10-01", "personId": "Person:4", "serviceId": "Service:1", "taskId": "Task:1"}
        self.keys.add(key)
        answer = await self.ask(CREATE, input=given | {"time": minutes, "note": key, "idempotencyKey": key})
        if answer["userErrors"]:
            self.tally.faults.append(f"create {key}: {answer['userErrors']}")
            return
        self.known[answer["timeEntry"]["resourceId"]] = (answer["timeEntry"]["revision"], minutes)

    async def update(self) -> None:
        if not self.known:
            return
        number = self.lot.choice(list(self.known))
        revision, _ = self.known[number]
        minutes = self.lot.randint(61, 10_000_000)  # nobody else chooses the same
        answer = await self.ask(UPDATE, id=number, input={"time": minutes}, revision=revision)
        codes = [fault["code"] for fault in answer["userErrors"]]
        if codes == ["STALE_REVISION"]:  # an answer was lost: the write must have happened, and once
            answer = {"timeEntry": await self.ask(READ, id=number)}
            codes = []
        shown = answer["timeEntry"]
        if codes or shown is None or (shown["revision"], shown["time"]) != (revision + 1, minutes):
            self.tally.faults.append(f"update {number} at {revision} to {minutes}: {codes} {shown}")
        if shown is not None:
            self.known[number] = (shown["revision"], shown["time"])

    async def read(self) -> None:
        if not self.known:
            return
        number = self.lot.choice(list(self.known))
        shown = await self.ask(READ, id=number)
        if shown is None or (shown["revision"], shown["time"]) != self.known[number]:
            self.tally.faults.append(f"read {number}: {shown} instead of {self.known[number]}")

    async def list(self) -> None:
        await self.ask(LIST)

    async def bulk(self) -> None:
        act = self.lot.choice(("timeEntryBulkApprove", "timeEntryBulkUnapprove"))
        ids = [str(number) for number in self.lot.sample(SHARED, len(SHARED))]
        await self.ask(BULK % act, input={"target": {"ids": ids}})

    async def delete(self) -> None:
        if not self.known:
            return
        number = self.lot.choice(list(self.known))
        del self.known[number]
        self.gone.add(number)
        answer = await self.ask(DELETE, id=number)
        codes = {fault["code"] for fault in answer["userErrors"]}
        if codes - {"RECORD_NOT_FOUND"}:  # which is how a second delete is answered
            self.tally.faults.append(f"delete {number}: {codes}")


async def kill_now_and_then(parent: subprocess.Popen[bytes], until: float, tally: Tally, lot: random.Random) -> None:
    """Kill a worker every few seconds."""
    while time.monotonic() < until - 2:
        await asyncio.sleep(lot.uniform(1, 4))
        if workers := workers_of(parent):
            os.kill(lot.choice(workers), signal.SIGKILL)
            tally.done["workers killed"] += 1


async def check(database: Database, clients: list[Client], tally: Tally) -> None:
    """Compare the store with what clients were answered."""
    rows = {row["id"]: row for row in await table_rows(database, TimeEntryRow)}
    known = {int(number): answered for client in clients for number, answered in client.known.items()}
    keys = {key for client in clients for key in client.keys}
    faults = tally.faults
    faults += [
        f"{number}: {rows.get(number) and (rows[number]['revision'], rows[number]['time'])} instead of {answered}"
        for number, answered in known.items()
        if number not in rows or (rows[number]["revision"], rows[number]["time"]) != answered
    ]
    faults += [
        f"{number} was deleted and is there" for client in clients for number in client.gone if int(number) in rows
    ]
    notes = Counter(row["note"] for row in rows.values() if row["note"])
    faults += [f"key {key} made {count} entries" for key, count in notes.items() if count > 1]
    stored = {row["key"] for row in await table_rows(database, IdempotencyKeyRow)}
    faults += [f"key {key} made nothing" for key in keys - stored]
    log = await logged(database)
    if [change["id"] for change in log] != list(range(1, len(log) + 1)):
        faults.append("the change log has gaps")
    revisions: dict[int, int] = {}
    for change in log:
        number, revision = change["time_entry_id"], change["revision"]
        first = 2 if number in SHARED else 1
        if revision != revisions.get(number, first - 1) + 1:
            faults.append(f"{number}: revision {revision} was logged after {revisions.get(number)}")
        revisions[number] = revision
    faults += [
        f"{number}: at revision {row['revision']}, logged {revisions.get(number, 1)}"
        for number, row in rows.items()
        if row["revision"] != revisions.get(number, 1)
    ]
    [task] = await table_rows(database, TaskRow, id=1)
    taken = sum(row["time"] for row in rows.values() if row["task_id"] == 1)
    if task["remaining_time"] != REMAINING - taken:
        faults.append(f"task 1 has {task['remaining_time']} left, its entries took {taken} of {REMAINING}")


async def soak(url: str, arguments: argparse.Namespace) -> Tally:
    """Serve a fresh store, let the clients loose, and check the store."""
    tally, lot = Tally(), random.Random(arguments.seed)  # noqa: S311 - chance, not secrets
    async with open_database(url) as database:
        await furnish(database, *(entry(number) for number in SHARED))
        token = await database.write(lambda one: create_token(one, person_id=ADMIN, name="soak", now=0))
    with served(url, "--workers", str(arguments.workers), GATEWAY_LOG_LEVEL="error") as (process, address):
        headers = {"authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=1)
        until = time.monotonic() + arguments.seconds
        clients = [
            Client(
                httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=60),
                tally,
                random.Random(lot.random()),  # noqa: S311
                number,
            )
            for number in range(arguments.clients)
        ]
        await asyncio.gather(kill_now_and_then(process, until, tally, lot), *(client.run(until) for client in clients))
        for client in clients:
            await client.http.aclose()
        process.terminate()
        await asyncio.to_thread(process.wait, TIMEOUT)
    async with open_database(url) as database:
        await check(database, clients, tally)
    return tally


def main() -> None:
    """Run on both databases, and fail where something was lost, doubled or stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    if arguments.short:
        vars(arguments).update(SHORT)
    failed = False
    with tempfile.TemporaryDirectory(prefix="gateway-soak-") as folder:
        urls = {"sqlite": f"sqlite+aiosqlite:///{folder}/gateway.db"}
        server = None
        if arguments.database != "sqlite":
            try:
                server = Server.find()
                urls["postgresql"] = server.database()
            except NoServer as error:
                print(f"No PostgreSQL: {error}", file=sys.stderr)
                failed = arguments.database == "postgresql"
        for name, url in urls.items():
            if arguments.database in {name, "both"}:
                tally = asyncio.run(soak(url, arguments))
                print(f"{name}: {', '.join(f'{count:,} {what}' for what, count in sorted(tally.done.items()))}")
                print("\n".join(tally.faults[:20]) or f"{name}: nothing was lost, doubled or stale.")
                failed = failed or bool(tally.faults)
        if server is not None:
            server.close()
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
