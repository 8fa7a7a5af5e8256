"""What a field of the schema says of itself, on its one line: where its value is, what it costs, and its sentence.

`@record(TimeEntryRow, ...)` turns a class whose fields are declared by `column`, `one` and their kin into
a Strawberry type; planning reads the declarations back through `source_of`, `planner_of` and `pricing_of`.
"""

import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry
from graphql import GraphQLField
from sqlalchemy import FromClause
from sqlmodel import SQLModel
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from gateway.graphql.planning import EventsPlanner, ManyPlanner, RootPlanner
from gateway.graphql.prices import Pricing
from gateway.graphql.scalars import Date, DateTime
from gateway.querying.column_types import Expression
from gateway.querying.formats import (
    BOOLEAN,
    DATE,
    INSTANT,
    NUMBER_AS_TEXT,
    PLAIN,
    Format,
    global_id_format,
    word_format,
)
from gateway.querying.projections import Column, Constant, Inline
from gateway.store.schema.rows import table_of

SOURCE, PLAN, EVENTS, PRICE = "source", "plan", "events", "price"
Read = Callable[[FromClause], Expression]
ClassType = TypeVar("ClassType", bound=type)


@dataclass(slots=True)
class ColumnSource:
    """A value of the row; what is not said follows from the field's name and annotation."""

    reads: tuple[Read, ...] = ()
    format: Format | None = None
    nullable: bool | None = None
    hidden: str | None = None
    column: Column | None = None  # the finished source, once the record's class is complete


@dataclass(frozen=True, slots=True)
class OneSource:
    """A related record, by the column that points to it."""

    foreign_key: str
    may_be_gone: bool = False  # the column outlives the record


@dataclass(frozen=True, slots=True)
class ManySource:
    """A list of records, planned by a function of its own."""

    plan: ManyPlanner


@dataclass(frozen=True, slots=True)
class InlineSource:
    """An object made of values of the row itself."""

    inline: Inline = field(default_factory=Inline)


FieldSource = ColumnSource | OneSource | ManySource | InlineSource | Constant


def _field(description: str, arguments: Sequence[StrawberryArgument] = (), **metadata: Any) -> Any:
    made: StrawberryField = strawberry.field(description=description, metadata=metadata)
    made.arguments = list(arguments)
    return made


def column(
    description: str,
    *reads: Read,
    format: Format | None = None,
    nullable: bool | None = None,
    hidden: str | None = None,
    price: Pricing | None = None,
) -> Any:
    """Declare a value of the row: the column of the field's name, or what `reads` make of the row."""
    return _field(description, source=ColumnSource(reads, format, nullable, hidden), price=price)


def one(foreign_key: str, description: str, *, may_be_gone: bool = False) -> Any:
    """Declare a related record."""
    return _field(description, source=OneSource(foreign_key, may_be_gone))


def many(
    plan: ManyPlanner, description: str, arguments: Sequence[StrawberryArgument] = (), *, price: Pricing | None = None
) -> Any:
    """Declare records that one more statement fetches for all rows of the level."""
    return _field(description, arguments, source=ManySource(plan), price=price)


def inline(description: str) -> Any:
    """Declare an object made of values of the row itself."""
    return _field(description, source=InlineSource())


def structural(description: str, arguments: Sequence[StrawberryArgument] = (), *, price: Pricing | None = None) -> Any:
    """Declare a part of an answer that its plan knows by name, such as `edges` or `totalCount`."""
    return _field(description, arguments, price=price)


def root(
    plan: RootPlanner, description: str, arguments: Sequence[StrawberryArgument] = (), *, price: Pricing | None = None
) -> Any:
    """Declare a root field by the function that plans it."""
    return _field(description, arguments, plan=plan, price=price)


def events(plan: EventsPlanner, description: str, arguments: Sequence[StrawberryArgument] = ()) -> Any:
    """Declare a root field of subscriptions by what plans its events."""
    return _field(description, arguments, events=plan)


def argument(name: str, annotation: Any, description: str, default: Any = strawberry.UNSET) -> StrawberryArgument:
    """Declare an argument by its GraphQL name."""
    return StrawberryArgument(name, name, StrawberryAnnotation(annotation), description=description, default=default)


def record(row: type[SQLModel], description: str) -> Callable[[ClassType], ClassType]:
    """Make a Strawberry type of a class whose fields are declared here, over the columns of a table."""

    def decorate(cls: ClassType) -> ClassType:
        for name, annotation in cls.__annotations__.items():
            source = getattr(cls, name, None)
            source = source.metadata.get(SOURCE) if isinstance(source, StrawberryField) else None
            if isinstance(source, ColumnSource):
                source.column = _finished(source, cls.__name__, name, annotation, row)
        made: ClassType = strawberry.type(cls, description=description)
        return made

    return decorate


def _finished(source: ColumnSource, type_name: str, name: str, annotation: Any, row: type[SQLModel]) -> Column:
    base, optional = _without_none(annotation)
    reads = source.reads or (lambda clause: clause.c[name],)
    nullable = optional if source.nullable is None else source.nullable
    if not source.reads and name in table_of(row).c:
        nullable = bool(table_of(row).c[name].nullable)
    if name == "id":
        return Column(reads, source.format or global_id_format(type_name))
    return Column(reads, source.format or _format_of(base), nullable=nullable, hidden=source.hidden)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    members = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        [base] = [member for member in members if member is not types.NoneType]
        return base, True
    return annotation, False


def _format_of(annotation: Any) -> Format:
    if annotation is Date:
        return DATE
    if annotation is DateTime:
        return INSTANT
    if annotation is bool:
        return BOOLEAN
    if annotation is strawberry.ID:
        return NUMBER_AS_TEXT
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return word_format(annotation)
    return PLAIN


def source_of(field: GraphQLField) -> FieldSource | None:
    """Return where a field's value is; None for a structural field."""
    return cast("FieldSource | None", _said(field, SOURCE))


def planner_of(field: GraphQLField) -> RootPlanner | None:
    """Return the function that plans a root field; None for `__typename` and introspection."""
    return cast("RootPlanner | None", _said(field, PLAN))


def events_planner_of(field: GraphQLField) -> EventsPlanner | None:
    """Return what plans the events of a root field of subscriptions; None for every other field."""
    return cast("EventsPlanner | None", _said(field, EVENTS))


def pricing_of(field: GraphQLField) -> Pricing | None:
    """Return how a field is priced; None where its line does not say so."""
    return cast("Pricing | None", _said(field, PRICE))


def _said(field: GraphQLField, what: str) -> object:
    definition = field.extensions.get("strawberry-definition")
    return None if definition is None else definition.metadata.get(what)
