"""Hostile connections beside a normal client: `scripts/soak/connections.py [--short] [--connections 1000]`.

A gateway of 1,024 descriptors is served. A thousand connections of one address send nothing, half a head, a head
without its body, or a body after a wrong token byte by byte; they do not read eight long answers, or read them slowly.
Meanwhile a client of another address opens a connection for each of its requests and has to be answered. Then the
same come through a trusted proxy, which has no share, and a health probe has to be answered. At the end the gateway
has to have its memory and its descriptors back.

A client waits for the gateway no longer than the gateway uses the processor meanwhile, so of the clock and of that
time the lesser counts: a machine that is loaded, by this program too, keeps nobody waiting.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.harness.processes import seeded, served
from tests.support.harness.processor import TICK, used
from tests.support.harness.waiting import TIMEOUT, eventually

DESCRIPTORS = 1_024
OWN_DESCRIPTORS = 64  # of this program, beside its connections
HOSTILE, NORMAL = "127.0.0.2", "127.0.0.1"
MOST_WAIT = 3.0  # seconds that the gateway may work before it answers the normal client
MOST_GROWTH = 80.0  # MB of memory that may be taken while it lasts, beside what ordinary work takes
MOST_LEFT = 60.0  # MB of memory that may be left: what the interpreter keeps for the next long answer
TIMEOUT_MS = 2_000  # of heads, bodies and writes, so that the run is short; all others are the defaults
READERS = 4  # connections that ask for long answers, of each of the two kinds
BETWEEN_READERS = 0.5  # seconds
FIELDS = "id date time note createdAt person { id firstName lastName } service { id name } company { id name }"
LONG = "{" + " ".join(f"a{n}: timeEntries(first: 200) {{ nodes {{ {FIELDS} }} }}" for n in range(40)) + "}"
SHORT = "{ viewer { role } }"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Act = Callable[["Run", Streams], Awaitable[None]]


def post(token: str, query: str) -> bytes:
    """Return a request as bytes."""
    body = json.dumps({"query": query}).encode()
    return head(token, len(body)) + body


def head(token: str, length: int) -> bytes:
    """Return the head of a request."""
    lines = ("POST /graphql HTTP/1.1", "host: x", f"authorization: Bearer {token}", "content-type: application/json")
    return "\r\n".join([*lines, f"content-length: {length}", "", ""]).encode()


@dataclass(slots=True)
class Run:
    """A served gateway, and what was seen of it."""

    port: int
    pid: int
    token: str
    seen: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    @property
    def megabytes(self) -> float:
        """Memory of the gateway that is in use."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def sockets(self) -> int:
        """Descriptors of connections; those of the store's files come with its first readers and stay."""
        count = 0
        for descriptor in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                count += str(descriptor.readlink()).startswith("socket:")
        return count

    @asynccontextmanager
    async def connected(self, address: str, *, limit: int = 65_536) -> AsyncIterator[Streams]:
        """Open a connection from an address; it is there until the block ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0), limit=limit)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


# What hostile connections do, until they are closed or cancelled.


async def say_nothing(_run: Run, streams: Streams) -> None:
    await streams[0].read()


async def send_half_a_head(run: Run, streams: Streams) -> None:
    streams[1].write(head(run.token, 10)[:60])
    await streams[0].read()


async def send_no_body(run: Run, streams: Streams) -> None:
    streams[1].write(head(run.token, 10))
    await streams[0].read()


async def trickle_after_401(_run: Run, streams: Streams) -> None:
    streams[1].write(head("wrong", 1_000_000))
    while True:
        streams[1].write(b"x")
        await streams[1].drain()
        await asyncio.sleep(0.5)


async def never_read(run: Run, streams: Streams) -> None:
    streams[1].transport.pause_reading()  # type: ignore[attr-defined]  # a transport of sockets can
    streams[1].write(post(run.token, LONG) * 8)
    await asyncio.Event().wait()


async def read_slowly(run: Run, streams: Streams) -> None:
    streams[1].write(post(run.token, LONG) * 8)
    for _ in range(1_000_000):
        await streams[0].readexactly(1_000)
        await asyncio.sleep(0.2)


KINDS: tuple[Act, ...] = (
    say_nothing,
    send_half_a_head,
    send_no_body,
    trickle_after_401,
)


async def attack(run: Run, act: Act, until: float, pause: float) -> None:
    """Do a hostile thing again and again, on a new connection each time."""
    await asyncio.sleep(pause)
    while time.monotonic() < until:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout_at(until), run.connected(HOSTILE) as streams:
                run.seen[act.__name__] += 1
                await act(run, streams)
        await asyncio.sleep(0.5)


async def ask(run: Run, request: bytes) -> None:
    """Ask once on a connection of one's own, and note how long it took."""
    began, before = time.monotonic(), used(run.pid)
    answer = b"nothing"
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(TIMEOUT):
            # The request is sent before anything else runs here, since it, too, has to come in time.
            connection = socket.create_connection(("127.0.0.1", run.port), TIMEOUT, (NORMAL, 0))
            connection.sendall(request)
            reader, writer = await asyncio.open_connection(sock=connection)
            try:
                answer = await reader.readuntil(b"\r\n")
            finally:
                writer.transport.abort()
    run.seen["answered " + answer.decode().strip()] += 1
    run.waits.append(min(time.monotonic() - began, used(run.pid) - before + TICK))


