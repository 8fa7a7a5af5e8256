"""The time entry: the 39 documented attributes, the 13 documented relationships, and what its filters speak of."""

from typing import Any

import strawberry
from sqlalchemy import FromClause, case

from gateway.catalog.entry_groups import status_of
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus, TrackMethod
from gateway.graphql.fields import column, inline, many, one, record
from gateway.graphql.plans.changes import changes
from gateway.graphql.plans.children import approval_statuses
from gateway.graphql.prices import LABEL, LONG_TEXT, page_by
from gateway.graphql.scalars import Date, DateTime, MinorUnits
from gateway.graphql.types.changes import TimeEntryChangeConnection
from gateway.graphql.types.permissions import TimeEntryPermissions
from gateway.graphql.types.references import (
    GLOBAL_ID,
    ApprovalStatus,
    Booking,
    Company,
    Deal,
    Invoice,
    Organization,
    Person,
    Project,
    Service,
    Subsidiary,
    Task,
    Timesheet,
    own_number,
)
from gateway.graphql.types.relay import FORWARD, Node
from gateway.querying.column_types import Expression
from gateway.store.derived import is_invoiced, submits_timesheets
from gateway.store.schema.entries import TimeEntryRow


def _status(row: FromClause) -> Expression:
    return case((submits_timesheets(row), status_of(row, finest=True)), else_=row.c.status_id)


def amount(description: str) -> Any:
    """Declare an amount: hidden from who may not see costs."""
    return column(f"{description} Null for a caller who may not see costs.", nullable=True, hidden="costs")


