"""The inputs of questions. Comparators and the filter are derived from the kinds and the filter table."""

from typing import Any

import strawberry

from gateway.catalog import timesheets
from gateway.catalog.time_entries import FILTERS
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus
from gateway.graphql.enums import OrderDirection, TimeEntryGroupOrderField, TimeEntryOrderField
from gateway.graphql.fields import argument
from gateway.graphql.scalars import Date, DateOrDateTime
from gateway.querying.kinds import DateKind, EnumKind, IdKind, InstantKind, IntKind, StringKind
from gateway.querying.operations import IS_NULL, IS_NULL_DESCRIPTION, OPERATIONS
from gateway.querying.pages import DEFAULT_SIZE, MAX_SIZE


def _input(name: str, description: str, fields: dict[str, tuple[Any, str]]) -> Any:
    """Make an input whose fields may all be absent."""
    members: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for field, (annotation, sentence) in fields.items():
        attribute = f"{field}_"
        members["__annotations__"][attribute] = annotation
        members[attribute] = strawberry.field(name=field, description=sentence, default=strawberry.UNSET)
    return strawberry.input(type(name, (), members), name=name, description=description)


def _comparator(name: str, operand: Any, operations: tuple[str, ...], what: str) -> Any:
    description = f"Compares {what}. All given operations must hold; null is not a valid operand."
    return _input(name, description, {operation: _operand(operation, operand) for operation in operations})


def _operand(operation: str, operand: Any) -> tuple[Any, str]:
    if operation == IS_NULL:
        return bool | None, IS_NULL_DESCRIPTION
    row = OPERATIONS[operation]
    return (list[operand] if row.takes_list else operand) | None, row.description


IdFilter = _comparator(
    "IdFilter", strawberry.ID, IdKind.operations, "a record's id: the id itself or the record's own number"
)
StringFilter = _comparator("StringFilter", str, StringKind.operations, "text, by code points")
IntFilter = _comparator("IntFilter", int, IntKind.operations, "a whole number")
DateFilter = _comparator("DateFilter", Date, DateKind.operations, "a day")
DateTimeFilter = _comparator(
    "DateTimeFilter",
    DateOrDateTime,
    InstantKind.operations,
    "a moment with a day of the organization's time zone, or a moment",
)
TimeEntryStatusFilter = _comparator("TimeEntryStatusFilter", TimeEntryStatus, EnumKind.operations, "the approval state")
BillingTypeFilter = _comparator("BillingTypeFilter", BillingType, EnumKind.operations, "how a service is billed")
InvoicingStatusFilter = _comparator(
    "InvoicingStatusFilter", InvoicingStatus, EnumKind.operations, "how far invoicing has come"
)

COMPARATORS: dict[str, Any] = {
    "IdFilter": IdFilter,
    "StringFilter": StringFilter,
    "IntFilter": IntFilter,
    "DateFilter": DateFilter,
    "DateTimeFilter": DateTimeFilter,
    "TimeEntryStatusFilter": TimeEntryStatusFilter,
    "BillingTypeFilter": BillingTypeFilter,
    "InvoicingStatusFilter": InvoicingStatusFilter,
    "Date": Date,
    "Boolean": bool,
}

TimeEntryFilter = _input(
    "TimeEntryFilter",
    "The time entries to take. Every given part must hold; a part that is null or {} is not a condition. Groups nest "
    "up to 10 levels, with at most 100 conditions and 1,000 operands. A search costs a point for each thousand entries "
    "that may have to be looked at: few where a value, a list of values or a span of days is asked for, all that "
    "the caller sees where there is only contains, notEq, notIn, isNull or not.",
    {
        "and": ("list[TimeEntryFilter] | None", "All of these must hold; an empty list holds for everything."),
        "or": ("list[TimeEntryFilter] | None", "At least one of these must hold; an empty list holds for nothing."),
        "not": ("TimeEntryFilter | None", "The complement: exactly the entries that this does not match."),
    }
    | {row.name: (COMPARATORS[row.kind.comparator] | None, row.description) for row in FILTERS.filters},
)


TimesheetFilter = _input(
    "TimesheetFilter",
    "The timesheets to take. Every given part must hold; a part that is null or {} is not a condition.",
    {row.name: (COMPARATORS[row.kind.comparator] | None, row.description) for row in timesheets.FILTERS.filters},
)


@strawberry.input(
    description="One key of an order. Entries without a value come last in either direction; the id breaks ties."
)
class TimeEntryOrder:
    field: TimeEntryOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(description="Sort direction.", default=OrderDirection.ASC)


@strawberry.input(description="What groups are ordered by, null last; the keys break ties.")
class TimeEntryGroupOrder:
    field: TimeEntryGroupOrderField = strawberry.field(description="Which sum to order by.")
    direction: OrderDirection = strawberry.field(
        description="Sort direction; the largest first if absent.", default=OrderDirection.DESC
    )


@strawberry.input(description="A page by its number, instead of cursors. `pageMeta` says what was used.")
class PageInput:
    number: int = strawberry.field(description="Number of the page, from 1.", default=1)
    size: int = strawberry.field(
        description=f"Rows per page, from 1; more than {MAX_SIZE} counts as {MAX_SIZE}.", default=DEFAULT_SIZE
    )


# Arguments of lists of time entries.
ENTRIES_ORDER = argument(
    "orderBy", list[TimeEntryOrder] | None, "Sort keys, the most significant first; by id if absent."
)
ENTRIES_FORWARD = (
    argument(
        "first", int | None, f"How many from the start, from 0 to {MAX_SIZE}; {DEFAULT_SIZE} if nothing is given."
    ),
    argument("after", str | None, "Continue after this cursor."),
)
ENTRIES_ARGUMENTS = (
    argument("filter", TimeEntryFilter | None, "The entries to list; all that the caller may see if absent."),
    ENTRIES_ORDER,
    *ENTRIES_FORWARD,
    argument("last", int | None, f"How many from the end, from 0 to {MAX_SIZE}."),
    argument("before", str | None, "Continue before this cursor."),
)
