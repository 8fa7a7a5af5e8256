"""The arguments of a field: what a document spells out is coerced once, variables are put in by each request.

As with variables, graphql-core looks at whatever is not in perfect order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from gateway.graphql.requests.coercion import NotInOrder, object_coercer

Coerced = Mapping[str, Any]
Fill = Callable[[Coerced], Any]  # Undefined stands for a variable without a value


class Arguments:
    """The arguments of one field in a document."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field, self._node = field, node
        self.fixed: dict[str, Any] = {}  # those that no variable takes part in
        self._filled: list[tuple[str, Fill, Any]] = []
        self._regular = True
        nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name, definition in field.args.items():
            self._plan(definition.out_name or name, definition, nodes.get(name))
        if not self._filled and not self._regular:
            self.fixed = get_argument_values(field, node)

    def _plan(self, name: str, definition: GraphQLArgument, node: ValueNode | None) -> None:
        default = coerce_default_value(definition)
        if node is not None and mentions_variable(node):
            self._filled.append((name, _filler(node, definition.type), default))
            return
        value = default if node is None else coerce_input_literal(node, definition.type)
        if value is not Undefined:
            self.fixed[name] = value
        elif node is not None or is_required_argument(definition):
            self._regular = False

    def depend_on_variables(self, names: Sequence[str]) -> bool:
        """Tell whether a variable takes part in any of these arguments."""
        return any(name in names for name, _, _ in self._filled)

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        """Return the coerced arguments by their names.

        Raises:
            GraphQLError: a variable has no value where the argument needs one.
        """
        if not self._filled:
            return self.fixed
        if self._regular:
            try:
                return self.fixed | self._fill(variables.coerced)
            except NotInOrder:
                pass
        return get_argument_values(self._field, self._node, variables)

    def _fill(self, coerced: Coerced) -> dict[str, Any]:
        found = {}
        for name, fill, default in self._filled:
            value = fill(coerced)
            if value is Undefined:
                value = default
            if value is not Undefined:
                found[name] = value
        return found


def _filler(node: ValueNode, type_: GraphQLInputType) -> Fill:
    """Return what makes the value of a node from a request's variables; it may raise NotInOrder."""
    needed, inner = is_non_null_type(type_), get_nullable_type(type_)
    match node:
        case VariableNode():
            return _variable(node.name.value, needed=needed)
        case ObjectValueNode() if is_input_object_type(inner) and mentions_variable(node):
            coercer, fields = object_coercer(inner), inner.fields
            parts = [(each.name.value, _filler(each.value, fields[each.name.value].type)) for each in node.fields]
            names = {name: coercer.fields[name].name for name, _ in parts}

            def filled(coerced: Coerced) -> Any:
                values = {name: value for name, fill in parts if (value := fill(coerced)) is not Undefined}
                return coercer.complete({names[name]: value for name, value in values.items()}, values)

            return filled
        case ListValueNode() if is_list_type(inner) and mentions_variable(node):
            items = [_filler(each, inner.of_type) for each in node.values]

            def listed(coerced: Coerced) -> Any:
                values = [fill(coerced) for fill in items]
                if any(value is Undefined for value in values):
                    raise NotInOrder
                return values

            return listed
    if mentions_variable(node):
        return _left_to_graphql_core
    value = coerce_input_literal(node, type_)
    return _left_to_graphql_core if value is Undefined else lambda _: value


def _variable(name: str, *, needed: bool) -> Fill:
    if not needed:
        return lambda coerced: coerced.get(name, Undefined)

    def needed_variable(coerced: Coerced) -> Any:
        value = coerced.get(name)
        if value is None:
            raise NotInOrder
        return value

    return needed_variable


def _left_to_graphql_core(_coerced: Coerced) -> Any:
    raise NotInOrder


def mentions_variable(value: ValueNode) -> bool:
    """Tell whether a value in a document depends on a variable."""
    return next(variables_of(value), None) is not None


def variables_of(value: ValueNode) -> Iterator[str]:
    """Yield the names of the variables that a value in a document depends on."""
    todo: list[Any] = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, VariableNode):
            yield part.name.value
        todo += getattr(part, "values", None) or ()
        todo += [item.value for item in getattr(part, "fields", None) or ()]
