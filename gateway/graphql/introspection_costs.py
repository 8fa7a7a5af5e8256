"""What introspection costs: it is executed value by value, and can ask for lists within lists."""

from functools import lru_cache

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from gateway.graphql.selections import Selected

# Points of one value: it takes some ten times as long as one of a row.
VALUE = 10
# How often a type wraps another one, so that `ofType` goes on.
WRAPPED = 0.6
ANOTHER_LIST = 2.0  # interfaces, locations


def price_of_introspection(field: Selected) -> int:
    """Return the points of `__schema` or `__type`, by how long such lists are in this schema on average."""
    return int(VALUE * _values(field, of_all_types=False))


def _values(field: Selected, *, of_all_types: bool) -> float:
    """Count the values of a field; `of_all_types` says that it is asked of every type of the schema."""
    if field.name == "__typename" or not is_composite_type(field.type):
        return 1
    parts = field.parts
    each = 1 + sum(_values(part, of_all_types=field.name == "types") for part in parts)
    if field.name == "ofType":
        return WRAPPED * each
    if not is_list_type(get_nullable_type(field.field.type)):
        return each
    average, longest = _lengths(field.scope.schema, field.name)
    return 1 + (average if of_all_types or field.name == "args" else longest) * each


@lru_cache(maxsize=16)
def _lengths(schema: GraphQLSchema, name: str) -> tuple[float, float]:
    """Return how long lists of that name are: on average, and at most."""
    types = schema.type_map.values()
    fielded = [type_ for type_ in types if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)]
    match name:
        case "types":
            return len(types), len(types)
        case "fields":
            lengths = [len(type_.fields) for type_ in fielded]
        case "inputFields":
            lengths = [len(type_.fields) for type_ in types if isinstance(type_, GraphQLInputObjectType)]
        case "enumValues":
            lengths = [len(type_.values) for type_ in types if isinstance(type_, GraphQLEnumType)]
        case "possibleTypes":
            lengths = [
                len(schema.get_possible_types(type_)) for type_ in fielded if isinstance(type_, GraphQLInterfaceType)
            ]
        case "args":
            counts = [len(field.args) for type_ in fielded for field in type_.fields.values()]
            return sum(counts) / len(counts), max(counts)
        case _:
            return ANOTHER_LIST, ANOTHER_LIST
    return sum(lengths) / len(types), max(lengths, default=0)
