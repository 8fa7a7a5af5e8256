"""What every record, page and edge of the schema shares: `Node`, `PageInfo`, and the arguments of a page."""

import types
from typing import Any

import strawberry
from strawberry.types.arguments import StrawberryArgument

from gateway.catalog.records import MOST_WORDS, Picker
from gateway.graphql.fields import argument, structural
from gateway.graphql.prices import EACH_ROW, FIXED
from gateway.querying.pages import DEFAULT_SIZE, MAX_SIZE

ID_OR_NUMBER = "the global id, or the record's number"


@strawberry.interface(description="A record that can be fetched again by its id alone.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque id, unique among all records of all types. Pass it back as it is."
    )


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    has_next_page: bool = structural(
        "Whether rows follow this page. Always true when paging backward with before, since that row follows."
    )
    has_previous_page: bool = structural(
        "Whether rows come before this page. Always true when paging forward with after, since that row comes before."
    )
    start_cursor: str | None = structural("Cursor of the first row, for before; null on an empty page.")
    end_cursor: str | None = structural("Cursor of the last row, for after; null on an empty page.")


FORWARD = (
    argument("first", int | None, f"How many rows, from 0 to {MAX_SIZE}.", default=DEFAULT_SIZE),
    argument("after", str | None, "Continue after this cursor."),
)


def search_argument(picker: Picker) -> StrawberryArgument:
    """Declare the text that a list to choose from is searched for."""
    sentence = (
        f"Only those whose {picker.sort.name} contains every one of these words, in any order, regardless of case and "
        f"accents; at most {MOST_WORDS} words."
    )
    return argument("search", str | None, sentence)


def edge_type(node: Any, what: str) -> Any:
    """Make the edge type of a record."""
    name = f"{node.__name__}Edge"
    members = {
        "__annotations__": {"cursor": str, "node": node},
        "cursor": structural(f"Cursor of this {what}, for after."),
        "node": structural(f"The {what}."),
    }
    return strawberry.type(type(name, (), members), name=name, description=f"A {what} and its position in the list.")


def connection_type(node: Any, what: str, plural: str, *, ordered_by: str) -> Any:
    """Make the connection type of a record."""
    name = f"{node.__name__}Connection"
    members = {
        "__annotations__": {
            "edges": types.GenericAlias(list, edge_type(node, what)),
            "nodes": types.GenericAlias(list, node),
            "page_info": PageInfo,
            "total_count": int,
        },
        "edges": structural(f"The {plural} of this page, each with its cursor.", price=EACH_ROW),
        "nodes": structural(f"The {plural} of this page.", price=EACH_ROW),
        "page_info": structural("Position of this page in its list."),
        "total_count": structural(
            f"How many {plural} there are on all pages; counted only when asked for.", price=FIXED
        ),
    }
    return strawberry.type(type(name, (), members), name=name, description=f"A page of {plural}, by {ordered_by}.")
