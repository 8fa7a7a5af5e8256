"""What a format is: how the values of each kind are written, and a file put together of rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from typing import Any, Protocol

from gateway.querying.formats import Format as Cell

Cells = Sequence[tuple[Any, ...]]


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "true or false"
    DATE = "date"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its name, what its values are, and in which unit where that is not plain."""

    name: str
    kind: Kind
    unit: str = ""

    @property
    def text(self) -> str:
        """The heading that people read."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


class File(Protocol):
    """A file on its way: what is written so far is handed out and forgotten."""

    def begin(self) -> bytes:
        """Return what stands before the first row."""

    def add(self, rows: Cells) -> bytes:
        """Return what rows add; it may be nothing yet."""

    def end(self) -> bytes:
        """Return the rest."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its suffix, its type, and how to write a value of each kind; what is absent is written as JSON has it.

    Hidden and absent values are None, whatever their kind.
    """

    suffix: str
    media_type: str
    summary: str
    cells: Mapping[Kind, Cell]
    open: Callable[[Sequence[Heading]], File]
    needs: str = ""  # a package that an extra of the gateway brings, named as the format is

    @property
    def is_installed(self) -> bool:
        """Whether it can be written here."""
        return not self.needs or find_spec(self.needs) is not None
