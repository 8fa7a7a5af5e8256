"""`serve --workers`: several processes on one socket and one store, one of which may die at any time."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.harness.processes import Program, is_worker, workers_of
from tests.support.harness.serving import make_store
from tests.support.harness.stores import store_url
from tests.support.harness.waiting import TIMEOUT, wait_until

ROOT = Path(__file__).parents[2]
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the workers")
WHO = {"query": "{ viewer { role } }"}


@dataclass(frozen=True, slots=True)
class Workers:
    """A gateway of two workers: its process, and a token."""

    process: subprocess.Popen[str]
    database: Path
    headers: dict[str, str]

    def address(self) -> str:
        """Wait until it says where it answers."""
        printed = ""
        assert self.process.stdout is not None
        while not (found := re.search(r"http://[^/]+", printed)):
            line = self.process.stdout.readline()
            assert line, printed
            printed += line
        return found[0]

    def next_end(self) -> str:
        """Wait until it says that a worker ended."""
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if line.startswith("Worker "))


@pytest.fixture
def starting(tmp_path):
    """A gateway of two workers that has just been started."""
    url = store_url(tmp_path)
    tokens = asyncio.run(make_store(url))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    settings = {"GATEWAY_DATABASE_URL": url, "GATEWAY_PORT": "0", "PYTHONPATH": str(ROOT)}
    process = Program(
        [sys.executable, "-u", "-m", "gateway", "serve", "--workers", "2"],
        cwd=tmp_path,
        env=kept | settings,
        stderr=subprocess.STDOUT,
    )
    with process:
        yield Workers(process, Path(url.partition(":///")[2]), {"authorization": f"Bearer {tokens['admin']}"})
        process.kill()


@pytest.fixture
def workers(starting):
    """A gateway of two workers: its process, its address, and a client's headers."""
    return starting.process, starting.address(), starting.headers


def ask(address: str, headers: dict[str, str]) -> object:
    """Ask on a new connection; a worker that dies may take one with it."""
    transport = httpx.HTTPTransport(retries=3)
    with httpx.Client(transport=transport, timeout=TIMEOUT) as client:
        return client.post(f"{address}/graphql", json=WHO, headers=headers).json()["data"]


def two_workers(process: subprocess.Popen[str], *but: int) -> list[int]:
    """Wait until there are two workers, none of whom is one of these; return their process ids."""

    def look() -> list[int] | None:
        found = workers_of(process)
        return found if len(found) == 2 and not {*found} & {*but} else None

    found: list[int] = wait_until(look)
    return found


@needs_proc
def test_a_worker_that_dies_is_replaced_and_all_end_in_good_order(workers):
    process, address, headers = workers
    before = workers_of(process)

    os.kill(before[0], signal.SIGKILL)
    after = two_workers(process, before[0])
    with httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT) as client:
        answers = [client.post("/graphql", json=WHO).json()["data"] for _ in range(20)]
    process.send_signal(signal.SIGTERM)

    assert len(before) == 2
    assert before[1] in after
    assert answers == [{"viewer": {"role": "ADMIN"}}] * 20
    assert process.wait(TIMEOUT) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in after)


@pytest.mark.sqlite_only
@needs_proc
def test_workers_end_when_the_first_process_is_killed(workers):
    process, _, _ = workers
    orphans = workers_of(process)

    process.kill()
    process.wait(TIMEOUT)

    wait_until(lambda: all(_is_dead(pid) for pid in orphans))


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.sqlite_only
@needs_proc
def test_a_worker_that_ends_before_it_answers_leaves_the_others_to_serve_and_is_started_again(starting):
    process = starting.process
    before = two_workers(process)

    os.kill(before[0], signal.SIGKILL)
    answer = ask(starting.address(), starting.headers)
    after = two_workers(process, before[0])

    assert answer == {"viewer": {"role": "ADMIN"}}
    assert before[1] in after


@pytest.mark.sqlite_only
@needs_proc
def test_a_worker_that_cannot_start_is_tried_again_while_the_others_serve(starting):
    process, address = starting.process, starting.address()
    before = workers_of(process)
    away = starting.database.with_suffix(".away")

    starting.database.rename(away)
    starting.database.mkdir()  # nothing that can be opened as a database
    os.kill(before[0], signal.SIGKILL)
    ends = [starting.next_end(), starting.next_end()]
    meanwhile = ask(address, starting.headers)
    starting.database.rmdir()
    away.rename(starting.database)
    two_workers(process, before[0])
    os.kill(before[1], signal.SIGKILL)
    later = ask(address, starting.headers)

    [killed, failed] = [re.findall(r"Worker (\d+) ended with (-?\d+); .* in ([0-9.]+) s", line)[0] for line in ends]
    assert killed[:2] == (str(before[0]), "-9")
    assert failed[1] == "3"
    assert float(failed[2]) == 2 * float(killed[2])
    assert meanwhile == later == {"viewer": {"role": "ADMIN"}}


def has_its_beginning(worker: int, parent: int) -> bool:
    """Tell whether a worker was given all that it begins with: its parent has no end of that pipe any more.

    Python itself complains in one whose parent is killed in the middle of that.
    """
    [handle] = re.findall(rb"pipe_handle=(\d+)", Path(f"/proc/{worker}/cmdline").read_bytes())
    given = what_is_open(worker, int(handle))
    # A worker that has read all of it has closed its own end, too.
    return not given or given not in {
        what_is_open(parent, int(one.name)) for one in Path(f"/proc/{parent}/fd").iterdir()
    }


def what_is_open(pid: int, descriptor: int) -> str:
    """Return what a descriptor of a process is; nothing where it is closed."""
    try:
        return str(Path(f"/proc/{pid}/fd/{descriptor}").readlink())
    except FileNotFoundError:
        return ""


@needs_proc
@pytest.mark.sqlite_only
def test_workers_end_whose_parent_is_killed_before_they_answer(starting):
    workers = two_workers(starting.process)

    wait_until(lambda: all(has_its_beginning(worker, starting.process.pid) for worker in workers))
    starting.process.kill()

    wait_until(lambda: not any(is_worker(worker) for worker in workers))
    assert "Traceback" not in starting.process.stdout.read()


def is_refused(host: str, port: int) -> bool:
    """Tell whether nobody listens any more."""
    try:
        socket.create_connection((host, port), TIMEOUT).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.sqlite_only
def test_who_comes_while_the_gateway_ends_is_refused_at_once_and_who_was_there_is_answered(workers):
    process, address, headers = workers
    host, port = address.removeprefix("http://").split(":")
    body = json.dumps(WHO).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: {headers['authorization']}\r\n"
    head += f"content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {len(body)}\r\n\r\n"

    with socket.create_connection((host, int(port)), TIMEOUT) as early:
        early.sendall(head.encode())
        told = early.recv(10_000)  # the body is waited for
        early.sendall(body[:10])
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: is_refused(host, int(port)))
        early.sendall(body[10:])
        answer = b"".join(iter(lambda: early.recv(10_000), b""))

    assert told.startswith(b"HTTP/1.1 100 ")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'{"viewer":{"role":"ADMIN"}}' in answer
    assert process.wait(TIMEOUT) == 0
