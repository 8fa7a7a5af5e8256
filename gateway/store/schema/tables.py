"""The tables, named as the documented resources; the columns, named as the documented attributes.

Instants are whole milliseconds since 1970 in UTC (BIGINT), so that both databases compare, sort and
return them alike and the organization's zone is applied once, on the way out. Dates are DATE. Amounts
are minor units of the currency named beside them; `*_unrounded` are 1/60,000 of a minor unit. A column
`x_folded` holds `str.casefold()` of its sibling `x` and is what `contains` looks into and names are ordered by;
`x_plain` holds it without accents too (`domain/folding.py`) and is what `search` looks into.
"""

import datetime as dt
from typing import ClassVar, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    false,
)
from sqlmodel import Field, SQLModel

from gateway.domain.access import Role
from gateway.domain.codes import BillingType, DealType, InvoicingStatus
from gateway.domain.rounding import INTERVALS, RoundingMethod
from gateway.querying.dialects import descending
from gateway.store.schema.columns import (
    NEVER_REUSED,
    big,
    key,
    one_of,
    plain,
    refers,
    small,
    text,
)
from gateway.store.schema.entry_indexes import ENTRY_INDEXES

SCHEMA_REVISION = "0026"

NAMING = {
    "ix": "ix_%(table_name)s__%(column_0_N_name)s",
    "uq": "uq_%(table_name)s__%(column_0_N_name)s",
    "ck": "ck_%(table_name)s__%(constraint_name)s",
    "fk": "fk_%(table_name)s__%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """What every table shares: one metadata with named constraints."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def table_of(row: type[SQLModel]) -> Table:
    """Return the table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # SQLModel sets it on every table class


def indexes_of(table: Table, dialect: str) -> list[Index]:
    """Return the indexes that a database has of a table, by name; some are of use to one of the two alone."""
    found = [index for index in table.indexes if index.info.get("dialect", dialect) == dialect]
    return sorted(found, key=lambda index: str(index.name))


class OrganizationRow(Row, table=True):
    __tablename__ = "organizations"
    __table_args__ = (
        one_of("rounding_method", *RoundingMethod),
        one_of("rounding_interval", *INTERVALS),
        NEVER_REUSED,
    )

    id: int = key()
    name: str = text()
    currency: str = text()
    time_zone: str = text()
    timesheet_submission: bool = False
    lock_approved: bool = False
    reapprove_edited: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reporting_currency: str | None = text(optional=True)
    rounding_method: str = Field(default="none", sa_type=String(10))
    rounding_interval: int = small(default=15)
    internal_overhead_per_hour: int = big(default=0)
    facility_overhead_per_hour: int = big(default=0)
    name_folded: str = plain()


class SubsidiaryRow(Row, table=True):
    __tablename__ = "subsidiaries"
    __table_args__ = (NEVER_REUSED,)

    id: int = key()
    organization_id: int = refers("organizations", index=True)
    name: str = text()
    name_folded: str = plain()


class PersonRow(Row, table=True):
    __tablename__ = "people"
    __table_args__ = (
        one_of("role", *(role.value for role in Role)),
        Index(None, "organization_id", "name_folded", "id"),
        NEVER_REUSED,
    )

    id: int = key()
    organization_id: int = refers("organizations")
    subsidiary_id: int | None = refers("subsidiaries", optional=True)
    manager_id: int | None = refers("people", index=True, optional=True)
    first_name: str = text()
    last_name: str = text()
    name_folded: str = text()  # of "first_name last_name", and so is the next
    name_plain: str = plain()
    email: str | None = text(optional=True)
    title: str | None = text(optional=True)
    role: str = Field(default="MEMBER", sa_type=String(10))
    can_see_costs: bool = False
    # Both were set here: no document changes them.
    role_is_set: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class CompanyRow(Row, table=True):
    __tablename__ = "companies"
    __table_args__ = (Index(None, "organization_id", "name_folded", "id"), NEVER_REUSED)

    id: int = key()
    organization_id: int = refers("organizations")
    name: str = text()
    name_folded: str = text()
    name_plain: str = plain()


class ProjectRow(Row, table=True):
    __tablename__ = "projects"
    __table_args__ = (Index(None, "organization_id", "name_folded", "id"), NEVER_REUSED)

    id: int = key()
    organization_id: int = refers("organizations")
    company_id: int | None = refers("companies", index=True, optional=True)
    name: str = text()
    name_folded: str = text()
    name_plain: str = plain()
    number: str | None = text(optional=True)


class DealRow(Row, table=True):
    __tablename__ = "deals"
    __table_args__ = (
        one_of("deal_type_id", *DealType),
        Index(None, "organization_id", "name_folded", "id"),
        NEVER_REUSED,
    )

    id: int = key()
    organization_id: int = refers("organizations")
    project_id: int | None = refers("projects", index=True, optional=True)
    company_id: int | None = refers("companies", index=True, optional=True)
    responsible_id: int | None = refers("people", index=True, optional=True)
    subsidiary_id: int | None = refers("subsidiaries", optional=True)
    name: str = text()
    name_folded: str = text()
    name_plain: str = plain()
    currency: str = text()
    budget: bool = False
    deal_type_id: int = small(default=2)  # 1 internal, 2 client
    time_approval: bool = True


class ServiceRow(Row, table=True):
    __tablename__ = "services"
    __table_args__ = (
        one_of("billing_type_id", *BillingType),
        Index(None, "organization_id", "name_folded", "id"),
        NEVER_REUSED,
    )

    id: int = key()
    organization_id: int = refers("organizations")
    deal_id: int = refers("deals", index=True)
    name: str = text()
    name_folded: str = text()
    name_plain: str = plain()
    billing_type_id: int = small(default=2)  # 1 fixed, 2 actuals, 3 non-billable


class TaskRow(Row, table=True):
    __tablename__ = "tasks"
    __table_args__ = (Index(None, "organization_id", "title_folded", "id"), NEVER_REUSED)

    id: int = key()
    organization_id: int = refers("organizations")
    project_id: int | None = refers("projects", index=True, optional=True)
    title: str = text()
    title_folded: str = text()
    title_plain: str = plain()
    number: str | None = text(optional=True)
    initial_estimate: int | None = big(default=None)  # minutes
    # Minutes; what was set less the time of the entries made since. May lie below 0, shown as 0.
    remaining_time: int | None = big(default=None)
    closed: bool = False


class BookingRow(Row, table=True):
    __tablename__ = "bookings"
    __table_args__ = (NEVER_REUSED,)

    id: int = key()
    organization_id: int = refers("organizations", index=True)
    person_id: int = refers("people", index=True)
    service_id: int | None = refers("services", optional=True)
    started_on: dt.date
    ended_on: dt.date
    autotracking: bool = False


class InvoiceRow(Row, table=True):
    __tablename__ = "invoices"
    __table_args__ = (NEVER_REUSED,)

    id: int = key()
    organization_id: int = refers("organizations", index=True)
    company_id: int | None = refers("companies", optional=True)
    number: str | None = text(optional=True)
    finalized_on: dt.date | None = None


class InvoiceAttributionRow(Row, table=True):
    __tablename__ = "invoice_attributions"
    __table_args__ = (NEVER_REUSED,)

    id: int = key()
    organization_id: int = refers("organizations", index=True)
    invoice_id: int = refers("invoices", index=True)
    deal_id: int | None = refers("deals", optional=True)
    amount: int = big(default=0)


class TimesheetRow(Row, table=True):
    __tablename__ = "timesheets"
    __table_args__ = (
        UniqueConstraint("person_id", "date"),
        Index("ix_timesheets__date_desc", "organization_id", descending("date"), "id"),
        NEVER_REUSED,
    )

    id: int = key()
    organization_id: int = refers("organizations")
    person_id: int = refers("people")
    creator_id: int | None = refers("people", optional=True)
    date: dt.date
    created_at: int = big()
    imported: bool = False


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


class ApprovalStatusRow(Row, table=True):
    __tablename__ = "approval_statuses"
    __table_args__ = (NEVER_REUSED,)

    id: int = key()
    organization_id: int = refers("organizations")
    time_entry_id: int = refers("time_entries", index=True)
    approver_id: int | None = refers("people", optional=True)
    approved_at: int | None = big(default=None)
    rejected_at: int | None = big(default=None)
    note: str | None = text(optional=True)


class SalaryRow(Row, table=True):
    """A person's cost rate for a span of days, both ends included; an open end is null."""

    __tablename__ = "salaries"
    __table_args__ = (Index(None, "person_id", "started_on"), NEVER_REUSED)

    id: int = key()
    organization_id: int = refers("organizations", index=True)
    person_id: int = refers("people")
    cost: int = big()  # minor units of `currency`, an hour
    currency: str = text()
    overhead: bool = True
    started_on: dt.date
    ended_on: dt.date | None = None


class DealCostRateRow(Row, table=True):
    """A deal's own hourly cost rate for a person, instead of the person's salary."""

    __tablename__ = "deal_cost_rates"
    __table_args__ = (UniqueConstraint("deal_id", "person_id"), NEVER_REUSED)

    id: int = key()
    organization_id: int = refers("organizations", index=True)
    deal_id: int = refers("deals")
    person_id: int = refers("people")
    cost: int = big()  # minor units of `currency`, an hour
    currency: str = text()


class ExchangeRateRow(Row, table=True):
    """One unit of `from_currency` is `rate` units of `to_currency` from `date` on."""

    __tablename__ = "exchange_rates"
    __table_args__ = (UniqueConstraint("organization_id", "from_currency", "to_currency", "date"), NEVER_REUSED)

    id: int = key()
    organization_id: int = refers("organizations")
    from_currency: str = text()
    to_currency: str = text()
    rate: str = text()  # a decimal, at most 10 decimals
    date: dt.date


class TimeEntryChangeRow(Row, table=True):
    """A write of an entry. Its id counts within the organization, in commit order.

    `after` is the image as a JSON object by column name (null for a delete), without amounts that an update did not
    write; `before` holds the columns that the write could change, as they were (the whole image for a delete, null for
    a create).
    """

    __tablename__ = "time_entry_changes"
    __table_args__ = (Index(None, "time_entry_id", "id"),)

    organization_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("organizations.id", deferrable=True, initially="DEFERRED")],
    )
    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    time_entry_id: int = big()  # no foreign key: the row outlives the entry
    kind: str = Field(sa_type=String(20))
    actor_id: int | None = refers("people", optional=True)
    at: int = big()
    revision: int = big()
    before: str | None = text(optional=True)
    after: str | None = text(optional=True)


class ChangeCounterRow(Row, table=True):
    """The newest change id of an organization and its instant, raised as the last statement before COMMIT.

    Beside them is the organization's stamp, which every write of it replaces; see `schema/stamps.py`.
    """

    __tablename__ = "change_counters"

    organization_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("organizations.id", deferrable=True, initially="DEFERRED")],
        sa_column_kwargs={"autoincrement": False},
    )
    last_id: int = big(default=0)
    # No write of the organization has an earlier instant than the one before it.
    last_at: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    stamp: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    # Up to this one, changes that are no longer kept may have been removed.
    expired_id: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


# The tables that several modules write statements about.
ORGANIZATIONS = table_of(OrganizationRow)
PEOPLE = table_of(PersonRow)
DEALS = table_of(DealRow)
SERVICES = table_of(ServiceRow)
TASKS = table_of(TaskRow)
INVOICES = table_of(InvoiceRow)
ATTRIBUTIONS = table_of(InvoiceAttributionRow)
TIMESHEETS = table_of(TimesheetRow)
CHANGES = table_of(TimeEntryChangeRow)
COUNTERS = table_of(ChangeCounterRow)
