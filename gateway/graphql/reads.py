"""Reads: what a selection reads of which table, derived from the same declarations that it is planned from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type
from sqlalchemy import ColumnClause, FromClause, Table
from sqlalchemy.sql import visitors

from gateway.catalog.records import RECORDS
from gateway.graphql.fields import ColumnSource, ManySource, OneSource, source_of
from gateway.graphql.selections import Scope, Selected
from gateway.querying.projections import Column
from gateway.store.schema.change_log import CHANGES

TABLES = {**RECORDS, "TimeEntryChange": CHANGES}


@dataclass(frozen=True, slots=True)
class Read:
    """A field of the answer, and what is read for it."""

    field: str  # as it is selected: its alias, if it has one, and its name
    source: str | None  # columns or a table; None for what is made of what other fields read
    parts: tuple["Read", ...] = ()

    def answer(self) -> dict[str, object]:
        """Return it as JSON has it."""
        found: dict[str, Any] = {"field": self.field, "reads": self.source}
        return found | ({"selection": [part.answer() for part in self.parts]} if self.parts else {})


def reads_of(scope: Scope, fields: Iterable[Selected], parent: Table | None = None) -> tuple[Read, ...]:
    """Tell what fields read that are selected of a row of the table; without one, of no row."""
    return tuple(_read(scope, field, parent) for field in fields)


def _read(scope: Scope, selected: Selected, parent: Table | None) -> Read:
    label = selected.name if selected.key == selected.name else f"{selected.key}: {selected.name}"
    table = TABLES.get(_record_type(selected))
    return Read(
        label, _source(scope, selected, parent, table), _below(scope, selected, parent if table is None else table)
    )


def _source(scope: Scope, selected: Selected, parent: Table | None, table: Table | None) -> str | None:
    """Tell what a field reads, as part of a row of the parent table, or as a row of a table of its own."""
    source = None if selected.name.startswith("__") else source_of(selected.field)
    match source:
        case ColumnSource(column=Column() as column) if parent is not None:
            return _columns(column, parent, scope)
        case OneSource(foreign_key=foreign_key) if parent is not None and table is not None:
            return f"{table.name} by {parent.name}.{foreign_key}"
        case ManySource(plan=plan) if parent is not None:
            planned = plan(scope, selected)
            if isinstance(planned, Column):
                return _columns(planned, parent, scope)
            return f"{'rows' if table is None else table.name}, one statement for all {parent.name}"
        case None if table is not None:
            return table.name
    return None


def _below(scope: Scope, selected: Selected, table: Table | None) -> tuple[Read, ...]:
    if selected.name.startswith("__"):
        return ()
    named = get_named_type(selected.field.type)
    if isinstance(named, GraphQLInterfaceType):
        return tuple(_by_type(scope, selected, scope.possible_types(named).values()))
    if isinstance(named, GraphQLObjectType):
        return reads_of(scope, selected.parts_of(named), table)
    return ()


def _by_type(scope: Scope, selected: Selected, types: Iterable[GraphQLObjectType]) -> Iterator[Read]:
    """Tell of each type that the selection asks more of than of others."""
    selections = {type_.name: selected.parts_of(type_) for type_ in types}
    fewest = min(map(len, selections.values()))
    for name, fields in selections.items():
        if len(fields) > fewest:
            table = TABLES[name]
            yield Read(f"... on {name}", table.name, reads_of(scope, fields, table))


def _record_type(selected: Selected) -> str:
    """Return the type whose rows a field stands for: a connection stands for those of its nodes."""
    named = get_named_type(selected.field.type)
    if isinstance(named, GraphQLObjectType) and "nodes" in named.fields:
        named = get_named_type(named.fields["nodes"].type)
    return named.name


def _columns(column: Column, table: Table, scope: Scope) -> str | None:
    if column.hidden is not None and column.hidden not in scope.rights.secrets:
        return "hidden from the caller"
    return ", ".join(dict.fromkeys(_names([read(table) for read in column.expressions]))) or None


def _names(expressions: Sequence[Any]) -> Iterator[str]:
    for expression in expressions:
        for element in visitors.iterate(expression):
            if isinstance(element, ColumnClause) and isinstance(element.table, FromClause):
                yield f"{getattr(element.table, 'name', '?')}.{element.name}"
