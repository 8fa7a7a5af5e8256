"""What an operation asks of the database: noted where statements run, read where operations are logged and traced."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

# Is told of a statement: its text, when it began in nanoseconds since 1970, and how many rows it returned.
Listener = Callable[[str, int, int], None]


@dataclass(slots=True)
class Usage:
    """Statements that an operation ran so far, the rows that they returned, and the token that asks."""

    statements: int = 0
    rows: int = 0
    listener: Listener | None = None
    token_id: int | None = None


# Set for the task of an operation; None where nobody wants to know.
current_usage: ContextVar[Usage | None] = ContextVar("usage", default=None)


def caller() -> int | None:
    """Return the number of the token that asks; None for a command, and before the token is known."""
    usage = current_usage.get()
    return None if usage is None else usage.token_id


def statement_begins() -> int:
    """Return the time for `note_statement`; 0 where nobody listens."""
    usage = current_usage.get()
    return 0 if usage is None or usage.listener is None else time.time_ns()


def note_statement(rows: int, text: str = "", began: int = 0) -> None:
    """Count a statement that returned so many rows."""
    usage = current_usage.get()
    if usage is not None:
        usage.statements += 1
        usage.rows += rows
        if usage.listener is not None:
            usage.listener(text, began, rows)
