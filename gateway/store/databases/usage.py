"""What an operation asks of the database: noted where statements run, read where operations are logged and traced."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement that was run."""

    text: str
    names: Sequence[str]  # of its parameters, in order; none of SQL as written
    parameters: Sequence[Any]  # as the driver took them
    began: int  # nanoseconds since 1970
    ended: int
    rows: int


Listener = Callable[[Ran], None]


@dataclass(slots=True)
class Usage:
    """Statements that an operation ran so far, the rows that they returned, and the token that asks."""

    statements: int = 0
    rows: int = 0
    listeners: tuple[Listener, ...] = ()
    token_id: int | None = None


# Set for the task of an operation; None where nobody wants to know.
current_usage: ContextVar[Usage | None] = ContextVar("usage", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell a listener of each statement of the task."""
    usage = current_usage.get() or Usage()
    before, token = usage.listeners, current_usage.set(usage)
    usage.listeners = (*before, listener)
    try:
        yield
    finally:
        usage.listeners = before
        current_usage.reset(token)


def caller() -> int | None:
    """Return the number of the token that asks; None for a command, and before the token is known."""
    usage = current_usage.get()
    return None if usage is None else usage.token_id


def statement_begins() -> int:
    """Return the time for `note_statement`; 0 where nobody listens."""
    usage = current_usage.get()
    return time.time_ns() if usage is not None and usage.listeners else 0


def note_statement(
    rows: int, text: str = "", names: Sequence[str] = (), parameters: Sequence[Any] = (), began: int = 0
) -> None:
    """Count a statement that returned so many rows."""
    usage = current_usage.get()
    if usage is not None:
        usage.statements += 1
        usage.rows += rows
        if usage.listeners:
            ran = Ran(text, names, parameters, began, time.time_ns(), rows)
            for listener in usage.listeners:
                listener(ran)
