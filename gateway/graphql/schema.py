"""The schema: Strawberry's types printed and executable, and the way values pass through graphql-core."""

from functools import cache
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from strawberry.schema.config import StrawberryConfig

from gateway.graphql.fields import planner_of
from gateway.graphql.guide import GUIDE
from gateway.graphql.ordinary import resolve_by_plan
from gateway.graphql.scalars import SCALARS
from gateway.graphql.types.mutation import Mutation
from gateway.graphql.types.query import Query
from gateway.graphql.types.references import RECORD_TYPES
from gateway.graphql.types.subscription import Subscription
from gateway.graphql.types.user_errors import ConflictError, InvalidInputError

ERROR_TYPES = (InvalidInputError, ConflictError)


def build_schema() -> strawberry.Schema:
    """Make the schema of all types."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=(*RECORD_TYPES.values(), *ERROR_TYPES),
        config=StrawberryConfig(scalar_map=SCALARS),
    )


SCHEMA = build_schema()


def executable(schema: strawberry.Schema) -> GraphQLSchema:
    """Return graphql-core's schema: plans resolve its root fields, all others read finished values by their key."""
    core: GraphQLSchema = schema._schema  # noqa: SLF001 - Strawberry has no public way to it
    core.description = GUIDE
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            type_.is_type_of = None
            for field in type_.fields.values():
                named = get_named_type(field.type)
                field.resolve = _read_word if isinstance(named, GraphQLEnumType) else _read
                if planner_of(field) is not None:
                    field.resolve = resolve_by_plan
        if isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = _type_name
        if isinstance(type_, GraphQLInputObjectType):
            # Strawberry checks it while it converts, where a literal is too late to be a validation error.
            type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of
    return core


def _read(source: Any, info: Any, **_arguments: Any) -> Any:
    return source[info.path.key]


def _read_word(source: Any, info: Any, **_arguments: Any) -> Any:
    value = source[info.path.key]
    return None if value is None else get_named_type(info.return_type).values[value].value


def _type_name(value: Any, _info: Any, _type: Any) -> str:
    name: str = value.type_name
    return name


@cache
def print_schema() -> str:
    """Print the schema in GraphQL's schema language, as schema.graphql holds it."""
    # Strawberry leaves out the schema itself, whose description is the guide.
    itself = f'"""\n{GUIDE}\n"""\nschema {{\n  query: Query\n  mutation: Mutation\n  subscription: Subscription\n}}\n\n'
    return itself + SCHEMA.as_str().rstrip() + "\n"


CORE = executable(SCHEMA)
