"""Coercion of what needs no complaint, without a look at what is absent.

graphql-core looks at every field that an input type has, given or not, and a filter has 36 of them on each
level: most of a filtered request's time. Here only what was given is looked at, by the same parsers of its
leaves. Whatever is not in perfect order is left to graphql-core, which is right about it and says why.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any], Any]


class NotInOrder(Exception):
    """A value that graphql-core has to look at."""


def coercer(type_: GraphQLInputType) -> Coerce:
    """Return what coerces a JSON value other than null to a type.

    The function raises NotInOrder, or whatever a leaf's parser raises.
    """
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        return _listed(inner.of_type)
    if is_input_object_type(inner):
        return object_coercer(inner)
    return cast("GraphQLLeafType", inner).coerce_input_value  # what is neither of the above is a leaf


def _listed(type_: GraphQLInputType) -> Coerce:
    coerce, needed = coercer(type_), is_non_null_type(type_)

    def listed(value: object) -> object:
        if type(value) is not list:
            raise NotInOrder
        if None not in value:
            return [coerce(item) for item in value]
        if needed:
            raise NotInOrder
        return [None if item is None else coerce(item) for item in value]

    return listed


@cache
def object_coercer(type_: GraphQLInputObjectType) -> "ObjectCoercer":
    """Return the coercer of an input object's type, one for each."""
    return ObjectCoercer(type_)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an input object."""

    name: str  # of its value
    coerce: Coerce
    needed: bool  # whether null is not one of its values


class ObjectCoercer:
    """Coerces the fields that are given. Its own fields are found late: a filter holds filters."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_
        self._needed: list[str] = []
        self._defaults: list[tuple[str, str, Any]] = []

    def __call__(self, value: object) -> object:
        if type(value) is not dict:
            raise NotInOrder
        fields = self.fields
        coerced = {}
        for name, given in value.items():
            field = fields[name]
            if given is not None:
                coerced[field.name] = field.coerce(given)
            elif field.needed:
                raise NotInOrder
            else:
                coerced[field.name] = None
        return self.complete(coerced, value) if self._has_rules else coerced

    def complete(self, coerced: dict[str, object], given: Container[str]) -> object:
        """Add the defaults of what was not given, and make the value that the type stands for."""
        for name in self._needed:
            if name not in given:
                raise NotInOrder
        coerced |= {out_name: default for name, out_name, default in self._defaults if name not in given}
        return self._type.out_type(coerced)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields by their names."""
        for name, field in self._type.fields.items():
            if is_required_input_field(field):
                self._needed.append(name)
            elif (default := coerce_default_value(field)) is not Undefined:
                self._defaults.append((name, field.out_name or name, default))
        return {
            name: Field(field.out_name or name, coercer(field.type), is_non_null_type(field.type))
            for name, field in self._type.fields.items()
        }

    @cached_property
    def _has_rules(self) -> bool:
        """Tell whether the value is more than the fields that were given."""
        changed = self._type.out_type is not GraphQLInputObjectType.out_type
        return bool(self._needed or self._defaults or self._type.is_one_of or changed)


class VariablesReader:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        found = [get_variable_signature(schema, node) for node in operation.variable_definitions or ()]
        self._regular = not any(isinstance(signature, GraphQLError) for signature in found)
        self._signatures = [
            (signature, coercer(signature.type), is_non_null_type(signature.type), coerce_default_value(signature))
            for signature in found
            if isinstance(signature, GraphQLVariableSignature)
        ]

    def read(self, given: Mapping[str, object]) -> VariableValues | None:
        """Return the coerced variables as graphql-core does; None when it has to do it."""
        if not self._regular:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for signature, coerce, needed, default in self._signatures:
                name = signature.name
                value = given.get(name, default)
                if needed and (value is None or value is Undefined):
                    return None
                if name in given:
                    sources[name] = VariableValueSource(signature, value)
                    coerced[name] = None if value is None else coerce(value)
                    continue
                sources[name] = VariableValueSource(signature)
                if value is not Undefined:
                    coerced[name] = value
        except Exception:  # noqa: BLE001 - a parser of a leaf may raise anything; graphql-core says what is wrong
            return None
        return VariableValues(sources, coerced)
