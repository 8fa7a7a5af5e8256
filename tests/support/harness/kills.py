"""A server that is killed in the middle of writing, again and again, and clients that ask again under their keys."""

import asyncio
import random
import signal
import subprocess
from dataclasses import dataclass, field

import httpx

from gateway.store.databases.database import open_database
from gateway.store.schema.change_log import TimeEntryChangeRow
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.tokens import create_token
from tests.support.harness.processes import served
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import ADMIN, NOW, furnish, table_rows

CREATE = """mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) {
    timeEntry { id note } userErrors { code message } } }"""
CLIENTS = 16


@dataclass(slots=True)
class Writes:
    """What clients were answered of the entries that they made, and what the store holds in the end: ids by key."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)  # sent and never answered
    again: dict[str, str] = field(default_factory=dict)  # the answers to those who asked once more for all of them
    stored: list[tuple[str, str]] = field(default_factory=list)
    logged: list[int] = field(default_factory=list)  # the numbers in the change log


async def write_and_kill(url: str, *, kills: int, seed: int) -> Writes:
    """Write into an empty store while its server is killed so many times; then ask again for every entry."""
    async with open_database(url) as database:
        await furnish(database)
        token = await database.write(lambda connection: create_token(connection, person_id=ADMIN, name="t", now=NOW))
    chance, writes = random.Random(seed), Writes()
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=TIMEOUT) as client:
        for _ in range(kills):
            with served(url) as (process, address):
                await _until_killed(client, process, address, writes, answers=chance.randint(5, 60))
        with served(url) as (_, address):
            for key in sorted(writes.pending):
                writes.acknowledged[key] = await _create(client, address, key)
            writes.again = {key: await _create(client, address, key) for key in writes.acknowledged}
    async with open_database(url) as database:
        entries = await table_rows(database, TimeEntryRow)
        writes.stored = [(row["note"], f"TimeEntry:{row['id']}") for row in entries]
        writes.logged = [row["id"] for row in await table_rows(database, TimeEntryChangeRow)]
    return writes


async def _create(client: httpx.AsyncClient, address: str, key: str) -> str:
    """Make the entry of a key and return its id."""
    given = {"date": "2016-10-01", "personId": "4", "serviceId": "1", "note": key, "idempotencyKey": key}
    answer = await client.post(f"{address}/graphql", json={"query": CREATE, "variables": {"input": given}})
    payload = answer.json()["data"]["timeEntryCreate"]
    assert payload["userErrors"] == []
    assert payload["timeEntry"]["note"] == key
    return str(payload["timeEntry"]["id"])


async def _until_killed(
    client: httpx.AsyncClient, process: subprocess.Popen[bytes], address: str, writes: Writes, *, answers: int
) -> None:
    """Let clients write, each its own keys and first those that were never answered, until the server is killed.

    It is killed in the middle of whatever it does once so many more were answered.
    """

    async def write(number: int) -> None:
        try:
            for step in range(10_000):
                key = writes.pending.pop() if writes.pending else f"{process.pid}-{number}-{step}"
                sent.add(key)
                writes.acknowledged[key] = await _create(client, address, key)
                if len(writes.acknowledged) >= enough:
                    answered.set()
        except httpx.TransportError:
            if not answered.is_set():  # nobody has killed it
                raise

    sent: set[str] = set()
    answered, enough = asyncio.Event(), len(writes.acknowledged) + answers
    async with asyncio.TaskGroup() as group:  # what fails in a writer is raised, and not waited for
        for number in range(CLIENTS):
            group.create_task(write(number))
        await answered.wait()
        process.send_signal(signal.SIGKILL)
    writes.pending.update(sent - writes.acknowledged.keys())
