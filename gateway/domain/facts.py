"""What the rules of a write look at, loaded beforehand. Records of another organization are absent: None."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.codes import BillingType, TrackMethod
from gateway.domain.exchange import ExchangeRates
from gateway.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class Organization:
    """The settings that writes depend on."""

    id: int
    currency: str
    reporting_currency: str | None = None
    rounding: Rounding = field(default_factory=Rounding)
    internal_overhead_per_hour: int = 0  # minor units of `currency`
    facility_overhead_per_hour: int = 0  # likewise
    lock_approved: bool = False
    reapprove_edited: bool = False
    timesheet_submission: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    manager_id: int | None = None
    subsidiary_id: int | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    id: int
    currency: str
    project_id: int | None = None
    company_id: int | None = None
    responsible_id: int | None = None
    subsidiary_id: int | None = None
    is_client: bool = True  # an internal deal bears no internal overhead
    time_approval: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    id: int
    billing_type_id: int
    deal: Deal

    @property
    def is_billable(self) -> bool:
        return self.billing_type_id != BillingType.NON_BILLABLE


@dataclass(frozen=True, slots=True)
class Task:
    id: int
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class HourlyRate:
    """What an hour costs."""

    minor: int  # minor units of `currency` (cents for EUR, whole yen for JPY), an hour
    currency: str


@dataclass(frozen=True, slots=True)
class Salary:
    """A person's own cost rate that is valid on the entry's date."""

    rate: HourlyRate
    overhead: bool = True


@dataclass(frozen=True, slots=True)
class Rates:
    """What was valid for a person on a deal on a day."""

    salary: Salary | None = None
    override: HourlyRate | None = None  # the deal's own rate for the person
    exchange: ExchangeRates = field(default_factory=ExchangeRates)


@dataclass(frozen=True, slots=True)
class References:
    """What an entry hangs on, as the write would leave it. None: there is none, or the caller may not know of it."""

    organization: Organization
    person: Person | None
    service: Service | None
    task: Task | None = None
    rates: Rates = field(default_factory=Rates)
    timesheet_id: int | None = None  # of the person and the day


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryState:
    """What decides whether a stored entry may be approved, rejected or deleted."""

    id: int
    revision: int
    person_id: int
    manager_id: int | None = None
    responsible_id: int | None = None
    approved: bool = False
    rejected: bool = False
    invoiced: bool = False
    approved_at: int | None = None
    rejected_at: int | None = None
    task_id: int | None = None
    timesheet_id: int | None = None
    time: int  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(EntryState):
    """A stored entry as an update or a timer finds it."""

    service_id: int
    date: dt.date
    billable_time: int  # minutes
    track_method_id: int = TrackMethod.BY_HAND
    overhead: bool = True
    billing_type_id: int = BillingType.ACTUALS
    started_at: int | None = None
    timer_started_at: int | None = None
    calendar_event_id: int | None = None
    note: str | None = None
    rejected_reason: str | None = None
    approver_id: int | None = None
    deal_time_approval: bool = True  # whether its deal needs approval
    jira_issue_id: str | None = None
    jira_issue_status: str | None = None
    jira_issue_summary: str | None = None
    jira_worklog_id: str | None = None
    jira_organization: str | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)  # the thirty amounts by column name

    @property
    def is_billable(self) -> bool:
        return self.billing_type_id != BillingType.NON_BILLABLE
