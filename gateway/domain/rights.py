"""Who may do what with an entry. Seeing is a WHERE of every statement; these rules begin where seeing ends."""

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.access import Role, Viewer
from gateway.domain.errors import StaleRevision
from gateway.domain.facts import EntryState


class Owned(Protocol):
    """Whose an entry is: the three people whom the rules look at."""

    @property
    def person_id(self) -> int: ...

    @property
    def manager_id(self) -> int | None:
        """The direct manager of the person."""

    @property
    def responsible_id(self) -> int | None:
        """The owner of the deal."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """The facts about an entry that is still to be made."""

    person_id: int
    manager_id: int | None
    responsible_id: int | None


class Decided(Owned, Protocol):
    """An entry's state, for what a caller may still do with it."""

    @property
    def approved(self) -> bool: ...

    @property
    def rejected(self) -> bool: ...

    @property
    def invoiced(self) -> bool: ...


def leads(viewer: Viewer, entry: Owned) -> bool:
    """Tell whether the viewer owns the entry's deal or manages its person, or is an admin: who may decide."""
    if viewer.only_reads:
        return False
    match viewer.role:
        case Role.ADMIN:
            return True
        case Role.MANAGER:
            return viewer.person_id in {entry.responsible_id, entry.manager_id}
        case Role.MEMBER:
            return False


def may_edit(viewer: Viewer, entry: Owned) -> bool:
    """Tell whether the viewer may create, update, delete or time such an entry: their own, or one they lead."""
    return not viewer.only_reads and (entry.person_id == viewer.person_id or leads(viewer, entry))


def may_submit(viewer: Viewer, *, person_id: int, manager_id: int | None) -> bool:
    """Tell whether the viewer may submit that person's days."""
    return not viewer.only_reads and (
        person_id == viewer.person_id
        or viewer.role is Role.ADMIN
        or (viewer.role is Role.MANAGER and manager_id == viewer.person_id)
    )


def is_locked(entry: Decided, *, lock_approved: bool) -> bool:
    """Tell whether the organization's lock keeps the entry from being updated or deleted."""
    return lock_approved and (entry.approved or entry.invoiced)


def would_edit(viewer: Viewer, entry: Decided, *, lock_approved: bool) -> bool:
    """Tell whether the viewer's update or deletion of a visible entry would be allowed."""
    return may_edit(viewer, entry) and not is_locked(entry, lock_approved=lock_approved)


def check_revision(entry: EntryState, if_revision: int | None, *, path: tuple[str, ...]) -> None:
    """Let a write go on unless the entry was written since the caller read it; None asks for no check.

    `path` is that of the entry's id, beside which the revision stands.

    Raises:
        StaleRevision: the entry is at another revision. It beats a no-op.
    """
    if if_revision is not None and if_revision != entry.revision:
        raise StaleRevision(
            f"Time entry {entry.id} is at revision {entry.revision}, not {if_revision}; "
            "read it again and decide on what it is now.",
            path=(*path[:-1], "ifRevision"),
        )
