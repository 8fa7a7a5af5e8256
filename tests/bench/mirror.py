"""What mirroring costs: `python -m tests.bench.mirror [--only load reads steady sweep] [--entries 100000]`.

The account is the documented face over a seeded store, in a process of its own behind a proxy that answers 100 ms later
and keeps the account's budget. `gateway mirror` is a process of its own, too.
"""

import argparse
import asyncio
import datetime as dt
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx

from gateway.domain.access import Role
from gateway.mirror.clock import SystemClock
from gateway.seeding.filling import seed
from gateway.store.databases.database import Connection, Database, open_database
from gateway.store.mirror.accounts import Account, add_account
from gateway.store.tokens import create_token
from gateway.store.viewers import set_role
from tests.bench.store import say
from tests.bench.workloads import LIST
from tests.support.harness.processes import ROOT, served
from tests.support.upstream.impostors import impostor
from tests.support.upstream.proxies import Proxy

DELAY_S = 0.1
BUDGET = ((100, 10), (4_000, 1_800))
CHANGES_A_DAY, HOURS_A_DAY = 2_000, 8  # people write during the day
RAISED = "100000/10"
TICKS = os.sysconf("SC_CLK_TCK")
MEDIA_TYPE = "application/vnd.api+json"
LOOKS = urlencode({"fields[time_entries]": "updated_at"})  # what a sweep asks for, and nobody else


@dataclass(frozen=True, slots=True)
class Live:
    """The account, and who asks it."""

    proxy: Proxy
    url: str
    file: Path
    organization: int
    admin: int
    token: str
    entries: int


@asynccontextmanager
async def account(folder: Path, entries: int) -> AsyncIterator[Live]:
    """Seed a store and serve it behind the proxy."""
    file = folder / "upstream.db"
    url = f"sqlite+aiosqlite:///{file}"
    cast = (await asyncio.to_thread(seed, url, entries, today=dt.datetime.now(dt.UTC).date())).casts[0]
    async with open_database(url) as database:
        token = await database.write(lambda one: create_token(one, person_id=cast.admin_id, name="mirror", now=0))
    with closing(sqlite3.connect(file)) as connection:
        [organization] = connection.execute(
            "SELECT organization_id FROM people WHERE id = ?", [cast.admin_id]
        ).fetchone()
        [count] = connection.execute(
            "SELECT count(*) FROM time_entries WHERE organization_id = ?", [organization]
        ).fetchone()
    with served(url, GATEWAY_MAX_COST="1000000000") as (_, address):
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            proxy = Proxy(client, SystemClock(), budget=BUDGET, delay=lambda: asyncio.sleep(DELAY_S))
            async with impostor(proxy.respond) as public:
                yield Live(proxy, public.url, file, organization, cast.admin_id, token, count)


