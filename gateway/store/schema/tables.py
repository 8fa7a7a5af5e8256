"""The tables, named as the documented resources; the columns, named as the documented attributes.

Instants are whole milliseconds since 1970 in UTC (BIGINT), so that both databases compare, sort and
return them alike and the organization's zone is applied once, on the way out. Dates are DATE. Amounts
are minor units of the currency named beside them; `*_unrounded` are 1/60,000 of a minor unit. A column
`x_folded` holds `str.casefold()` of its sibling `x` and is what `contains` looks into and names are ordered by;
`x_plain` holds it without accents too (`domain/folding.py`) and is what `search` looks into.
"""

import datetime as dt

from sqlalchemy import Index, String, UniqueConstraint, false
from sqlmodel import Field

from gateway.domain.access import Role
from gateway.domain.codes import BillingType, DealType
from gateway.domain.rounding import INTERVALS, RoundingMethod
from gateway.querying.dialects import descending
from gateway.store.schema.columns import NEVER_REUSED, big, key, one_of, plain, refers, small, text
from gateway.store.schema.rows import Row, table_of


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
        Index(None, "organization_id", "id"),
        NEVER_REUSED,
    )

    id: int = key()
    organization_id: int = refers("organizations")
    person_id: int = refers("people")
    creator_id: int | None = refers("people", optional=True)
    date: dt.date
    created_at: int = big()
    imported: bool = False


class ApprovalStatusRow(Row, table=True):
    __tablename__ = "approval_statuses"
    __table_args__ = (Index(None, "organization_id", "id"), NEVER_REUSED)

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


ORGANIZATIONS = table_of(OrganizationRow)
SUBSIDIARIES = table_of(SubsidiaryRow)
PEOPLE = table_of(PersonRow)
COMPANIES = table_of(CompanyRow)
PROJECTS = table_of(ProjectRow)
DEALS = table_of(DealRow)
SERVICES = table_of(ServiceRow)
TASKS = table_of(TaskRow)
BOOKINGS = table_of(BookingRow)
INVOICES = table_of(InvoiceRow)
INVOICE_ATTRIBUTIONS = table_of(InvoiceAttributionRow)
TIMESHEETS = table_of(TimesheetRow)
APPROVAL_STATUSES = table_of(ApprovalStatusRow)
SALARIES = table_of(SalaryRow)
DEAL_COST_RATES = table_of(DealCostRateRow)
EXCHANGE_RATES = table_of(ExchangeRateRow)
