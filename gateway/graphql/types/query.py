"""What can be asked: every root field with its arguments, and the plan behind it."""

from collections.abc import Iterator
from typing import Any

import strawberry

from gateway.catalog.records import PICKERS, Picker
from gateway.domain.access import Role
from gateway.graphql.fields import argument, root, structural
from gateway.graphql.plans.changes import TimeEntryChangesPlan
from gateway.graphql.plans.lists import plan_of_picker, time_entries, timesheets
from gateway.graphql.plans.records import NodesPlan, RecordPlan
from gateway.graphql.plans.viewer import ViewerPlan
from gateway.graphql.prices import page_by, rows_named
from gateway.graphql.types.changes import TimeEntryChangeConnection
from gateway.graphql.types.connections import TimeEntryConnection
from gateway.graphql.types.filters import ENTRIES_ARGUMENTS, PageInput, TimesheetFilter
from gateway.graphql.types.pickers import CONNECTIONS, TimesheetConnection
from gateway.graphql.types.references import RECORD_TYPES, Organization, Person
from gateway.graphql.types.relay import FORWARD, ID_OR_NUMBER, Node, search_argument
from gateway.graphql.types.time_entry import TimeEntry
from gateway.querying.pages import MAX_NODE_IDS


@strawberry.type(description="The caller: a person of one organization, known by the token.")
class Viewer:
    id: strawberry.ID = structural(
        "Opaque id of the caller, for client caches; the viewer is not a record, so `node` does not find it."
    )
    person: Person = structural("The person that the token belongs to.")
    organization: Organization = structural("The organization whose data the caller sees.")
    role: Role = structural("What the person may see and do.")
    can_see_costs: bool = structural("Whether amounts are shown.")
    running_timer: TimeEntry | None = structural("The entry whose timer runs for the person; null when none runs.")


def _arguments(picker: Picker) -> Iterator[Any]:
    yield search_argument(picker)
    if picker.narrower is not None:
        of = picker.narrower.type_name.lower()
        yield argument(picker.narrower.argument, strawberry.ID | None, f"Only those of this {of}: {ID_OR_NUMBER}.")
    yield from FORWARD


def with_pickers(query: type) -> type:
    """Declare a list to choose from for each row of PICKERS."""
    for picker in PICKERS.values():
        query.__annotations__[picker.name] = CONNECTIONS[picker.name]
        description = f"The organization's {picker.name}, by {picker.sort.name}."
        setattr(
            query,
            picker.name,
            root(plan_of_picker(picker), description, tuple(_arguments(picker)), price=page_by("first")),
        )
    return query


def with_records(query: type) -> type:
    """Declare a record by its id for each type of PICKERS."""
    for picker in PICKERS.values():
        name = picker.type_name.lower()
        query.__annotations__[name] = RECORD_TYPES[picker.type_name] | None
        description = f"A {name} of the organization; null when there is none."
        setattr(query, name, root(RecordPlan, description, (argument("id", strawberry.ID, _which(name)),)))
    return query


def _which(name: str) -> str:
    return f"The {name}: {ID_OR_NUMBER}."


@strawberry.type(description="Everything that can be read. Nothing of another organization is ever visible.")
@with_pickers
@with_records
class Query:
    viewer: Viewer = root(ViewerPlan, "Who the caller is.")
    node: Node | None = root(
        NodesPlan,
        "A record by its global id; null when there is none, or the caller may not see it.",
        (argument("id", strawberry.ID, "The global id, as returned by a record's `id`."),),
    )
    nodes: list[Node | None] = root(
        NodesPlan,
        "Records by their global ids, in the order given; null for each that does not exist or is not visible.",
        (
            argument(
                "ids",
                list[strawberry.ID],
                f"The global ids; at most {MAX_NODE_IDS}, unless the gateway is set up otherwise.",
            ),
        ),
        price=rows_named("ids"),
    )
    time_entry: TimeEntry | None = root(
        RecordPlan,
        "A time entry; null when there is none, or the caller may not see it.",
        (argument("id", strawberry.ID, _which("entry")),),
    )
    time_entries: TimeEntryConnection = root(
        time_entries,
        "Time entries in pages, with totals and groups over all that match.",
        (*ENTRIES_ARGUMENTS, argument("page", PageInput | None, "A page by its number, instead of the four above.")),
        price=page_by("first", "last", "page"),
    )
    timesheets: TimesheetConnection = root(
        timesheets,
        "Submitted days, newest first; a MEMBER sees their own.",
        (
            argument(
                "filter", TimesheetFilter | None, "The timesheets to list; all that the caller may see if absent."
            ),
            *FORWARD,
        ),
        price=page_by("first"),
    )
    time_entry_changes: TimeEntryChangeConnection = root(
        TimeEntryChangesPlan,
        "Changes of a time entry, newest first, also after it was deleted. A caller who sees only their own "
        "entries sees what happened while it was theirs.",
        (argument("timeEntryId", strawberry.ID, f"The entry: {ID_OR_NUMBER}."), *FORWARD),
        price=page_by("first"),
    )
