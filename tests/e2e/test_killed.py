"""A server that is killed at any moment: no acknowledged write is lost, and a retry makes no second entry."""

import asyncio
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.store.databases.database import open_database
from gateway.store.schema.tables import TimeEntryChangeRow, TimeEntryRow
from gateway.store.tokens import create_token
from tests.support.worlds.office import ADMIN, NOW, furnish, table_rows

ROOT = Path(__file__).parents[2]
CREATE = """mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) {
    timeEntry { id note } userErrors { code message } } }"""
KILLS, CLIENTS = 5, 16
PATIENCE = 60  # seconds until a server has to answer


@contextmanager
def serving(url: str, output: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve a store in a process of its own, on a free port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    with output.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "gateway", "serve", "--port", "0"],
            cwd=ROOT,
            env=kept | {"GATEWAY_DATABASE_URL": url},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, _address(process, output)
    finally:
        process.kill()
        process.wait(PATIENCE)


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://\S+/graphql", output.read_text())
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(output.read_text())


async def create(client: httpx.AsyncClient, url: str, key: str) -> str:
    """Make the entry of a key and return its id."""
    given = {"date": "2016-10-01", "personId": "4", "serviceId": "1", "note": key, "idempotencyKey": key}
    answer = await client.post(url, json={"query": CREATE, "variables": {"input": given}})
    payload = answer.json()["data"]["timeEntryCreate"]
    assert payload["userErrors"] == []
    assert payload["timeEntry"]["note"] == key
    return payload["timeEntry"]["id"]  # type: ignore[no-any-return]  # of a JSON answer


async def until_killed(client, served, acknowledged, pending, answers) -> None:
    """Let clients write, each its own keys and first those that were never answered, until the server is killed.

    It is killed in the middle of whatever it does once so many more were answered.
    """
    process, url = served

    async def write(number: int) -> None:
        with contextlib.suppress(httpx.TransportError):
            for step in range(10_000):
                key = pending.pop() if pending else f"{process.pid}-{number}-{step}"
                sent.add(key)
                acknowledged[key] = await create(client, url, key)
                if len(acknowledged) >= enough:
                    answered.set()

    sent: set[str] = set()
    answered, enough = asyncio.Event(), len(acknowledged) + answers
    writers = [asyncio.create_task(write(number)) for number in range(CLIENTS)]
    await answered.wait()
    process.send_signal(signal.SIGKILL)
    await asyncio.gather(*writers)
    pending.update(sent - acknowledged.keys())


@pytest.mark.sqlite_only
async def test_no_acknowledged_write_is_lost_and_no_retry_makes_a_second_entry(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/killed.db"
    async with open_database(url) as database:
        await furnish(database)
        token = await database.write(lambda connection: create_token(connection, person_id=ADMIN, name="t", now=NOW))
    chance = random.Random(1)
    acknowledged: dict[str, str] = {}
    pending: set[str] = set()

    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE) as client:
        for _ in range(KILLS):
            with serving(url, tmp_path / "output") as served:
                await until_killed(client, served, acknowledged, pending, chance.randint(5, 60))
        with serving(url, tmp_path / "output") as (_, address):
            for key in sorted(pending):
                acknowledged[key] = await create(client, address, key)
            again = {key: await create(client, address, key) for key in acknowledged}

    assert again == acknowledged
    async with open_database(url) as database:
        entries = {row["note"]: f"TimeEntry:{row['id']}" for row in await table_rows(database, TimeEntryRow)}
        changes = await table_rows(database, TimeEntryChangeRow)
        count = len(await table_rows(database, TimeEntryRow))
    assert entries == acknowledged
    assert count == len(acknowledged)
    assert [row["id"] for row in changes] == list(range(1, len(acknowledged) + 1))
