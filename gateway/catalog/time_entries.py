"""What may be asked of time entries: the documented filters and sorts, and the keys of groups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, SQLColumnExpression, and_, case, or_, true
from sqlalchemy.types import TypeEngine

from gateway.catalog.managers import OWNER, manager_of
from gateway.domain.access import Role, Viewer
from gateway.domain.attributes import ATTRIBUTES
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus, TrackMethod
from gateway.domain.names import camel_case
from gateway.querying.conditions import NOTHING, Comparison, Condition, Not, Subject, all_of, any_part
from gateway.querying.dialects import apart_from_indexes, first_day
from gateway.querying.errors import BadOperand
from gateway.querying.filters import Filter, FilterSet
from gateway.querying.kinds import (
    BOOLEAN_TYPE,
    CODE_TYPE,
    DATE_TYPE,
    ID_TYPE,
    INSTANT_TYPE,
    INT_TYPE,
    TEXT_TYPE,
    DateKind,
    EnumKind,
    FilterContext,
    IdKind,
    InstantKind,
    IntKind,
    Kind,
    StringKind,
    whole_number,
)
from gateway.querying.sorts import SortKey, SortSet
from gateway.store.pages.parents import Link, Same, Span, Value
from gateway.store.schema.tables import ENTRIES

Expression = SQLColumnExpression[Any]

ROW = ENTRIES.c
NOT_INVOICED = InvoicingStatus.NOT_INVOICED.value
INVOICED = [status.value for status in InvoicingStatus if status.value != NOT_INVOICED]
UNDECIDED = TimeEntryStatus.UNAPPROVED.value

LONGEST = {attribute.name: attribute.longest for attribute in ATTRIBUTES}  # characters of a text
STATUS = Subject("status", ROW.status_id, CODE_TYPE)
IS_SUBMITTED = Subject("submitted", ROW.submitted, BOOLEAN_TYPE)
RESPONSIBLE = Subject("responsible_id", ROW.responsible_id, ID_TYPE)
MANAGER = manager_of(ROW.person_id)
# What is undecided is few of the entries that a leader ever had, so it is found by its status.
LEADS = (
    Subject("leads_deal", apart_from_indexes(ROW.responsible_id), ID_TYPE, image=OWNER),
    replace(manager_of(apart_from_indexes(ROW.person_id)), name="leads_person"),
)


class FlagKind:
    """True or false, as a bare value."""

    comparator = "Boolean"
    operations: tuple[str, ...] = ()
    documented = "Boolean"
    is_separable = True

    def parse(self, text: str) -> bool:
        """Read one of the two words."""
        if text not in {"true", "false"}:
            raise ValueError(text)
        return text == "true"

    def test(self, subject: Subject, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Return the condition for one of the two."""
        del operation, context, place
        return Comparison(subject, "=", operand)


