"""Selections: the fields of an operation, merged and filtered by type, directive and fragment, as wants."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

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
from gateway.graphql.fields import ColumnSource, InlineSource, ManySource, OneSource, source_of
from gateway.querying.projections import Column, Constant, One, Target, Want
from gateway.store.visibility import Visibility, visibility


class Rights(NamedTuple):
    """What a plan depends on of its caller; callers with the same rights share plans."""

    sees_everything: bool
    sees_costs: bool
    timesheet_submission: bool

    @property
    def secrets(self) -> frozenset[str]:
        """The hidden values that are shown."""
        return frozenset(name for name, shown in (("costs", self.sees_costs), ("email", self.sees_everything)) if shown)


@dataclass(frozen=True, slots=True)
class Selected:
    """One key of an answer: its field, and all places in the document that ask for it."""

    key: str
    name: str
    field: GraphQLField
    nodes: tuple[FieldNode, ...]

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


TYPENAME = GraphQLField(cast("Any", None))


@dataclass(frozen=True, slots=True)
class Scope:
    """All that planning looks at besides the selection itself."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: Mapping[str, Any]  # the variables' values, of which only those of @skip and @include may be read
    rights: Rights
    dialect: Dialect

    def select(self, parent: GraphQLObjectType, nodes: Sequence[FieldNode]) -> list[Selected]:
        """Return the merged fields of the nodes' selections, in the order of their first mention."""
        return self.collect(parent, [node.selection_set for node in nodes if node.selection_set])

    def collect(self, parent: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> list[Selected]:
        """Return the merged fields of selection sets on one object type."""
        found: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in sets:
            for node in self._fields(parent, selection_set, visited):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return [
            Selected(key, nodes[0].name.value, self._definition(parent, nodes[0].name.value), tuple(nodes))
            for key, nodes in found.items()
        ]

    def _definition(self, parent: GraphQLObjectType, name: str) -> GraphQLField:
        definition = self.schema.get_field(parent, name)
        return TYPENAME if definition is None else definition

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

    def wants(self, parent: GraphQLObjectType, nodes: Sequence[FieldNode]) -> tuple[Want, ...]:
        """Return what is wanted of a record: columns, related records and lists."""
        return tuple(self._want(parent, selected) for selected in self.select(parent, nodes))

    def _want(self, parent: GraphQLObjectType, selected: Selected) -> Want:
        if selected.name == "__typename":
            return Want(selected.key, Constant(parent.name))
        source = source_of(selected.field)
        match source:
            case ColumnSource(column=Column() as column):
                return Want(selected.key, column)
            case OneSource(foreign_key=foreign_key):
                relation = One(foreign_key, self.target(selected.type_name), selected.nullable)
                return Want(selected.key, relation, self.wants(selected.type, selected.nodes))
            case InlineSource(inline=inline):
                return Want(selected.key, inline, self.wants(selected.type, selected.nodes))
            case ManySource(plan=plan):
                return Want(selected.key, plan(self, selected))
            case _:
                raise TypeError(f"{parent.name}.{selected.name} has no source.")

    def target(self, type_name: str) -> Target:
        """Return the table of a record type, with the rows of it that the caller may see."""
        table = RECORDS[type_name]
        return Target(table, self.visibility(table).narrowing)

    def visibility(self, table: Table) -> Visibility:
        """Return which rows of a table the caller may see."""
        return visibility(table.name, sees_everything=self.rights.sees_everything)

    def possible_types(self, interface: GraphQLInterfaceType) -> Mapping[str, GraphQLObjectType]:
        """Return the object types of an interface by name."""
        return {found.name: found for found in self.schema.get_possible_types(interface)}


Planner = Callable[[Scope, Selected], Any]
