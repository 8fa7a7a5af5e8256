"""Approving, rejecting and taking either back: one table of states, alone and in bulk."""

from collections.abc import Mapping
from enum import Enum

from gateway.domain.access import Viewer
from gateway.domain.attributes import text_faults
from gateway.domain.changes import Kind
from gateway.domain.errors import (
    AccessDenied,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyUnrejected,
    Conflict,
    Refusal,
)
from gateway.domain.facts import Entry, EntryState, References
from gateway.domain.instants import zone
from gateway.domain.rights import Decided, Ownership, check_revision, leads


class State(Enum):
    UNDECIDED = "undecided"
    APPROVED = "approved"
    REJECTED = "rejected"


class Act(Enum):
    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    REJECT = "reject"
    UNREJECT = "unreject"


KINDS = {
    Act.APPROVE: Kind.APPROVED,
    Act.UNAPPROVE: Kind.UNAPPROVED,
    Act.REJECT: Kind.REJECTED,
    Act.UNREJECT: Kind.UNREJECTED,
}

# Where an act leads from a state: to a state (the same one: nothing happens), or to a refusal.
TABLE: Mapping[tuple[State, Act], State | type[Conflict]] = {
    (State.UNDECIDED, Act.APPROVE): State.APPROVED,
    (State.UNDECIDED, Act.UNAPPROVE): State.UNDECIDED,
    (State.UNDECIDED, Act.REJECT): State.REJECTED,
    (State.UNDECIDED, Act.UNREJECT): AlreadyUnrejected,
    (State.APPROVED, Act.APPROVE): State.APPROVED,
    (State.APPROVED, Act.UNAPPROVE): State.UNDECIDED,
    (State.APPROVED, Act.REJECT): AlreadyApproved,
    (State.APPROVED, Act.UNREJECT): AlreadyUnrejected,
    (State.REJECTED, Act.APPROVE): State.APPROVED,
    (State.REJECTED, Act.UNAPPROVE): State.REJECTED,
    (State.REJECTED, Act.REJECT): AlreadyRejected,
    (State.REJECTED, Act.UNREJECT): State.UNDECIDED,
}


def state_of(*, approved: bool, rejected: bool) -> State:
    if approved:
        return State.APPROVED
    return State.REJECTED if rejected else State.UNDECIDED


def decide(
    entry: EntryState,
    act: Act,
    viewer: Viewer,
    *,
    reason: str | None = None,
    if_revision: int | None = None,
    path: tuple[str, ...] = ("id",),
) -> bool:
    """Tell whether the act changes the entry; False when it already is so.

    Raises:
        Refusal: with AccessDenied, StaleRevision, the state's conflict, or InvalidAttribute for the reason.
    """
    if not leads(viewer, entry):
        raise AccessDenied(
            f"Only the owner of the deal, the person's manager or an admin may {act.value} time entry {entry.id}.",
            path=path,
        )
    check_revision(entry, if_revision, path=path)
    state = state_of(approved=entry.approved, rejected=entry.rejected)
    match TABLE[state, act]:
        case State() as target:
            if faults := text_faults(reason, name="reason", path=("reason",)):
                raise Refusal(faults)
            return target is not state
        case conflict:
            raise conflict(_sentence(entry, conflict, viewer), path=path)


def would_change(viewer: Viewer, entry: Decided, act: Act) -> bool:
    """Tell whether the viewer's act would succeed and change the entry."""
    state = state_of(approved=entry.approved, rejected=entry.rejected)
    target = TABLE[state, act]
    return leads(viewer, entry) and isinstance(target, State) and target is not state


UNAPPROVED: dict[str, object] = {"approved": False, "approved_at": None, "approver_id": None}


def assignments(act: Act, viewer: Viewer, now: int, *, reason: str | None = None) -> dict[str, object]:
    """Return the columns that the act sets, the same for every row whatever its state was.

    A rejection without a reason keeps what was written as one before.
    """
    made: dict[str, object] = {"updated_at": now, "last_actor_id": viewer.person_id}
    rejection_cleared = {"rejected": False, "rejected_at": None, "rejected_reason": None, "rejecter_id": None}
    match act:
        case Act.APPROVE:
            made |= {"approved": True, "approved_at": whole_second(now), "approver_id": viewer.person_id}
            return made | rejection_cleared
        case Act.UNAPPROVE:
            return made | UNAPPROVED
        case Act.REJECT:
            made |= {"rejected": True, "rejected_at": now, "rejecter_id": viewer.person_id}
            return made | ({} if reason is None else {"rejected_reason": reason})
        case Act.UNREJECT:
            return made | rejection_cleared


def approval_undone(entry: Entry, after: References, viewer: Viewer, *, is_edited: bool) -> dict[str, object]:
    """Return the columns that make an approved entry undecided which a write leaves with what is `after`, or none.

    An entry that was approved only because its deal needs no approval loses that with a deal that does. An edit (of
    time, date, person or service) undoes an approval where the organization says so, unless the viewer may approve
    what came of it. Where the deal needs no approval, the entry stays as it is.
    """
    person, service = after.person, after.service
    if not entry.approved or person is None or service is None or not service.deal.time_approval:
        return {}
    was_for_its_deal = entry.approver_id is None and not entry.deal_time_approval
    may_approve = leads(viewer, Ownership(person.id, person.manager_id, service.deal.responsible_id))
    if was_for_its_deal or (is_edited and after.organization.reapprove_edited and not may_approve):
        return dict(UNAPPROVED)
    return {}


def whole_second(instant: int) -> int:
    """Cut an instant to its second."""
    return instant - instant % 1000


def _sentence(entry: EntryState, conflict: type[Conflict], viewer: Viewer) -> str:
    if conflict is AlreadyApproved:
        return f"Time entry {entry.id} was approved{_on(entry.approved_at, viewer)}; unapprove it before rejecting it."
    if conflict is AlreadyRejected:
        return f"Time entry {entry.id} was rejected{_on(entry.rejected_at, viewer)}; unreject it to reject it again."
    return f"Time entry {entry.id} is not rejected, so there is no rejection to take back."


def _on(instant: int | None, viewer: Viewer) -> str:
    return "" if instant is None else f" on {zone(viewer.time_zone).day_of(instant).isoformat()}"