class InvoicedKind(FlagKind):
    """Whether the entry has an invoice attribution, drafted or finalized."""

    def test(self, subject: Subject, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Compare the invoicing status with NOT_INVOICED, or with all others."""
        del operation, context, place
        return Comparison(subject, "in", INVOICED) if operand else Comparison(subject, "=", NOT_INVOICED)


class DecidableKind(FlagKind):
    """Whether the caller may approve or reject the entry now: `domain/rights.py leads`, said as a condition."""

    def test(self, subject: Subject, operation: str, operand: object, context: FilterContext, place: str) -> Condition:
        """Return the condition for one of the two; a condition also where it holds for every entry."""
        del operation, place
        decidable = _decidable(Comparison(subject, "=", UNDECIDED), context.viewer)
        return decidable if operand else Not(decidable)


def _decidable(undecided: Condition, viewer: Viewer) -> Condition:
    if viewer.only_reads:
        return NOTHING
    match viewer.role:
        case Role.ADMIN:
            return undecided
        case Role.MANAGER:
            leads = [Comparison(subject, "=", viewer.person_id) for subject in LEADS]
            return all_of([undecided, any_part([*leads])])
        case Role.MEMBER:
            return NOTHING


class BareDateKind(DateKind):
    """A date as a bare value."""

    comparator = "Date"


class StatusKind:
    """Approval states: UNAPPROVED is every undecided entry, SUBMITTED and DRAFT its two parts."""

    comparator = "TimeEntryStatusFilter"
    operations: tuple[str, ...] = ("eq", "notEq", "in", "notIn")
    documented = "Integer"
    is_separable = True
    parts: Mapping[TimeEntryStatus, frozenset[TimeEntryStatus]] = {
        status: frozenset({status}) for status in TimeEntryStatus
    } | {TimeEntryStatus.UNAPPROVED: frozenset({TimeEntryStatus.SUBMITTED, TimeEntryStatus.DRAFT})}
    finest = frozenset(TimeEntryStatus) - {TimeEntryStatus.UNAPPROVED}

    def parse(self, text: str) -> TimeEntryStatus:
        """Read a documented code."""
        return TimeEntryStatus(whole_number(text))

    def test(self, subject: Subject, operation: str, operand: Any, context: FilterContext, place: str) -> Condition:
        """Return the condition for the states that the operation leaves.

        Raises:
            BadOperand: SUBMITTED or DRAFT where the organization has no timesheet submission.
        """
        asked = operand if isinstance(operand, list) else [operand]
        for status in asked:
            if status in self.parts[TimeEntryStatus.UNAPPROVED] and not context.timesheet_submission:
                raise BadOperand(
                    f"{status.name} is not a value of {place}: this organization has no timesheet submission; "
                    "use APPROVED, UNAPPROVED or REJECTED."
                )
        chosen: frozenset[TimeEntryStatus] = frozenset().union(*(self.parts[status] for status in asked))
        return _among(subject, self.finest - chosen if operation.startswith("not") else chosen)


@cache  # of sixteen sets
def _among(subject: Subject, chosen: frozenset[TimeEntryStatus]) -> Condition:
    """Return the condition for some of the states that UNAPPROVED is not part of."""
    if chosen == StatusKind.finest:
        return all_of([])
    whole = StatusKind.parts[TimeEntryStatus.UNAPPROVED]
    undecided = whole & chosen
    codes = sorted(status.value for status in chosen - undecided)
    if undecided == whole:
        codes, undecided = sorted([*codes, UNDECIDED]), frozenset()
    conditions: list[Condition] = [
        all_of(
            [
                Comparison(subject, "=", UNDECIDED),
                Comparison(IS_SUBMITTED, "=", status is TimeEntryStatus.SUBMITTED),
            ]
        )
        for status in undecided
    ]
    if len(codes) > 1:
        conditions.append(Comparison(subject, "in", codes))
    conditions += [Comparison(subject, "=", code) for code in codes if len(codes) == 1]
    return any_part(conditions)


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


def status_of(row: Any, *, finest: bool) -> ColumnElement[int]:
    """Return the status code of a row; `finest` separates SUBMITTED and DRAFT, as the field shows it."""
    if not finest:
        return row.c.status_id  # type: ignore[no-any-return]  # a column of a table that is known at run time
    undecided = case((row.c.submitted == true(), TimeEntryStatus.SUBMITTED.value), else_=TimeEntryStatus.DRAFT.value)
    return case((row.c.status_id == UNDECIDED, undecided), else_=row.c.status_id)


@dataclass(frozen=True, slots=True)
class FinestStatus:
    """By the finest word of the approval state."""

    name: str = "status"
    types: Sequence[TypeEngine[Any]] = (CODE_TYPE, BOOLEAN_TYPE)

    def bound(self, value: Value) -> tuple[Value, bool | None]:
        """Bind the stored code, and whether the day was submitted where the word says that."""
        words: dict[Value, bool] = {TimeEntryStatus.SUBMITTED.value: True, TimeEntryStatus.DRAFT.value: False}
        return (UNDECIDED, words[value]) if value in words else (value, None)

    def condition(self, row: FromClause, bound: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
        """Compare both."""
        code, submitted = bound
        return and_(row.c.status_id == code, or_(submitted.is_(None), row.c.submitted == submitted))

    def without(self, row: FromClause) -> ColumnElement[bool]:
        """Look for no status, which no row has."""
        return row.c.status_id.is_(None)


@dataclass(frozen=True, slots=True, eq=False)
class GroupKey:
    """What entries can be grouped by: the word, its sentence in the manual, and the group's field that shows it."""

    name: str  # in snake case
    what: str  # the manual's sentence, without its full stop
    expression: Callable[[bool], Expression]  # called with whether the organization submits timesheets
    link: Link  # how an entry says which group it is of
    shows: str | type[Enum] | None  # a record's type, an enum, or None: the first day of a span of the calendar
    nullable: bool = False  # there are entries without one

    @property
    def word(self) -> str:
        """The key's name in GraphQL."""
        return self.name.upper()

    @property
    def is_span(self) -> bool:
        """Whether the key is a span of the calendar; a grouping has at most one of these."""
        return self.shows is None

    @property
    def field(self) -> str:
        """The group's field that shows it."""
        return "date" if self.is_span else camel_case(self.name)

    @property
    def description(self) -> str:
        """The manual's sentence for the word."""
        return self.what + ("; entries without one form a group, which comes last." if self.nullable else ".")

    @property
    def field_description(self) -> str:
        """The manual's sentence for the group's field."""
        if self.is_span:
            return "The day, or the first day of the week, month or year."
        return f"{self.what}, when grouped by {self.word}" + (
            "; null for entries without one." if self.nullable else "."
        )


def _grouped_by(name: str, column: str, what: str, shows: str | type[Enum]) -> GroupKey:
    own = ENTRIES.c[column]
    return GroupKey(name, what, lambda _: own, Same(column, own.type), shows, nullable=bool(own.nullable))


def _span(name: str, what: str) -> GroupKey:
    return GroupKey(name, what, lambda _: first_day(name.upper(), ROW.date), Span(name.upper()), shows=None)


GROUP_KEYS: Mapping[str, GroupKey] = {
    key.word: key
    for key in (
        _grouped_by("person", "person_id", "The person who tracked the time", "Person"),
        _grouped_by("service", "service_id", "The service that the time was tracked on", "Service"),
        _grouped_by("task", "task_id", "The task", "Task"),
        _grouped_by("deal", "deal_id", "The deal or budget of the service", "Deal"),
        _grouped_by("project", "project_id", "The project of the deal", "Project"),
        _grouped_by("company", "company_id", "The client company of the deal", "Company"),
        GroupKey(
            "status", "The approval state, in its most specific form",
            lambda submission: status_of(ENTRIES, finest=submission), FinestStatus(), TimeEntryStatus,
        ),
        _grouped_by("billing_type", "billing_type_id", "How the service is billed", BillingType),
        _grouped_by("invoicing_status", "invoicing_status_id", "How far invoicing has come", InvoicingStatus),
        GroupKey("date", "The day", lambda _: ROW.date, Span("DATE"), shows=None),
        _span("week", "The ISO week, shown by its Monday"),
        _span("month", "The month, shown by its first day"),
        _span("year", "The year, shown by its first day"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupSort:
    """A sum that groups can be ordered by."""

    name: str  # in snake case
    what: str
    terms: int = 1  # columns that hold it: of a cost the high and the low bits
    nullable: bool = False
    is_cost: bool = False

    @property
    def word(self) -> str:
        """Its name in GraphQL."""
        return self.name.upper()

    @property
    def measure(self) -> str:
        """The aggregate's field that shows it."""
        return camel_case(self.name)


GROUP_SORTS: Mapping[str, GroupSort] = {
    sort.word: sort
    for sort in (
        GroupSort("count", "How many entries."),
        GroupSort("time", "Tracked time."),
        GroupSort("billable_time", "Billable time."),
        GroupSort(
            "cost_default",
            "Cost in the organization's currency, by the exact sum before it is rounded; groups of several default "
            "currencies come last. FORBIDDEN for a caller who may not see costs.",
            terms=2, nullable=True, is_cost=True,
        ),
    )
}  # fmt: skip
*_SHORTER, _LONGEST = (key.word for key in GROUP_KEYS.values() if key.is_span)
SPANS = f"{', '.join(_SHORTER)} and {_LONGEST}"  # as sentences name them
