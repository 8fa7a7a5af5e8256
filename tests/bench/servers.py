"""The servers, each a process of its own on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.store import FOLDER, Store

ROOT = Path(__file__).resolve().parents[2]
READS = ("W1", "W2", "W6", "W7", "W5", "W8")
WRITES = ("W3", "W4")
PATIENCE = 30  # seconds until a server has to answer


@dataclass(frozen=True, slots=True)
class Kind:
    """A server to compare: how it is started, and what it can do."""

    name: str
    title: str
    command: tuple[str, ...]  # {port} is the port
    workloads: tuple[str, ...]
    path: str = "/graphql"  # {workload} is the workload's name
    documents: bool = True  # whether it takes GraphQL documents, or the variables alone


def _uvicorn(app: str) -> tuple[str, ...]:
    quiet = ("--no-access-log", "--log-level", "error", "--no-server-header")
    return (sys.executable, "-m", "uvicorn", app, "--port", "{port}", "--loop", "uvloop", "--http", "httptools", *quiet)


KINDS = (
    Kind(
        "yardstick",
        "hand-written SQL, raw ASGI",
        (*_uvicorn("tests.bench.yardstick_app:app"), "--lifespan", "off"),
        READS + WRITES,
        path="/{workload}",
        documents=False,
    ),
    Kind(
        "gateway",
        "the gateway",
        (sys.executable, "-m", "gateway", "serve", "--port", "{port}"),
        READS + WRITES,
    ),
    Kind("naive", "naive Strawberry, ORM, DataLoader", _uvicorn("tests.bench.naive:app"), READS),
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running one."""

    kind: Kind
    port: int
    process: int

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        for line in Path(f"/proc/{self.process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise LookupError(self.process)


@contextmanager
def running(kinds: Sequence[Kind], store: Store) -> Iterator[list[Server]]:
    """Start the servers, wait until they answer, and end them afterwards."""
    processes: list[subprocess.Popen[bytes]] = []
    servers: list[Server] = []
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
        "BENCH_STORE": store.path,
        "BENCH_TOKEN": store.token,
        "GATEWAY_DATABASE_URL": store.url,
        "NODE_ENV": "production",
    }
    try:
        for kind in kinds:
            port = _free_port()
            command = [part.format(port=port) for part in kind.command]
            with (FOLDER / f"{kind.name}.log").open("wb") as log:
                process = subprocess.Popen(
                    command, cwd=ROOT, env={**environment, "PORT": str(port)}, stdout=log, stderr=log
                )
            processes.append(process)
            _wait(port, process, kind)
            servers.append(Server(kind, port, process.pid))
        yield servers
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _wait(port: int, process: "subprocess.Popen[bytes]", kind: Kind) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{kind.title} did not start:\n{(FOLDER / f'{kind.name}.log').read_text()[-3000:]}")
