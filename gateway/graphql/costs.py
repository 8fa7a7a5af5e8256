"""What an operation may cost: an upper bound of what it returns, known before it is executed.

A point is one value of the answer: each record counts one and one for each of its fields, as often as the
arguments allow it to come. What differs from that is said on the field's line; see `prices`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.execution.values import VariableValues

from gateway.graphql.fields import pricing_of
from gateway.graphql.introspection import FIELDS as INTROSPECTION
from gateway.graphql.introspection import PRICE as INTROSPECTION_PRICE
from gateway.graphql.prices import (
    EACH_ROW,
    SINGLE,
    Listed,
    Paged,
    Pricing,
    Rows,
    Surcharge,
)
from gateway.graphql.selections import Selected
from gateway.http.points import ROWS_OF_A_LIST, WRITE_PRICE

Size = int | Callable[[VariableValues], int]


@dataclass(frozen=True, slots=True)
class Price:
    """Points that come once, and points that come as often as a size says."""

    once: int
    repeated: tuple[tuple[Size, "Price"], ...] = ()

    def points(self, variables: VariableValues) -> int:
        """Return the price under the variables of a request."""
        total = self.once
        for size, price in self.repeated:
            total += (size if isinstance(size, int) else size(variables)) * price.points(variables)
        return total

    def plus(self, points: int) -> "Price":
        """Return the price with more points that come once."""
        return Price(self.once + points, self.repeated)


def price_of_operation(fields: Sequence[Selected], *, mutation: bool) -> Price:
    """Return the price of the root fields together."""
    return _total(map(_price, fields)).plus(mutation * WRITE_PRICE * len(fields))


def _price(field: Selected) -> Price:
    if field.name in INTROSPECTION:
        return Price(INTROSPECTION_PRICE)
    pricing = _pricing(field)
    match pricing:
        case Surcharge(points=points):
            return _plain(field).plus(points)
        case Listed(rows=rows):
            return _total([Price(1, ((_size(field, rows), _record(field)),))])
        case Paged():
            return _paged(field, pricing)
    return _record(field) if pricing is SINGLE else _plain(field)


def _pricing(field: Selected) -> Pricing | None:
    return None if field.name == "__typename" else pricing_of(field.field)


def _plain(field: Selected) -> Price:
    """Return the price of a field whose line says nothing."""
    if field.name == "__typename" or not is_composite_type(get_named_type(field.field.type)):
        return Price(1)
    if is_list_type(get_nullable_type(field.field.type)):
        return _total([Price(1, ((ROWS_OF_A_LIST, _record(field)),))])
    return _record(field)


def _record(field: Selected) -> Price:
    """Return the price of one record: itself and what is selected of it.

    Where it may be of several types their prices add up: still an upper bound, which needs no comparison.
    """
    named = get_named_type(field.field.type)
    types: Iterable[GraphQLObjectType] = ()
    if isinstance(named, GraphQLObjectType):
        types = (named,)
    elif isinstance(named, GraphQLInterfaceType):
        types = field.scope.possible_types(named).values()
    return _total(_price(part) for type_ in types for part in field.parts_of(type_)).plus(1)


def _paged(field: Selected, pricing: Paged) -> Price:
    row = _total(_record(part) for part in field.parts if _pricing(part) is EACH_ROW).plus(pricing.row)
    others = _total(_price(part) for part in field.parts if _pricing(part) is not EACH_ROW).plus(1)
    if pricing.flat is not None:
        others = Price(pricing.flat)
    return _total([others, Price(0, ((_size(field, pricing.rows), row),))])


def _total(prices: Iterable[Price]) -> Price:
    """Add prices up; what does not depend on variables is added now."""
    once, repeated = 0, []
    for price in prices:
        once += price.once
        for size, part in price.repeated:
            if isinstance(size, int) and not part.repeated:
                once += size * part.once
            else:
                repeated.append((size, part))
    return Price(once, tuple(repeated))


def _size(field: Selected, rows: Rows) -> Size:
    """Return how many rows there are; known at once where no variable takes part."""
    arguments = field.arguments
    if not arguments.depend_on_variables(rows.arguments):
        return rows.count(arguments.fixed)

    def size(variables: VariableValues) -> int:
        try:
            return rows.count(arguments.values(variables))
        except GraphQLError:
            return rows.count({})  # the field will be answered by this error

    return size
