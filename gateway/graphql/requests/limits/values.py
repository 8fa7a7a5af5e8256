"""Variables and filters, counted before they are coerced: coercion looks at every value in Python, several times."""

from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from gateway.graphql.requests.limits.bounds import Limits, too_many
from gateway.querying.filters import GROUPS

FILTER = "filter"
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """Stands in a literal for the value of a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The arguments of a document that are counted for each request."""

    filters: tuple[Any, ...]
    node_ids: tuple[Any, ...]
    defaults: Values  # of the variables that have one


NOTHING_COUNTED = Counted((), (), {})


def check_variables(variables: Values, counted: Counted, limits: Limits) -> None:
    """Check the variables of a request, and the filters that they take part in.

    Raises:
        RequestRefused: with the limit that is exceeded.
    """
    if variables:
        for value in _count_values(variables, limits):
            check_filter(value, {}, limits)
    if counted.defaults:
        variables = {**counted.defaults, **variables}
    for value in counted.filters:
        check_filter(value, variables, limits)
    for value in counted.node_ids:
        ids = variables.get(value.name) if isinstance(value, Variable) else value
        if isinstance(ids, list) and len(ids) > limits.node_ids:
            raise too_many("ids", "ids", limits.node_ids)


def _count_values(variables: Values, limits: Limits) -> list[Any]:
    """Count the values level by level; return the filters inside of input objects, such as a bulk's target."""
    filters: list[Any] = []
    count, depth = 0, 0
    level: list[Any] = [dict(variables)]
    while level:
        if depth == limits.variable_depth and any(level):
            raise too_many("variables", "values within each other", limits.variable_depth)
        below: list[Any] = []
        for holder in level:
            count += len(holder)
            if count > limits.variable_values:
                raise too_many("variables", "values", limits.variable_values)
            if type(holder) is dict:
                if depth and FILTER in holder:
                    filters.append(holder[FILTER])
                holder = holder.values()  # noqa: PLW2901 - what it holds
            for value in holder:
                kind = type(value)
                if kind is dict or kind is list:
                    below.append(value)
        level = below
        depth += 1
    return filters


def check_filter(value: Any, variables: Values, limits: Limits) -> None:
    """Count a filter's conditions, operands and the nesting of its groups.

    Each operation of a comparator is a condition, and so is an empty filter within a group.

    Raises:
        RequestRefused: with the limit that is exceeded.
    """
    _Count(variables, limits).filter(value, 0)


class _Count:
    """Counts the parts of one filter until there are too many."""

    def __init__(self, variables: Values, limits: Limits) -> None:
        self._variables, self._limits = variables, limits
        self._values = self._conditions = self._operands = 0

    def filter(self, value: Any, depth: int) -> None:
        """Count a filter or a group of them, below so many groups."""
        if type(value) is Variable:
            value = self._variables.get(value.name)
        if value is None:
            return
        if depth > self._limits.filter_depth:
            raise too_many(FILTER, "groups (and, or, not) within each other", self._limits.filter_depth)
        if type(value) is list:
            self._look_at(value)
            for part in value:
                self.filter(part, depth)
        elif type(value) is dict and value:
            self._look_at(value)
            for name, below in value.items():
                if name in GROUPS:
                    self.filter(below, depth + 1)
                else:
                    self._comparator(below)
        else:
            self._comparator(value)

    def _look_at(self, parts: Sized) -> None:
        """Count what is no condition, too: a variable's nulls are looked at wherever the document has it."""
        self._values += len(parts)
        if self._values > self._limits.variable_values:
            raise too_many(FILTER, "values", self._limits.variable_values)

    def _comparator(self, value: Any) -> None:
        if type(value) is Variable:
            value = self._variables.get(value.name)
        if value is None:
            return
        operands = value.values() if type(value) is dict else (value,)
        self._conditions += len(operands) or 1
        for operand in operands:
            if type(operand) is Variable:
                operand = self._variables.get(operand.name)  # noqa: PLW2901 - what stands for it
            self._operands += len(operand) if type(operand) is list else 1
        if self._conditions > self._limits.filter_conditions:
            raise too_many(FILTER, "conditions", self._limits.filter_conditions)
        if self._operands > self._limits.filter_operands:
            raise too_many(FILTER, "operands", self._limits.filter_operands)


def find_arguments(document: DocumentNode, limits: Limits) -> Counted:
    """Find the filters and the lists of ids that a document spells out.

    Those without a variable are checked here and now.

    Raises:
        RequestRefused: with the limit that is exceeded.
    """
    filters: list[Any] = []
    node_ids: list[Any] = []
    defaults: dict[str, Any] = {}
    todo: list[Node] = list(document.definitions)
    while todo:
        node = todo.pop()
        if isinstance(node, ArgumentNode | ObjectFieldNode) and node.name.value == FILTER:
            filters.append(_plain(node.value))
            continue
        if isinstance(node, VariableDefinitionNode) and node.default_value is not None:
            name, value = node.variable.name.value, _plain(node.default_value)
            # Operations may give a variable of the same name another default: the largest stands for all of them.
            defaults[name] = max(defaults.get(name), value, key=_weight)
        if isinstance(node, FieldNode) and node.name.value == "nodes":
            node_ids += [_plain(argument.value) for argument in node.arguments or () if argument.name.value == "ids"]
        todo += _below(node)
    check_variables({}, Counted(tuple(filters), tuple(node_ids), defaults), limits)
    return Counted(
        tuple(value for value in filters if any(isinstance(part, Variable) for part in _parts(value))),
        tuple(value for value in node_ids if isinstance(value, Variable)),
        defaults,
    )


def _below(node: Node) -> list[Node]:
    below: list[Node] = []
    for key in node.keys:
        value = getattr(node, key)
        if isinstance(value, Node):
            below.append(value)
        elif isinstance(value, tuple | list):
            below += [item for item in value if isinstance(item, Node)]
    return below


def _plain(node: Node) -> Any:
    """Turn a literal into plain values; what it nests was bounded by the scan."""
    match node:
        case VariableNode():
            return Variable(node.name.value)
        case ListValueNode():
            return [_plain(item) for item in node.values]
        case ObjectValueNode():
            return {item.name.value: _plain(item.value) for item in node.fields}
        case _:
            return getattr(node, "value", None)


def _weight(value: Any) -> int:
    return sum(1 for _ in _parts(value))


def _parts(value: Any) -> Iterator[Any]:
    """Yield a value and all that it holds."""
    todo = [value]
    while todo:
        value = todo.pop()
        yield value
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            todo += value.values()
