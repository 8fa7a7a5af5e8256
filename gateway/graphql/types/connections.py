"""Lists in pages: connections with their edges, page info, totals, aggregates and groups."""

import types
from typing import Any

import strawberry

from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus
from gateway.graphql.enums import TimeEntryGroupKey
from gateway.graphql.fields import argument, structural
from gateway.graphql.scalars import Date, MinorUnits, MinutesTotal
from gateway.graphql.types.page_info import PageInfo
from gateway.graphql.types.references import Company, Deal, Person, Project, Service, Task
from gateway.graphql.types.time_entry import TimeEntry


@strawberry.type(description="Page numbers, as the documented API answers them.")
class PageMeta:
    """The numbers of a page."""

    current_page: int = structural("Number of this page; 1 when nothing matches.")
    total_pages: int = structural("How many pages there are; 0 when nothing matches.")
    total_count: int = structural("How many rows there are on all pages.")
    page_size: int = structural("How many rows a page has, after the cut to maxPageSize.")
    max_page_size: int = structural("The largest page size: 200.")


@strawberry.type(description="An amount of money.")
class Money:
    """An amount with its currency."""

    amount: MinorUnits = structural("The amount, in minor units of currency.")
    currency: str = structural("ISO 4217 code of the currency.")


@strawberry.type(description="Sums over time entries.")
class TimeEntryAggregate:
    """Sums over entries."""

    count: int = structural("How many entries.")
    time: MinutesTotal = structural("Tracked time, in minutes.")
    billable_time: MinutesTotal = structural("Billable time, in minutes.")
    cost: list[Money] | None = structural(
        "Cost, one amount for each currency that occurs, also where it is 0; added before rounding. Null for a caller "
        "who may not see costs."
    )
    cost_default: MinorUnits | None = structural(
        "Cost in the organization's currency, added before rounding. Null for a caller who may not see costs."
    )


@strawberry.type(description="Time entries that have the asked keys in common. Keys that were not asked for are null.")
class TimeEntryGroup:
    """One group of entries."""

    person: Person | None = structural("The person, when grouped by PERSON.")
    service: Service | None = structural("The service, when grouped by SERVICE.")
    task: Task | None = structural("The task, when grouped by TASK; null for entries without one.")
    deal: Deal | None = structural("The deal, when grouped by DEAL.")
    project: Project | None = structural("The project, when grouped by PROJECT; null for entries without one.")
    company: Company | None = structural("The client, when grouped by COMPANY; null for entries without one.")
    status: TimeEntryStatus | None = structural("The approval state in its finest word, when grouped by STATUS.")
    billing_type: BillingType | None = structural("How the time is billed, when grouped by BILLING_TYPE.")
    invoicing_status: InvoicingStatus | None = structural("How far invoicing has come, when grouped by that.")
    date: Date | None = structural("The day, or the first day of the week, month or year.")
    aggregate: TimeEntryAggregate = structural("Sums over the entries of the group.")


@strawberry.type(description="Groups of time entries, in the order of their keys.")
class TimeEntryGroups:
    """Groups in order."""

    nodes: list[TimeEntryGroup] = structural(
        "The groups, in the order of the keys as asked: days ascending, records by number, states in the documented "
        "order, null last."
    )
    total_count: int = structural("How many groups there are, beyond first too.")


def edge(node: type, what: str) -> Any:
    """Make the edge type of a record."""
    name = f"{node.__name__}Edge"
    members = {
        "__annotations__": {"cursor": str, "node": node},
        "cursor": structural("Where this row stands, for after and before."),
        "node": structural(f"The {what}."),
    }
    return strawberry.type(type(name, (), members), name=name, description=f"A {what} and its place in the list.")


def connection(node: type, edges: type, what: str, plural: str) -> Any:
    """Make the connection type of a picker's records."""
    name = f"{node.__name__}Connection"
    members = {
        "__annotations__": {
            "edges": types.GenericAlias(list, edges),
            "nodes": types.GenericAlias(list, node),
            "page_info": PageInfo,
            "total_count": int,
        },
        "edges": structural(f"The {plural} of this page, each with its cursor."),
        "nodes": structural(f"The {plural} of this page."),
        "page_info": structural("Where this page stands."),
        "total_count": structural(f"How many {plural} there are on all pages; counted only when asked for."),
    }
    return strawberry.type(type(name, (), members), name=name, description=f"A page of {plural}, by {what}.")


PersonEdge = edge(Person, "person")
ServiceEdge = edge(Service, "service")
TaskEdge = edge(Task, "task")
ProjectEdge = edge(Project, "project")
DealEdge = edge(Deal, "deal")
CompanyEdge = edge(Company, "company")
PersonConnection = connection(Person, PersonEdge, "name", "people")
ServiceConnection = connection(Service, ServiceEdge, "name", "services")
TaskConnection = connection(Task, TaskEdge, "title", "tasks")
ProjectConnection = connection(Project, ProjectEdge, "name", "projects")
DealConnection = connection(Deal, DealEdge, "name", "deals")
CompanyConnection = connection(Company, CompanyEdge, "name", "companies")


@strawberry.type(description="A time entry and its place in the list.")
class TimeEntryEdge:
    """An entry and its cursor."""

    cursor: str = structural("Where this entry stands, for after and before.")
    node: TimeEntry = structural("The time entry.")


@strawberry.type(description="A page of time entries, and sums over all that match.")
class TimeEntryConnection:
    """A page of entries."""

    edges: list[TimeEntryEdge] = structural("The entries of this page, each with its cursor.")
    nodes: list[TimeEntry] = structural("The entries of this page.")
    page_info: PageInfo = structural("Where this page stands.")
    page_meta: PageMeta | None = structural("Page numbers; null unless page was given.")
    total_count: int = structural("How many entries match on all pages; counted only when asked for.")
    last_event_id: strawberry.ID | None = structural(
        "The newest event at the time of this read: where a subscription goes on (`since`). Null before the first one."
    )
    aggregate: TimeEntryAggregate = structural("Sums over all entries that match, whatever the page.")
    groups: TimeEntryGroups = structural(
        "Sums by person, project, month and so on, over all entries that match.",
        arguments=(
            argument(
                "by",
                list[TimeEntryGroupKey],
                "The keys, each once, at most one of DATE, WEEK, MONTH and YEAR; their order is that of the groups.",
            ),
            argument("first", int | None, "How many groups to answer, from 1 to 1,000.", default=100),
        ),
    )