async def phase(run: Run, name: str, request: bytes, arguments: argparse.Namespace) -> list[str]:
    """Attack for a while and ask meanwhile; return what went wrong."""
    await ask(run, request)
    # Long answers at once, so that each reader of the store has the pages that it keeps.
    await asyncio.gather(*(ask(run, post(run.token, LONG)) for _ in range(READERS)))
    await asyncio.sleep(1)
    run.seen.clear()
    run.waits.clear()
    memory, sockets = run.megabytes, run.sockets
    peak, most = memory, sockets
    until = time.monotonic() + arguments.seconds
    # Long answers take the processor, whoever reads them, so they do not begin all at once.
    readers: list[Act] = [never_read, read_slowly] * READERS
    others = [KINDS[number % len(KINDS)] for number in range(arguments.connections - len(readers))]
    attackers = [attack(run, act, until, BETWEEN_READERS * number) for number, act in enumerate(readers)]
    attackers += [attack(run, act, until, 0) for act in others]
    attacking = [asyncio.create_task(attacker) for attacker in attackers]
    while time.monotonic() < until:
        await ask(run, request)
        peak, most = max(peak, run.megabytes), max(most, run.sockets)
        await asyncio.sleep(0.1)
    await asyncio.gather(*attacking)
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: run.sockets <= sockets)
    left, open_still = run.megabytes - memory, run.sockets - sockets
    good = run.seen["answered HTTP/1.1 200 OK"]
    print(f"{name}: {', '.join(f'{count:,} {what}' for what, count in sorted(run.seen.items()))}")
    print(f"{name}: the longest wait was {max(run.waits) * 1000:.0f} ms of the processor")
    print(f"{name}: {memory:.0f} MB, at most {peak:.0f}, {left:+.1f} at the end; at most {most} sockets")
    return [
        f"{name}: {fault}"
        for fault, is_so in (
            (f"{len(run.waits) - good} of {len(run.waits)} were not answered", good < len(run.waits)),
            (f"one waited for {max(run.waits):.1f} s", max(run.waits) > MOST_WAIT),
            (f"memory grew by {peak - memory:.0f} MB", peak - memory > MOST_GROWTH),
            (f"{left:.0f} MB are left", left > MOST_LEFT),
            (f"{open_still} connections are left", open_still > 0),
        )
        if is_so
    ]


@contextmanager
def serving(url: str, token: str, **settings: str) -> Iterator[Run]:
    """Serve a store under some settings in a process of its own, which has this one's limit as it was at its start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(DESCRIPTORS, hard), hard))
    with served(url, GATEWAY_LOG_LEVEL="error", **settings) as (process, address):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        yield Run(int(address.rpartition(":")[2]), process.pid, token)


def main() -> None:
    """Attack, print what was measured, and end with 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a tenth of the time")
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, help="for each of the two phases")
    arguments = parser.parse_args()
    arguments.seconds = arguments.seconds or (8 if arguments.short else 80)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    arguments.connections = min(arguments.connections, hard - OWN_DESCRIPTORS)
    timeouts = {f"GATEWAY_{name}_TIMEOUT_MS": str(TIMEOUT_MS) for name in ("HEAD", "BODY", "WRITE")}
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        url, token = seeded(Path(folder), 10_000)
        with serving(url, token, **timeouts) as run:
            faults = asyncio.run(phase(run, "one address", post(run.token, SHORT), arguments))
        with serving(url, token, GATEWAY_TRUSTED_PROXIES=HOSTILE, **timeouts) as run:
            probe = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
            faults += asyncio.run(phase(run, "a trusted proxy", probe, arguments))
    print("\n".join(faults) or "All were answered, and all was given back.")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
