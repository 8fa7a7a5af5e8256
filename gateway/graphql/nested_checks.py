"""What is checked before anything runs of the fields below the root: filters that cannot be refuse the request."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from gateway.graphql.errors import located
from gateway.graphql.fields import ManySource, source_of
from gateway.graphql.planning import Conditional
from gateway.graphql.run import Run
from gateway.graphql.selections import Selected
from gateway.querying.errors import BadOperand


@dataclass(frozen=True, slots=True, eq=False)
class NestedCheck:
    """A field with arguments to read, and the keys that lead to it."""

    selected: Selected
    planner: Conditional
    path: tuple[str, ...]

    def refused(self, run: Run) -> Iterator[GraphQLError]:
        """Keep the field's condition for its plan; yield why the request cannot be answered, if that is so."""
        try:
            arguments = self.selected.arguments.values(run.variables)
            run.conditions[self.selected] = self.planner.condition(run, arguments)
        except BadOperand as error:
            yield located(error, self.selected.nodes, list(self.path))
        except GraphQLError:
            pass  # a variable that is missing is an error of the field, if it comes to that


def checks_below(field: Selected, path: tuple[str, ...] = ()) -> Iterator[NestedCheck]:
    """Yield the checks of a field and of all that is selected of it, on whatever type."""
    if field.name.startswith("__"):
        return
    path = (*path, field.key)
    source = source_of(field.field)
    if isinstance(source, ManySource) and isinstance(source.plan, Conditional) and field.nodes[0].arguments:
        yield NestedCheck(field, source.plan, path)
    named = get_named_type(field.field.type)
    types = [named] if isinstance(named, GraphQLObjectType) else []
    if isinstance(named, GraphQLInterfaceType):
        types = [*field.scope.possible_types(named).values()]
    for type_ in types:
        for part in field.parts_of(type_):
            yield from checks_below(part, path)
