"""What an operation may cost: an upper bound of what it returns, known before it is executed.

A point is one value of the answer: each record counts one and one for each of its fields, as often as the
arguments allow it to come. A total, an aggregate and a list of groups have a fixed price, whatever they
are made of: how long the database looks for them is bounded by the statement timeout.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from gateway.graphql.introspection_costs import price_of_introspection
from gateway.graphql.selections import Scope, Selected
from gateway.querying.pages import DEFAULT_BULK, DEFAULT_GROUPS, DEFAULT_SIZE, MAX_BULK, MAX_GROUPS, MAX_SIZE

FIXED_PRICE = 100
WRITE_PRICE = 10
# Rows of a list without arguments, such as an entry's approval steps: a price, for nobody knows their number.
ROWS_OF_A_LIST = 10
ROWS_OF_LISTS = {"timeEntries": 100}  # of a submitted day
BULK = "TimeEntryBulkPayload"

Variables = Mapping[str, Any]
Size = Callable[[Variables], int]
Read = Callable[[Variables], Any]


@dataclass(frozen=True, slots=True)
class Price:
    """Points that come once, and points that come as often as a size says."""

    once: int
    repeated: tuple[tuple[Size, "Price"], ...] = ()

    def points(self, variables: Variables) -> int:
        """Return the price under these coerced variables."""
        total = self.once
        for size, price in self.repeated:
            total += size(variables) * price.points(variables)
        return total


def price_of_operation(scope: Scope, fields: Sequence[Selected], *, mutation: bool) -> Price:
    """Return the price of the root fields together."""
    price = _total(_bulk(scope, field) if field.type_name == BULK else _price(scope, field) for field in fields)
    return Price(price.once + mutation * WRITE_PRICE * len(fields), price.repeated)


def _price(scope: Scope, field: Selected) -> Price:
    if field.name in {"__schema", "__type"}:
        return Price(price_of_introspection(scope, field))
    if field.name.startswith("__") or not is_composite_type(get_named_type(field.field.type)):
        return Price(1)
    if field.type_name.endswith("Connection"):
        return _connection(scope, field)
    record = _record(scope, field)
    if field.name == "nodes":
        return Price(1, ((_length(_argument(field, "ids")), record),))
    if is_list_type(get_nullable_type(field.field.type)):
        rows = ROWS_OF_LISTS.get(field.name, ROWS_OF_A_LIST)
        return Price(1, ((_always(rows), record),))
    return record


def _record(scope: Scope, field: Selected) -> Price:
    """Return the price of one record: itself and what is selected of it.

    Where it may be of several types their prices add up: still an upper bound, which needs no comparison.
    """
    named = get_named_type(field.field.type)
    types: Iterable[GraphQLObjectType] = ()
    if isinstance(named, GraphQLObjectType):
        types = (named,)
    elif isinstance(named, GraphQLInterfaceType):
        types = scope.possible_types(named).values()
    price = _total(_price(scope, part) for type_ in types for part in field.parts_of(type_))
    return Price(price.once + 1, price.repeated)


def _connection(scope: Scope, field: Selected) -> Price:
    rows: list[Price] = []
    others: list[Price] = []
    for part in field.parts:
        match part.name:
            case "nodes" | "edges":
                rows.append(_record(scope, part))
            case "totalCount" | "pageMeta" | "aggregate":
                others += [Price(FIXED_PRICE), _price(scope, part)]
            case "groups":
                below = part.parts
                group = _total(_record(scope, listed) for listed in below if listed.name == "nodes")
                size = _bounded(_argument(part, "first"), DEFAULT_GROUPS, MAX_GROUPS)
                others.append(Price(FIXED_PRICE, ((size, group),)))
            case _:
                others.append(_price(scope, part))
    other = _total(others)
    return Price(other.once + 1, ((_page_size(field), _total(rows)), *other.repeated))


def _bulk(scope: Scope, field: Selected) -> Price:
    """Return the price of a bulk mutation: a result for each row that it names, or allows itself."""
    parts = field.parts
    results = _total(_result(scope, part) for part in parts if part.name == "results")
    others = _total(_price(scope, part) for part in parts if part.name != "results")
    # The rows are written even where no result of theirs is selected.
    row = Price(results.once + WRITE_PRICE, results.repeated)
    return Price(others.once + 1, (*others.repeated, (_bulk_size(field), row)))


def _result(scope: Scope, field: Selected) -> Price:
    """Return the price of a row's result: a row is refused for one reason, so its userErrors are one at most."""
    parts = field.parts
    price = _total(_record(scope, part) if part.name == "userErrors" else _price(scope, part) for part in parts)
    return Price(price.once + 1, price.repeated)


def _total(prices: Iterable[Price]) -> Price:
    """Add prices up; what does not depend on variables is added now."""
    once, repeated = 0, []
    for price in prices:
        once += price.once
        for size, part in price.repeated:
            if isinstance(size, _always) and not part.repeated:
                once += size.value * part.once
            else:
                repeated.append((size, part))
    return Price(once, tuple(repeated))


class _always:  # noqa: N801 - a function that can be recognised
    """Reads the same value, whatever the variables are."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _variables: Variables) -> Any:
        return self.value


def _argument(field: Selected, *path: str) -> Read:
    """Return what reads an argument, or a part of one, out of document or variables; None where it is absent."""
    node = next((one.value for one in field.nodes[0].arguments or () if one.name.value == path[0]), None)
    return _reader(node, path[1:])


def _reader(node: Node | None, path: Sequence[str]) -> Read:
    match node:
        case VariableNode(name=name):
            return lambda variables: _dig(variables.get(name.value), path)
        case ObjectValueNode(fields=fields) if path:
            return _reader(next((one.value for one in fields if one.name.value == path[0]), None), path[1:])
        case IntValueNode(value=text):
            return _always(int(text))
        case ListValueNode(values=values):
            return _always([None] * len(values))
        case _:
            return _always(None)


def _dig(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _sized(size: Callable[[Any], int], *reads: Read) -> Size:
    """Return the size by the first argument that has a value; known at once where no variable is read."""

    def of(variables: Variables) -> int:
        return size(next((value for read in reads if (value := read(variables)) is not None), None))

    return _always(of({})) if all(isinstance(read, _always) for read in reads) else of


def _bounded(read: Read, default: int, most: int) -> Size:
    return _sized(lambda value: _within(value, default, most), read)


def _within(value: Any, default: int, most: int) -> int:
    """Return a size that was asked for; one that will be refused counts as the most."""
    if value is None:
        return default
    return value if isinstance(value, int) and 0 <= value <= most else most


def _page_size(field: Selected) -> Size:
    reads = (_argument(field, *path) for path in (("first",), ("last",), ("page", "size")))
    return _sized(lambda value: _within(value, DEFAULT_SIZE, MAX_SIZE), *reads)


def _length(read: Read) -> Size:
    return _sized(lambda value: len(value) if isinstance(value, list) else 1, read)


def _bulk_size(field: Selected) -> Size:
    """Return how many rows a bulk may write: those it names, or at most as many as it allows itself."""
    ids = _argument(field, "input", "target", "ids")
    at_most = _bounded(_argument(field, "input", "atMost"), DEFAULT_BULK, MAX_BULK)

    def size(variables: Variables) -> int:
        named, most = ids(variables), at_most(variables)
        return min(len(named), most) if isinstance(named, list) else most

    return size
