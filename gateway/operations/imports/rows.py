"""From what a document brought to a whole row: defaults, what was stored, and the columns that follow from others."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Date, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from gateway.domain.instants import parse_date
from gateway.store.staging import Outcome, Values
from gateway.store.tables import Row

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
FOLDED = "_folded"


def targets(table: Table) -> dict[str, Table]:
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


def brought_values(table: Table, columns: Mapping[str, Any]) -> Values:
    """Return what a document brought, with Python's days."""
    return {name: _value(table.c.get(name), value) for name, value in columns.items()}


def _value(column: Column[Any] | None, value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    is_day = column is not None and isinstance(column.type, Date) and isinstance(value, str)
    return parse_date(value) if is_day else value


def missing(table: Table, row: Values) -> list[str]:
    """Return the columns that a row needs and that nobody said."""
    return [
        column.name
        for column in table.columns
        if not column.nullable
        and column.computed is None
        and row.get(column.name) is None
        and not column.name.endswith(FOLDED)
    ]


def fold(table: Table, row: Values) -> None:
    """Write the folded siblings of a row's texts."""
    for column in table.columns:
        if column.name.endswith(FOLDED):
            sibling = column.name.removesuffix(FOLDED)
            text = f"{row['first_name']} {row['last_name']}" if table.name == "people" else row[sibling]
            row[column.name] = None if text is None else text.casefold()


def outcome(table: Table, before: Values | None, after: Values) -> Outcome:
    """Compare a row with what is stored."""
    if before is None:
        return Outcome.CREATED
    same = all(before[column.name] == after[column.name] for column in table.columns if column.name not in NOT_COMPARED)
    return Outcome.UNCHANGED if same else Outcome.UPDATED


def spoken(column: str) -> str:
    """Name a column as documents do."""
    names = {"from_currency": "from", "to_currency": "to"}
    return names.get(column, column)


def member(column: str) -> tuple[str, str]:
    """Return the place of a column within a resource."""
    if column.endswith("_id") and column not in {"billing_type_id", "deal_type_id", "track_method_id"}:
        return "relationships", column.removesuffix("_id")
    return "attributes", spoken(column)
