"""The variables that @skip and @include look at, of each operation: the shape of its answer depends on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.language import Node, Visitor, visit

from gateway.graphql.errors import refuse
from gateway.http.codes import Code


@dataclass(slots=True)
class _Looks:
    """What one definition looks at itself, and which fragments it spreads."""

    names: set[str] = field(default_factory=set)
    spreads: set[str] = field(default_factory=set)


class Flags:
    """The variables by operation; each definition of the document is looked through once."""

    def __init__(self, document: DocumentNode) -> None:
        definitions = document.definitions
        self._operations = {
            node.name.value if node.name else None: _looks(node)
            for node in definitions
            if isinstance(node, OperationDefinitionNode)
        }
        self._fragments = {
            node.name.value: _looks(node) for node in definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._found: dict[str | None, tuple[str, ...]] = {}

    def of(self, operation: str | None) -> tuple[str, ...]:
        """Return the names of an operation, by its own; those in fragments that it spreads are among them."""
        if operation not in self._found:
            self._found[operation] = self._collected(self._operations[operation])
        return self._found[operation]

    def _collected(self, own: _Looks) -> tuple[str, ...]:
        names, waiting, known = set(own.names), list(own.spreads), set(own.spreads)
        while waiting:
            spread = self._fragments[waiting.pop()]
            names |= spread.names
            waiting += spread.spreads - known
            known |= spread.spreads
        return tuple(sorted(names))


def check_flags(names: tuple[str, ...], variables: Mapping[str, object]) -> tuple[Any, ...]:
    """Return the values of the variables; each is true or false.

    Raises:
        RequestRefused: one is null, which a variable with a default can be, and `if` cannot.
    """
    for name in names:
        if variables.get(name) is None:
            raise refuse(f"${name} is null, and @skip and @include need true or false.", Code.BAD_USER_INPUT)
    return tuple(variables[name] for name in names)


def _looks(definition: Node) -> _Looks:
    looks = _Looks()
    visit(definition, _Finder(looks))
    return looks


class _Finder(Visitor):
    def __init__(self, looks: _Looks) -> None:
        super().__init__()
        self._looks = looks

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in {"skip", "include"}:
            self._looks.names.update(
                argument.value.name.value
                for argument in node.arguments or ()
                if isinstance(argument.value, VariableNode)
            )

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self._looks.spreads.add(node.name.value)
