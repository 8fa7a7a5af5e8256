"""Filters of query strings: `filter[name][op]=value`, lists and groups, as a condition over the catalog's filters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.http.options import RequestLimits
from gateway.jsonapi.errors import ApiCode, Refused, refuse
from gateway.jsonapi.parameters import Parameter
from gateway.querying.conditions import EVERYTHING, NOTHING, Condition, IsNull, all_of, any_part
from gateway.querying.errors import BadOperand
from gateway.querying.filters import Filter, FilterSet
from gateway.querying.operands import FilterContext
from gateway.querying.operations import IS_NULL, OPERATIONS

GROUP_OPERATION = "$op"
JOINS: dict[str, Callable[[list[Condition]], Condition]] = {"and": all_of, "or": any_part}
LISTED = ""  # the step of `[]`

# By the documented name: the operation on one value, and the one that takes several, where there is one.
_SINGLE = {row.documented: row.name for row in OPERATIONS.values() if not row.takes_list}
_SEVERAL = {row.documented: row.name for row in OPERATIONS.values() if row.takes_list}
# Of several values: those that exclude mean none of them, the others any of them.
_EXCLUDING = frozenset({"not_eq", "not_contain"})


@dataclass(slots=True)
class _Test:
    """One attribute compared by one operation, with all values that were given for it."""

    row: Filter
    operation: str  # its documented name
    parameter: str  # as it was first written
    values: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """Tests and groups that are joined by `and`, or by `or`."""

    join: str = "and"
    tests: dict[tuple[str, str], _Test] = field(default_factory=dict)
    groups: dict[str, "_Group"] = field(default_factory=dict)


class FilterReader:
    """Reads the filter of one request."""

    def __init__(self, filters: FilterSet, context: FilterContext, limits: RequestLimits) -> None:
        self._filters, self._context, self._limits = filters, context, limits
        self._ranks = {row.documented: rank for rank, row in enumerate(filters.filters)}
        self._conditions = self._operands = 0

    def read(self, parameters: Sequence[Parameter]) -> Condition:
        """Turn the filter's parameters into a condition; without any, it holds for everything.

        Raises:
            Refused: an unknown filter or operation, an invalid value, or too many of them.
        """
        whole = _Group()
        for parameter in parameters:
            self._add(whole, parameter)
        return self._condition(whole)

    def _add(self, group: _Group, parameter: Parameter) -> None:
        steps = list(parameter.steps)
        depth = 0
        while len(steps) > 1 and steps[0].isdecimal():
            depth += 1
            if depth > self._limits.max_filter_depth:
                raise self._too_many("groups within each other", self._limits.max_filter_depth, parameter)
            group = group.groups.setdefault(steps.pop(0), _Group())
        if steps == [GROUP_OPERATION]:
            if parameter.value not in JOINS:
                raise refuse(
                    ApiCode.UNSUPPORTED_FILTER_OPERATION,
                    f"Filters are joined by 'and' or 'or', not by '{parameter.value}'",
                    parameter=parameter.written,
                )
            group.join = parameter.value
            return
        row, operation, is_listed = self._read_steps(steps, parameter)
        self._add_test(group, parameter, row, operation, is_listed=is_listed)

    def _read_steps(self, steps: list[str], parameter: Parameter) -> tuple[Filter, str, bool]:
        """Return the filter, the operation's documented name, and whether the key says that it is a list."""
        is_listed = bool(steps) and steps[-1] == LISTED
        name, *operations = (steps[:-1] if is_listed else steps) or [""]
        row = self._filters.documented(name) if name else None
        if row is None:
            shown = name or parameter.written
            detail = f"Filter '{shown}' is not supported on this endpoint"
            raise refuse(ApiCode.UNSUPPORTED_FILTER, detail, parameter=parameter.written)
        operation = operations[0] if operations else "eq"
        if len(operations) > 1 or operation not in operations_of(row):
            detail = f"Operation '{']['.join(operations)}' is not supported for filter '{name}' on this endpoint"
            raise refuse(ApiCode.UNSUPPORTED_FILTER_OPERATION, detail, parameter=parameter.written)
        return row, operation, is_listed

    def _add_test(self, group: _Group, parameter: Parameter, row: Filter, operation: str, *, is_listed: bool) -> None:
        key = row.documented, operation
        if key not in group.tests:
            group.tests[key] = _Test(row, operation, parameter.written)
            self._conditions += 1
            if self._conditions > self._limits.max_filter_conditions:
                raise self._too_many("conditions", self._limits.max_filter_conditions, parameter)
        values = [parameter.value] if is_listed or not row.kind.is_separable else parameter.value.split(",")
        self._operands += len(values)
        if self._operands > self._limits.max_filter_operands:
            raise self._too_many("operands", self._limits.max_filter_operands, parameter)
        group.tests[key].values += values

    def _too_many(self, what: str, most: int, parameter: Parameter) -> Refused:
        return refuse(ApiCode.LIMIT_EXCEEDED, f"A filter may have {most:,} {what}.", parameter=parameter.written)

    def _condition(self, group: _Group) -> Condition:
        # In the table's order, so that the same filter written in another order is the same condition.
        tests = sorted(group.tests.values(), key=lambda test: (self._ranks[test.row.documented], test.operation))
        parts = [self._test(test) for test in tests]
        parts += [self._condition(below) for below in group.groups.values()]
        return JOINS[group.join](parts) if parts else EVERYTHING

    def _test(self, test: _Test) -> Condition:
        row, given = test.row, [value for value in test.values if value]
        parts: list[Condition] = []
        if len(given) < len(test.values):
            parts.append(self._null(test))
        several = _SEVERAL.get(test.operation)
        if len(given) > 1 and several in row.kind.operations:
            parts.append(self._compare(test, several, given))
        else:
            single = row.fixed or _SINGLE[test.operation]
            parts += [self._compare(test, single, [value]) for value in given]
        return all_of(parts) if test.operation in _EXCLUDING else any_part(parts)

    def _null(self, test: _Test) -> Condition:
        """Return what an empty value means: there is none, or with `not_eq` that there is one."""
        row = test.row
        if row.fixed is not None or test.operation not in {"eq", "not_eq"}:
            raise _wrong_value(test, "")
        wanted = test.operation == "eq"
        if IS_NULL in row.kind.operations:
            return IsNull(row.subject, wanted)
        return NOTHING if wanted else EVERYTHING

    def _compare(self, test: _Test, operation: str, given: list[str]) -> Condition:
        row, operands = test.row, []
        for text in given:
            try:
                operands.append(row.kind.parse(text))
            except ValueError:
                raise _wrong_value(test, text) from None
        takes_list = row.fixed is None and OPERATIONS[operation].takes_list
        try:
            operand = operands if takes_list else operands[0]
            return row.test(operation, operand, self._context, test.parameter)
        except BadOperand as error:
            if error.jsonapi is None:
                code = ApiCode.UNSUPPORTED_FILTER_VALUE_TYPE
                raise refuse(code, error.message, parameter=test.parameter) from None
            raise _wrong_value(
                test, next((text for text in given if not self._is_good(test, text)), given[0])
            ) from None

    def _is_good(self, test: _Test, text: str) -> bool:
        """Tell whether a value could be compared by itself."""
        operation = test.row.fixed or _SINGLE[test.operation]
        try:
            test.row.test(operation, test.row.kind.parse(text), self._context, test.parameter)
        except BadOperand:
            return False
        return True


def operations_of(row: Filter) -> tuple[str, ...]:
    """Return the documented names of the operations of a filter."""
    if row.fixed is not None:
        return ("eq",)
    return tuple(documented for documented, name in _SINGLE.items() if name in row.kind.operations)


def _wrong_value(test: _Test, value: str) -> Refused:
    row = test.row
    return refuse(
        ApiCode.UNSUPPORTED_FILTER_VALUE_TYPE,
        f"Unsupported value '{value[:100]}' for filter '{row.documented}' on this endpoint. "
        f"Expected a value of type '{row.kind.documented}'",
        parameter=test.parameter,
    )
