"""The records that have a global id, by the name of their GraphQL type; and how pickers search them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import SQLColumnExpression, Table

from gateway.querying.conditions import Subject
from gateway.querying.kinds import ID_TYPE, TEXT_TYPE
from gateway.querying.sorts import SortKey, SortSet
from gateway.store.schema import tables
from gateway.store.schema.tables import table_of

Expression = SQLColumnExpression[Any]

RECORDS: Mapping[str, Table] = {
    "TimeEntry": table_of(tables.TimeEntryRow),
    "Organization": table_of(tables.OrganizationRow),
    "Person": table_of(tables.PersonRow),
    "Company": table_of(tables.CompanyRow),
    "Project": table_of(tables.ProjectRow),
    "Deal": table_of(tables.DealRow),
    "Service": table_of(tables.ServiceRow),
    "Task": table_of(tables.TaskRow),
    "Subsidiary": table_of(tables.SubsidiaryRow),
    "Timesheet": table_of(tables.TimesheetRow),
    "Booking": table_of(tables.BookingRow),
    "Invoice": table_of(tables.InvoiceRow),
    "ApprovalStatus": table_of(tables.ApprovalStatusRow),
}


@dataclass(frozen=True, slots=True, eq=False)
class Picker:
    """A list to choose from: searched by a folded name, ordered by it, narrowed by at most one other record."""

    type_name: str
    table: Table
    search: Subject
    sorts: SortSet
    narrower: Subject | None = None
    narrower_type: str | None = None  # the GraphQL type of the record that narrows


def _picker(type_name: str, folded: str, narrower: str | None = None, narrower_type: str | None = None) -> Picker:
    table = RECORDS[type_name]
    name = table.c[folded]
    return Picker(
        type_name,
        table,
        Subject("search", name, TEXT_TYPE, folded=name),
        SortSet({"NAME": SortKey("name", name, TEXT_TYPE)}, SortKey("id", table.c.id, ID_TYPE)),
        None if narrower is None else Subject(narrower, table.c[narrower], ID_TYPE),
        narrower_type,
    )


PICKERS: Mapping[str, Picker] = {
    "people": _picker("Person", "name_folded"),
    "services": _picker("Service", "name_folded", "deal_id", "Deal"),
    "tasks": _picker("Task", "title_folded", "project_id", "Project"),
    "projects": _picker("Project", "name_folded", "company_id", "Company"),
    "deals": _picker("Deal", "name_folded", "project_id", "Project"),
    "companies": _picker("Company", "name_folded"),
}
