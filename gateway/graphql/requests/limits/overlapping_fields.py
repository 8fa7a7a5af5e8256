"""Whether fields of the same key can be merged, in time that grows with the number of fields.

graphql-core compares each two fields of a key, and each two fragments: a thousand times the same field
take a second. Here every field is compared with the first of its key alone, which says the same, since
"has the same shape" and "asks for the same" are equivalences. After Simon Adameit's algorithm of 2018.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationRule,
    get_named_type,
    is_leaf_type,
    print_ast,
)
from graphql.utilities.sort_value_node import sort_value_node

# Fields looked at, each as often as it takes part in a merged selection.
MOST_VISITS = 50_000

Sets = list[tuple[SelectionSetNode, GraphQLNamedType | None]]


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that asks for a field of some parent."""

    node: FieldNode
    parent: GraphQLNamedType | None
    definition: GraphQLField | None

    @property
    def below(self) -> tuple[SelectionSetNode, GraphQLNamedType | None] | None:
        """The selection of the field, if it has one."""
        if self.node.selection_set is None:
            return None
        return self.node.selection_set, get_named_type(self.definition.type) if self.definition else None


class FieldsCanBeMergedRule(ValidationRule):
    """Fields of the same key have the same shape, and ask for the same where both could be in one object."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        self._visits = 0
        self._signatures: dict[int, tuple[str, str]] = {}
        root = self.context.schema.get_root_type(node.operation)
        # Whether shapes, and whether names and arguments, are still to be compared below.
        todo: list[tuple[Sets, bool, bool]] = [([(node.selection_set, root)], True, True)]
        while todo:
            sets, shapes, names = todo.pop()
            for key, mentions in self._collect(sets).items():
                if self._visits > MOST_VISITS:
                    self.report_error(
                        GraphQLError("The selection is too complex: too many of its fields overlap.", node)
                    )
                    return
                groups = _by_parent(mentions)
                if names and not all(self._same_question(key, group) for group in groups):
                    return
                if shapes and not self._same_shape(key, mentions):
                    return
                if names and len(groups) > 1:
                    todo += [(_below(group), False, True) for group in groups]
                    names_below = False
                else:
                    names_below = names
                if shapes or names_below:
                    todo.append((_below(mentions), shapes, names_below))

    def _collect(self, sets: Sets) -> dict[str, list[Mention]]:
        """Gather the fields of selections by their key, fragments followed once each."""
        found: dict[str, list[Mention]] = {}
        visited: set[str] = set()
        for selection_set, parent in sets:
            for mention in self._mentions(selection_set, parent, visited):
                self._visits += 1
                alias = mention.node.alias
                found.setdefault(alias.value if alias else mention.node.name.value, []).append(mention)
        return found

    def _mentions(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, visited: set[str]
    ) -> Iterator[Mention]:
        schema = self.context.schema
        todo: list[tuple[Any, GraphQLNamedType | None]] = [(selection_set, parent)]
        while todo:
            current, parent = todo.pop()
            for node in current.selections:
                match node:
                    case FieldNode():
                        # As in graphql-core, __typename has no shape.
                        known = getattr(parent, "fields", {}).get(node.name.value)
                        yield Mention(node, parent, known)
                    case InlineFragmentNode():
                        condition = node.type_condition
                        todo.append(
                            (node.selection_set, schema.get_type(condition.name.value) if condition else parent)
                        )
                    case FragmentSpreadNode() if node.name.value not in visited:
                        visited.add(node.name.value)
                        fragment = self.context.get_fragment(node.name.value)
                        if fragment is not None:
                            condition_type = schema.get_type(fragment.type_condition.name.value)
                            todo.append((fragment.selection_set, condition_type))

    def _same_shape(self, key: str, mentions: list[Mention]) -> bool:
        first: Mention | None = None
        for mention in mentions:
            if mention.definition is None:
                continue
            if first is None or first.definition is None:
                first = mention
            elif _shape(first.definition.type) != _shape(mention.definition.type):
                kinds = f"they return conflicting types '{first.definition.type}' and '{mention.definition.type}'"
                return self._refuse(key, kinds, first, mention)
        return True

    def _same_question(self, key: str, mentions: list[Mention]) -> bool:
        first = mentions[0]
        name, arguments = self._signature(first.node)
        for mention in mentions[1:]:
            other_name, other_arguments = self._signature(mention.node)
            if name != other_name:
                return self._refuse(key, f"'{name}' and '{other_name}' are different fields", first, mention)
            if arguments != other_arguments:
                return self._refuse(key, "they have differing arguments", first, mention)
        return True

    def _signature(self, node: FieldNode) -> tuple[str, str]:
        known = self._signatures.get(id(node))
        if known is None:
            arguments = sorted(
                f"{argument.name.value}: {print_ast(sort_value_node(argument.value))}"
                for argument in node.arguments or ()
            )
            known = self._signatures[id(node)] = node.name.value, ", ".join(arguments)
        return known

    def _refuse(self, key: str, reason: str, first: Mention, second: Mention) -> bool:
        self.report_error(
            GraphQLError(
                f"Fields '{key}' conflict because {reason}. "
                "Use different aliases on the fields to fetch both if this was intentional.",
                [first.node, second.node],
            )
        )
        return False


def _by_parent(mentions: list[Mention]) -> list[list[Mention]]:
    """Split fields by the object type they are of; those of an interface may be in any of them."""
    concrete: dict[str, list[Mention]] = {}
    abstract: list[Mention] = []
    for mention in mentions:
        if isinstance(mention.parent, GraphQLObjectType):
            concrete.setdefault(mention.parent.name, []).append(mention)
        else:
            abstract.append(mention)
    if len(concrete) <= 1:
        return [mentions]
    return [[*abstract, *group] for group in concrete.values()]


def _below(mentions: list[Mention]) -> Sets:
    return [below for mention in mentions if (below := mention.below) is not None]


def _shape(type_: GraphQLOutputType) -> str:
    """Return lists, non-nulls and the leaf of a type; all types with fields are alike."""
    match type_:
        case GraphQLNonNull():
            return f"{_shape(type_.of_type)}!"
        case GraphQLList():
            return f"[{_shape(type_.of_type)}]"
        case _:
            return type_.name if is_leaf_type(type_) else "{}"
