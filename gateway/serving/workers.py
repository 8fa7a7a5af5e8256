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
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import FrameType

from gateway.serving.starting import import_for_good
from gateway.settings import Settings

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a worker that died is replaced; doubled while they die young
YOUNG = 10.0  # seconds
GRACE = 2.0  # seconds beyond the shutdown timeout, after which a worker is killed

# Every worker imports the program again: a fork would share what must not be shared, such as a driver's state.
_processes = multiprocessing.get_context("spawn")


class WorkersFailed(Exception):
    """No worker came up; the worker itself says what was wrong."""


def serve_many(settings: Settings, listening: socket.socket, started: Callable[[], None], *, workers: int) -> None:
    """Serve by `workers` processes until SIGTERM or SIGINT; tell `started` once each of them has answered or ended.

    Raises:
        WorkersFailed: all workers ended before any of them answered.
    """
    _Supervisor(settings, listening, workers).run(started)


class _Worker:
    """One of the processes, and what takes its place when it dies: later and later, while it dies young."""

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._given = settings, listening
        self._pause = FIRST_PAUSE
        self.answers = False
        self.due = 0.0  # when to start again, while there is no process
        self.start()

    def start(self) -> None:
        """Start a process; the end of a pipe shows when it answers."""
        self.ready, there = _processes.Pipe(duplex=False)
        self.process = _processes.Process(target=_work, args=(*self._given, there), daemon=True)
        self.process.start()
        there.close()
        self.runs, self.born = True, time.monotonic()

    def take_note(self) -> None:
        """See whether the process answers; what ended without a word is seen by its end."""
        if not self.ready.closed:
            with suppress(EOFError):
                self.ready.recv_bytes()
                self.answers = True
            self.ready.close()

    def bury(self) -> None:
        """Set when to start again."""
        self.process.join()
        self.ready.close()
        now = time.monotonic()
        was_well = self.answers and now - self.born > YOUNG
        self._pause = FIRST_PAUSE if was_well else min(2 * self._pause, LONGEST_PAUSE)
        self.runs = self.answers = False
        self.due = now + self._pause
        code, pid = self.process.exitcode, self.process.pid
        print(f"Worker {pid} ended with {code}; another one takes its place in {self._pause:.1f} s.", file=sys.stderr)  # noqa: T201

    def end(self, until: float) -> None:
        """Wait for the process to end; kill it when it is time."""
        if self.runs:
            self.process.join(max(0.0, until - time.monotonic()))
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
            self.ready.close()


class _Supervisor:
    def __init__(self, settings: Settings, listening: socket.socket, count: int) -> None:
        self._settings, self._listening, self._count = settings, listening, count
        self._workers: list[_Worker] = []
        # A signal wakes the wait by a byte in this pipe.
        self._wake, self._waker = os.pipe()
        self._serves = self._ending = False

    def run(self, started: Callable[[], None]) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            self._workers = [_Worker(self._settings, self._listening) for _ in range(self._count)]
            while not self._ending:
                self._watch()
                if self._serves:
                    self._start_due()
                elif not any(worker.runs and not worker.answers for worker in self._workers):
                    if not any(worker.answers for worker in self._workers):
                        raise WorkersFailed("No worker started to answer; the lines above say why.")
                    self._serves = True
                    started()
        finally:
            self._stop()

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._ending = True
        os.write(self._waker, b"x")

    def _watch(self) -> None:
        """Wait until a worker answers or ends, one is to be started, or it is time to end."""
        silent = {worker.ready: worker for worker in self._workers if worker.runs and not worker.ready.closed}
        sentinels = {worker.process.sentinel: worker for worker in self._workers if worker.runs}
        dues = [worker.due - time.monotonic() for worker in self._workers if self._serves and not worker.runs]
        for woken in wait([*silent, *sentinels, self._wake], max(0.0, min(dues)) if dues else None):
            if woken in sentinels and not self._ending:
                sentinels[woken].bury()
            elif woken in silent:
                silent[woken].take_note()

    def _start_due(self) -> None:
        for worker in self._workers:
            if not worker.runs and worker.due <= time.monotonic():
                worker.start()

    def _stop(self) -> None:
        """Take no more connections, let the workers end what runs, and kill those that do not come to an end."""
        self._listening.close()
        for worker in self._workers:
            if worker.runs:
                worker.process.terminate()
        until = time.monotonic() + self._settings.shutdown_timeout_ms / 1000 + GRACE
        for worker in self._workers:
            worker.end(until)


def _work(settings: Settings, listening: socket.socket, ready: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report_ready() -> None:
        with suppress(OSError):  # nobody listens any more: this one is about to be ended
            ready.send_bytes(b"x")
        ready.close()

    # Here and not above: the first process, which serves nothing, starts in half the time without it.
    import_for_good("gateway.serving.alone").serve_one(settings, listening, report_ready)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
