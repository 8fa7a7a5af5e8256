"""Filters: a row per attribute that can be asked for; the row is the input field, the SQL and the documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.querying.conditions import EVERYTHING, Condition, Subject, all_of, any_part, negate
from gateway.querying.errors import BadOperand
from gateway.querying.kinds import Kind
from gateway.querying.operands import FilterContext
from gateway.querying.operations import IS_NULL, OPERATIONS

GROUPS = ("and", "or", "not")


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """One documented filter: its name in GraphQL, its kind, what it looks at, and the manual's sentence.

    `fixed` is the operation of a filter that takes a bare value instead of a comparator (`after`).
    """

    name: str
    kind: Kind
    subject: Subject
    description: str
    documented: str  # the documented API's name, or what it would be
    fixed: str | None = None
    is_documented: bool = True  # False: beyond the documented ones

    def test(self, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Return the condition of one operation; `place` is its documented parameter, for errors.

        Raises:
            BadOperand: a value that the attribute cannot be compared with, or one that is too much with all others.
        """
        context.operands.count(operand)
        return self.kind.test(self.subject, operation, operand, context, place)


@dataclass(frozen=True, slots=True, eq=False)
class FilterSet:
    """All filters of a resource, and the reading of a whole filter with its groups."""

    resource: str
    filters: tuple[Filter, ...]
    _rows: dict[str, Filter] = field(init=False, default_factory=dict)
    _ranks: dict[str, int] = field(init=False, default_factory=dict)
    _places: dict[str, dict[str, str]] = field(init=False, default_factory=dict)  # by filter and operation
    _by_documented: dict[str, Filter] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the filters by name."""
        self._rows.update({row.name: row for row in self.filters})
        self._ranks.update({name: rank for rank, name in enumerate((*GROUPS, *self._rows))})
        self._places.update({row.name: _places_of(row) for row in self.filters})
        self._by_documented.update({row.documented: row for row in self.filters})

    def documented(self, name: str) -> Filter | None:
        """Return the filter that the documented API has under a name."""
        return self._by_documented.get(name)

    def condition(self, asked: Mapping[str, Any] | None, context: FilterContext) -> Condition:
        """Turn a coerced filter into a condition; an absent or empty one holds for everything.

        Raises:
            BadOperand: a value that its attribute cannot be compared with.
        """
        if not asked:
            return EVERYTHING
        parts: list[Condition] = []
        # In the table's order, so that the same filter written in another order is the same condition.
        for name in sorted(asked, key=self._ranks.__getitem__):
            value = asked[name]
            if value is None:
                continue
            if name == "and":
                parts += [self.condition(part, context) for part in value]
            elif name == "or":
                parts.append(any_part([self.condition(part, context) for part in value]))
            elif name == "not":
                parts.append(negate(self.condition(value, context)))
            else:
                parts += self._tests(self._rows[name], value, context)
        return all_of(parts)

    def _tests(self, row: Filter, asked: Any, context: FilterContext) -> list[Condition]:
        if row.fixed is not None:
            asked = {row.fixed: asked}
        tests: list[Condition] = []
        places = self._places[row.name]
        for operation in filter(asked.__contains__, places):
            operand = asked[operation]
            if operand is None:
                raise self._null(row, operation)
            try:
                tests.append(row.test(operation, operand, context, places[operation]))
            except BadOperand as refused:
                argument = row.name if row.fixed is not None else f"{row.name}.{operation}"
                refused.message += f" The argument is filter.{argument}."
                raise
        return tests

    def _null(self, row: Filter, operation: str) -> BadOperand:
        remedy = (
            "use isNull: true to ask for entries without one"
            if IS_NULL in row.kind.operations
            else ("this attribute always has a value, and no isNull: leave the operation out")
        )
        return BadOperand(f"null is not an operand of {row.name}.{operation}; {remedy}.")


def _places_of(row: Filter) -> dict[str, str]:
    """Return what the documented API calls the parameter of each operation, such as `filter[date][gt]`, in order."""
    place = f"filter[{row.documented}]"
    if row.fixed is not None:
        return {row.fixed: place}
    names = {name: OPERATIONS[name].documented if name in OPERATIONS else name for name in row.kind.operations}
    return {name: f"{place}[{documented}]" for name, documented in names.items()}
