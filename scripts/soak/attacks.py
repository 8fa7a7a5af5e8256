"""Attacks a served gateway and holds it to its time: `scripts/soak/attacks.py [--entries N] [--rounds N] [--short]`.

Each hostile request may occupy the server for 250 ms, and a health probe that asks all the while has to be
answered within 500 ms, added to what it waits when nobody attacks. A server that is occupied uses its processor and
lets the probe wait, so the lesser of both counts: statements that run beside the event loop occupy nobody. The probe
does not wait for the server while both wait for the processor, as they do on a machine that is loaded. `--short` sends
each once to a small store.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.harness.processes import seeded, served
from tests.support.harness.processor import Delay, used
from tests.support.harness.waiting import TIMEOUT
from tests.support.random.attacks import ANSWERED, RESPONSE, Attack, attacks

SHORT = {"entries": 2_000, "rounds": 1}

BUDGET_MS = 250
PROBE_MS = 500
SHOWN = 12
PAUSE = 0.01  # seconds between two probes
QUIET = 2  # seconds before the first attack
BAD_REQUEST = 400
# Refused before it was a request: the server closed the connection, or could not read the head.
AT_THE_DOOR = "at the door"


async def probe(address: str, pid: int, waits: list[float]) -> None:
    """Ask for the server's health again and again, and note the milliseconds that each answer was waited for."""
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT) as client:
        while True:
            started, delay = time.perf_counter(), Delay(pid)
            (await client.get("/healthz")).raise_for_status()
            waits.append((time.perf_counter() - started - delay.seconds()) * 1000)
            await asyncio.sleep(PAUSE)


async def send(client: httpx.AsyncClient, token: str, attack: Attack) -> str:
    """Send an attack; return the code that it got."""
    headers = {
        "authorization": f"Bearer {token}",
        "accept": RESPONSE,
        "content-type": "application/json",
        **attack.headers,
    }
    raw = httpx.Headers(headers, encoding="latin-1")
    try:
        response = await client.request(attack.method, attack.address, content=attack.body, headers=raw)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return AT_THE_DOOR
    if response.status_code == BAD_REQUEST and "x-request-id" not in response.headers:  # what is not HTTP has no id
        return AT_THE_DOOR
    errors = response.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else ANSWERED


async def attack_all(address: str, token: str, pid: int, rounds: int) -> int:
    """Send all attacks, one after the other and then all at once; return how many broke a budget."""
    results = []
    waits: list[float] = []
    prober = asyncio.create_task(probe(address, pid, waits))
    limits = httpx.Limits(max_connections=32)
    await asyncio.sleep(QUIET)
    idle = max(waits)
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT, limits=limits) as client:
        for attack in attacks():
            worst = 0.0
            for _ in range(rounds):
                before, mark = used(pid), len(waits)
                code = await send(client, token, attack)
                busy = (used(pid) - before) * 1000
                await asyncio.sleep(2 * PAUSE)  # the probe that waited is answered now
                worst = max(worst, min(busy, max(waits[mark:], default=0.0) + PAUSE * 1000))
                if code not in {*attack.code.split("|"), AT_THE_DOOR}:
                    print(f"{attack.name}: answered {code}, expected {attack.code}")
                    worst = float("inf")
            results.append((worst, attack.name))
        alone = max(waits)
        waits.clear()
        await asyncio.gather(*(send(client, token, attack) for attack in attacks()))
    prober.cancel()
    results.sort(reverse=True)
    for worst, name in results[:SHOWN]:
        print(f"{worst:7.0f} ms  {name}")
    print(f"{len(results)} attacks, median {statistics.median(worst for worst, _ in results):.0f} ms")
    print(
        f"health probe: at most {idle:.0f} ms alone, {alone:.0f} beside one attack, {max(waits):.0f} beside all at once"
    )
    return sum(worst > BUDGET_MS for worst, _ in results) + (alone > PROBE_MS + idle)


def main() -> None:
    """Attack, print what was measured, and end with 1 where a budget was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        url, token = seeded(Path(folder), asked.entries)
        with served(url, GATEWAY_LOG_LEVEL="error") as (process, address):
            broken = asyncio.run(attack_all(address, token, process.pid, asked.rounds))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
