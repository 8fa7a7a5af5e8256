"""Clients that watch, lose their connection at random moments and go on where they were, while the server is killed."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from gateway.store.databases.database import open_database
from gateway.store.schema.change_log import TimeEntryChangeRow
from gateway.store.tokens import create_token
from tests.support.harness.processes import served, workers_of
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import ADMIN, NOW, entry, furnish, table_rows

ENTRIES = range(1, 41)
WATCH = """subscription ($filter: TimeEntryFilter, $since: ID) {
  timeEntryChanged(filter: $filter, since: $since) { eventId timeEntryId timeEntry { revision } } }"""
WRITE = """mutation ($id: ID!, $note: String) {
  timeEntryUpdate(id: $id, input: {note: $note}) { lastEventId userErrors { message } } }"""
LOST = (httpx.TransportError, WebSocketException, OSError, TimeoutError)
PAUSE = 0.05  # seconds before a client comes back


@dataclass(slots=True)
class World:
    """Where the server is, as long as there is one, and what was written."""

    token: str
    chance: random.Random
    address: str | None = None
    newest: int = 0
    writes: int = 0


@dataclass(slots=True)
class Watcher:
    """One client: which entries it wants (all where there are none), and what it was sent, in order."""

    world: World
    wanted: tuple[int, ...]
    by_socket: bool
    seen: list[tuple[int, str]] = field(default_factory=list)
    connections: int = 0

    async def run(self) -> None:
        """Watch until it is cancelled, over as many connections as that takes."""
        while True:
            if (address := self.world.address) is not None:
                with contextlib.suppress(*LOST):
                    self.connections += 1
                    await self._watch(address)
            await asyncio.sleep(PAUSE)

    async def _watch(self, address: str) -> None:
        """Watch over one connection, which ends by chance, or with the server."""
        left = self.world.chance.randint(1, 300)
        events = self._by_socket(address) if self.by_socket else self._by_stream(address)
        async with contextlib.aclosing(events):
            async for event in events:
                self.seen.append((int(event["eventId"]), event["timeEntryId"]))
                left -= 1
                if not left:
                    return

    @property
    def _variables(self) -> dict[str, Any]:
        wanted = {"id": {"in": [str(number) for number in self.wanted]}} if self.wanted else None
        return {"filter": wanted, "since": str(self.seen[-1][0]) if self.seen else "0"}

    async def _by_stream(self, address: str) -> AsyncGenerator[Any]:
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {self.world.token}"}
        body = {"query": WATCH, "variables": self._variables}
        async with (
            httpx.AsyncClient(timeout=TIMEOUT, headers=headers) as client,
            client.stream("POST", f"{address}/graphql", json=body) as response,
        ):
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    yield _event(json.loads(line.removeprefix("data: ")))

    async def _by_socket(self, address: str) -> AsyncGenerator[Any]:
        url = f"{address.replace('http', 'ws', 1)}/graphql"
        protocols = [Subprotocol("graphql-transport-ws")]
        # With a bound it stops reading where it is behind, and its close then waits for an answer that it never reads.
        async with connect(
            url, subprotocols=protocols, compression=None, open_timeout=TIMEOUT, ping_interval=None, max_queue=None
        ) as socket:
            credential = {"token": self.world.token}
            await socket.send(json.dumps({"type": "connection_init", "payload": credential}))
            payload = {"query": WATCH, "variables": self._variables}
            await socket.send(json.dumps({"type": "subscribe", "id": "a", "payload": payload}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    yield _event(message["payload"])

    def missing(self, log: list[tuple[int, str]]) -> str | None:
        """Say how what it was sent differs from the log."""
        wanted = {f"TimeEntry:{number}" for number in self.wanted}
        expected = [event for event in log if not wanted or event[1] in wanted]
        if self.seen == expected:
            return None
        lost, extra = len(set(expected) - set(self.seen)), len(self.seen) - len(set(self.seen))
        return f"{'socket' if self.by_socket else 'stream'}: {lost} lost, {extra} doubled of {len(expected)}"


def _event(payload: Any) -> Any:
    if "errors" in payload:
        raise AssertionError(payload)
    return payload["data"]["timeEntryChanged"]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    events: int
    connections: int
    faults: list[str]


async def watch_and_kill(
    url: str, *, writers: int, watchers: int, kills: int, seconds: float, workers: int, seed: int
) -> Report:
    """Let writers write and clients watch; kill the server so many times, each after so many seconds, and compare."""
    async with open_database(url) as database:
        await furnish(database, *(entry(number) for number in ENTRIES))
        token = await database.write(lambda connection: create_token(connection, person_id=ADMIN, name="w", now=NOW))
    world = World(token, random.Random(seed))
    clients = [_watcher(world, place) for place in range(watchers)]
    running = [asyncio.create_task(client.run()) for client in clients]
    try:
        for round_ in range(kills + 1):
            with served(url, "--workers", str(workers), GATEWAY_MAX_SUBSCRIPTIONS="1000") as (process, address):
                world.address = address
                writing = [asyncio.create_task(_write(world, f"{round_}-{number}")) for number in range(writers)]
                await _settle(running, seconds)
                for task in writing:
                    task.cancel()
                await asyncio.gather(*writing, return_exceptions=True)
                if round_ < kills:
                    _kill(process)
                    world.address = None
                else:
                    log = await _log(url)
                    await _until_all_seen(clients, running, log)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    faults = [fault for client in clients if (fault := client.missing(log)) is not None]
    return Report(len(log), sum(client.connections for client in clients), faults)


def _watcher(world: World, place: int) -> Watcher:
    wanted = tuple(world.chance.sample(ENTRIES, 10)) if place % 3 == 2 else ()
    return Watcher(world, wanted, by_socket=place % 2 == 0)


async def _settle(running: list[asyncio.Task[None]], seconds: float) -> None:
    """Let it go on for a while; what fails in a client is raised here."""
    done, _ = await asyncio.wait(running, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()


async def _write(world: World, name: str) -> None:
    """Change the notes of random entries, one after the other."""
    headers = {"authorization": f"Bearer {world.token}"}
    async with httpx.AsyncClient(timeout=TIMEOUT, headers=headers) as client:
        for step in range(1_000_000):
            variables = {"id": str(world.chance.choice(ENTRIES)), "note": f"{name}-{step}"}
            with contextlib.suppress(*LOST):
                await client.post(f"{world.address}/graphql", json={"query": WRITE, "variables": variables})
                world.writes += 1
            await asyncio.sleep(world.chance.random() / 50)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a server with all its workers, in the middle of whatever they do."""
    for pid in [*workers_of(process), process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def _log(url: str) -> list[tuple[int, str]]:
    async with open_database(url) as database:
        rows = await table_rows(database, TimeEntryChangeRow)
    return [(row["id"], f"TimeEntry:{row['time_entry_id']}") for row in rows]


async def _until_all_seen(
    clients: list[Watcher], running: list[asyncio.Task[None]], log: list[tuple[int, str]]
) -> None:
    """Wait until every client was sent everything, for as long as a server may take to answer."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT):
            while any(client.missing(log) for client in clients):
                await _settle(running, 0.2)
