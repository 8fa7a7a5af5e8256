"""Files of a large store: seconds and peak memory of each format, and a health probe beside it.

Run by `python -m tests.bench.exports [ENTRIES]`. Of the entries that are seeded the first organization, whose admin
asks, has three fifths: 375,000 of 625,000.
"""

import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Self

import httpx

from tests.bench.store import file_store
from tests.support.harness.processes import served

ENTRIES = 625_000
FORMATS = ("csv", "jsonl", "xlsx", "parquet")
PROBE_EVERY = 0.01  # seconds
TIMEOUT = 600  # seconds
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One file."""

    suffix: str
    seconds: float
    processor: float  # seconds of the processor that the server took, whatever else the machine did
    size: int  # bytes
    memory: int  # bytes at the peak, above what the process took before it
    probes: list[float]  # seconds, in ascending order


def measure(url: str, token: str, process: int, suffix: str) -> Measured:
    """Download a file, and throw it away as it comes."""
    before = _memory(process, "VmRSS")
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here
    with _Probe(url) as probe, httpx.Client(timeout=TIMEOUT, headers={"x-auth-token": token}) as client:
        began, spent = time.perf_counter(), _processor(process)
        size = 0
        with client.stream("GET", f"{url}/api/v2/time_entries.{suffix}") as answer:
            answer.raise_for_status()
            for part in answer.iter_raw(1_000_000):
                size += len(part)
        seconds, spent = time.perf_counter() - began, _processor(process) - spent
    return Measured(suffix, seconds, spent, size, _memory(process, "VmHWM") - before, sorted(probe.seconds))


def _memory(process: int, name: str) -> int:
    [kilobytes] = re.findall(rf"{name}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    return int(kilobytes) * 1024


def _processor(process: int) -> float:
    """Return the seconds of the processor that a process took so far."""
    _, fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class _Probe:
    """Asks /healthz all the while, by a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url, self._is_over = url, Event()
        self.seconds: list[float] = []
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT) as client:
            while not self._is_over.wait(PROBE_EVERY):
                began = time.perf_counter()
                client.get(f"{self._url}/healthz").raise_for_status()
                self.seconds.append(time.perf_counter() - began)


def main() -> None:
    """Print a line for each format."""
    store = file_store(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
    beside = store.connect()
    [(count,)] = beside.run("SELECT count(*) FROM time_entries WHERE organization_id = 1")
    beside.close()
    with served(store.url) as (process, url):
        _say(f"{count:,} entries")
        _say("  format  seconds      cpu     MB  peak MB  p50 ms  p99 ms")
        for suffix in FORMATS:
            found = measure(url, store.token, process.pid, suffix)
            p50, p99 = (found.probes[int(len(found.probes) * part)] * 1000 for part in (0.5, 0.99))
            _say(
                f"{suffix:>8} {found.seconds:8.1f} {found.processor:8.1f} {found.size / MB:6.1f} "
                f"{found.memory / MB:8.1f} {p50:7.1f} {p99:7.1f}"
            )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
