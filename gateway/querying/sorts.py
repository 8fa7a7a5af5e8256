"""Orders: sort keys, nulls last in either direction, the id ascending at the end; and the rows beyond a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, bindparam, or_
from sqlalchemy.types import TypeEngine

from gateway.querying.column_types import Expression


@dataclass(frozen=True, slots=True, eq=False)
class SortKey:
    """Something that rows can be ordered by."""

    name: str
    expression: Expression
    type: TypeEngine[Any]
    nullable: bool = False
    is_shared: bool = False  # by so many rows a value that those of one value are worth a seek of their own
    description: str = ""  # the manual's sentence, for what callers order by


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A total order: the keys with their directions (True is descending), of which the last is unique."""

    keys: tuple[tuple[SortKey, bool], ...]

    def shape(self) -> tuple[object, ...]:
        """Return what the SQL text depends on."""
        return tuple((key.name, descending) for key, descending in self.keys)

    @property
    def expressions(self) -> list[Expression]:
        """What a cursor has to hold, in order."""
        return [key.expression for key, _ in self.keys]

    def over(self, expression: Callable[[SortKey], Expression]) -> "Order":
        """Return the same order in other terms: what `expression` makes of each key."""
        return Order(tuple((replace(key, expression=expression(key)), descending) for key, descending in self.keys))

    def to_sql(self, *, backward: bool = False) -> list[UnaryExpression[Any]]:
        """Return the terms of ORDER BY; `backward` reads the same order from its end."""
        return [_term(key, descending=descending, backward=backward) for key, descending in self.keys]

    def ranges_beyond(self, nulls: Sequence[bool], *, backward: bool) -> list[ColumnElement[bool]]:
        """Return the rows after (or before) a row as what a database can seek one after the other.

        One condition where a bound on the first key passes over few of them; parts where its nulls stand apart, or
        where many rows share a value.
        """
        first = self.keys[0][0]
        if first.nullable or first.is_shared:
            return self.parts_beyond(nulls, backward=backward)
        return [self.beyond(nulls, backward=backward)]

    def beyond(self, nulls: Sequence[bool], *, backward: bool = False) -> ColumnElement[bool]:
        """Return the condition for the rows after (or before) a row whose sort values are bound as c0, c1, ...

        `nulls` tells which of those values are null, since the text depends on it.
        """
        parts = self.parts_beyond(nulls, backward=backward)
        if len(parts) == 1:
            return parts[0]
        key, descending = self.keys[0]
        if key.nullable:
            return or_(*parts)
        # A bound on the first key alone lets the database seek in its index.
        first = bindparam("c0", type_=key.type)
        return and_(key.expression >= first if descending == backward else key.expression <= first, or_(*parts))

    def parts_beyond(self, nulls: Sequence[bool], *, backward: bool) -> list[ColumnElement[bool]]:
        """Return the same rows as conditions in the order of reading, each of one range of an index in this order.

        No row meets two of them, and those of one come before those of the next.
        """
        binds = [bindparam(f"c{number}", type_=key.type) for number, (key, _) in enumerate(self.keys)]
        same = [
            key.expression.is_(None) if is_null else key.expression == value
            for (key, _), value, is_null in zip(self.keys, binds, nulls, strict=True)
        ]
        parts = []
        for place in reversed(range(len(self.keys))):
            key, descending = self.keys[place]
            ranges = (
                _beyond_null(key, backward=backward)
                if nulls[place]
                else _beyond_value(key, binds[place], upwards=descending == backward, backward=backward)
            )
            parts += [and_(*same[:place], each) for each in ranges]
        return parts


def _term(key: SortKey, *, descending: bool, backward: bool) -> UnaryExpression[Any]:
    term = key.expression.asc() if descending == backward else key.expression.desc()
    if not key.nullable:
        return term
    return term.nulls_first() if backward else term.nulls_last()


def _beyond_value(key: SortKey, value: object, *, upwards: bool, backward: bool) -> list[ColumnElement[bool]]:
    """Rows beyond a value of one key, then those without one, where these stand at the end in either direction."""
    beyond = key.expression > value if upwards else key.expression < value
    return [beyond, key.expression.is_(None)] if key.nullable and not backward else [beyond]


def _beyond_null(key: SortKey, *, backward: bool) -> list[ColumnElement[bool]]:
    return [key.expression.is_not(None)] if backward else []


@dataclass(frozen=True, slots=True, eq=False)
class SortSet:
    """The documented sorts of a resource, by their words."""

    keys: Mapping[str, SortKey]
    identity: SortKey

    @classmethod
    def of(cls, *keys: SortKey, identity: SortKey) -> "SortSet":
        """Return the sorts by these keys; each one's word is its name in upper case."""
        return cls({key.name.upper(): key for key in keys}, identity)

    def order(self, asked: Sequence[tuple[str, bool]]) -> Order:
        """Return the total order for (name, descending) pairs; a name that comes twice counts once."""
        chosen: dict[str, tuple[SortKey, bool]] = {}
        for name, descending in asked:
            chosen.setdefault(name, (self.keys[name], descending))
        return Order((*chosen.values(), (self.identity, False)))
