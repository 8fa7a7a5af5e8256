"""What can be watched: the changes of time entries, as they are made."""

import strawberry

from gateway.domain.changes import Kind
from gateway.graphql.fields import argument, column, events, one, record
from gateway.graphql.plans.events import TimeEntryEvents
from gateway.graphql.scalars import DateTime
from gateway.graphql.types.filters import TimeEntryFilter
from gateway.graphql.types.references import Person
from gateway.graphql.types.time_entry import TimeEntry
from gateway.querying.formats import NUMBER_AS_TEXT, global_id_format
from gateway.store.schema.change_log import TimeEntryChangeRow


@record(TimeEntryChangeRow, "One change of a time entry, as it is sent to subscribers.")
class TimeEntryEvent:
    event_id: strawberry.ID = column(
        "Number of the event within the organization; numbers rise. It is what `since` takes and lastEventId holds.",
        lambda row: row.c.id,
        format=NUMBER_AS_TEXT,
    )
    kind: Kind = column("What happened.")
    time_entry_id: strawberry.ID = column("Id of the entry.", format=global_id_format("TimeEntry"))
    time_entry: TimeEntry | None = one(
        "time_entry_id",
        "The entry as it is when the event is sent; null if it is deleted, or no longer visible to the caller.",
        may_be_gone=True,
    )
    actor: Person | None = one("actor_id", "Who did it; null for a recalculation or an import.")
    at: DateTime = column("When.")


@strawberry.type(
    description="What can be watched, by WebSocket (graphql-transport-ws) or server-sent events, both at this address."
)
class Subscription:
    time_entry_changed: TimeEntryEvent = events(
        TimeEntryEvents,
        "Each change of an entry that matches the filter and is visible to the caller, before or after the change: in "
        "order and exactly once, also across lost connections if the client resumes after the last event that it "
        "processed. A client that reads too slowly, and every client at a shutdown, is disconnected without `complete` "
        "and resumes the same way.",
        arguments=(
            argument("filter", TimeEntryFilter | None, "The entries to list; all that the caller may see if absent."),
            argument(
                "since",
                strawberry.ID | None,
                "Continue after this event, such as the lastEventId of a list; from now on if absent. EVENTS_EXPIRED "
                "if the events after it are no longer kept, INVALID_CURSOR if it is ahead of them or not an event id.",
            ),
        ),
    )
