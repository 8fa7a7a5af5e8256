"""The diff of a change: what differs between an entry's images before and after it, each face naming the columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.access import Viewer
from gateway.domain.codes import TimeEntryStatus
from gateway.store.schema.entries import ENTRIES
from gateway.store.visibility import Own, visibility
from gateway.store.writes.images import IMAGE, both_images

Instant = Callable[[int], str]
Show = Callable[[Any, Instant], Any]

NOT_SHOWN = frozenset({"id", "organization_id", "revision"})  # these the change has itself
STATUS_COLUMN = "status_id"  # its finest word looks at more than the column


@dataclass(frozen=True, slots=True)
class ShownField:
    """A column of an image as the field of the entry that shows it."""

    name: str
    show: Show
    is_hidden: bool = False  # from who may not see costs


def shown_columns() -> list[str]:
    """Return the columns of images that a diff may show, in their order."""
    return [column for column in IMAGE if column not in NOT_SHOWN]


def field_changes(
    fields: Mapping[str, ShownField], before: str | None, after: str | None, instant: Instant, viewer: Viewer
) -> list[tuple[str, object, object]]:
    """Return (field, before, after) of what differs between two images, in the order of the columns.

    Of a change by which the entry came to a caller who sees a part of them, or went, only that is shown.
    """
    old, new = both_images(before, after)
    rule = visibility(ENTRIES.name, sees_everything=viewer.sees_everything).rule
    hinge = rule.column if isinstance(rule, Own) and old and new and old[rule.column] != new[rule.column] else None
    changes = []
    for column, field in fields.items():
        if hinge is not None and column != hinge:
            continue
        earlier, later = _value(old, column, viewer), _value(new, column, viewer)
        if earlier == later or (field.is_hidden and not viewer.sees_costs):
            continue
        changes.append(
            (
                field.name,
                None if earlier is None else field.show(earlier, instant),
                None if later is None else field.show(later, instant),
            )
        )
    return changes


def _value(image: Mapping[str, object], column: str, viewer: Viewer) -> object:
    """Return a column of an image; the status in its most specific form, as the field shows it."""
    value = image.get(column)
    if column == STATUS_COLUMN and value == TimeEntryStatus.UNAPPROVED.value and viewer.timesheet_submission:
        return (TimeEntryStatus.SUBMITTED if image["submitted"] else TimeEntryStatus.DRAFT).value
    return value
