"""Columns of files: `fields=date,person.name,service.deal.company.name` as places in the rows of one SELECT."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, func

from gateway.exports.formats import Cells, Format, Heading, Kind
from gateway.jsonapi.errors import ApiCode, Refused, refuse
from gateway.jsonapi.levels import ID, Scope
from gateway.jsonapi.parameters import Parameter
from gateway.jsonapi.shown import MONEY, TYPES, RecordType, ToMany
from gateway.jsonapi.wanted import MOST_INCLUDED, MOST_STEPS
from gateway.querying.formats import BOOLEAN, DATE, INSTANT, NUMBER_AS_TEXT
from gateway.querying.formats import Format as Cell
from gateway.querying.projections import Column, One, Place, Projection
from gateway.store.schema.entries import ENTRIES

MOST_COLUMNS = 100
DEFAULT = (
    *("id", "date", "person.name", "service.deal.company.name", "service.deal.project.name", "service.deal.name"),
    *("service.name", "task.title", "note", "time", "billable_time", "approved", "invoiced", "currency", "cost"),
)
MINUTES = frozenset({"time", "billable_time", "initial_estimate", "remaining_time"})
HOURLY = frozenset({"internal_overhead_per_hour", "facility_overhead_per_hour"})
CURRENCY = "currency"

_KINDS: Sequence[tuple[Cell, Kind]] = (
    (DATE, Kind.DATE),
    (INSTANT, Kind.INSTANT),
    (BOOLEAN, Kind.FLAG),
    (NUMBER_AS_TEXT, Kind.NUMBER),
)


def _full_name(row: FromClause) -> ColumnElement[str]:
    return func.trim(row.c.first_name + " " + row.c.last_name)


# Beside the attributes that the documents have.
_MORE: Mapping[tuple[str, str], Column] = {("people", "name"): Column((_full_name,))}


def _role(row: FromClause) -> ColumnElement[str]:
    return func.lower(row.c.role)


_IN_FILES: Mapping[tuple[str, str], Column] = {("people", "role"): Column((_role,))}


def names_of(type_: RecordType) -> Sequence[str]:
    """Return the names of a type's own columns."""
    return ("id", *type_.attributes, *(name for owner, name in _MORE if owner == type_.name))


@dataclass(slots=True)
class Columns:
    """The columns of a file, put into a projection of time entries."""

    scope: Scope
    format: Format
    time_zone: str
    projection: Projection = field(init=False)
    headings: list[Heading] = field(default_factory=list)
    _chosen: list[tuple[Column, Place]] = field(default_factory=list)
    _related: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.projection = Projection(ENTRIES, self.scope.dialect.name, sees=self.scope.rights.secrets)

    def choose(self, parameters: Sequence[Parameter]) -> Callable[..., Cells]:
        """Read `fields`; without it, what a sheet of hours has. Return the function that makes cells of rows.

        Raises:
            Refused: an unknown name, one that comes twice, or too many.
        """
        if not parameters:
            names: Sequence[str] = DEFAULT
        elif len(parameters) > 1 or parameters[0].steps:
            raise _unsupported("Write the columns of a file once, as fields=date,person.name", parameters[-1].written)
        else:
            names = [name for name in parameters[0].value.split(",") if name]
        if not 0 < len(names) <= MOST_COLUMNS:
            raise _unsupported(f"A file has 1 to {MOST_COLUMNS} columns", "fields")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise _unsupported(f"Field '{twice}' comes twice", "fields")
        for name in names:
            self._add(name)
        return self.projection.cells(self._chosen)

    def _add(self, path: str) -> None:
        type_, place = TYPES["time_entries"], self.projection.root
        *steps, name = path.split(".")
        for number, step in enumerate(steps):
            relationship = type_.relationships.get(step)
            if relationship is None or isinstance(relationship, ToMany) or number >= MOST_STEPS:
                raise _unknown(path)
            self._related.add(tuple(steps[: number + 1]))
            if len(self._related) > MOST_INCLUDED:
                detail = f"At most {MOST_INCLUDED} related records can be looked up for a row"
                raise refuse(ApiCode.LIMIT_EXCEEDED, detail, parameter="fields")
            type_ = TYPES[relationship.type_name]
            one = One(relationship.foreign_key, self.scope.target(type_), relationship.nullable)
            place = self.projection.related(one, place)
        if name not in names_of(type_):
            raise _unknown(path)
        column = ID if name == "id" else _column(type_, name)
        kind = _kind(type_, column)
        self.headings.append(Heading(path, kind, self._unit(type_, name, kind, ".".join([*steps, ""]))))
        cell = self.format.cells.get(kind)
        self._chosen.append((column if cell is None else replace(column, format=cell), place))

    def _unit(self, type_: RecordType, name: str, kind: Kind, prefix: str) -> str:
        if kind is Kind.INSTANT:
            return self.time_zone
        if name in MINUTES:
            return "minutes"
        if name in HOURLY:
            return f"minor units of {prefix}{CURRENCY} an hour"
        for amount in MONEY:
            if type_.name == "time_entries" and (name == amount or name.startswith(f"{amount}_")):
                return f"minor units of {CURRENCY}{name.removeprefix(amount)}"
        return ""


def _column(type_: RecordType, name: str) -> Column:
    key = type_.name, name
    return _IN_FILES.get(key) or _MORE.get(key) or type_.attributes[name]


def _kind(type_: RecordType, column: Column) -> Kind:
    kind = next((kind for known, kind in _KINDS if known is column.format), None)
    if kind is not None:
        return kind
    expression = cast("ColumnElement[Any]", column.expressions[0](type_.table))
    return Kind.NUMBER if expression.type.python_type is int else Kind.TEXT


def _unknown(path: str) -> Refused:
    detail = f"Time entries have no field '{path}'; a path has at most {MOST_STEPS} steps, such as service.deal.name"
    return _unsupported(detail, "fields")


def _unsupported(detail: str, parameter: str) -> Refused:
    return refuse(ApiCode.UNSUPPORTED_FIELD, detail, parameter=parameter)
