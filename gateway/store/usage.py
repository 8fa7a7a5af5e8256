"""What an operation asks of the database: counted where statements run, read where operations are logged."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """Statements that an operation ran so far, and the rows that they returned."""

    statements: int = 0
    rows: int = 0


# Set for the task of an operation; None where nobody wants to know.
current_usage: ContextVar[Usage | None] = ContextVar("usage", default=None)


def note_statement(rows: int) -> None:
    """Count a statement that returned so many rows."""
    usage = current_usage.get()
    if usage is not None:
        usage.statements += 1
        usage.rows += rows
