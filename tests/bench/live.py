"""What it costs to be watched: `python -m tests.bench.live [--database sqlite postgresql] [--subscribers 1000]`.

Memory and processor of subscribers to whom nothing happens, how soon all of them have an event, the delay of events
under steady writes, and what a write costs beside a write that nobody watches, in turns of one run.
"""

import argparse
import asyncio
import base64
import json
import os
import statistics
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.store.databases.database import open_database
from gateway.store.tokens import create_token
from tests.support.harness.postgres import Server
from tests.support.harness.processes import served
from tests.support.worlds.office import ADMIN, NOW, entry, furnish

ENTRIES = 200
WATCH = "subscription { timeEntryChanged { eventId %s timeEntry { id note time billableTime date } } }"
WRITE = "mutation ($id: ID!, $note: String) { timeEntryUpdate(id: $id, input: {note: $note}) { lastEventId } }"
IDLE_SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Listener(asyncio.Protocol):
    """The cheapest client that there is: it takes frames apart and notes when they came."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self._rest = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._rest += data
        if not self._is_open:
            _, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            self._is_open, self._rest = True, rest
            self.opened.set_result(None)
        while (frame := self._frame()) is not None:
            if frame[0] == TEXT:
                self.frames.append((now, frame[1]))
            elif frame[0] == PING:
                self.transport.write(bytes((0x80 | PONG, 0x80 | len(frame[1]))) + bytes(4) + frame[1])

    def _frame(self) -> tuple[int, bytes] | None:
        rest = self._rest
        if len(rest) < 2:
            return None
        size, begin = rest[1], 2
        if size == 126:
            size, begin = int.from_bytes(rest[2:4]), 4
        elif size == 127:
            size, begin = int.from_bytes(rest[2:10]), 10
        if len(rest) < begin + size:
            return None
        self._rest = rest[begin + size :]
        return rest[0] & 0x0F, rest[begin : begin + size]

    def send(self, **message: Any) -> None:
        """Send a message in a frame whose mask changes nothing."""
        text = json.dumps(message).encode()
        head = bytes((0x81, 0x80 | len(text))) if len(text) < 126 else b"\x81\xfe" + struct.pack(">H", len(text))
        self.transport.write(head + bytes(4) + text)


TEXT, PING, PONG = 1, 9, 10  # opcodes


@dataclass(slots=True)
class Gateway:
    """A gateway that runs, and how to ask it."""

    address: str
    pid: int
    token: str
    client: httpx.AsyncClient
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    @property
    def memory(self) -> float:
        """Its resident memory, in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6

    @property
    def processor(self) -> float:
        """The seconds that it took of the processor."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def listen(self, count: int, query: Callable[[int], str]) -> list[Listener]:
        """Subscribe so many times; all have begun by then."""
        where = urlsplit(self.address)
        listeners = []
        for place in range(count):
            _, listener = await asyncio.get_running_loop().create_connection(
                Listener, str(where.hostname), where.port or 80
            )
            listeners.append(listener)
            key = base64.b64encode(os.urandom(16)).decode()
            listener.transport.write(
                f"GET /graphql HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
            )
            await listener.opened
            listener.send(type="connection_init", payload={"token": self.token})
            listener.send(type="subscribe", id="a", payload={"query": query(place)})
            listener.send(type="ping")
        for listener in listeners:
            await until(lambda: any(b'"pong"' in frame for _, frame in listener.frames))  # noqa: B023 - awaited here
            listener.frames.clear()
        return listeners

    async def write(self) -> tuple[float, float]:
        """Change an entry; return when that began and when it was answered."""
        number = next(self.numbers)
        began = time.perf_counter()
        variables = {"id": str(number % ENTRIES + 1), "note": f"{number} {began}"}
        answer = await self.client.post("/graphql", json={"query": WRITE, "variables": variables})
        ended = time.perf_counter()
        assert answer.json()["data"]["timeEntryUpdate"]["lastEventId"] is not None, answer.text
        return began, ended


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, at most for a minute."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - whoever measures listens to nobody
            await asyncio.sleep(0.001)


async def close(listeners: Sequence[Listener]) -> None:
    """End the connections."""
    for listener in listeners:
        listener.transport.close()
    await asyncio.sleep(0.5)


async def idle(server: Gateway, count: int) -> None:
    """Subscribers to whom nothing happens."""
    await close(await server.listen(20, lambda _: WATCH % ""))
    before = server.memory
    spent = server.processor
    await asyncio.sleep(IDLE_SECONDS / 2)
    alone = (server.processor - spent) / (IDLE_SECONDS / 2)
    listeners = await server.listen(count, lambda _: WATCH % "")
    after, began, spent = server.memory, time.perf_counter(), server.processor
    await asyncio.sleep(IDLE_SECONDS)
    share = (server.processor - spent) / (time.perf_counter() - began)
    await close(listeners)
    print(f"  {count:,} idle subscribers: {after - before:.1f} MB more, {100 * (share - alone):.2f} % of a core more")  # noqa: T201


async def fan_out(server: Gateway, count: int, documents: int, commits: int = 20) -> None:
    """One commit for all, whose subscribers asked for so many different things."""
    listeners = await server.listen(count, lambda place: WATCH % f"a{place % documents}: kind")
    worst, spent = list[float](), server.processor
    for _ in range(commits):
        _, answered = await server.write()
        await until(lambda: all(listener.frames for listener in listeners))
        worst.append(max(listener.frames[0][0] for listener in listeners) - answered)
        for listener in listeners:
            assert len(listener.frames) == 1
            listener.frames.clear()
    each = (server.processor - spent) / commits
    await close(listeners)
    print(  # noqa: T201
        f"  one commit to {count:,} subscribers of {documents} document(s): all have it within "
        f"{1000 * statistics.median(worst):.0f} ms (median), {1000 * max(worst):.0f} ms (worst of {commits}), "
        f"for {1000 * each:.0f} ms of the server's processor"
    )


async def steadily(
    rate: int, seconds: float, write: Callable[[], Coroutine[Any, Any, tuple[float, float]]]
) -> list[float]:
    """Write so often; return how long each write took."""
    began, writing = time.perf_counter(), list[asyncio.Task[tuple[float, float]]]()
    for place in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        writing.append(asyncio.create_task(write()))
    return [ended - start for start, ended in await asyncio.gather(*writing)]


async def steady(server: Gateway, rate: int, count: int, seconds: float = 10.0) -> None:
    """Steady writes: none lost, none doubled, and the delay from before the write to the event."""
    listeners = await server.listen(count, lambda _: WATCH % "")
    took = await steadily(rate, seconds, server.write)
    await until(lambda: all(len(listener.frames) >= len(took) for listener in listeners))
    delays = []
    for listener in listeners:
        events = [(at, json.loads(frame)["payload"]["data"]["timeEntryChanged"]) for at, frame in listener.frames]
        numbers = [int(event["eventId"]) for _, event in events]
        assert numbers == list(range(numbers[0], numbers[0] + len(took))), "an event was lost or doubled"
        delays += [at - float(event["timeEntry"]["note"].split()[1]) for at, event in events]
    await close(listeners)
    print(  # noqa: T201
        f"  {rate} writes a second with {count} subscribers: none lost or doubled of {len(took) * count:,} events; "
        f"from the start of a write to its event {1000 * statistics.median(delays):.1f} ms (median), to its answer "
        f"{1000 * statistics.median(took):.1f} ms"
    )


async def watched(server: Gateway, rate: int, count: int, turns: int = 6, seconds: float = 4.0) -> None:
    """How long a write takes while it is watched, beside one that nobody watches, in turns."""
    ratios = []
    for _ in range(turns):
        alone = statistics.median(await steadily(rate, seconds, server.write))
        listeners = await server.listen(count, lambda _: WATCH % "")
        beside = statistics.median(await steadily(rate, seconds, server.write))
        await close(listeners)
        ratios.append(beside / alone)
    print(  # noqa: T201
        f"  {rate} writes a second by {count} subscribers: a write takes {statistics.median(ratios):.2f} times as long "
        f"for being watched ({min(ratios):.2f} to {max(ratios):.2f})"
    )


async def measure(url: str, subscribers: int, only: str | None) -> None:
    """Measure everything of one database."""
    async with open_database(url) as database:
        await furnish(database, *(entry(number) for number in range(1, ENTRIES + 1)))
        token = await database.write(lambda connection: create_token(connection, person_id=ADMIN, name="b", now=NOW))
    many = {"GATEWAY_MAX_SUBSCRIPTIONS": "100000", "GATEWAY_MAX_CONNECTIONS_PER_ADDRESS": "100000"}
    with served(url, GATEWAY_LOG_LEVEL="error", **many) as (process, address):
        limits = httpx.Limits(max_connections=20)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=30) as client:
            server = Gateway(address, process.pid, token, client)
            parts: dict[str, Callable[[], Awaitable[None]]] = {
                "idle": lambda: idle(server, subscribers),
                "one": lambda: fan_out(server, subscribers, 1),
                "ten": lambda: fan_out(server, subscribers, 10),
                "steady": lambda: steady(server, 200, 100),
                "watched": lambda: watched(server, 25, 100),
            }
            for name, part in parts.items():
                if only in {None, name}:
                    await part()


@contextmanager
def store(kind: str) -> Iterator[str]:
    """Yield the address of an empty store with its tables."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="live-") as folder:
            yield f"sqlite+aiosqlite:///{folder}/gateway.db"
    else:
        server = Server.find()
        yield server.database()
        server.close()


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--only", choices=("idle", "one", "ten", "steady", "watched"))
    asked = parser.parse_args()
    for kind in asked.database:
        print(kind)  # noqa: T201
        with store(kind) as url:
            asyncio.run(measure(url, asked.subscribers, asked.only))


if __name__ == "__main__":
    main()
