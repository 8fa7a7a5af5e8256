"""Variables and filters, counted before they are coerced: coercion looks at every value in Python, several times."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    Node,
    ObjectFieldNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    value_from_ast_untyped,
)

from gateway.graphql.options import Limits
from gateway.graphql.requests.arguments import mentions_variable
from gateway.graphql.requests.limits.bounds import too_many
from gateway.querying.filters import GROUPS

FILTER = "filter"
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted for each request, since variables take part in it."""

    filters: tuple[ValueNode, ...]
    node_ids: tuple[ValueNode, ...]
    defaults: Values  # of the variables that have one


LEAVES = frozenset({str, int, float, bool, type(None)})
NOTHING_COUNTED = Counted((), (), {})


def check_variables(variables: Values, counted: Counted, limits: Limits) -> None:
    """Check the variables of a request, and the filters that they take part in.

    Raises:
        RequestRefused: with the limit that is exceeded.
    """
    is_plain = LEAVES.issuperset(map(type, variables.values()))
    if is_plain and len(variables) <= limits.max_variable_values and not (counted.filters or counted.node_ids):
        return
    count = _Count(limits)
    if variables:
        for value in _count_values(variables, limits):
            count.whole(value)
    values = {**counted.defaults, **variables}
    for name in {node.name.value for node in counted.filters if isinstance(node, VariableNode)}:
        count.whole(values.get(name))
    for node in counted.filters:
        if not isinstance(node, VariableNode):
            count.whole(value_from_ast_untyped(node, values))
    for node in counted.node_ids:
        ids = value_from_ast_untyped(node, values)
        if isinstance(ids, list) and len(ids) > limits.max_node_ids:
            raise too_many("ids", "ids", limits.max_node_ids)


def _count_values(variables: Values, limits: Limits) -> list[object]:
    """Count the values level by level; return the filters inside of input objects, such as a bulk's target."""
    filters: list[Any] = []
    count, depth = 0, 0
    level: list[Any] = [dict(variables)]
    while level:
        if depth == limits.max_variable_depth and any(level):
            raise too_many("variables", "values within each other", limits.max_variable_depth)
        below: list[Any] = []
        for holder in level:
            count += len(holder)
            if count > limits.max_variable_values:
                raise too_many("variables", "values", limits.max_variable_values)
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


class _Count:
    """Counts filters until there is too much: conditions, operands and nesting of each, and the values of all.

    Each operation of a comparator is a condition, and so is an empty filter within a group.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._values = 0

    def whole(self, value: object) -> None:
        """Count a filter, down through its groups.

        Raises:
            RequestRefused: with the limit that is exceeded.
        """
        conditions = operands = 0
        todo: list[tuple[Any, int]] = [(value, 0)]  # each with the groups that it is below
        while todo:
            part, depth = todo.pop()
            if part is None or part is Undefined:
                continue
            if depth > self._limits.max_filter_depth:
                raise too_many(FILTER, "groups (and, or, not) within each other", self._limits.max_filter_depth)
            compared = [part]
            if type(part) is list:
                self._look_at(part)
                todo += [(each, depth) for each in part]
                continue
            if type(part) is dict and part:
                self._look_at(part)
                compared = [below for name, below in part.items() if name not in GROUPS]
                todo += [(part[name], depth + 1) for name in GROUPS if name in part]
            for comparator in compared:
                tests = _tests(comparator)
                conditions += tests[0]
                operands += tests[1]
            self._check(conditions, operands)

    def _check(self, conditions: int, operands: int) -> None:
        if conditions > self._limits.max_filter_conditions:
            raise too_many(FILTER, "conditions", self._limits.max_filter_conditions)
        if operands > self._limits.max_filter_operands:
            raise too_many(FILTER, "operands", self._limits.max_filter_operands)

    def _look_at(self, parts: Sized) -> None:
        """Count what is not a condition, too: a variable's nulls are looked at wherever the document has it."""
        self._values += len(parts)
        if self._values > self._limits.max_variable_values:
            raise too_many(FILTER, "values", self._limits.max_variable_values)


def _tests(comparator: Any) -> tuple[int, int]:
    """Return how many conditions and operands a comparator holds, or a bare value in its place."""
    if comparator is None or comparator is Undefined:
        return 0, 0
    if type(comparator) is not dict:
        return 1, len(comparator) if type(comparator) is list else 1
    operands = 0
    for operand in comparator.values():
        operands += len(operand) if type(operand) is list else 1
    return len(comparator) or 1, operands


def find_counted(document: DocumentNode, limits: Limits) -> Counted:
    """Find the filters and the lists of ids that a document spells out; check now what no variable takes part in.

    Raises:
        RequestRefused: with the limit that is exceeded.
    """
    filters: list[ValueNode] = []
    node_ids: list[ValueNode] = []
    defaults: dict[str, Any] = {}
    todo: list[Node] = list(document.definitions)
    while todo:
        node = todo.pop()
        if isinstance(node, ArgumentNode | ObjectFieldNode) and node.name.value == FILTER:
            filters.append(node.value)
            continue
        if isinstance(node, VariableDefinitionNode) and node.default_value is not None:
            name, value = node.variable.name.value, value_from_ast_untyped(node.default_value)
            # Operations may give a variable of the same name another default: the largest stands for all of them.
            defaults[name] = max(defaults.get(name), value, key=_weight)
        if isinstance(node, FieldNode) and node.name.value == "nodes":
            node_ids += [argument.value for argument in node.arguments or () if argument.name.value == "ids"]
        todo += _below(node)
    check_variables({}, Counted(tuple(filters), tuple(node_ids), defaults), limits)
    return Counted(
        tuple(value for value in filters if mentions_variable(value)),
        tuple(value for value in node_ids if mentions_variable(value)),
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


def _weight(value: object) -> int:
    """Count a value and all that it holds."""
    count, todo = 0, [value]
    while todo:
        part = todo.pop()
        count += 1
        if isinstance(part, list):
            todo += part
        elif isinstance(part, dict):
            todo += part.values()
    return count
