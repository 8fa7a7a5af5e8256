"""A mirror beside a gateway that serves: a process of its own, so that no request waits for what it merges."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import typer

PAUSE = 5.0  # seconds before one that failed is started again
GRACE = 10.0  # seconds that it has to give the lease back


@contextmanager
def mirror_beside() -> Iterator[None]:
    """Run `gateway mirror` for as long as the context lasts; one that fails is started again."""
    beside = _Beside()
    thread = threading.Thread(target=beside.run, name="mirror", daemon=True)
    thread.start()
    try:
        yield
    finally:
        beside.end()
        thread.join(GRACE + 1)


class _Beside:
    def __init__(self) -> None:
        self._ending, self._lock = threading.Event(), threading.Lock()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gateway", "mirror", "--beside", str(os.getpid())]
        return subprocess.Popen(command)  # noqa: S603 - this very program

    def run(self) -> None:
        """Wait for it to end, again and again; it ends with 0 where it was asked to."""
        while self._process.wait() and not self._ending.is_set():
            code = self._process.returncode
            typer.echo(f"The mirror ended with {code}; it starts again in {PAUSE:.0f} s.", err=True)
            if self._ending.wait(PAUSE):
                return
            with self._lock:
                if self._ending.is_set():
                    return
                self._process = self._start()

    def end(self) -> None:
        """Ask it to end, and do not wait for ever."""
        with self._lock:
            self._ending.set()
        self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
