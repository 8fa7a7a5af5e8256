"""Coercion of what needs no complaint, without a look at what is absent.

graphql-core looks at every field that an input type has, given or not, and a filter has 36 of them on each
level: most of a filtered request's time. Here only what was given is looked at, by the same parsers of its
leaves. Whatever is not in perfect order is left to graphql-core, which is right about it and says why.
"""

from collections.abc import Callable, Container, Mapping
from functools import cache, cached_property
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
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
    """Return what coerces a JSON value to a type.

    The function raises NotInOrder, or whatever a leaf's parser raises.
    """
    if is_non_null_type(type_):
        return _needed(coercer(type_.of_type))
    if is_list_type(type_):
        return _listed(coercer(type_.of_type))
    if is_input_object_type(type_):
        return object_coercer(type_)
    parse = type_.coerce_input_value  # type: ignore[union-attr]  # what is neither of the above is a leaf
    return lambda value: None if value is None else parse(value)


def _needed(coerce: Coerce) -> Coerce:
    def needed(value: Any) -> Any:
        if value is None:
            raise NotInOrder
        return coerce(value)

    return needed


def _listed(coerce: Coerce) -> Coerce:
    def listed(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            raise NotInOrder
        return [coerce(item) for item in value]

    return listed


@cache
def object_coercer(type_: GraphQLInputObjectType) -> "ObjectCoercer":
    """Return the coercer of an input object's type, one for each."""
    return ObjectCoercer(type_)


class ObjectCoercer:
    """Coerces the fields that are given. Its own fields are found late: a filter holds filters."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_
        self._needed: list[str] = []
        self._defaults: list[tuple[str, str, Any]] = []

    def __call__(self, value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict:
            raise NotInOrder
        fields = self.fields
        coerced = {fields[name][0]: fields[name][1](given) for name, given in value.items()}
        return self.complete(coerced, value)

    def complete(self, coerced: dict[str, Any], given: Container[str]) -> Any:
        """Add the defaults of what was not given, and make the value that the type stands for."""
        for name in self._needed:
            if name not in given:
                raise NotInOrder
        coerced |= {out_name: default for name, out_name, default in self._defaults if name not in given}
        if self._type.is_one_of and (len(coerced) != 1 or any(value is None for value in coerced.values())):
            raise NotInOrder
        return self._type.out_type(coerced)

    @cached_property
    def fields(self) -> dict[str, tuple[str, Coerce]]:
        """The name of each field's value, and its coercer, by the field's name."""
        for name, field in self._type.fields.items():
            if is_required_input_field(field):
                self._needed.append(name)
            elif (default := coerce_default_value(field)) is not Undefined:
                self._defaults.append((name, field.out_name or name, default))
        return {name: (field.out_name or name, coercer(field.type)) for name, field in self._type.fields.items()}


class VariablesReader:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        found = [get_variable_signature(schema, node) for node in operation.variable_definitions or ()]
        self._regular = not any(isinstance(signature, GraphQLError) for signature in found)
        self._signatures = [
            (signature, coercer(signature.type), coerce_default_value(signature))
            for signature in found
            if isinstance(signature, GraphQLVariableSignature)
        ]

    def read(self, given: Mapping[str, Any]) -> VariableValues | None:
        """Return the coerced variables as graphql-core does; None when it has to do it."""
        if not self._regular:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for signature, coerce, default in self._signatures:
                name = signature.name
                if name in given:
                    sources[name] = VariableValueSource(signature, given[name])
                    coerced[name] = coerce(given[name])
                    continue
                sources[name] = VariableValueSource(signature)
                if default is not Undefined:
                    coerced[name] = default
                elif is_non_null_type(signature.type):
                    return None
        except Exception:  # noqa: BLE001 - a parser of a leaf may raise anything; graphql-core says what is wrong
            return None
        return VariableValues(sources, coerced)
