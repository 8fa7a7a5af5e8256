"""Who asks: the person behind a credential, and what that person may see."""

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a person may see and do in the organization."""

    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    MEMBER = "MEMBER"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The caller: one person of one organization, taken from the credential and never from an argument."""

    organization_id: int
    person_id: int
    role: Role
    can_see_costs: bool  # the person's own flag; see `sees_costs`
    time_zone: str  # of the organization, an IANA name
    timesheet_submission: bool  # whether the organization submits timesheets

    @property
    def sees_costs(self) -> bool:
        """Tell whether amounts are shown: to admins, and to managers with the flag."""
        return self.role is Role.ADMIN or (self.role is Role.MANAGER and self.can_see_costs)

    @property
    def sees_everything(self) -> bool:
        """Tell whether the whole organization is visible; a member sees only what is their own."""
        return self.role is not Role.MEMBER
