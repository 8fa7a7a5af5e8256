"""The inputs of questions. Comparators and the filter are derived from the kinds and the filter table."""

from typing import Any

import strawberry

from gateway.catalog.time_entries import FILTERS
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus
from gateway.graphql.enums import OrderDirection, TimeEntryOrderField
from gateway.graphql.scalars import Date, DateOrDateTime
from gateway.querying.kinds import DateKind, IdKind, InstantKind, IntKind, StringKind
from gateway.querying.pages import DEFAULT_SIZE, MAX_SIZE

OPERATIONS = {
    "eq": "Equal to this.",
    "notEq": "Different from this; where there is no value it does not match.",
    "contains": "Contains this text, whatever its case; % and _ are plain characters.",
    "notContain": "Does not contain this text, whatever its case; where there is no value it does not match.",
    "gt": "Greater, or later, than this.",
    "gtEq": "Greater, or later, than this, or equal to it.",
    "lt": "Less, or earlier, than this.",
    "ltEq": "Less, or earlier, than this, or equal to it.",
    "in": "Equal to one of these; an empty list matches nothing.",
    "notIn": "Equal to none of these; where there is no value it does not match. An empty list matches everything.",
    "isNull": "true: there is no value; false: there is one.",
}
ENUM_OPERATIONS = ("eq", "notEq", "in", "notIn")


def _input(name: str, description: str, fields: dict[str, tuple[Any, str]]) -> Any:
    """Make an input whose fields may all be absent."""
    members: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for field, (annotation, sentence) in fields.items():
        attribute = f"{field}_"
        members["__annotations__"][attribute] = annotation
        members[attribute] = strawberry.field(name=field, description=sentence, default=strawberry.UNSET)
    return strawberry.input(type(name, (), members), name=name, description=description)


def _comparator(name: str, operand: Any, operations: tuple[str, ...], what: str) -> Any:
    lists = {"in", "notIn"}
    fields = {
        operation: (
            (bool if operation == "isNull" else list[operand] if operation in lists else operand) | None,
            OPERATIONS[operation],
        )
        for operation in operations
    }
    description = f"Compares {what}. Every operation that is given must hold; null is no operand."
    return _input(name, description, fields)


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
TimeEntryStatusFilter = _comparator("TimeEntryStatusFilter", TimeEntryStatus, ENUM_OPERATIONS, "the approval state")
BillingTypeFilter = _comparator("BillingTypeFilter", BillingType, ENUM_OPERATIONS, "how a service is billed")
InvoicingStatusFilter = _comparator(
    "InvoicingStatusFilter", InvoicingStatus, ENUM_OPERATIONS, "how far invoicing has come"
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
    "Which time entries. Every given part must hold; a part that is null or {} is no condition. Groups nest up to 10 "
    "levels, with at most 100 conditions and 1,000 operands.",
    {
        "and": ("list[TimeEntryFilter] | None", "All of these must hold; an empty list holds for everything."),
        "or": ("list[TimeEntryFilter] | None", "At least one of these must hold; an empty list holds for nothing."),
        "not": ("TimeEntryFilter | None", "The complement: exactly the entries that this does not match."),
    }
    | {row.name: (COMPARATORS[row.kind.comparator] | None, row.description) for row in FILTERS.filters},
)


@strawberry.input(
    description="One key of an order. Entries without a value come last in either direction; the id breaks ties."
)
class TimeEntryOrder:
    field: TimeEntryOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(description="Which way.", default=OrderDirection.ASC)


@strawberry.input(description="A page by its number, instead of cursors. `pageMeta` says what was used.")
class PageInput:
    number: int = strawberry.field(description="Number of the page, from 1.", default=1)
    size: int = strawberry.field(
        description=f"Rows of a page, from 1; more than {MAX_SIZE} is cut to {MAX_SIZE}.", default=DEFAULT_SIZE
    )
