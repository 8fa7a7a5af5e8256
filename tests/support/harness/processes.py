"""`gateway serve` in a process of its own, for what a server within the test cannot show: kills, memory, workers."""

import asyncio
import datetime as dt
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from gateway.seeding.filling import seed
from gateway.store.databases.database import open_database
from gateway.store.tokens import create_token
from tests.support.harness.waiting import PAUSE, TIMEOUT

ROOT = Path(__file__).parents[3]
DEMO_DAY, ORGANIZATIONS = "2026-11-24", 2


class Followed:
    """The lines of a file that a process prints to, as they come."""

    def __init__(self, process: subprocess.Popen[str], file: Path) -> None:
        self._process, self._file = process, file.open(encoding="utf-8")

    def readline(self) -> str:
        """Wait for the next line; it is empty where the process has ended."""
        line = ""
        while not line.endswith("\n"):
            is_over = self._process.poll() is not None
            line += (more := self._file.readline())
            if not more and is_over:
                break
            if not more:
                time.sleep(PAUSE)
        return line

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def read(self) -> str:
        """Wait for the end of the process, and return all that was not read."""
        return "".join(self)

    def close(self) -> None:
        self._file.close()


class Program(subprocess.Popen[str]):
    """A process whose `stdout` may be left unread: a pipe takes 64 kB, and then whoever prints to it waits."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        with tempfile.NamedTemporaryFile("wb") as printed:
            super().__init__(command, stdout=printed, text=True, **options)
            self.stdout = cast("IO[str]", Followed(self, Path(printed.name)))


@contextmanager
def served(url: str, *options: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve a store on a free port; yield the process and its address, and kill whatever is left of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    with tempfile.TemporaryDirectory(prefix="gateway-served-") as folder:
        output = Path(folder) / "output"
        with output.open("wb") as printed:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "gateway", "serve", "--port", "0", *options],
                cwd=folder,
                env=kept | settings | {"GATEWAY_DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process, _address(process, output)
        finally:
            process.kill()
            process.wait(TIMEOUT)


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"(http://[0-9.:]+)/", output.read_text()):
            return found[1]
        time.sleep(PAUSE)
    raise AssertionError(output.read_text())


def workers_of(process: subprocess.Popen[Any]) -> list[int]:
    """Return the process ids of a server's workers."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    return [pid for pid in map(int, listed) if is_worker(pid)]


def is_worker(pid: int) -> bool:
    """Tell whether a process is a worker of a server, and runs: of one that has ended no command line is left."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def seeded(folder: Path, entries: int) -> tuple[str, str]:
    """Make a store of made-up entries; return its address and an admin's token."""
    url = f"sqlite+aiosqlite:///{folder}/gateway.db"
    report = seed(url, entries, today=dt.datetime.now(tz=dt.UTC).date())

    async def token() -> str:
        admin = report.casts[0].admin_id
        async with open_database(url) as database:
            return await database.write(lambda one: create_token(one, person_id=admin, name="soak", now=0))

    return url, asyncio.run(token())


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that runs: where, and its tokens: admin, manager and member of one organization, stranger of another."""

    address: str
    tokens: dict[str, str]


@contextmanager
def demo(folder: Path, *options: str, **settings: str) -> Iterator[Demo]:
    """Run `gateway demo` on a free port, with the data that the README shows."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    with (folder / "demo.log").open("wb") as log:
        process = Program(
            [sys.executable, "-u", "-m", "gateway", "demo", "--until", DEMO_DAY, "--port", "0", *options],
            cwd=folder,
            env=kept | settings | {"PYTHONPATH": str(ROOT)},
            stderr=log,
        )
    with process:  # which closes what it prints to
        try:
            yield _announced(process)
        finally:
            process.terminate()


def _announced(process: subprocess.Popen[str]) -> Demo:
    """Read what a demo prints of itself, which ends with the other organization's admin."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if printed.count("  Admin") == ORGANIZATIONS:
            address = re.search(r"(http://[0-9.:]+)/", printed)
            found = re.findall(r"^  (?:Admin|Manager|Member) +(\S+)$", printed, re.MULTILINE)
            assert address
            return Demo(address[1], dict(zip(("admin", "manager", "member", "stranger"), found, strict=True)))
    raise AssertionError(printed)
