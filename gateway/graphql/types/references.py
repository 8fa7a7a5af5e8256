"""The records around a time entry: who, for what, for whom, and how it is billed."""

from collections.abc import Mapping
from typing import Any

import strawberry
from sqlalchemy import FromClause

from gateway.domain.codes import BillingType
from gateway.graphql.fields import column, one, record
from gateway.graphql.prices import LONG_TEXT
from gateway.graphql.scalars import Date, DateTime, MinutesTotal
from gateway.graphql.types.back_edges import with_back_edges
from gateway.graphql.types.relay import Node
from gateway.querying.column_types import Expression
from gateway.querying.formats import WITHIN_INT, joined
from gateway.store.derived import worked_time
from gateway.store.schema.tables import (
    ApprovalStatusRow,
    BookingRow,
    CompanyRow,
    DealRow,
    InvoiceRow,
    OrganizationRow,
    PersonRow,
    ProjectRow,
    ServiceRow,
    SubsidiaryRow,
    TaskRow,
    TimesheetRow,
)

GLOBAL_ID = "Opaque id, unique among all records of all types."
NUMBER = "The record's own number in the documented API, as text."


def _number(row: FromClause) -> Expression:
    return row.c.id


def own_number() -> Any:
    """Declare `resourceId`, the number that the documented API shows."""
    return column(NUMBER, _number)


@record(OrganizationRow, "The organization that the caller belongs to; nothing of another one is ever visible.")
class Organization(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    name: str = column("Name of the organization.")
    default_currency: str = column("Currency of the organization, ISO 4217.", lambda row: row.c.currency)
    time_zone: str = column("IANA name of the time zone that moments are shown in and days are counted by.")
    timesheet_submission: bool = column("Whether people submit their days for approval.")


@record(SubsidiaryRow, "A legal entity of the organization.")
class Subsidiary(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    name: str = column("Name of the subsidiary.")


@record(PersonRow, "A person of the organization.")
@with_back_edges("person_id")
class Person(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    first_name: str = column("Given name.")
    last_name: str = column("Family name.")
    name: str = column(
        "Given and family name.", lambda row: row.c.first_name, lambda row: row.c.last_name,
        format=joined(" "),
    )  # fmt: skip
    email: str | None = column("E-mail address; null for a MEMBER, who sees names only.", hidden="email")
    title: str | None = column("Job title.")
    subsidiary: Subsidiary | None = one("subsidiary_id", "Subsidiary that employs the person.")
    manager: "Person | None" = one("manager_id", "Direct manager of the person: who may decide about their time.")


@record(CompanyRow, "A client, or the organization itself as the client of internal work.")
@with_back_edges("company_id")
class Company(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    name: str = column("Name of the company.")


@record(ProjectRow, "A project: deals, and tasks to track time on.")
@with_back_edges("project_id")
class Project(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    name: str = column("Name of the project.")
    number: str | None = column("Number that people know the project by.")
    company: Company | None = one("company_id", "Client of the project.")


@record(DealRow, "A deal or budget: what was sold, and in which currency.")
@with_back_edges("deal_id")
class Deal(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    name: str = column("Name of the deal.")
    currency: str = column("Currency of the deal, ISO 4217.")
    budget: bool = column("Whether the deal was won and is a budget.")
    project: Project | None = one("project_id", "Project that the deal pays for.")
    company: Company | None = one("company_id", "Client of the deal.")
    responsible: Person | None = one("responsible_id", "Owner of the deal.")
    subsidiary: Subsidiary | None = one("subsidiary_id", "Subsidiary that sells the deal.")


@record(ServiceRow, "A service of a deal: what time is tracked on.")
@with_back_edges("service_id")
class Service(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    name: str = column("Name of the service.")
    billing_type: BillingType = column("How its time is billed.", lambda row: row.c.billing_type_id)
    deal: Deal = one("deal_id", "Deal that the service belongs to.")


@record(TaskRow, "A task of a project.")
@with_back_edges("task_id")
class Task(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    title: str = column("Title of the task.")
    number: str | None = column("Number that people know the task by.")
    project: Project | None = one("project_id", "Project that the task is part of.")
    initial_estimate: int | None = column("Estimated time, in minutes.")
    remaining_time: int | None = column(
        "Time to complete, in minutes, never below 0 and never shown above 2,147,483,647, the largest Int; tracking "
        "time on the task lowers it.",
        format=WITHIN_INT,
    )
    worked_time: MinutesTotal = column("Time tracked on the task by everybody, in minutes.", worked_time)
    closed: bool = column("Whether the task is done.")


@record(TimesheetRow, "A submitted day of one person.")
@with_back_edges("timesheet_id")
class Timesheet(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    date: Date = column("The day.")
    person: Person = one("person_id", "Person whose day it is.")
    creator: Person | None = one("creator_id", "Person who submitted it.")
    created_at: DateTime = column("When it was submitted.")


@record(BookingRow, "Time of a person that was planned ahead.")
class Booking(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    started_on: Date = column("First day.")
    ended_on: Date = column("Last day.")


@record(InvoiceRow, "An invoice to a client.")
class Invoice(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    number: str | None = column("Invoice number, once it has one.")
    finalized_on: Date | None = column("Day it was finalized; null while it is a draft.")


@record(ApprovalStatusRow, "One step of an approval workflow.")
class ApprovalStatus(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    approver: Person | None = one("approver_id", "Person whose decision it is.")
    approved_at: DateTime | None = column("When it was approved; null if it was not.")
    rejected_at: DateTime | None = column("When it was rejected; null if it was not.")
    note: str | None = column("What the approver wrote.", price=LONG_TEXT)


# By name; `TimeEntry`, which is made of these, is not among them.
RECORD_TYPES: Mapping[str, Any] = {
    type_.__name__: type_
    for type_ in (
        Organization, Person, Company, Project, Deal, Service, Task, Subsidiary, Timesheet, Booking, Invoice,
        ApprovalStatus,
    )
}  # fmt: skip
