"""What can be asked: every root field with its arguments, and the plan behind it."""

from typing import Any

import strawberry

from gateway.domain.access import Role
from gateway.graphql.fields import argument, root, structural
from gateway.graphql.plans.changes import TimeEntryChangesPlan
from gateway.graphql.plans.lists import picker, time_entries
from gateway.graphql.plans.records import NodesPlan, TimeEntryPlan
from gateway.graphql.plans.viewer import ViewerPlan
from gateway.graphql.types.changes import CHANGES_ARGUMENTS, TimeEntryChangeConnection
from gateway.graphql.types.connections import (
    CompanyConnection,
    DealConnection,
    PersonConnection,
    ProjectConnection,
    ServiceConnection,
    TaskConnection,
    TimeEntryConnection,
)
from gateway.graphql.types.filters import PageInput, TimeEntryFilter, TimeEntryOrder
from gateway.graphql.types.node import Node
from gateway.graphql.types.references import Organization, Person
from gateway.graphql.types.time_entry import TimeEntry

ID_OR_NUMBER = "its id, or its own number"


@strawberry.type(description="The caller: a person of one organization, known by the token.")
class Viewer:
    """Who asks."""

    person: Person = structural("The person that the token belongs to.")
    organization: Organization = structural("The organization that everything is seen within.")
    role: Role = structural("What the person may see and do.")
    can_see_costs: bool = structural("Whether amounts are shown.")
    running_timer: TimeEntry | None = structural("The entry whose timer runs for the person; null when none runs.")


def _forward() -> tuple[Any, ...]:
    return (
        argument("first", int | None, "How many rows, from 0 to 200.", default=30),
        argument("after", str | None, "Go on after this cursor."),
    )


def _picker(name: str, searched: str, narrower: str | None = None) -> Any:
    """Declare a list to choose from."""
    arguments = [argument("search", str | None, f"Only where the {searched} contains this, whatever its case.")]
    if narrower is not None:
        of = narrower.removesuffix("Id")
        arguments.append(argument(narrower, strawberry.ID | None, f"Only those of this {of}: {ID_OR_NUMBER}."))
    label = f"The organization's {name}, by {searched}."
    return root(picker(name), label, (*arguments, *_forward()))


@strawberry.type(description="Everything that can be asked. Nothing of another organization is ever visible.")
class Query:
    """The root of all questions."""

    viewer: Viewer = root(ViewerPlan, "Who the caller is.")
    node: Node | None = root(
        NodesPlan,
        "A record by its global id; null when there is none that the caller may see.",
        (argument("id", strawberry.ID, "The global id, as a record's `id` answered it."),),
    )
    nodes: list[Node | None] = root(
        NodesPlan,
        "Records by their global ids, in the order asked; null for each that is not there.",
        (argument("ids", list[strawberry.ID], "Up to 200 global ids."),),
    )
    time_entry: TimeEntry | None = root(
        TimeEntryPlan,
        "A time entry; null when there is none that the caller may see.",
        (argument("id", strawberry.ID, f"The entry: {ID_OR_NUMBER}."),),
    )
    time_entries: TimeEntryConnection = root(
        time_entries,
        "Time entries in pages, with totals and groups over all that match.",
        (
            argument("filter", TimeEntryFilter | None, "Which entries; all that the caller may see if absent."),
            argument("orderBy", list[TimeEntryOrder] | None, "By what, the weightiest first; by id if absent."),
            argument("first", int | None, "How many entries from the start, from 0 to 200; 30 if nothing is given."),
            argument("after", str | None, "Go on after this cursor."),
            argument("last", int | None, "How many entries from the end, from 0 to 200."),
            argument("before", str | None, "Go back from this cursor."),
            argument("page", PageInput | None, "A page by its number, instead of the four above."),
        ),
    )
    time_entry_changes: TimeEntryChangeConnection = root(
        TimeEntryChangesPlan,
        "What happened to a time entry, newest first; also when it was deleted since.",
        (argument("timeEntryId", strawberry.ID, f"The entry: {ID_OR_NUMBER}."), *CHANGES_ARGUMENTS),
    )
    people: PersonConnection = _picker("people", "name")
    services: ServiceConnection = _picker("services", "name", "dealId")
    tasks: TaskConnection = _picker("tasks", "title", "projectId")
    projects: ProjectConnection = _picker("projects", "name", "companyId")
    deals: DealConnection = _picker("deals", "name", "projectId")
    companies: CompanyConnection = _picker("companies", "name")