@record(TimeEntryRow, "Time that a person spent on a service: worked hours, or a period tracked by a timer.")
class TimeEntry(Node):
    id: strawberry.ID = column(GLOBAL_ID)
    resource_id: strawberry.ID = own_number()
    revision: int = column("Grows by one with every write; pass it as ifRevision to notice changes of others.")

    date: Date = column("Day the work was done.")
    created_at: DateTime = column("When the entry was made.")
    time: int = column("Tracked time, in minutes.")
    billable_time: int = column("Time that is billed, in minutes; 0 on a service that is not billable.")
    note: str | None = column("What was done; may hold line breaks and HTML.", price=LONG_TEXT)
    track_method_id: int = column(f"How the time was tracked: {TrackMethod.in_words()}.")
    started_at: DateTime | None = column("When the tracked period began.")
    timer_started_at: DateTime | None = column("When the running timer was started; null when none runs.")
    timer_stopped_at: DateTime | None = column("When a timer on the entry was last stopped.")
    approved: bool = column("Whether the entry is approved.")
    approved_at: DateTime | None = column("When it was approved, in whole seconds; null unless approved.")
    updated_at: DateTime = column("When the entry was last written.")
    calendar_event_id: strawberry.ID | None = column(
        "Number of the calendar event behind it; not a record of this API."
    )
    invoice_attribution_id: strawberry.ID | None = column(
        "Number of its invoice attribution; not a record of this API."
    )
    invoiced: bool = column("Whether it is attributed to an invoice, drafted or finalized.", is_invoiced)
    overhead: bool = column("Whether overhead is part of its cost.")
    rejected: bool = column("Whether the entry is rejected.")
    rejected_reason: str | None = column("Why it was rejected.", price=LONG_TEXT)
    rejected_at: DateTime | None = column("When it was rejected; null unless rejected.")
    last_activity_at: DateTime = column("When something last happened to the entry.")
    submitted: bool = column("Whether its day was submitted.")
    currency: str = column("Currency of the deal, ISO 4217: of cost, workCost and so on.")
    currency_default: str = column("Currency of the organization: of the amounts named ...Default.")
    currency_normalized: str = column("Reporting currency: of the amounts named ...Normalized.")
    cost: MinorUnits | None = amount("Work and overhead, in currency.")
    cost_default: MinorUnits | None = amount("Work and overhead, in currencyDefault.")
    cost_normalized: MinorUnits | None = amount("Work and overhead, in currencyNormalized.")
    work_cost: MinorUnits | None = amount("Hourly cost rate times time, in currency.")
    work_cost_default: MinorUnits | None = amount("Hourly cost rate times time, in currencyDefault.")
    work_cost_normalized: MinorUnits | None = amount("Hourly cost rate times time, in currencyNormalized.")
    overhead_cost: MinorUnits | None = amount("Internal and facility overhead, in currency.")
    overhead_cost_default: MinorUnits | None = amount("Internal and facility overhead, in currencyDefault.")
    overhead_cost_normalized: MinorUnits | None = amount("Internal and facility overhead, in currencyNormalized.")
    internal_overhead_cost: MinorUnits | None = amount("Internal overhead, in currency.")
    internal_overhead_cost_default: MinorUnits | None = amount("Internal overhead, in currencyDefault.")
    internal_overhead_cost_normalized: MinorUnits | None = amount("Internal overhead, in currencyNormalized.")
    facility_overhead_cost: MinorUnits | None = amount("Facility overhead, in currency.")
    facility_overhead_cost_default: MinorUnits | None = amount("Facility overhead, in currencyDefault.")
    facility_overhead_cost_normalized: MinorUnits | None = amount("Facility overhead, in currencyNormalized.")

    organization: Organization = one("organization_id", "Organization that the entry belongs to.")
    person: Person = one("person_id", "Person who tracked the time.")
    service: Service = one("service_id", "Service that the time was tracked on.")
    task: Task | None = one("task_id", "Task that the time was tracked on.")
    approver: Person | None = one("approver_id", "Person who approved it; null unless approved.")
    updater: Person | None = one("updater_id", "Person who last updated it.")
    rejecter: Person | None = one("rejecter_id", "Person who rejected it; null unless rejected.")
    creator: Person | None = one("creator_id", "Person who made the entry.")
    last_actor: Person | None = one("last_actor_id", "Person who last acted on it.")
    person_subsidiary: Subsidiary | None = one("person_subsidiary_id", "Subsidiary of the person.")
    deal_subsidiary: Subsidiary | None = one("deal_subsidiary_id", "Subsidiary of the deal.")
    timesheet: Timesheet | None = one("timesheet_id", "The submitted day that it is part of.")
    approval_statuses: list[ApprovalStatus] = many(approval_statuses, "Steps of its approval workflow, oldest first.")

    status: TimeEntryStatus = column(
        "Approval state in its most specific form: SUBMITTED or DRAFT where the organization has timesheet submission, "
        "else UNAPPROVED.",
        _status,
    )
    invoicing_status: InvoicingStatus = column("How far invoicing has come.", lambda row: row.c.invoicing_status_id)
    billing_type: BillingType = column("How the service is billed.", lambda row: row.c.billing_type_id)
    autotracked: bool = column("Whether the entry was created from a booking automatically.")
    deal: Deal = one("deal_id", "Deal or budget of the service.")
    project: Project | None = one("project_id", "Project of the deal.")
    company: Company | None = one("company_id", "Client of the deal.")
    responsible: Person | None = one("responsible_id", "Owner of the deal.")
    booking: Booking | None = one("booking_id", "Booking that the entry was made from.")
    invoice: Invoice | None = one("invoice_id", "Invoice that bills it.")
    jira_issue_id: str | None = column("Id of the Jira issue.", price=LABEL)
    jira_issue_status: str | None = column("Status of the Jira issue.", price=LABEL)
    jira_issue_summary: str | None = column("Summary of the Jira issue.", price=LABEL)
    jira_worklog_id: str | None = column("Id of the Jira worklog.", price=LABEL)
    jira_organization: str | None = column("Jira organization that the issue belongs to.", price=LABEL)
    viewer_can: TimeEntryPermissions = inline("What the caller can do with the entry now.")
    changes: TimeEntryChangeConnection = many(
        changes,
        "What happened to it, newest first; while it was theirs, for a caller who sees only their own.",
        arguments=FORWARD,
        price=page_by("first"),
    )
