"""The diff of a change: which fields it changed, named and shown as the entry's own fields are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.domain.access import Viewer
from gateway.domain.codes import BillingType, InvoicingStatus, TimeEntryStatus
from gateway.graphql.selections import Scope, Selected
from gateway.querying.identifiers import global_id
from gateway.querying.projections import Column, computed
from gateway.store.writes.images import IMAGE, read_image

Instant = Callable[[int], str]
Show = Callable[[Any, Instant], Any]

# The record that an id column points to; a column that is absent here holds a plain number.
RECORDS = {
    "person_id": "Person",
    "service_id": "Service",
    "task_id": "Task",
    "approver_id": "Person",
    "updater_id": "Person",
    "rejecter_id": "Person",
    "creator_id": "Person",
    "last_actor_id": "Person",
    "person_subsidiary_id": "Subsidiary",
    "deal_subsidiary_id": "Subsidiary",
    "timesheet_id": "Timesheet",
    "booking_id": "Booking",
    "deal_id": "Deal",
    "project_id": "Project",
    "company_id": "Company",
    "responsible_id": "Person",
    "invoice_id": "Invoice",
}
WORDS = {
    "billing_type_id": ("billingType", BillingType),
    "invoicing_status_id": ("invoicingStatus", InvoicingStatus),
    "status_id": ("status", TimeEntryStatus),
}
TRUTHS = frozenset({"approved", "rejected", "submitted", "overhead", "autotracked"})
NUMBERS_AS_TEXT = frozenset({"calendar_event_id", "invoice_attribution_id"})
NOT_SHOWN = frozenset({"id", "organization_id", "revision"})  # these the change has itself
SHOWN = tuple(column for column in IMAGE if column not in NOT_SHOWN)


def _name(column: str) -> str:
    if column in WORDS:
        return WORDS[column][0]
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _show(column: str) -> Show:
    if column in RECORDS:
        return lambda value, _: global_id(RECORDS[column], value)
    if column in WORDS:
        return lambda value, _: WORDS[column][1](value).name
    if column in TRUTHS:
        return lambda value, _: bool(value)
    if column in NUMBERS_AS_TEXT:
        return lambda value, _: str(value)
    if column.endswith("_at"):
        return lambda value, instant: instant(value)
    return lambda value, _: value


FIELDS = {column: (_name(column), _show(column)) for column in SHOWN}


def field_changes(
    before: str | None, after: str | None, instant: Instant, viewer: Viewer
) -> list[tuple[str, Any, Any]]:
    """Return (field, before, after) of what differs between two images, in the order of the columns.

    An image before an update holds only what it could change; there is none before a create or after a delete.
    """
    new = {} if after is None else read_image(after)
    old = {} if before is None else new | read_image(before)
    changes = []
    for column, (name, show) in FIELDS.items():
        earlier, later = _value(old, column, viewer), _value(new, column, viewer)
        if earlier == later or ("cost" in column and not viewer.sees_costs):
            continue
        changes.append(
            (
                name,
                None if earlier is None else show(earlier, instant),
                None if later is None else show(later, instant),
            )
        )
    return changes


def _value(image: Mapping[str, Any], column: str, viewer: Viewer) -> Any:
    """Return a column of an image; the status in its finest word, as the field shows it."""
    value = image.get(column)
    if column == "status_id" and value == TimeEntryStatus.UNAPPROVED.value and viewer.timesheet_submission:
        return (TimeEntryStatus.SUBMITTED if image["submitted"] else TimeEntryStatus.DRAFT).value
    return value


def fields_column(_scope: Scope, selected: Selected) -> Column:
    """Plan `fields`."""
    wanted: Sequence[tuple[str, str]] = [(part.key, part.name) for part in selected.parts]

    def shape(instant: Instant, viewer: Viewer, before: str | None, after: str | None) -> list[dict[str, Any]]:
        return [
            {key: _part(part, change) for key, part in wanted}
            for change in field_changes(before, after, instant, viewer)
        ]

    reads = (lambda row: row.c.before, lambda row: row.c.after)
    return Column(reads, computed(shape, "instant", "viewer"))


def _part(name: str, change: tuple[str, Any, Any]) -> Any:
    match name:
        case "name":
            return change[0]
        case "before":
            return change[1]
        case "after":
            return change[2]
        case _:
            return "FieldChange"
