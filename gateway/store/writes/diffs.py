"""The diff of a change: what differs between an entry's images before and after it, each face naming the columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import compress
from operator import ne
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
    for image in old, new:
        _say_status(image, viewer)
    rule = visibility(ENTRIES.name, sees_everything=viewer.sees_everything).rule
    hinge = rule.column if isinstance(rule, Own) and old and new and old[rule.column] != new[rule.column] else None
    changes = []
    # Few of the columns differ: all are compared without a step of Python for each.
    for column in compress(fields, map(ne, map(old.get, fields), map(new.get, fields))):
        field = fields[column]
        if (hinge is not None and column != hinge) or (field.is_hidden and not viewer.sees_costs):
            continue
        earlier, later = old.get(column), new.get(column)
        changes.append(
            (
                field.name,
                None if earlier is None else field.show(earlier, instant),
                None if later is None else field.show(later, instant),
            )
        )
    return changes


def _say_status(image: dict[str, Any], viewer: Viewer) -> None:
    """Put the status into an image in its most specific form, as the field shows it."""
    if viewer.timesheet_submission and image.get(STATUS_COLUMN) == TimeEntryStatus.UNAPPROVED.value:
        image[STATUS_COLUMN] = (TimeEntryStatus.SUBMITTED if image["submitted"] else TimeEntryStatus.DRAFT).value
