"""Making rows in a process beside the one that loads them, so that two cores share the work."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")
END = None


class MakerDied(RuntimeError):
    """The process that makes rows ended before it was done."""


def is_worth_it(rows: int, *, at_least: int) -> bool:
    """Tell whether a process of its own saves more than it costs."""
    return rows >= at_least and (os.cpu_count() or 1) > 1


def apart(make: Callable[..., Iterable[T]], *arguments: object) -> Iterator[T]:
    """Yield what `make(*arguments)` yields, made in another process; all of it can be pickled.

    Raises:
        MakerDied: its own traceback is on standard error.
    """
    # A forked process would inherit open databases and half a thread.
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sending, make, arguments), daemon=True)
    process.start()
    sending.close()
    try:
        while (item := _receive(receiving)) is not END:
            yield item  # type: ignore[misc]  # what was sent is what `make` yields
    finally:
        receiving.close()
        process.terminate()
        process.join()


def _receive(receiving: Connection) -> object:
    try:
        return receiving.recv()
    except EOFError as error:
        raise MakerDied from error


def _send(sending: Connection, make: Callable[..., Iterable[object]], arguments: tuple[object, ...]) -> None:
    """Send everything, until nobody listens any more; whoever interrupts is answered by the other process."""
    with suppress(BrokenPipeError, KeyboardInterrupt):
        for item in make(*arguments):
            sending.send(item)
        sending.send(END)
