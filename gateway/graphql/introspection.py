"""Introspection: graphql-core answers it value by value, so how many there may be is counted before.

It is the same for everybody, and lasts as long as the process: what a document alone decides is answered once.
"""

import asyncio
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    execute,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.execution.values import VariableValues

from gateway.caches import BoundedCache
from gateway.graphql.errors import with_code
from gateway.graphql.requests.documents import Document, Operation
from gateway.graphql.requests.limits.bounds import too_large
from gateway.graphql.selections import Selected
from gateway.http.codes import Code
from gateway.store.databases.usage import note_time

PRICE = 1_000  # points of each of these fields, whatever is asked of it
FIELDS = frozenset({"__schema", "__type"})
# The whole schema, as explorers and generators ask for it, has a third of them; a thousand take 8 ms.
MOST_VALUES = 30_000
BYTES_A_CHARACTER = 4  # of an answer as JSON, while it is kept as Python's values; measured: 2.7
# How often a type wraps another one, so that `ofType` goes on.
WRAPPED = 0.6
ANOTHER_LIST = 2.0  # interfaces, locations


def check_introspection(fields: Iterable[Selected]) -> None:
    """Count what an operation may answer of the schema, by how long such lists are in this schema on average.

    Raises:
        RequestRefused: it is more than MOST_VALUES.
    """
    found = int(sum(_values(field, of_all_types=False) for field in fields if field.name in FIELDS))
    if found > MOST_VALUES:
        raise too_large("values of the schema", found, MOST_VALUES)


class Introspection:
    """Answers operations that ask for nothing but the schema, in a thread, and keeps answers by their documents."""

    def __init__(self, schema: GraphQLSchema, *, kept_bytes: int | None = None) -> None:
        self._schema = schema
        self._answers: BoundedCache[dict[str, Any]] = BoundedCache("introspection", kept_bytes)

    def __len__(self) -> int:
        """Tell how many answers are kept."""
        return len(self._answers)

    async def answer(self, document: Document, operation: Operation, variables: VariableValues) -> dict[str, Any]:
        """Return the response map of an operation."""
        key = (document.text, operation.name)
        if key in self._answers:
            return dict(self._answers.get(key, dict, lambda _: 0))
        made, nanoseconds = await asyncio.to_thread(self._timed, document, operation, variables)
        note_time(nanoseconds)
        if not operation.node.variable_definitions:
            weight = len(document.text) + BYTES_A_CHARACTER * len(orjson.dumps(made))
            self._answers.get(key, lambda: made, lambda _: weight)
        return dict(made)

    def _timed(self, document: Document, operation: Operation, variables: VariableValues) -> tuple[dict[str, Any], int]:
        began = time.thread_time_ns()
        return self._execute(document, operation, variables), time.thread_time_ns() - began

    def _execute(self, document: Document, operation: Operation, variables: VariableValues) -> dict[str, Any]:
        whole = DocumentNode(definitions=(operation.node, *document.fragments.values()))
        given = {name: source.value for name, source in variables.sources.items()}
        result = cast("ExecutionResult", execute(self._schema, whole, variable_values=given))  # nothing is awaited
        errors = [dict(with_code(error, Code.BAD_USER_INPUT).formatted) for error in result.errors or ()]
        return {"errors": errors, "data": result.data} if errors else {"data": result.data}


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
