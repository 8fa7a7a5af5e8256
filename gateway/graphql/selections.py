"""Selections: the fields of an operation as a tree, merged and filtered by type, directive and fragment."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_non_null_type,
)
from sqlalchemy import Dialect, Table

from gateway.catalog.records import RECORDS
from gateway.domain.access import Rights
from gateway.graphql.requests.arguments import Arguments
from gateway.graphql.run import Run
from gateway.querying.projections import Target
from gateway.store.totals.effort import Effort
from gateway.store.visibility import Visibility, visibility


@dataclass(slots=True, eq=False)
class Selected:
    """One key of an answer: its field, all places in the document that ask for it, and what is selected of it.

    Its arguments and its parts are made when they are first asked for, and kept: price and plan look at the same.
    """

    key: str
    name: str
    field: GraphQLField
    nodes: tuple[FieldNode, ...]
    scope: "Scope"
    _arguments: Arguments | None = None
    _parts: dict[str, "list[Selected]"] = dataclasses.field(default_factory=dict)

    @property
    def arguments(self) -> Arguments:
        """The field's arguments."""
        if self._arguments is None:
            self._arguments = Arguments(self.field, self.nodes[0])
        return self._arguments

    @property
    def parts(self) -> "list[Selected]":
        """The fields selected of its object, merged, in the order of their first mention."""
        return self.parts_of(self.type)

    def parts_of(self, type_: GraphQLObjectType) -> "list[Selected]":
        """Return the fields selected of an object of that type, for a field that may be of several."""
        if type_.name not in self._parts:
            sets = [node.selection_set for node in self.nodes if node.selection_set]
            self._parts[type_.name] = self.scope.collect(type_, sets)
        return self._parts[type_.name]

    @property
    def type_name(self) -> str:
        """The name of the type behind lists and non-nulls."""
        return get_named_type(self.field.type).name

    @property
    def type(self) -> GraphQLObjectType:
        """The object type behind lists and non-nulls."""
        return cast("GraphQLObjectType", get_named_type(self.field.type))

    @property
    def nullable(self) -> bool:
        """Whether the answer may be null."""
        return not is_non_null_type(self.field.type)


Searching = Callable[[Run, int], Sequence[Effort]]
TYPENAME = GraphQLField(cast("Any", None))


@dataclass(frozen=True, slots=True)
class Scope:
    """All that planning looks at besides the selection itself."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: Mapping[str, Any]  # the values of the variables of @skip and @include
    rights: Rights
    dialect: Dialect
    # What statements below the root can be made to look at, for so many parents at most; filled in by planning.
    searches: dict["Selected", "Searching"] = dataclasses.field(default_factory=dict, compare=False)

    def collect(self, parent: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> list[Selected]:
        """Return the merged fields of selection sets on one object type."""
        found: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in sets:
            for node in self._fields(parent, selection_set, visited):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return [self.selected(parent, key, nodes) for key, nodes in found.items()]

    def selected(self, parent: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Selected:
        """Return a field from all places in the document that ask for it under one key."""
        name = nodes[0].name.value
        return Selected(key, name, self.schema.get_field(parent, name) or TYPENAME, tuple(nodes), self)

    def _fields(
        self, parent: GraphQLObjectType, selection_set: SelectionSetNode, visited: set[str]
    ) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if not self._wanted(node):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    condition = node.type_condition
                    if condition is None or self._applies(parent, condition.name.value):
                        yield from self._fields(parent, node.selection_set, visited)
                case FragmentSpreadNode() if node.name.value not in visited:
                    visited.add(node.name.value)
                    fragment = self.fragments[node.name.value]
                    if self._applies(parent, fragment.type_condition.name.value):
                        yield from self._fields(parent, fragment.selection_set, visited)

    def _applies(self, parent: GraphQLObjectType, condition: str) -> bool:
        return condition == parent.name or any(interface.name == condition for interface in parent.interfaces)

    def _wanted(self, node: Any) -> bool:
        for directive in node.directives or ():
            if directive.name.value in {"skip", "include"}:
                [argument] = directive.arguments
                value = argument.value
                flag = value.value if isinstance(value, BooleanValueNode) else self.flags.get(value.name.value)
                if bool(flag) is (directive.name.value == "skip"):
                    return False
        return True

    def target(self, type_name: str, *, may_be_gone: bool = False) -> Target:
        """Return the table of a record type, with the rows of it that the caller may see.

        Where a record may be gone, what points to it says no more of it than that it once was there.
        """
        table = RECORDS[type_name]
        seen = self.visibility(table)
        return Target(table, seen.condition if may_be_gone else seen.narrowing)

    def visibility(self, table: Table) -> Visibility:
        """Return which rows of a table the caller may see."""
        return visibility(table.name, sees_everything=self.rights.sees_everything)

    def possible_types(self, interface: GraphQLInterfaceType) -> Mapping[str, GraphQLObjectType]:
        """Return the object types of an interface by name."""
        return {found.name: found for found in self.schema.get_possible_types(interface)}
