"""What the caller can do with a time entry, decided by the same rules as the mutations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause

from gateway.domain.access import Viewer
from gateway.domain.codes import InvoicingStatus
from gateway.domain.rights import permissions
from gateway.graphql.fields import Expression, column, record
from gateway.querying.projections import Format, computed
from gateway.store.derived import locks_approved, manager_of_person
from gateway.store.schema.tables import TimeEntryRow


@dataclass(frozen=True, slots=True)
class Facts:
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


def _decide(act: str) -> Format:
    def can(viewer: Viewer, *values: Any) -> bool:
        person, responsible, manager, approved, rejected, invoicing, lock = values
        invoiced = invoicing != InvoicingStatus.NOT_INVOICED.value
        facts = Facts(person, responsible, manager, bool(approved), bool(rejected), invoiced)
        allowed: bool = getattr(permissions(viewer, facts, lock_approved=bool(lock)), act)
        return allowed

    return computed(can, "viewer")


def _act(act: str, description: str) -> Any:
    return column(description, *READS, format=_decide(act))


@record(
    TimeEntryRow,
    "What the caller can do with an entry. Each is true when the mutation would now succeed and change something.",
)
class TimeEntryPermissions:
    update: bool = _act("update", "timeEntryUpdate would be allowed.")
    delete: bool = _act("delete", "timeEntryDelete would succeed.")
    approve: bool = _act("approve", "timeEntryApprove would approve it.")
    unapprove: bool = _act("unapprove", "timeEntryUnapprove would take the approval back.")
    reject: bool = _act("reject", "timeEntryReject would reject it.")
    unreject: bool = _act("unreject", "timeEntryUnreject would take the rejection back.")
