"""Kinds of values that can be asked for: which comparator a kind has, and what each of its operations means.

An operand comes as GraphQL coerced it and leaves as the store keeps it; one that the attribute cannot have is refused
with a sentence. In a query string it is text, which `parse` turns into what GraphQL would have coerced.
"""

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, ClassVar, Protocol

from gateway.domain.attributes import MAX_NAME
from gateway.domain.instants import parse_date, parse_instant
from gateway.domain.numbers import MAX_INT
from gateway.querying.conditions import (
    EVERYTHING,
    NOTHING,
    Comparison,
    Condition,
    IsNull,
    Subject,
    all_of,
    any_part,
)
from gateway.querying.errors import BadOperand
from gateway.querying.identifiers import NotAnId, record_number
from gateway.querying.operands import FilterContext, storable, unsupported_date, whole_number
from gateway.querying.operations import IS_NULL, OPERATIONS


class Kind(Protocol):
    """How values of a kind are compared."""

    @property
    def comparator(self) -> str:
        """The GraphQL input that carries its operations; a scalar's name where it is the value itself."""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations it has, by their GraphQL names."""

    @property
    def documented(self) -> str:
        """What the documented API calls its values in errors."""

    @property
    def is_separable(self) -> bool:
        """Whether a comma in a query string stands between two values; in text it is text."""

    def parse(self, text: str) -> Any:
        """Read an operand of a query string; an instant and a day are left to `test`.

        Raises:
            ValueError: it is none.
        """

    def test(self, subject: Subject, operation: str, operand: Any, context: FilterContext, place: str) -> Condition:
        """Return the condition of one operation; `place` is its documented parameter, for errors."""


def _listed(subject: Subject, operation: str, operands: list[Any]) -> Condition:
    """One of the operands, each once, or none of them; the list is bound as one parameter."""
    operands = [*dict.fromkeys(operands)]
    if not operands:
        return NOTHING if operation == "in" else EVERYTHING
    if len(operands) == 1:
        return Comparison(subject, "=" if operation == "in" else "<>", operands[0])
    return Comparison(subject, "in" if operation == "in" else "not in", operands)


class Scalar(ABC):
    """A kind whose operands are read one by one and compared as they are."""

    documented: ClassVar[str] = "Integer"
    is_separable: ClassVar[bool] = True

    def parse(self, text: str) -> Any:
        """Take text that is the operand itself."""
        return text

    @abstractmethod
    def read(self, operand: Any, place: str) -> Any:
        """Turn one operand into what the store keeps."""

    def test(self, subject: Subject, operation: str, operand: Any, context: FilterContext, place: str) -> Condition:
        """Return the condition of one operation."""
        del context
        if operation == IS_NULL:
            return IsNull(subject, operand)
        asked = OPERATIONS[operation]
        if asked.takes_list:
            return _listed(subject, operation, [self.read(item, place) for item in operand])
        return Comparison(subject, asked.comparison, self.read(operand, place))


@dataclass(frozen=True, slots=True)
class IdKind(Scalar):
    """Ids of one type of record; without a type, plain numbers."""

    type_name: str | None
    comparator: ClassVar[str] = "IdFilter"
    operations: ClassVar[tuple[str, ...]] = ("eq", "notEq", "in", "notIn", "isNull")

    def parse(self, text: str) -> str:
        """Take a bare number; one below 0 is nobody's."""
        return str(max(whole_number(text), 0))

    def read(self, operand: str, place: str) -> int:
        """Read a bare number or a global id."""
        try:
            return record_number(operand, self.type_name)
        except NotAnId as error:
            wanted = "a record's number" + (f" or a {self.type_name} id" if self.type_name else "")
            found = f"the id of a {error.other_type}" if error.other_type else "not an id"
            raise BadOperand(f"{operand[:100]!r} is {found}; {place} takes {wanted}.") from None


# Characters looked for in a text longer than a name: a database may compare each of one with each of the other.
LONGEST_SOUGHT = 255


