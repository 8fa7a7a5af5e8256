"""Wants: what a selection wants of a record, from what the fields' lines say: columns, related records and lists."""

from collections.abc import Iterable

from graphql import GraphQLObjectType

from gateway.graphql.fields import ColumnSource, InlineSource, ManySource, OneSource, source_of
from gateway.graphql.selections import Selected
from gateway.querying.projections import Column, Constant, Many, One, Want


def wants_of(selected: Selected, type_: GraphQLObjectType | None = None) -> tuple[Want, ...]:
    """Return what is wanted of the record; a field that may be of several types is planned for each of them."""
    parent = selected.type if type_ is None else type_
    return tuple(_want(parent, part) for part in selected.parts_of(parent))


def _want(parent: GraphQLObjectType, part: Selected) -> Want:
    if part.name == "__typename":
        return Want(part.key, Constant(parent.name))
    match source_of(part.field):
        case ColumnSource(column=Column() as column):
            return Want(part.key, column)
        case OneSource(foreign_key=foreign_key, may_be_gone=may_be_gone):
            target = part.scope.target(part.type_name, may_be_gone=may_be_gone)
            return Want(part.key, One(foreign_key, target, part.nullable), wants_of(part))
        case InlineSource(inline=inline):
            return Want(part.key, inline, wants_of(part))
        case ManySource(plan=plan):
            return Want(part.key, plan(part.scope, part))
        case _:
            raise TypeError(f"{parent.name}.{part.name} has no source.")


def statements_of(wants: Iterable[Want]) -> int:
    """Return how many statements what hangs on the wanted records costs, whatever their number."""
    return sum(
        statements_of(want.wants) + (want.source.load.statements if isinstance(want.source, Many) else 0)
        for want in wants
    )
