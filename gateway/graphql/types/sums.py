"""Sums over time entries: of all that match, and of those that have keys in common."""

from typing import Annotated, Any, ForwardRef

import strawberry

from gateway.catalog.entry_groups import GROUP_KEYS
from gateway.graphql.fields import structural
from gateway.graphql.prices import page_by
from gateway.graphql.scalars import Date, MinorUnits, MinutesTotal
from gateway.graphql.types.filters import ENTRIES_FORWARD, ENTRIES_ORDER
from gateway.graphql.types.references import RECORD_TYPES


@strawberry.type(description="An amount of money.")
class Money:
    amount: MinorUnits = structural("The amount, in minor units of currency.")
    currency: str = structural("ISO 4217 code of the currency.")


@strawberry.type(description="Sums over time entries.")
class TimeEntryAggregate:
    count: int = structural("How many entries.")
    time: MinutesTotal = structural("Tracked time, in minutes.")
    billable_time: MinutesTotal = structural("Billable time, in minutes.")
    cost: list[Money] | None = structural(
        "Cost, one amount for each currency that occurs, even where it is 0; added before rounding. Null for a caller "
        "who may not see costs."
    )
    cost_default: MinorUnits | None = structural(
        "Cost in the organization's currency, added before rounding. Null where the entries have several default "
        "currencies, as after the organization's was changed, and for a caller who may not see costs."
    )


def _group_type() -> Any:
    """Make the type of a group: a field for each thing that the group keys show, and the sums."""
    members: dict[str, Any] = {"__annotations__": {}}
    for key in GROUP_KEYS.values():
        shown: Any = RECORD_TYPES[key.shows] if isinstance(key.shows, str) else key.shows or Date
        members["__annotations__"][key.field] = shown | None
        members[key.field] = structural(key.field_description)
    members["__annotations__"]["aggregate"] = TimeEntryAggregate
    members["aggregate"] = structural("Sums over the entries of the group.")
    later = strawberry.lazy("gateway.graphql.types.connections")  # a connection has groups
    members["__annotations__"]["time_entries"] = Annotated[ForwardRef("TimeEntryConnection"), later]
    members["time_entries"] = structural(
        "The entries of the group, exactly those that its aggregate adds up; all groups of the page in one statement.",
        (ENTRIES_ORDER, *ENTRIES_FORWARD),
        price=page_by("first"),
    )
    description = "Time entries that share the values of the grouping keys. Other keys are null."
    return strawberry.type(type("TimeEntryGroup", (), members), description=description)


TimeEntryGroup = _group_type()
