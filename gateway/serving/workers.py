"""Several processes on one socket: the first one starts the others, replaces what dies, and ends them in good order.

Workers share nothing but the database and the socket. A worker whose parent is gone ends by itself.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any

from gateway.app import create_app
from gateway.serving import server
from gateway.serving.logs import configure_logs
from gateway.settings import Settings

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a worker that died is replaced; doubled while they die young
YOUNG = 10.0  # seconds
GRACE = 2.0  # seconds beyond the shutdown timeout, after which a worker is killed

# Every worker imports the program anew: a fork would share what must not be shared, such as a driver's state.
_processes = multiprocessing.get_context("spawn")


class WorkersFailed(Exception):
    """No worker came up; what was wrong is told by the worker itself."""


def serve_one(settings: Settings, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve in this process, until it is told to end."""
    flush_logs = configure_logs(settings.log_level, settings.log_format)
    try:
        server.run(create_app(settings), listening, settings, started)
    finally:
        flush_logs()


def serve_many(settings: Settings, listening: socket.socket, started: Callable[[], None], *, workers: int) -> None:
    """Serve by `workers` processes until SIGTERM or SIGINT; tell `started` once all of them answer.

    Raises:
        WorkersFailed: a worker ended before it answered for the first time.
    """
    _Supervisor(settings, listening, workers).run(started)


@dataclass(slots=True)
class _Worker:
    """A process, and the end of a pipe that tells when it answers."""

    process: Any
    ready: Connection
    born: float = field(default_factory=time.monotonic)


class _Supervisor:
    def __init__(self, settings: Settings, listening: socket.socket, count: int) -> None:
        self._settings, self._listening, self._count = settings, listening, count
        self._workers: list[_Worker] = []
        self._pause = FIRST_PAUSE
        # A signal wakes the wait by a byte in this pipe.
        self._wake, self._waker = os.pipe()
        self._ending = False

    def run(self, started: Callable[[], None]) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            self._workers = [self._spawn() for _ in range(self._count)]
            if self._all_answer():
                started()
                self._keep()
        finally:
            self._stop()

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._ending = True
        os.write(self._waker, b"x")

    def _spawn(self) -> _Worker:
        here, there = _processes.Pipe(duplex=False)
        process = _processes.Process(target=_work, args=(self._settings, self._listening, there), daemon=True)
        process.start()
        there.close()
        return _Worker(process, here)

    def _all_answer(self) -> bool:
        """Wait until every worker answers; False when it is time to end."""
        silent = {worker.ready: worker for worker in self._workers}
        while silent and not self._ending:
            for told in wait([*silent, self._wake]):
                if not isinstance(told, Connection):
                    continue
                try:
                    told.recv_bytes()
                except EOFError:
                    raise WorkersFailed("A worker ended before it answered; what is above says why.") from None
                del silent[told]
        return not self._ending

    def _keep(self) -> None:
        """Replace workers that die, later and later while they die young."""
        while not self._ending:
            sentinels = {worker.process.sentinel: worker for worker in self._workers}
            ended = wait([*sentinels, self._wake])
            for sentinel in ended:
                worker = sentinels.get(sentinel)
                if worker is not None and not self._ending:
                    self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        worker.process.join()
        code = worker.process.exitcode
        print(f"Worker {worker.process.pid} ended with {code}; another one takes its place.", file=sys.stderr)  # noqa: T201
        self._pause = FIRST_PAUSE if time.monotonic() - worker.born > YOUNG else min(2 * self._pause, LONGEST_PAUSE)
        wait([self._wake], self._pause)
        worker.ready.close()
        self._workers.remove(worker)
        if not self._ending:
            self._workers.append(self._spawn())

    def _stop(self) -> None:
        """Let the workers end what runs; kill those that do not come to an end."""
        for worker in self._workers:
            worker.process.terminate()
        until = time.monotonic() + self._settings.shutdown_timeout_ms / 1000 + GRACE
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.ready.close()


def _work(settings: Settings, listening: socket.socket, ready: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def tell() -> None:
        ready.send_bytes(b"x")
        ready.close()

    serve_one(settings, listening, tell)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
