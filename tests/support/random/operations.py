"""Random operations, made from the schema itself: fragments, aliases, directives, variables and literals.

All chance comes from one `random.Random`. What cannot be guessed from the schema, such as ids and cursors that
exist, comes from a `Pool`.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

Composite = GraphQLObjectType | GraphQLInterfaceType
PAGE = frozenset({"first", "after", "last", "before", "page"})
WAYS = (
    frozenset[str](), frozenset({"first"}), frozenset({"first", "after"}), frozenset({"last"}),
    frozenset({"last", "before"}), frozenset({"page"}), PAGE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pool:
    """Values to choose from."""

    id: Callable[[str], str]  # an id for an argument of that name
    cursors: Sequence[str]
    texts: Sequence[str]
    days: Sequence[str]
    filter: Callable[[], Any]


@dataclass(slots=True)
class Operation:
    """An operation as it is sent."""

    text: str
    variables: dict[str, Any]


class Operations:
    """Makes up queries, valid but for values that only execution can refuse."""

    def __init__(
        self,
        schema: GraphQLSchema,
        lot: random.Random,
        pool: Pool,
        *,
        without: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        """Leave out the fields that `without` names by (type, field)."""
        self._schema, self._lot, self._pool, self._without = schema, lot, pool, without

    def query(self) -> Operation:
        """Make up a query."""
        made, body = self._body(self._schema.query_type)
        head = (
            f"query Q({', '.join(made.definitions)}) "
            if made.definitions
            else self._lot.choice(("", "query ", "query Q "))
        )
        return Operation("\n".join([head + body, *made.fragments]), made.variables)

    def mutation(self) -> Operation:
        """Make up a mutation."""
        made, body = self._body(self._schema.mutation_type)
        variables = f"({', '.join(made.definitions)})" if made.definitions else ""
        return Operation("\n".join([f"mutation M{variables} {body}", *made.fragments]), made.variables)

    def _body(self, root: GraphQLObjectType | None) -> "tuple[_Making, str]":
        made = _Making(self._schema, self._lot, self._pool, self._without)
        assert root is not None
        return made, made.selection_set(root, 4, most=3)


@dataclass(slots=True)
class _Making:
    schema: GraphQLSchema
    lot: random.Random
    pool: Pool
    without: frozenset[tuple[str, str]]
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    _named: dict[str, list[str]] = field(default_factory=dict)
    _aliases: int = 0
    _left: int = 60  # fields that may still be added

    def chance(self, probability: float) -> bool:
        return self.lot.random() < probability

    # ---- selections -------------------------------------------------------------------------------------------------

    def selection_set(self, type_: Composite, depth: int, *, most: int = 6) -> str:
        """Write a selection set on a type."""
        parts = [self._selection(type_, depth) for _ in range(self.lot.randint(1, most))]
        parts = [part for part in parts if part] or ["__typename"]
        return "{ " + " ".join(parts) + " }"

    def _selection(self, type_: Composite, depth: int) -> str:
        if depth > 0 and self.chance(0.2):
            return self._fragment(type_, depth)
        if self.chance(0.08):
            return f"__typename{self._directives()}"
        return self._field(type_, depth)

    def _field(self, type_: Composite, depth: int) -> str:
        names = [
            name
            for name, definition in type_.fields.items()
            if (type_.name, name) not in self.without and (depth > 0 or is_leaf_type(get_named_type(definition.type)))
        ]
        if self._left <= 0 or not names:
            return ""
        self._left -= 1
        name = self.lot.choice(names)
        definition = type_.fields[name]
        alias = f"{self._unique()}: " if definition.args or self.chance(0.25) else ""
        arguments = self._arguments(definition)
        head = f"{alias}{name}{arguments}{self._directives()}"
        named = get_named_type(definition.type)
        return head if is_leaf_type(named) else f"{head} {self.selection_set(named, depth - 1)}"

    def _fragment(self, type_: Composite, depth: int) -> str:
        condition = self._condition(type_)
        if self.chance(0.5):
            on = "" if condition is type_ and self.chance(0.5) else f" on {condition.name}"
            return f"...{on}{self._directives()} {self.selection_set(condition, depth - 1)}"
        known = self._named.setdefault(condition.name, [])
        if not known or self.chance(0.6):
            body = self.selection_set(condition, depth - 1)
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {condition.name} {body}")
            known.append(name)
        return f"...{self.lot.choice(known)}{self._directives()}"

    def _condition(self, type_: Composite) -> Composite:
        """Choose the type, an interface of it, or an object type of it."""
        possible: list[Composite] = [type_, *type_.interfaces]
        if isinstance(type_, GraphQLInterfaceType):
            possible += self.schema.get_possible_types(type_)
        return self.lot.choice(possible)

    def _directives(self) -> str:
        if not self.chance(0.12):
            return ""
        word = self.lot.choice(("skip", "include"))
        flag = self.lot.choice(("true", "false")) if self.chance(0.3) else self._variable("Boolean!", self.chance(0.5))
        return f" @{word}(if: {flag})"

    def _unique(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"

    # ---- arguments --------------------------------------------------------------------------------------------------

    def _arguments(self, definition: GraphQLField) -> str:
        names = [
            name for name, argument in definition.args.items() if is_required_argument(argument) or self.chance(0.5)
        ]
        if "first" in definition.args:
            way = self.lot.choice(WAYS)
            names = [name for name in names if name not in PAGE or name in way]
        if {"after", "before"} & set(names) and self.chance(0.7):
            names = [name for name in names if name not in {"filter", "orderBy", "search"}]
        given = [self._argument(name, definition.args[name]) for name in names]
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        value = self._value(name, argument.type)
        return f"{name}: {self._written(argument.type, value)}"

    def _written(self, type_: GraphQLInputType, value: Any) -> str:
        """Write a value as a literal, or as a variable, or as a literal with variables in it."""
        if self.chance(0.35):
            return self._variable(str(type_), value, literal=self._literal(type_, value))
        return self._literal(type_, value)

    def _literal(self, type_: GraphQLInputType, value: Any) -> str:
        nullable = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if value is None:
            return "null"
        if isinstance(nullable, GraphQLList):
            if not isinstance(value, list):
                return self._literal(nullable.of_type, value)
            return f"[{', '.join(self._inner(nullable.of_type, item) for item in value)}]"
        if isinstance(nullable, GraphQLInputObjectType):
            members = [f"{name}: {self._inner(nullable.fields[name].type, item)}" for name, item in value.items()]
            return f"{{{', '.join(members)}}}"
        return str(value) if isinstance(nullable, GraphQLEnumType) else json.dumps(value, ensure_ascii=False)

    def _inner(self, type_: GraphQLInputType, value: Any) -> str:
        if value is not None and self.chance(0.1):
            return self._variable(str(type_), value, literal=self._literal(type_, value))
        return self._literal(type_, value)

    def _variable(self, type_: str, value: Any, *, literal: str | None = None) -> str:
        """Declare a variable, sometimes with a default instead of a value."""
        name = f"v{len(self.definitions)}"
        if literal is not None and "$" not in literal and literal != "null" and self.chance(0.25):
            self.definitions.append(f"${name}: {type_.removesuffix('!')} = {literal}")
            return f"${name}"
        self.definitions.append(f"${name}: {type_}")
        self.variables[name] = value
        return f"${name}"

    # ---- values -----------------------------------------------------------------------------------------------------

    def _value(self, name: str, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._present(name, type_.of_type)
        return None if self.chance(0.05) else self._present(name, type_)

    def _present(self, name: str, type_: Any) -> Any:
        if isinstance(type_, GraphQLList):
            return [self._value(name, type_.of_type) for _ in range(self.lot.choice((0, 1, 1, 2, 4)))]
        if isinstance(type_, GraphQLInputObjectType):
            return self.pool.filter() if type_.name.endswith("EntryFilter") else self._object(type_.fields)
        if isinstance(type_, GraphQLEnumType):
            return self.lot.choice(list(type_.values))
        match type_.name:
            case "Int":
                return self.lot.choice((0, 1, 1, 2, 3, 5, 30, 200, -1 if self.chance(0.1) else 4))
            case "Boolean":
                return self.chance(0.5)
            case "ID":
                return self.pool.id(name)
            case "String":
                return self.lot.choice(self.pool.cursors if name in {"after", "before"} else self.pool.texts)
            case _:
                return self.lot.choice(self.pool.days)

    def _object(self, fields: Mapping[str, GraphQLInputField]) -> dict[str, Any]:
        return {
            name: self._value(name, given.type)
            for name, given in fields.items()
            if is_required_input_field(given) or self.chance(0.5)
        }