@asynccontextmanager
async def mirroring(
    live: Live, store: Path, *arguments: str, budget: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `gateway mirror`; it is ended with the context where it is not by then."""
    settings = {
        "GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{store}",
        "GATEWAY_MIRROR_URL": live.url,
        "GATEWAY_MIRROR_TOKEN": live.token,
        "GATEWAY_MIRROR_ORGANIZATION_ID": str(live.organization),
    } | ({"GATEWAY_MIRROR_BUDGET": budget} if budget else {})
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "mirror", *arguments, cwd=store.parent,
        env=kept | settings | {"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process took: the most memory that it had, in bytes, and seconds of a processor."""

    memory: int = 0
    processor: float = 0.0

    def __str__(self) -> str:
        return f"{self.memory / 1e6:.0f} MB at most, {self.processor:.0f} s of a processor"


def taken_by(process: asyncio.subprocess.Process, before: Taken) -> Taken:
    """Return what a process took so far; what it had taken before where it is gone."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        times = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    except OSError:
        return before
    peaks = [int(line.split()[1]) * 1_024 for line in status.splitlines() if line.startswith("VmHWM")]
    return Taken(max([before.memory, *peaks]), sum(map(int, times)) / TICKS) if peaks else before


async def ended(process: asyncio.subprocess.Process) -> Taken:
    """Wait for a process; return what it took."""
    taken = Taken()
    while process.returncode is None:
        taken = await asyncio.to_thread(taken_by, process, taken)
        await asyncio.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"gateway mirror ended with {process.returncode}")
    return taken


def allowed_s(requests: int, share: float = 0.5) -> float:
    """Return how long the budget takes for so many requests, where all of a window may be sent at its beginning."""
    return max((max(0, -(-requests // int(most * share)) - 1) * seconds for most, seconds in BUDGET), default=0.0)


async def measure_load(live: Live, folder: Path) -> Path:
    """Measure a first load."""
    store = folder / "mirror.db"
    began, before = time.monotonic(), len(live.proxy.sent)
    async with mirroring(live, store, "--once") as process:
        taken = await ended(process)
    took, requests = time.monotonic() - began, len(live.proxy.sent) - before
    say(
        f"first load of {live.entries:,} entries: {took:,.0f} s, {requests:,} requests (the budget allows them in "
        f"{allowed_s(requests):,.0f} s: {took / max(1.0, allowed_s(requests)):.2f} times), {taken}",
    )
    return store


async def read_w1(client: httpx.AsyncClient, token: str, seconds: float) -> list[float]:
    """Read one list after the other for a while; return how long each took."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        answer = await client.post("/graphql", json={"query": LIST}, headers={"authorization": f"Bearer {token}"})
        found.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
    return found


async def measure_reads(live: Live, folder: Path) -> None:
    """Measure W1 beside a first load and without one, in turns: the mirror is stopped between."""
    store = folder / "read.db"
    times: dict[bool, list[float]] = {False: [], True: []}
    async with mirroring(live, store, "--once", budget="50/10,4000/1800"):
        await _until_entries(store, 2_000)
    token = await _token(store, live.admin)
    with served(f"sqlite+aiosqlite:///{store}") as (_, address):
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            await read_w1(client, token, 2)
            for _ in range(4):
                times[False] += await read_w1(client, token, 6)
                async with mirroring(live, store, "--once"):
                    await asyncio.sleep(3)  # until it has started
                    times[True] += await read_w1(client, token, 12)
    beside, alone = (statistics.median(times[is_beside]) * 1_000 for is_beside in (True, False))
    say(f"W1 p50 beside a first load {beside:.2f} ms, without {alone:.2f} ms: {beside / alone:.2f} times")


async def measure_steady(live: Live, store: Path, minutes: float) -> None:
    """Measure requests and lag while people write."""
    chance, pause = random.Random(1), HOURS_A_DAY * 3_600 / CHANGES_A_DAY
    with closing(sqlite3.connect(live.file)) as connection:
        ids = [
            number
            for (number,) in connection.execute(
                "SELECT id FROM time_entries WHERE organization_id = ? AND NOT approved ORDER BY date DESC LIMIT ?",
                [live.organization, int(2 * minutes * 60 / pause) + 100],
            )
        ]
    chance.shuffle(ids)
    async with mirroring(live, store):
        await asyncio.sleep(25)  # until it follows
        before, began = len(live.proxy.sent), time.monotonic()
        async with asyncio.TaskGroup() as changes:  # people do not wait until the mirror has seen a change
            seen = list[asyncio.Task[float]]()
            while time.monotonic() - began < minutes * 60:
                await asyncio.sleep(chance.uniform(0.5, 1.5) * pause)
                seen.append(changes.create_task(_seen(live, store, ids.pop(), f"change {len(seen)}")))
        took, requests = time.monotonic() - began, len(live.proxy.sent) - before
    lags = [change.result() for change in seen]
    most, seconds = BUDGET[-1]
    say(
        f"steady state, {len(lags)} changes in {took / 60:.0f} min: {requests / took * seconds:,.0f} requests in "
        f"{seconds // 60} min ({requests / took * seconds / most:.1%} of the budget), lag p50 "
        f"{statistics.median(lags):.1f} s, p99 {sorted(lags)[int(len(lags) * 0.99)]:.1f} s",
    )


async def _seen(live: Live, store: Path, number: int, note: str) -> float:
    """Change an entry in the account; return after how long the mirror has it."""
    document = {"data": {"type": "time_entries", "id": str(number), "attributes": {"note": note}}}
    headers = {"x-auth-token": live.token, "content-type": MEDIA_TYPE}
    answer = await live.proxy.server.patch(f"/api/v2/time_entries/{number}", json=document, headers=headers)
    assert answer.status_code == 200, answer.text
    began = time.monotonic()
    with closing(sqlite3.connect(store)) as connection:
        while connection.execute("SELECT note FROM time_entries WHERE id = ?", [number]).fetchone() != (note,):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # another process writes it
    return time.monotonic() - began


async def measure_sweep(live: Live, folder: Path) -> None:
    """Measure sweeps of a store that equals the account; the budget is raised, and what it allows is told."""
    store = folder / "swept.db"
    await asyncio.to_thread(_copy, live.file, store)
    async with open_database(f"sqlite+aiosqlite:///{store}") as database:
        await _pretend_loaded(database, live)
    for name, arguments in (("sweep of everything", ("--once", "--sweep")), ("the same without it", ("--once",))):
        began, before = time.monotonic(), len(live.proxy.sent)
        async with mirroring(live, store, *arguments, budget=RAISED) as process:
            taken = await ended(process)
        requests = len(live.proxy.sent) - before
        looked = sum(LOOKS in target for _, target in live.proxy.sent[before:])
        say(
            f"{name}, {live.entries:,} entries: {requests:,} requests, {looked:,} of them the sweep's own, "
            f"{time.monotonic() - began:,.0f} s without the budget, {allowed_s(requests) / 60:,.0f} min within it, "
            f"{taken}",
        )


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(source, target)


async def _pretend_loaded(database: Database, live: Live) -> None:
    now = time.time_ns() // 1_000_000
    known = Account(
        organization_id=live.organization, url=live.url, started_at=now, synced_to=now, synced_at=now, updated_to=now,
        versions_to=now, reaches_back_to=dt.date(1, 1, 1), begins_on=dt.date(2000, 1, 1), is_complete=True,
        entries=live.entries, neighbours_at=now,
    )  # fmt: skip

    await database.write(lambda connection: add_account(connection, known))


async def _until_entries(store: Path, count: int) -> None:
    while True:
        await asyncio.sleep(0.5)
        if await asyncio.to_thread(_count, store) >= count:
            return


def _count(store: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM time_entries").fetchone()[0])
    except sqlite3.OperationalError:  # no file or no table yet
        return 0


async def _token(store: Path, admin: int) -> str:
    async def write(connection: Connection) -> str:
        await set_role(connection, admin, Role.ADMIN, sees_costs=True)
        return await create_token(connection, person_id=admin, name="reads", now=0)

    async with open_database(f"sqlite+aiosqlite:///{store}") as database:
        return await database.write(write)


async def measure(asked: argparse.Namespace, folder: Path) -> None:
    """Measure what was asked for."""
    async with account(folder, asked.entries) as live:
        store: Path | None = None
        if "reads" in asked.only:
            await measure_reads(live, folder)
        if {"load", "steady"} & set(asked.only):
            store = await measure_load(live, folder)
        if "steady" in asked.only and store is not None:
            await measure_steady(live, store, asked.minutes)
        if "sweep" in asked.only:
            await measure_sweep(live, folder)
        for sentence in live.proxy.passed[:10]:
            say(f"The budget was passed: {sentence}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=["load", "reads", "steady", "sweep"])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=10)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-mirror-") as folder:
        asyncio.run(measure(asked, Path(folder)))


if __name__ == "__main__":
    main()
