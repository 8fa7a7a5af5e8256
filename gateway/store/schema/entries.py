"""The table of time entries; how its columns are declared is said in `schema/tables.py`."""

import datetime as dt

from sqlalchemy import CheckConstraint, Computed, Integer, SmallInteger
from sqlmodel import Field

from gateway.domain.codes import BillingType, InvoicingStatus
from gateway.store.schema.columns import NEVER_REUSED, big, key, one_of, refers, small, text
from gateway.store.schema.entry_indexes import ENTRY_INDEXES
from gateway.store.schema.rows import Row, table_of


class TimeEntryRow(Row, table=True):
    """A time entry: the record, what the documented filters derive from, and its unrounded amounts."""

    __tablename__ = "time_entries"

    id: int = key()
    organization_id: int = refers("organizations")
    revision: int = big(default=1)
    imported: bool = False

    person_id: int = refers("people")
    service_id: int = refers("services")
    task_id: int | None = refers("tasks", optional=True)
    approver_id: int | None = refers("people", optional=True)
    updater_id: int | None = refers("people", optional=True)
    rejecter_id: int | None = refers("people", optional=True)
    creator_id: int | None = refers("people", optional=True)
    last_actor_id: int | None = refers("people", optional=True)
    person_subsidiary_id: int | None = refers("subsidiaries", optional=True)
    deal_subsidiary_id: int | None = refers("subsidiaries", optional=True)
    timesheet_id: int | None = refers("timesheets", index=True, optional=True)
    booking_id: int | None = refers("bookings", optional=True)
    invoice_attribution_id: int | None = refers("invoice_attributions", optional=True)

    # Derived from service, deal and invoice; whatever changes those derives these again.
    deal_id: int = refers("deals")
    project_id: int | None = refers("projects", optional=True)
    company_id: int | None = refers("companies", optional=True)
    responsible_id: int | None = refers("people", optional=True)
    invoice_id: int | None = refers("invoices", optional=True)
    billing_type_id: int = small()  # 1 fixed, 2 actuals, 3 non-billable
    invoicing_status_id: int = small(default=1)  # 1 not invoiced, 2 drafted, 3 finalized

    date: dt.date
    time: int = big(default=0)  # minutes
    billable_time: int = big(default=0)  # minutes
    track_method_id: int = Field(default=1, sa_type=Integer)
    approved: bool = False
    rejected: bool = False
    submitted: bool = False
    overhead: bool = True
    autotracked: bool = False
    # 1 approved, 3 rejected, 2 undecided: the documented codes of the `status` filter.
    status_id: int = Field(
        default=None,
        sa_type=SmallInteger,
        sa_column_args=[Computed("CASE WHEN approved THEN 1 WHEN rejected THEN 3 ELSE 2 END", persisted=True)],
    )

    created_at: int = big()
    updated_at: int = big()
    last_activity_at: int = big()
    started_at: int | None = big(default=None)
    timer_started_at: int | None = big(default=None)
    timer_stopped_at: int | None = big(default=None)
    approved_at: int | None = big(default=None)
    rejected_at: int | None = big(default=None)

    calendar_event_id: int | None = big(default=None)
    note: str | None = text(optional=True)
    note_folded: str | None = text(optional=True)
    rejected_reason: str | None = text(optional=True)
    jira_issue_id: str | None = text(optional=True)
    jira_issue_status: str | None = text(optional=True)
    jira_issue_summary: str | None = text(optional=True)
    jira_worklog_id: str | None = text(optional=True)
    jira_organization: str | None = text(optional=True)
    jira_issue_id_folded: str | None = text(optional=True)
    jira_issue_status_folded: str | None = text(optional=True)
    jira_issue_summary_folded: str | None = text(optional=True)
    jira_worklog_id_folded: str | None = text(optional=True)

    currency: str = text()
    currency_default: str = text()
    currency_normalized: str = text()
    # The hourly rates and exchange rates that made the amounts, as a JSON object; null when imported.
    rates: str | None = text(optional=True)

    cost: int = big(default=0)
    cost_default: int = big(default=0)
    cost_normalized: int = big(default=0)
    work_cost: int = big(default=0)
    work_cost_default: int = big(default=0)
    work_cost_normalized: int = big(default=0)
    overhead_cost: int = big(default=0)
    overhead_cost_default: int = big(default=0)
    overhead_cost_normalized: int = big(default=0)
    internal_overhead_cost: int = big(default=0)
    internal_overhead_cost_default: int = big(default=0)
    internal_overhead_cost_normalized: int = big(default=0)
    facility_overhead_cost: int = big(default=0)
    facility_overhead_cost_default: int = big(default=0)
    facility_overhead_cost_normalized: int = big(default=0)

    cost_unrounded: int = big(default=0)
    cost_default_unrounded: int = big(default=0)
    cost_normalized_unrounded: int = big(default=0)
    work_cost_unrounded: int = big(default=0)
    work_cost_default_unrounded: int = big(default=0)
    work_cost_normalized_unrounded: int = big(default=0)
    overhead_cost_unrounded: int = big(default=0)
    overhead_cost_default_unrounded: int = big(default=0)
    overhead_cost_normalized_unrounded: int = big(default=0)
    internal_overhead_cost_unrounded: int = big(default=0)
    internal_overhead_cost_default_unrounded: int = big(default=0)
    internal_overhead_cost_normalized_unrounded: int = big(default=0)
    facility_overhead_cost_unrounded: int = big(default=0)
    facility_overhead_cost_default_unrounded: int = big(default=0)
    facility_overhead_cost_normalized_unrounded: int = big(default=0)

    __table_args__ = (
        CheckConstraint("time >= 0 AND billable_time >= 0", name="minutes_not_negative"),
        CheckConstraint("NOT (approved AND rejected)", name="decided_once"),
        one_of("billing_type_id", *BillingType),
        one_of("invoicing_status_id", *InvoicingStatus),
        CheckConstraint("track_method_id >= 1", name="track_method_id_positive"),
        *ENTRY_INDEXES,
        NEVER_REUSED,
    )


ENTRIES = table_of(TimeEntryRow)
