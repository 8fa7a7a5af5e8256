"""Edges: a row with its cursor, the same in every connection."""

from gateway.graphql.selections import Selected
from gateway.graphql.wants import wants_of
from gateway.querying.projections import Column, Constant, Format, Inline, Want

CURSOR = Column((), Format("cursor(r)"))


def edge_wants(edges: Selected) -> list[Want]:
    """Return what is wanted of each edge; the node is the row itself."""
    return [_want(edges, wanted) for wanted in edges.parts]


def _want(edges: Selected, wanted: Selected) -> Want:
    match wanted.name:
        case "cursor":
            return Want(wanted.key, CURSOR)
        case "node":
            return Want(wanted.key, Inline(), wants_of(wanted))
        case _:
            return Want(wanted.key, Constant(edges.type.name))
