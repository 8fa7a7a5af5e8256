"""What a rule decides: the columns of an entry that a write sets, and what follows for its tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What happened to an entry, in the words of the change log."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"
    APPROVED = "APPROVED"
    UNAPPROVED = "UNAPPROVED"
    REJECTED = "REJECTED"
    UNREJECTED = "UNREJECTED"
    TIMER_STARTED = "TIMER_STARTED"
    TIMER_STOPPED = "TIMER_STOPPED"
    SUBMITTED = "SUBMITTED"
    UNSUBMITTED = "UNSUBMITTED"
    RECALCULATED = "RECALCULATED"
    IMPORTED = "IMPORTED"


@dataclass(frozen=True, slots=True)
class Change:
    """A decision about one entry: what to store. `columns` is empty when nothing changes."""

    kind: Kind
    columns: Mapping[str, object]
    # Minutes of work done by task id: taken from its remaining time, given back where negative.
    worked: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        return not self.columns


def work_done(*, before: tuple[int | None, int], after: tuple[int | None, int]) -> dict[int, int]:
    """Return the minutes by task that a change from (task id, minutes) to another adds; no task counts for none."""
    worked: dict[int, int] = {}
    for (task_id, minutes), sign in ((before, -1), (after, 1)):
        if task_id is not None:
            worked[task_id] = worked.get(task_id, 0) + sign * minutes
    return {task_id: minutes for task_id, minutes in worked.items() if minutes}
