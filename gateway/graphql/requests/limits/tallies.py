"""What a document asks for once its fragments are followed, without following any of them twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.graphql.errors import refuse
from gateway.graphql.options import Limits
from gateway.graphql.requests.limits.bounds import too_large
from gateway.http.codes import Code

Definition = OperationDefinitionNode | FragmentDefinitionNode


@dataclass(slots=True)
class Tally:
    """The counts of a selection; `root_fields` are those of its first level."""

    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0

    def add(self, other: "Tally", depth: int) -> None:
        """Count a fragment where it is spread, below `depth` fields."""
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.depth = max(self.depth, depth + other.depth)
        if depth == 0:
            self.root_fields += other.root_fields


def check_counts(document: DocumentNode, limits: Limits) -> int:
    """Check the counts of all operations together, and of each fragment; return how many fields the operations have.

    Raises:
        RequestRefused: with the limit that is exceeded, or with a fragment that is spread within itself.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > limits.max_operations:
        raise too_large("operations", len(operations), limits.max_operations)
    spread = sum(isinstance(node, FragmentDefinitionNode) for node in document.definitions)
    if spread > limits.max_fragments:
        raise too_large("fragments", spread, limits.max_fragments)
    # As in validation, the last fragment of a name is meant.
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    tallies: dict[str, Tally] = {}
    for name in _dependencies_first(fragments):
        tallies[name] = _tally(fragments[name], tallies)
        _check(tallies[name], limits)
    whole = Tally()
    for operation in operations:
        own = _tally(operation, tallies)
        _check(own, limits)
        if own.root_fields > limits.max_root_fields:
            raise too_large("fields at its root", own.root_fields, limits.max_root_fields)
        whole.add(own, 0)
    if whole.fields > limits.max_fields:
        raise too_large("fields", whole.fields, limits.max_fields)
    return whole.fields


def _check(tally: Tally, limits: Limits) -> None:
    for what, found, allowed in (
        ("fields", tally.fields, limits.max_fields),
        ("aliases", tally.aliases, limits.max_aliases),
        ("directives", tally.directives, limits.max_directives),
        ("fields within each other", tally.depth, limits.max_depth),
    ):
        if found > allowed:
            raise too_large(what, found, allowed)


def _tally(definition: Definition, tallies: Mapping[str, Tally]) -> Tally:
    tally = Tally(directives=len(definition.directives or ()))
    if isinstance(definition, OperationDefinitionNode):
        tally.directives += sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
    todo: list[tuple[SelectionSetNode, int]] = [(definition.selection_set, 0)]
    while todo:
        selection_set, depth = todo.pop()
        for node in selection_set.selections:
            tally.directives += len(node.directives or ())
            match node:
                case FieldNode():
                    tally.fields += 1
                    tally.aliases += node.alias is not None
                    tally.depth = max(tally.depth, depth + 1)
                    if depth == 0:
                        tally.root_fields += 1
                    if node.selection_set is not None:
                        todo.append((node.selection_set, depth + 1))
                case InlineFragmentNode():
                    todo.append((node.selection_set, depth))
                case FragmentSpreadNode():
                    # An unknown fragment counts nothing; validation refuses it.
                    tally.add(tallies.get(node.name.value, NOTHING), depth)
    return tally


NOTHING = Tally()


def _dependencies_first(fragments: Mapping[str, FragmentDefinitionNode]) -> Iterable[str]:
    """Yield the names so that what a fragment spreads comes before it."""
    done: set[str] = set()
    for start in fragments:
        path: dict[str, list[str]] = {start: _spreads(fragments[start])} if start not in done else {}
        while path:
            name = next(reversed(path))
            if not path[name]:
                del path[name]
                done.add(name)
                yield name
                continue
            spread = path[name].pop()
            if spread in path:
                raise refuse(f"Cannot spread fragment {spread[:100]!r} within itself.", Code.GRAPHQL_VALIDATION_FAILED)
            if spread in fragments and spread not in done:
                path[spread] = _spreads(fragments[spread])


def _spreads(definition: Definition) -> list[str]:
    """Return the names of the fragments that a definition spreads itself."""
    names: set[str] = set()
    todo = [definition.selection_set]
    while todo:
        for node in todo.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                names.add(node.name.value)
            elif (below := cast("FieldNode | InlineFragmentNode", node).selection_set) is not None:
                todo.append(below)
    return list(names)
