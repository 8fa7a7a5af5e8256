"""Orders: sort keys, nulls last in either direction, the id ascending at the end; and the rows beyond a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, UnaryExpression, and_, bindparam, false, or_, tuple_
from sqlalchemy.types import TypeEngine

Expression = SQLColumnExpression[Any]


@dataclass(frozen=True, slots=True, eq=False)
class SortKey:
    """Something that rows can be ordered by."""

    name: str
    expression: Expression
    type: TypeEngine[Any]
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A total order: the keys with their directions (True is descending), of which the last is unique."""

    keys: tuple[tuple[SortKey, bool], ...]

    def shape(self) -> tuple[Any, ...]:
        """Return what the SQL text depends on."""
        return tuple((key.name, descending) for key, descending in self.keys)

    @property
    def expressions(self) -> list[Expression]:
        """What a cursor has to hold, in order."""
        return [key.expression for key, _ in self.keys]

    def to_sql(self, *, backward: bool = False) -> list[UnaryExpression[Any]]:
        """Return the terms of ORDER BY; `backward` reads the same order from its end."""
        return [_term(key, descending=descending, backward=backward) for key, descending in self.keys]

    def beyond(self, nulls: Sequence[bool], *, backward: bool = False) -> ColumnElement[bool]:
        """Return the condition for the rows after (or before) a row whose sort values are bound as c0, c1, ...

        `nulls` tells which of those values are null, since the text depends on it.
        """
        binds = [bindparam(f"c{number}", type_=key.type) for number, (key, _) in enumerate(self.keys)]
        downwards = {descending for _, descending in self.keys}
        if len(downwards) == 1 and not any(key.nullable for key, _ in self.keys):
            left, right = tuple_(*self.expressions), tuple_(*binds)
            return left < right if downwards.pop() != backward else left > right
        return self._beyond(0, binds, nulls, backward=backward)

    def _beyond(
        self, place: int, binds: Sequence[Any], nulls: Sequence[bool], *, backward: bool
    ) -> ColumnElement[bool]:
        key, descending = self.keys[place]
        value, is_null = binds[place], nulls[place]
        strictly = _strictly(key, value, is_null=is_null, upwards=descending == backward, backward=backward)
        if place == len(self.keys) - 1:
            return strictly
        same = key.expression.is_(None) if is_null else key.expression == value
        further = or_(strictly, and_(same, self._beyond(place + 1, binds, nulls, backward=backward)))
        if place == 0 and not key.nullable:
            # A bound on the first key alone lets the database seek in its index.
            bound = key.expression >= value if descending == backward else key.expression <= value
            return and_(bound, further)
        return further


def _term(key: SortKey, *, descending: bool, backward: bool) -> UnaryExpression[Any]:
    term = key.expression.asc() if descending == backward else key.expression.desc()
    if not key.nullable:
        return term
    return term.nulls_first() if backward else term.nulls_last()


def _strictly(key: SortKey, value: Any, *, is_null: bool, upwards: bool, backward: bool) -> ColumnElement[bool]:
    """Rows beyond a value of one key, where nulls stand at the end of the order in either direction."""
    if is_null:
        return key.expression.is_not(None) if backward else false()
    beyond = key.expression > value if upwards else key.expression < value
    return or_(beyond, key.expression.is_(None)) if key.nullable and not backward else beyond


@dataclass(frozen=True, slots=True, eq=False)
class SortSet:
    """The documented sorts of a resource."""

    keys: Mapping[str, SortKey]
    identity: SortKey

    def order(self, asked: Sequence[tuple[str, bool]]) -> Order:
        """Return the total order for (name, descending) pairs; a name that comes twice counts once."""
        chosen: dict[str, tuple[SortKey, bool]] = {}
        for name, descending in asked:
            chosen.setdefault(name, (self.keys[name], descending))
        return Order((*chosen.values(), (self.identity, False)))
