"""Who asks: the person behind a credential, and what that person may see."""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Role(Enum):
    """What a person may see and do in the organization."""

    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    MEMBER = "MEMBER"


class Rights(NamedTuple):
    """What a plan depends on of its caller; callers with the same rights share plans."""

    sees_everything: bool
    sees_costs: bool
    timesheet_submission: bool

    @property
    def secrets(self) -> frozenset[str]:
        """The hidden values that are shown."""
        return frozenset(name for name, shown in (("costs", self.sees_costs), ("email", self.sees_everything)) if shown)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller: one person of one organization, taken from the credential and never from an argument."""

    organization_id: int
    person_id: int
    role: Role
    can_see_costs: bool  # the person's own flag; see `sees_costs`
    time_zone: str  # of the organization, an IANA name
    timesheet_submission: bool  # whether the organization submits timesheets
    only_reads: bool = False  # whoever they are: the organization is written elsewhere
    rights: Rights = field(init=False, repr=False, compare=False)  # what plans of reads depend on

    def __post_init__(self) -> None:
        rights = Rights(self.sees_everything, self.sees_costs, self.timesheet_submission)
        object.__setattr__(self, "rights", rights)

    @property
    def sees_costs(self) -> bool:
        """Tell whether amounts are shown: to admins, and to managers with the flag."""
        return self.role is Role.ADMIN or (self.role is Role.MANAGER and self.can_see_costs)

    @property
    def sees_everything(self) -> bool:
        """Tell whether the whole organization is visible; a member sees only what is their own."""
        return self.role is not Role.MEMBER
