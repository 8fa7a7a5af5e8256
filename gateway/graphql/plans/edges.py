"""Edges: a row with its cursor, the same in every connection."""

from gateway.graphql.selections import Scope, Selected
from gateway.querying.projections import Column, Constant, Format, Inline, Want

CURSOR = Column((), Format("cursor(r)"))


def edge_wants(scope: Scope, edges: Selected) -> list[Want]:
    """Return what is wanted of each edge; the node is the row itself."""
    return [_want(scope, edges, wanted) for wanted in scope.select(edges.type, edges.nodes)]


def _want(scope: Scope, edges: Selected, wanted: Selected) -> Want:
    match wanted.name:
        case "cursor":
            return Want(wanted.key, CURSOR)
        case "node":
            return Want(wanted.key, Inline(), scope.wants(wanted.type, wanted.nodes))
        case _:
            return Want(wanted.key, Constant(edges.type.name))
