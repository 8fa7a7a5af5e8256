"""`serve --workers`: several processes on one socket and one store, one of which may die at any time."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support.harness.serving import make_store
from tests.support.harness.stores import store_url

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds
WHO = {"query": "{ viewer { role } }"}


@pytest.fixture
def workers(tmp_path):
    """A gateway of two workers: its process, its address, and a client with a token."""
    url = store_url(tmp_path)
    tokens = asyncio.run(make_store(url))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    settings = {"GATEWAY_DATABASE_URL": url, "GATEWAY_PORT": "0", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway", "serve", "--workers", "2"],
        cwd=tmp_path,
        env=kept | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        told = ""
        while not (found := re.search(r"http://[^/]+", told)) and (line := output.readline()):
            told += line
        try:
            assert found, told
            yield process, found[0], {"authorization": f"Bearer {tokens['admin']}"}
        finally:
            process.kill()
            process.wait(PATIENCE)


def children(process: subprocess.Popen[str]) -> list[int]:
    """The workers, by their process ids."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in listed if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the workers")
def test_a_worker_that_dies_is_replaced_and_all_end_in_good_order(workers):
    process, address, headers = workers
    before = children(process)

    os.kill(before[0], signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while len(after := children(process)) < 2 or before[0] in after:
        assert time.monotonic() < until
        time.sleep(0.1)
    with httpx.Client(base_url=address, headers=headers) as client:
        answers = [client.post("/graphql", json=WHO).json()["data"] for _ in range(20)]
    process.send_signal(signal.SIGTERM)

    assert len(before) == 2
    assert before[1] in after
    assert answers == [{"viewer": {"role": "ADMIN"}}] * 20
    assert process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in after)


@pytest.mark.sqlite_only
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the workers")
def test_workers_end_when_the_first_process_is_killed(workers):
    process, _, _ = workers
    orphans = children(process)

    process.kill()
    process.wait(PATIENCE)

    until = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() and not _is_dead(pid) for pid in orphans):
        assert time.monotonic() < until
        time.sleep(0.1)


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
