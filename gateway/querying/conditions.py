"""Conditions: a small algebra over the columns of one table, made from a filter and turned into SQL.

A condition has a shape (what the SQL text depends on) and operands (what is bound), so that statements
can be kept by shape. Operands are counted from 0 in the order of the text, and bound as `f0`, `f1` and so on: who
writes a part of a condition once more, as the strategies of pages do, binds it by `parameter` of its number.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, true
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeEngine

from gateway.querying.column_types import Expression
from gateway.querying.dialects import ListOf
from gateway.querying.operations import OPERATIONS

Shape = str
OF_VALUES = frozenset({"=", "in"})  # comparisons of rows that have one of some values


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """Where a column is another table's: how a row names a record there, and the ids of those that pass a test."""

    named_by: ColumnElement[Any]
    passing: Callable[[ColumnElement[bool]], Select[Any]]
    # The name of the column that names the record; empty where it is said so that no index serves it.
    column: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", str(getattr(self.named_by, "key", "")))


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a test looks at: a column, under a name that is unique among the subjects of a filter."""

    name: str
    expression: Expression
    type: TypeEngine[Any]
    folded: Expression | None = None  # the casefolded sibling that `contains` looks into
    elsewhere: Elsewhere | None = None
    image: str | None = None  # the name of the value in an image of the row, where it is not the column's
    column: str = field(init=False, repr=False)  # the name of the column that the expression is

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", str(getattr(self.expression, "key", self.name)))

    def rows(self, test: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition for the rows that pass a test of the column."""
        return test if self.elsewhere is None else self.elsewhere.named_by.in_(self.elsewhere.passing(test))


_SQL = {operation.comparison: operation.sql for operation in OPERATIONS.values()}


class Part:
    """What a condition is made of; nothing changes it, and it knows from the start what is asked of it often.

    Not frozen all the same: a request makes a dozen of them, and freezing takes as long as the rest.
    """

    _shape: Shape
    _operands: tuple[Any, ...]

    def shape(self) -> Shape:
        """Return what the SQL text depends on."""
        return self._shape

    def operands(self) -> tuple[Any, ...]:
        """Return what is bound, in the order of the text."""
        return self._operands


@dataclass(eq=False, init=False)
class Comparison(Part):
    """One comparison with one operand, or a list of some that differ; a null value of the column passes none."""

    subject: Subject
    comparison: str
    operand: Any

    def __init__(self, subject: Subject, comparison: str, operand: Any) -> None:
        self.subject, self.comparison, self.operand = subject, comparison, operand
        self._shape = f"{subject.name} {comparison}"
        self._operands = (operand,)

    def to_sql(self, names: Iterator[str]) -> ColumnElement[bool]:
        contains = self.comparison.endswith("contains")
        left = self.subject.folded if contains and self.subject.folded is not None else self.subject.expression
        kind = ListOf(self.subject.type) if self.comparison.endswith("in") else self.subject.type
        return self.subject.rows(_SQL[self.comparison](left, bindparam(next(names), type_=kind)))


@dataclass(eq=False)
class IsNull(Part):
    """The column has a value, or none."""

    subject: Subject
    wanted: bool

    def __post_init__(self) -> None:
        self._operands = ()
        self._shape = f"{self.subject.name} {'is null' if self.wanted else 'is not null'}"

    def to_sql(self, _names: Iterator[str]) -> ColumnElement[bool]:
        expression = self.subject.expression
        return self.subject.rows(expression.is_(None) if self.wanted else expression.is_not(None))


@dataclass(eq=False)
class All(Part):
    """Every part holds; with no part, everything."""

    parts: tuple["Condition", ...] = ()

    def __post_init__(self) -> None:
        self._shape = f"all({', '.join([part.shape() for part in self.parts])})"
        self._operands = _operands(self.parts)

    def to_sql(self, names: Iterator[str]) -> ColumnElement[bool]:
        return and_(true(), *(part.to_sql(names) for part in self.parts))


def parts_of(condition: "Condition") -> tuple["Condition", ...]:
    """Return what all has to hold: the parts of a condition that is made of some, else the condition itself."""
    return condition.parts if isinstance(condition, All) else (condition,)


@dataclass(eq=False)
class AnyOf(Part):
    """At least one part holds; with no part, nothing."""

    parts: tuple["Condition", ...] = ()

    def __post_init__(self) -> None:
        self._shape = f"any({', '.join([part.shape() for part in self.parts])})"
        self._operands = _operands(self.parts)

    def to_sql(self, names: Iterator[str]) -> ColumnElement[bool]:
        return or_(false(), *(part.to_sql(names) for part in self.parts))


@dataclass(eq=False)
class Not(Part):
    """The complement: exactly the rows that are not in the part, those with nulls included."""

    part: "Condition"

    def __post_init__(self) -> None:
        self._shape = f"not({self.part.shape()})"
        self._operands = self.part.operands()

    def to_sql(self, names: Iterator[str]) -> ColumnElement[bool]:
        # In parentheses of its own: SQL reads `NOT x IS NOT true` as NOT (x IS NOT true).
        return Grouping(self.part.to_sql(names)).is_not(true())


Condition = Comparison | IsNull | All | AnyOf | Not


def _operands(parts: Iterable[Condition]) -> tuple[Any, ...]:
    return tuple([operand for part in parts for operand in part.operands()])


EVERYTHING = All()
NOTHING = AnyOf()


def is_everything(condition: Condition) -> bool:
    """Tell whether the condition is the empty one, which every row meets."""
    return isinstance(condition, All) and not condition.parts


def is_nothing(condition: Condition) -> bool:
    """Tell whether the condition is the one that no row meets."""
    return isinstance(condition, AnyOf) and not condition.parts


def numbered(condition: Condition, number: int = 0) -> Iterator[tuple[Condition, int]]:
    """Yield the parts that all must hold, each with the number of its first operand; `number` is that of the whole."""
    for part in condition.parts if isinstance(condition, All) else (condition,):
        yield part, number
        number += len(part.operands())


def all_of(parts: list[Condition]) -> Condition:
    """Join with AND; what holds for everything falls away."""
    kept: list[Condition] = []
    for part in parts:
        if isinstance(part, All):
            kept += part.parts
        elif isinstance(part, AnyOf) and not part.parts:
            return NOTHING
        else:
            kept.append(part)
    return kept[0] if len(kept) == 1 else All(tuple(kept))


def any_part(parts: list[Condition]) -> Condition:
    """Join with OR; what holds for nothing falls away."""
    kept: list[Condition] = []
    for part in parts:
        if isinstance(part, AnyOf):
            kept += part.parts
        elif isinstance(part, All) and not part.parts:
            return EVERYTHING
        else:
            kept.append(part)
    return kept[0] if len(kept) == 1 else AnyOf(tuple(kept))


def negate(part: Condition) -> Condition:
    """Return the complement."""
    if is_everything(part):
        return NOTHING
    if is_nothing(part):
        return EVERYTHING
    return part.part if isinstance(part, Not) else Not(part)


def parameter(number: int) -> str:
    """Return the name that the operand of a number is bound by."""
    return f"f{number}"


def sql_of(condition: Condition, first: int = 0) -> ColumnElement[bool]:
    """Turn a condition, or a part of one whose first operand has that number, into SQL."""
    return condition.to_sql(map(parameter, count(first)))


def bound_values(condition: Condition) -> dict[str, Any]:
    """Return the operands by the names that `sql_of` gave them."""
    return {parameter(number): operand for number, operand in enumerate(condition.operands())}
