"""Seeding a million entries and importing 100 MB of documents: how long, and how much memory.

`pytest -m bench tests/bench/test_loading.py -s` shows the figures, which a busy machine spoils.
GATEWAY_BENCH_ENTRIES makes the store smaller.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.worlds.documents import amounts, entry, office

pytestmark = [pytest.mark.bench, pytest.mark.sqlite_only]

ENTRIES = int(os.environ.get("GATEWAY_BENCH_ENTRIES", "1000000"))
MEGABYTE = 1_000_000
DOCUMENT_SIZE = 100 * MEGABYTE
MOST_SECONDS, MOST_SEEDING, MOST_IMPORTING = 60, 500 * MEGABYTE, 300 * MEGABYTE
# Prints the most memory that the command and each of its processes held, in bytes.
MEASURED = """
import resource, runpy, sys
sys.argv[0] = "gateway"
try:
    runpy.run_module("gateway", run_name="__main__")
finally:
    most = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print("memory", sum(most) * (1 if sys.platform == "darwin" else 1024))
"""
ATTRIBUTES = {
    "created_at": "2025-08-01T06:18:41.728+02:00",
    "updated_at": "2025-08-01T06:18:41.728+02:00",
    "last_activity_at": "2025-08-01T06:18:41.728+02:00",
    "billable_time": 480,
    "track_method_id": 1,
    "approved": True,
    "approved_at": "2025-08-01T06:18:42.000+02:00",
    "overhead": True,
    "currency": "EUR",
    "currency_default": "USD",
    "currency_normalized": "EUR",
    **amounts(cost=16_000, work_cost=16_000, cost_default=20_000, work_cost_default=20_000),
}


def run(folder: Path, *arguments: str) -> tuple[float, int]:
    """Run a command; return seconds and bytes."""
    address = {"GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'gateway.db'}"}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments],
        env=os.environ | address,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    found = re.search(r"^memory (\d+)$", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    return seconds, int(found[1])


def write_documents(path: Path) -> int:
    """Write one document of about 100 MB; return how many entries it has."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{"included": ' + json.dumps(office()) + ', "data": [')
        while file.tell() < DOCUMENT_SIZE:
            count += 1
            record = entry(count, note=f"Entry {count}", **ATTRIBUTES)
            file.write((",\n" if count > 1 else "\n") + json.dumps(record, indent=1))
        file.write("]}")
    return count


def test_a_million_entries_are_seeded_in_a_minute(tmp_path):
    seconds, memory = run(tmp_path, "seed", "--entries", str(ENTRIES))

    print(f"seeding {ENTRIES:,} entries: {seconds:.1f} s, {memory / MEGABYTE:.0f} MB")  # noqa: T201 - the numbers
    assert seconds <= MOST_SECONDS
    assert memory <= MOST_SEEDING


def test_a_hundred_megabytes_are_imported_in_little_memory(tmp_path):
    count = write_documents(tmp_path / "large.json")

    for what in ("importing", "importing again"):
        seconds, memory = run(tmp_path, "import", str(tmp_path / "large.json"))

        print(f"{what} {count:,} entries of 100 MB: {seconds:.1f} s, {memory / MEGABYTE:.0f} MB")  # noqa: T201
        assert memory <= MOST_IMPORTING
