"""By what time entries are grouped, and which sums order groups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, or_, true
from sqlalchemy.types import TypeEngine

from gateway.catalog.entry_kinds import UNDECIDED
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus
from gateway.domain.names import camel_case
from gateway.querying.column_types import BOOLEAN_TYPE, CODE_TYPE, Expression
from gateway.querying.dialects import first_day
from gateway.store.pages.parents import Link, Same, Span, Value
from gateway.store.schema.entries import ENTRIES

ROW = ENTRIES.c


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
