"""What may be asked of time entries: filters and sorts."""

from typing import Any

from sqlalchemy.types import TypeEngine

from gateway.catalog.entry_kinds import BareDateKind, DecidableKind, FlagKind, InvoicedKind, StatusKind
from gateway.catalog.managers import manager_of
from gateway.domain.attributes import ATTRIBUTES
from gateway.domain.codes import BillingType, InvoicingStatus, TrackMethod
from gateway.domain.names import camel_case
from gateway.querying.column_types import (
    BOOLEAN_TYPE,
    CODE_TYPE,
    DATE_TYPE,
    ID_TYPE,
    INSTANT_TYPE,
    INT_TYPE,
    TEXT_TYPE,
    Expression,
)
from gateway.querying.conditions import Subject
from gateway.querying.filters import Filter, FilterSet
from gateway.querying.kinds import DateKind, EnumKind, IdKind, InstantKind, IntKind, Kind, StringKind
from gateway.querying.sorts import SortKey, SortSet
from gateway.store.schema.entries import ENTRIES

ROW = ENTRIES.c
LONGEST = {attribute.name: attribute.longest for attribute in ATTRIBUTES}  # characters of a text
STATUS = Subject("status", ROW.status_id, CODE_TYPE)
RESPONSIBLE = Subject("responsible_id", ROW.responsible_id, ID_TYPE)
MANAGER = manager_of(ROW.person_id)


def _filter(
    documented: str,
    kind: Kind,
    column: Expression,
    type_: TypeEngine[Any],
    description: str,
    *,
    fixed: str | None = None,
) -> Filter:
    subject = Subject(documented, column, type_)
    return Filter(camel_case(documented), kind, subject, description, documented, fixed)


def _id(documented: str, type_name: str | None, column: Expression, description: str) -> Filter:
    return _filter(documented, IdKind(type_name), column, ID_TYPE, description)


def _instant(documented: str, column: Expression, description: str) -> Filter:
    return _filter(documented, InstantKind(), column, INSTANT_TYPE, description)


def _text(name: str, description: str, *, is_documented: bool = True) -> Filter:
    subject = Subject(name, ROW[name], TEXT_TYPE, folded=ROW[f"{name}_folded"])
    kind = StringKind(LONGEST[name])
    return Filter(camel_case(name), kind, subject, description, name, is_documented=is_documented)


FILTERS = FilterSet(
    "TimeEntry",
    (
        _filter("after", BareDateKind(), ROW.date, DATE_TYPE, "On or after this day.", fixed="gtEq"),
        _instant("approved_at", ROW.approved_at, "When the entry was approved, in whole seconds."),
        _id("approver_id", "Person", ROW.approver_id, "Person who approved the entry."),
        _filter(
            "autotracked",
            FlagKind(),
            ROW.autotracked,
            BOOLEAN_TYPE,
            "Created automatically from a booking.",
            fixed="eq",
        ),
        _filter("before", BareDateKind(), ROW.date, DATE_TYPE, "On or before this day.", fixed="ltEq"),
        _filter(
            "billing_type_id", EnumKind("BillingTypeFilter", BillingType), ROW.billing_type_id, CODE_TYPE,
            f"How the service is billed: {', '.join(word.name for word in BillingType)}.",
        ),
        _id("booking_id", "Booking", ROW.booking_id, "Booking that the entry was made from."),
        _id("budget_id", "Deal", ROW.deal_id, "Budget of the service; the same as dealId."),
        _id("company_id", "Company", ROW.company_id, "Client company of the deal."),
        _id("creator_id", "Person", ROW.creator_id, "Person who made the entry."),
        _filter("date", DateKind(), ROW.date, DATE_TYPE, "Day the work was done."),
        _id("deal_id", "Deal", ROW.deal_id, "Deal or budget that the service belongs to."),
        Filter(
            "decidableByMe", DecidableKind(), STATUS,
            "true: undecided, and the caller may approve or reject it now; false: all other entries.",
            "decidable_by_me", fixed="eq", is_documented=False,
        ),
        _id("id", "TimeEntry", ROW.id, "The entry itself."),
        _filter(
            "invoicing_status", EnumKind("InvoicingStatusFilter", InvoicingStatus), ROW.invoicing_status_id, CODE_TYPE,
            f"How far invoicing has come: {', '.join(word.name for word in InvoicingStatus)}.",
        ),
        _id("invoice_attribution_id", None, ROW.invoice_attribution_id, "Invoice attribution, by its plain number."),
        _id("invoice_id", "Invoice", ROW.invoice_id, "Invoice that bills the entry."),
        _filter(
            "invoiced", InvoicedKind(), ROW.invoicing_status_id, CODE_TYPE,
            "Attributed to an invoice, drafted or finalized.", fixed="eq",
        ),
        _text("jira_issue_id", "Id of the Jira issue."),
        _text("jira_issue_status", "Status of the Jira issue."),
        _text("jira_issue_summary", "Summary of the Jira issue."),
        _text("jira_worklog_id", "Id of the Jira worklog."),
        _instant("last_activity_at", ROW.last_activity_at, "When something last happened to the entry."),
        _id("last_actor_id", "Person", ROW.last_actor_id, "Person who last changed the entry."),
        Filter(
            "managerId", IdKind("Person"), MANAGER, "Direct manager of the person who tracked the time.",
            "manager_id", is_documented=False,
        ),
        _text(
            "note", "What was done, as written; it is not indexed, so combine it with other filters.",
            is_documented=False,
        ),
        _id("person_id", "Person", ROW.person_id, "Person who tracked the time."),
        _id("project_id", "Project", ROW.project_id, "Project of the deal."),
        Filter("responsibleId", IdKind("Person"), RESPONSIBLE, "Person who owns the deal.", "responsible_id"),
        _id("service_id", "Service", ROW.service_id, "Service that the time was tracked on."),
        _instant("started_at", ROW.started_at, "When the tracked period began."),
        Filter(
            "status", StatusKind(), STATUS,
            "Approval state; UNAPPROVED is every undecided entry. SUBMITTED and DRAFT only where the organization has "
            "timesheet submission.",
            "status",
        ),
        _id("task_id", "Task", ROW.task_id, "Task that the time was tracked on."),
        _filter("time", IntKind(), ROW.time, INT_TYPE, "Tracked time, in minutes."),
        _filter(
            "track_method_id", IntKind(), ROW.track_method_id, INT_TYPE,
            f"How the time was tracked: {TrackMethod.in_words()}.",
        ),
        _instant("updated_at", ROW.updated_at, "When the entry was last written."),
    ),
)  # fmt: skip


def _jira_sort(name: str, what: str) -> SortKey:
    sentence = f"The {what} of the Jira issue, by code points; entries without one come last."
    return SortKey(name, ROW[name], TEXT_TYPE, nullable=True, description=sentence)


SORTS = SortSet.of(
    SortKey("date", ROW.date, DATE_TYPE, description="The day the work was done."),
    SortKey("updated_at", ROW.updated_at, INSTANT_TYPE, description="When the entry was last written."),
    _jira_sort("jira_issue_id", "id"),
    _jira_sort("jira_issue_status", "status"),
    _jira_sort("jira_issue_summary", "summary"),
    SortKey("created_at", ROW.created_at, INSTANT_TYPE, description="When the entry was made."),
    SortKey("time", ROW.time, INT_TYPE, is_shared=True, description="The tracked time."),
    identity=SortKey("id", ROW.id, ID_TYPE),
)