@dataclass(frozen=True, slots=True)
class StringKind(Scalar):
    """Text of at most so many characters, compared by code points; `contains` ignores case."""

    longest: int
    comparator: ClassVar[str] = "StringFilter"
    operations: ClassVar[tuple[str, ...]] = ("eq", "notEq", "contains", "notContain", "in", "notIn", "isNull")
    documented: ClassVar[str] = "String"
    is_separable: ClassVar[bool] = False

    @property
    def sought(self) -> int:
        """How many characters may be looked for within the text."""
        return self.longest if self.longest <= MAX_NAME else LONGEST_SOUGHT

    def read(self, operand: str, place: str) -> str:
        """Take text that the attribute can have."""
        if len(operand) > self.longest:
            raise BadOperand(
                f"{place} is compared with {len(operand):,} characters; no text there has more than {self.longest:,}."
            )
        return storable(operand, place)

    def test(self, subject: Subject, operation: str, operand: Any, context: FilterContext, place: str) -> Condition:
        """Return the condition of one operation."""
        if operation in {"contains", "notContain"}:
            text = self.read(operand, place)
            if len(text) > self.sought:
                raise BadOperand(
                    f"{place} is searched for {len(text):,} characters; at most {self.sought:,} are looked for."
                )
            folded = context.operands.fold(text)
            return Comparison(subject, OPERATIONS[operation].comparison, folded)
        return Scalar.test(self, subject, operation, operand, context, place)


class IntKind(Scalar):
    """Whole numbers."""

    comparator = "IntFilter"
    operations: tuple[str, ...] = ("eq", "notEq", "gt", "gtEq", "lt", "ltEq", "in", "notIn")

    def parse(self, text: str) -> int:
        """Read a whole number as large as GraphQL's."""
        number = whole_number(text)
        if not -MAX_INT - 1 <= number <= MAX_INT:
            raise ValueError(text)
        return number

    def read(self, operand: int, place: str) -> int:
        """Take the number as it is."""
        del place
        return operand


class DateKind(Scalar):
    """Calendar days."""

    comparator = "DateFilter"
    operations: tuple[str, ...] = ("eq", "notEq", "gt", "gtEq", "lt", "ltEq", "in", "notIn")
    documented = "Date"

    def read(self, operand: str, place: str) -> dt.date:
        """Read YYYY-MM-DD and nothing else."""
        try:
            return parse_date(operand)
        except ValueError:
            raise unsupported_date(operand, place, "a calendar day as YYYY-MM-DD") from None


class InstantKind:
    """Instants; an operand that is a date means that whole day in the organization's zone."""

    comparator = "DateTimeFilter"
    operations: tuple[str, ...] = ("eq", "notEq", "gt", "gtEq", "lt", "ltEq", "isNull")
    documented = "Date"
    is_separable = True

    def parse(self, text: str) -> str:
        """Take the text; the sign of an offset that was not encoded is a space in a query string."""
        return text.replace(" ", "+")

    def test(self, subject: Subject, operation: str, operand: Any, context: FilterContext, place: str) -> Condition:
        """Return the condition of one operation."""
        if operation == IS_NULL:
            return IsNull(subject, operand)
        try:
            day = parse_date(operand)
        except ValueError:
            return Comparison(subject, OPERATIONS[operation].comparison, self._instant(operand, place))
        ends = context.zone.start_of(day), context.zone.end_of(day)
        parts: list[Condition] = [
            Comparison(subject, comparison, ends[end]) for comparison, end in OPERATIONS[operation].whole_day
        ]
        return any_part(parts) if operation == "notEq" else all_of(parts)

    def _instant(self, operand: str, place: str) -> int:
        try:
            return parse_instant(operand)
        except ValueError:
            allowed = "a day (YYYY-MM-DD) or a date-time with an offset (2025-08-01T06:18:41.728+02:00)"
            raise unsupported_date(operand, place, allowed) from None


@dataclass(frozen=True, slots=True)
class EnumKind(Scalar):
    """Words of an enum whose values are the stored codes."""

    comparator: str
    words: type[IntEnum]
    operations: ClassVar[tuple[str, ...]] = ("eq", "notEq", "in", "notIn")

    def parse(self, text: str) -> IntEnum:
        """Read a word's code."""
        return self.words(whole_number(text))

    def read(self, operand: Enum, place: str) -> int:
        """Return the word's code."""
        del place
        return int(operand.value)
