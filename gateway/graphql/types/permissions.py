"""What the caller can do with a time entry, decided by the same rules as the mutations."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import FromClause

from gateway.domain.access import Viewer
from gateway.domain.approval import Act, would_change
from gateway.domain.codes import InvoicingStatus
from gateway.domain.rights import would_edit
from gateway.graphql.fields import column, record
from gateway.querying.column_types import Expression
from gateway.querying.formats import computed
from gateway.store.derived import locks_approved, manager_of_person
from gateway.store.schema.entries import TimeEntryRow


class Facts(NamedTuple):  # made for each field of each row, in a third of what a dataclass takes
    """What the rules look at."""

    person_id: int
    responsible_id: int | None
    manager_id: int | None
    approved: bool
    rejected: bool
    invoiced: bool


READS: tuple[Callable[[FromClause], Expression], ...] = (
    lambda row: row.c.person_id,
    lambda row: row.c.responsible_id,
    manager_of_person,
    lambda row: row.c.approved,
    lambda row: row.c.rejected,
    lambda row: row.c.invoicing_status_id,
    locks_approved,
)


Decision = Callable[[Viewer, Facts, bool], bool]  # the flag: whether the organization locks what is approved


def _edit(viewer: Viewer, facts: Facts, lock: bool) -> bool:  # noqa: FBT001 - the value of a row
    return would_edit(viewer, facts, lock_approved=lock)


def _transition(act: Act) -> Decision:
    return lambda viewer, facts, _lock: would_change(viewer, facts, act)


def _can(decide: Decision, description: str) -> Any:
    def can(viewer: Viewer, *values: Any) -> bool:
        person, responsible, manager, approved, rejected, invoicing, lock = values
        invoiced = invoicing != InvoicingStatus.NOT_INVOICED.value
        return decide(viewer, Facts(person, responsible, manager, bool(approved), bool(rejected), invoiced), bool(lock))

    return column(description, *READS, format=computed(can, "viewer"))


@record(
    TimeEntryRow,
    "What the caller can do with an entry. Each is true when the mutation would now succeed and change something.",
)
class TimeEntryPermissions:
    update: bool = _can(_edit, "timeEntryUpdate would be allowed.")
    delete: bool = _can(_edit, "timeEntryDelete would succeed.")
    approve: bool = _can(_transition(Act.APPROVE), "timeEntryApprove would approve it.")
    unapprove: bool = _can(_transition(Act.UNAPPROVE), "timeEntryUnapprove would take the approval back.")
    reject: bool = _can(_transition(Act.REJECT), "timeEntryReject would reject it.")
    unreject: bool = _can(_transition(Act.UNREJECT), "timeEntryUnreject would take the rejection back.")
