"""What happened to a time entry: who changed which fields, when."""

import strawberry

from gateway.domain.changes import Kind
from gateway.graphql.enums import described
from gateway.graphql.fields import column, many, one, record, structural
from gateway.graphql.plans.field_changes import fields_column
from gateway.graphql.prices import EACH_ROW, FIXED, ONE_IN_TEN_IS_LONG
from gateway.graphql.scalars import JSON, DateTime
from gateway.graphql.types.references import Person
from gateway.graphql.types.relay import PageInfo
from gateway.querying.formats import NUMBER_AS_TEXT, global_id_format
from gateway.store.schema.change_log import TimeEntryChangeRow

described(
    Kind,
    "What happened to a time entry.",
    named="TimeEntryEventKind",
    CREATED="It was made.",
    UPDATED="Its attributes were changed.",
    DELETED="It was removed.",
    APPROVED="It was approved.",
    UNAPPROVED="Its approval was taken back.",
    REJECTED="It was rejected.",
    UNREJECTED="Its rejection was taken back.",
    TIMER_STARTED="A timer was started on it.",
    TIMER_STOPPED="Its timer was stopped.",
    SUBMITTED="Its day was submitted.",
    UNSUBMITTED="Its day was taken back.",
    RECALCULATED="Its cost was computed again.",
    IMPORTED="An import made or changed it.",
)


@strawberry.type(description="A field that a change set to another value.")
class FieldChange:
    name: str = structural("The field, such as personId: references by their ids.")
    before: JSON | None = structural(
        "What it was before the change; null where there was nothing.", price=ONE_IN_TEN_IS_LONG
    )
    after: JSON | None = structural(
        "What it is after the change; null where there is nothing.", price=ONE_IN_TEN_IS_LONG
    )


@record(TimeEntryChangeRow, "One write of a time entry.")
class TimeEntryChange:
    id: strawberry.ID = column("Number of the change within the organization, in commit order.", format=NUMBER_AS_TEXT)
    time_entry_id: strawberry.ID = column("Id of the entry.", format=global_id_format("TimeEntry"))
    kind: Kind = column("What happened.")
    actor: Person | None = one("actor_id", "Who did it; null for a recalculation or an import.")
    at: DateTime = column("When.")
    revision: int = column("The entry's revision after the change; of a deletion, the one it would have had.")
    fields: list[FieldChange] = many(
        fields_column,
        "What it changed. Amounts are left out for a caller who may not see costs. Of a change that brought the entry "
        "to a caller who sees only their own, or took it away, only personId is shown.",
    )


@strawberry.type(description="A change and its position in the list.")
class TimeEntryChangeEdge:
    cursor: str = structural("Cursor of this change, for after.")
    node: TimeEntryChange = structural("The change.")


@strawberry.type(description="A page of changes, newest first.")
class TimeEntryChangeConnection:
    edges: list[TimeEntryChangeEdge] = structural("The changes of this page, each with its cursor.", price=EACH_ROW)
    nodes: list[TimeEntryChange] = structural("The changes of this page.", price=EACH_ROW)
    page_info: PageInfo = structural("Position of this page in its list.")
    total_count: int = structural("How many changes there are on all pages; counted only when asked for.", price=FIXED)
