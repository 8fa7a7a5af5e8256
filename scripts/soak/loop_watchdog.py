"""No request holds the event loop for more than 50 ms: `scripts/soak/loop_watchdog.py [--short] [--only TEXT]`.

A gateway is served with a watchdog inside its process: the loop notes again and again that it lives, with the time of
the processor that it has used, and a thread looks where it is when it does not. Hostile requests are sent one by one,
each to caches that do not know it. A stretch counts by the lesser of both clocks, so a machine that is busy with other
things holds nobody up. Printed are the longest stretches, and of those that are too long what they were in.
`--short` asks a smaller store.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from gateway.serving.alone import serve_one  # noqa: E402
from gateway.serving.listening import address_of, listen  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.support.harness.processes import seeded  # noqa: E402
from tests.support.random.attacks import (  # noqa: E402
    ANSWERED,
    FILE,
    RESPONSE,
    Attack,
    attacks,
    exports,
    heavy_reads,
    long_texts,
    operands,
)

MOST_MS = 50
BEAT = 0.002  # seconds between two signs of life
LOOK = 0.004  # seconds between two looks at a loop
SHOWN = 15
FRAMES = 8
# Refused before it was a request.
AT_THE_DOOR = "at the door"
PATIENT = {"GATEWAY_REQUEST_TIMEOUT_MS": "600000", "GATEWAY_STATEMENT_TIMEOUT_MS": "600000"}
TRIES = 3  # of a request that held the loop: what it does each time is its own doing


@dataclass(frozen=True, order=True)
class Stretch:
    """How long a loop ran without a pause, in milliseconds, and where it was in the middle of that."""

    ms: float
    where: str


class Watchdog:
    """Measures how long the loop of its thread runs without a pause, and where it is meanwhile."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._loop = asyncio.get_running_loop()
        self._wall, self._processor = time.perf_counter(), time.thread_time()
        self._seen: list[str] = []
        self._longest, self._where = 0.0, list[str]()
        self._beat()
        threading.Thread(target=self._look, daemon=True).start()
        threading.Thread(target=self._answer, daemon=True).start()

    def _beat(self) -> None:
        wall, processor = time.perf_counter(), time.thread_time()
        stretch = min(wall - self._wall, processor - self._processor)
        if stretch > self._longest:
            self._longest, self._where = stretch, self._seen
        self._wall, self._processor, self._seen = wall, processor, []
        self._loop.call_later(BEAT, self._beat)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK)
            if time.perf_counter() - self._wall > 4 * LOOK:
                frame = sys._current_frames().get(self._thread)  # noqa: SLF001 - there is no other way to it
                calls = traceback.extract_stack(frame)[-FRAMES:]
                self._seen.append(" < ".join(f"{Path(call.filename).name}:{call.name}" for call in reversed(calls)))

    def _answer(self) -> None:
        """Tell of the longest stretch since the last time, for each line that is sent."""
        for _ in sys.stdin:
            longest, where = self._longest, self._where
            self._longest, self._where = 0.0, []
            middle = where[len(where) // 2] if where else ""
            print(json.dumps({"ms": longest * 1000, "where": middle}), flush=True)


def serve() -> None:
    """Serve with a watchdog; the first line that is printed is the address."""
    settings = Settings.load(port=0)
    with listen(settings.host, settings.port) as listening:
        address = address_of(listening)

        def started() -> None:
            Watchdog()
            print(json.dumps(address), flush=True)

        serve_one(settings, listening, started)


class Watched:
    """A served gateway that can be asked how long its loop was held."""

    def __init__(self, asked: IO[str], answers: IO[str]) -> None:
        self._asked, self._answers = asked, answers
        self.address: str = json.loads(answers.readline())

    def longest(self) -> Stretch:
        """Return the longest stretch since the last call."""
        self._asked.write("\n")
        self._asked.flush()
        return Stretch(**json.loads(self._answers.readline()))


@contextmanager
def watched(url: str) -> Iterator[Watched]:
    """Serve a store in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    environment = kept | {"GATEWAY_DATABASE_URL": url, "GATEWAY_LOG_LEVEL": "error", **PATIENT}
    command = [sys.executable, __file__, "--serve"]
    process = subprocess.Popen(  # noqa: S603 - the command is this script
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Watched(cast("IO[str]", process.stdin), cast("IO[str]", process.stdout))
    finally:
        process.kill()
        process.wait()


async def measure(gateway: Watched, token: str, only: str) -> list[tuple[Stretch, str]]:
    """Send all requests, one after the other; return how long each held the loop, the longest first."""
    results = []
    async with httpx.AsyncClient(base_url=gateway.address, timeout=600) as client:
        for text in long_texts():
            await send(client, token, text, "")
        reads = (*operands(), *heavy_reads(), *exports())
        for attack in (*attacks(), *heavy_reads(), *exports()):
            if only not in attack.name:
                continue
            tries = []
            for number in range(TRIES):
                gateway.longest()
                code = await send(client, token, attack, f"{number}" if number else "")
                await asyncio.sleep(4 * BEAT)
                tries.append(gateway.longest())
                if number == 0 and attack in reads and code not in attack.code.split("|"):
                    print(f"{attack.name}: answered {code}, expected {attack.code}")
                    results.append((Stretch(float("inf"), code), attack.name))
                if tries[-1].ms <= MOST_MS:
                    break
            results.append((min(tries), attack.name))
    return sorted(results, reverse=True)


async def send(client: httpx.AsyncClient, token: str, attack: Attack, mark: str) -> str:
    """Send a request whose document is known to no cache; return the code that it got."""
    headers = {"authorization": f"Bearer {token}", "accept": RESPONSE, "content-type": "application/json"}
    raw = httpx.Headers({**headers, **attack.headers}, encoding="latin-1")
    body = attack.body
    if body is not None and mark:
        body = body.replace(b'{"query": "', b'{"query": "#%s\\n' % mark.encode(), 1)
    try:
        response = await client.request(attack.method, attack.address, content=body, headers=raw)
    except httpx.HTTPError:
        return AT_THE_DOOR
    if "content-disposition" in response.headers:
        return FILE
    if "json" not in response.headers["content-type"]:
        return AT_THE_DOOR
    errors = response.json().get("errors")
    return errors[0].get("extensions", errors[0])["code"] if errors else ANSWERED  # of GraphQL, else of JSON:API


def main() -> None:
    """Measure, print, and end with 1 where the loop was held for too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="", help="requests whose name has this")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve()
        return
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        url, token = seeded(Path(folder), 2_000 if asked.short else 20_000)
        with watched(url) as gateway:
            results = asyncio.run(measure(gateway, token, asked.only))
    for stretch, name in results[:SHOWN]:
        print(f"{stretch.ms:7.1f} ms  {name}")
        if stretch.ms > MOST_MS:
            print(f"            {stretch.where}")
    late = sum(stretch.ms > MOST_MS for stretch, _ in results)
    print(f"{len(results)} requests, of which {late} held the loop for more than {MOST_MS} ms")
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
