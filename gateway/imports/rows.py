"""From what a document brought to a whole row: defaults, what was stored, and the columns that follow from others."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Date, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from gateway.domain.folding import plain
from gateway.domain.instants import parse_date
from gateway.store.imports.finished import Finished, Outcome, Values
from gateway.store.schema.rows import Row

# What is referred to comes before what refers to it.
ORDER = (
    "organizations",
    "subsidiaries",
    "people",
    "companies",
    "projects",
    "deals",
    "services",
    "tasks",
    "bookings",
    "invoices",
    "invoice_attributions",
    "timesheets",
    "salaries",
    "deal_cost_rates",
    "exchange_rates",
    "time_entries",
    "approval_statuses",
)
TABLES: Mapping[str, Table] = {name: Row.metadata.tables[name] for name in ORDER}
# How rows were made says nothing about what they are.
NOT_COMPARED = frozenset({"imported", "revision", "status_id", "rates"})
# By the ending of a column's name: what it makes of the sibling of that name.
SIBLINGS: Mapping[str, Callable[[str], str]] = {"_folded": str.casefold, "_plain": plain}


ROLE = frozenset({"role", "can_see_costs"})


@cache
def targets(table: Table) -> Mapping[str, Table]:
    """Return the table that each referring column leads to, its own organization left out."""
    return {
        column.name: foreign.column.table
        for column in table.columns
        for foreign in column.foreign_keys
        if column.name != "organization_id"
    }


def defaults(table: Table) -> Values:
    """Return the values of a row of which nothing is known; what has none is left out."""
    values: Values = {}
    for column in table.columns:
        if column.computed is None and column.name != "id":
            if isinstance(column.default, ScalarElementColumnDefault):
                values[column.name] = column.default.arg
            elif column.nullable:
                values[column.name] = None
    return values


@cache
def _days(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in TABLES[table].columns if isinstance(column.type, Date))


@cache
def _needed(table: str) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in TABLES[table].columns
        if not column.nullable and column.computed is None and not column.name.endswith((*SIBLINGS,))
    )


@cache
def _folded(table: str) -> tuple[tuple[str, str, Callable[[str], str]], ...]:
    """Return (column, the sibling that it folds, how)."""
    names = [column.name for column in TABLES[table].columns]
    return tuple(
        (name, name.removesuffix(end), make) for name in names for end, make in SIBLINGS.items() if name.endswith(end)
    )


@cache
def _compared(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in TABLES[table].columns if column.name not in NOT_COMPARED)


def brought_values(table: Table, columns: Mapping[str, Any]) -> Values:
    """Return what a document brought, with Python's days."""
    values = dict(columns)
    for name in _days(table.name):
        if values.get(name) is not None:
            values[name] = parse_date(values[name])
    return values


def without_kept(table: Table, before: Values | None, given: Values) -> Values:
    """Leave out of what a document brought what was set here for good: roles."""
    if table.name != "people" or before is None or not before["role_is_set"]:
        return given
    return {name: value for name, value in given.items() if name not in ROLE}


def missing(table: Table, row: Values) -> list[str]:
    """Return the columns that a row needs and that nobody said."""
    return [name for name in _needed(table.name) if row.get(name) is None]


def fold(table: Table, row: Values) -> None:
    """Write the folded siblings of a row's texts."""
    for name, sibling, make in _folded(table.name):
        text = f"{row['first_name']} {row['last_name']}" if table.name == "people" else row[sibling]
        row[name] = None if text is None else make(text)


def finished(table: Table, before: Values | None, after: Values) -> Finished:
    """Compare a row with what is stored; what comes out the same stays as it is stored."""
    if before is None:
        return Finished(after, Outcome.CREATED)
    if all(before[name] == after[name] for name in _compared(table.name)):
        return Finished(before, Outcome.UNCHANGED)
    changed = tuple(name for name in before if name in after and before[name] != after[name] and name != "status_id")
    return Finished(after, Outcome.UPDATED, changed)


def spoken(column: str) -> str:
    """Name a column as documents do."""
    names = {"from_currency": "from", "to_currency": "to"}
    return names.get(column, column)


def member(column: str) -> tuple[str, str]:
    """Return the place of a column within a resource."""
    if column.endswith("_id") and column not in {"billing_type_id", "deal_type_id", "track_method_id"}:
        return "relationships", column.removesuffix("_id")
    return "attributes", spoken(column)
