"""Formats: how the store's values become JSON's, as expressions of the code that a shaper is generated from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from gateway.domain.numbers import MAX_INT


@dataclass(frozen=True, slots=True)
class Format:
    """How the store's values become JSON's. Formats are made here alone: below, and by the functions that follow."""

    template: str  # a Python expression in which {0}, {1}, ... are the row's values, {values} all of them
    postgresql: str | None = None  # where the driver hands over another type
    function: Callable[..., Any] | Mapping[Any, Any] | None = None  # called `function` in the template

    def text(self, dialect: str, values: Sequence[str]) -> str:
        """Write the expression for these values."""
        template = self.postgresql if dialect == "postgresql" and self.postgresql else self.template
        return template.format(*values, values=", ".join(values))


PLAIN = Format("{0}")
NUMBER_AS_TEXT = Format("str({0})")
BOOLEAN = Format("({0} != 0)")
DATE = Format("{0}", postgresql="{0}.isoformat()")
INSTANT = Format("instant({0})")
NEVER_NEGATIVE = Format("max({0}, 0)")
# Of a number that may be longer than what GraphQL's Int holds.
WITHIN_INT = Format(f"min(max({{0}}, 0), {MAX_INT})")
CURSOR = Format("cursor(r)")  # of the row itself

Context = Literal["instant", "viewer"]  # what writes an instant in the organization's zone; who asks


def global_id_format(type_name: str) -> Format:
    """Write a record's number as its global id."""
    return Format(f'f"{type_name}:{{{{{{0}}}}}}"')


def joined(separator: str) -> Format:
    """Join texts, without a separator at either end."""
    return Format(f"{separator!r}.join(({{values}},)).strip()")


def computed(function: Callable[..., object], *context: Context) -> Format:
    """Call a function with what it needs of the context, and then with the row's values."""
    return Format(f"function({', '.join((*context, '{values}'))})", function=function)


def word_format(words: type[Enum]) -> Format:
    """Write a stored code as the word of an enum."""
    return lookup({word.value: word.name for word in words})


def lookup(found: Mapping[Any, object]) -> Format:
    """Write what stands for a value."""
    return Format("function[{0}]", function=found)
