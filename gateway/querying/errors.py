"""What is wrong with a question: raised with a sentence that names the argument, the value and what is allowed."""

from dataclasses import dataclass


@dataclass(slots=True)
class BadInput(Exception):
    """An argument that cannot be answered."""

    message: str
    path: tuple[str, ...] = ()  # below the field that was asked for, where it is a field within

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True)
class BadOperand(BadInput):
    """A value in a filter that its attribute cannot be compared with; known before anything is executed."""

    jsonapi: dict[str, str] | None = None  # the documented API's code and parameter, for dates and date-times


@dataclass(slots=True)
class Forbidden(BadInput):
    """What is asked for would tell the caller what they may not see."""


@dataclass(slots=True)
class InvalidPagination(BadInput):
    """Page arguments that contradict each other or are out of bounds."""


@dataclass(slots=True)
class InvalidCursor(BadInput):
    """Text that is not a cursor, or the cursor of another filter or order."""
