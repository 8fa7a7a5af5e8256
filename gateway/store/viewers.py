"""Viewers: the people of the store, as those who ask."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, String, bindparam, func, not_, select, true, update

from gateway.domain.access import Rights, Role, Viewer
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import Row
from gateway.store.schema.tables import ORGANIZATIONS, PEOPLE

VIEWER_COLUMNS = (
    PEOPLE.c.organization_id,
    PEOPLE.c.id,
    PEOPLE.c.role,
    PEOPLE.c.can_see_costs,
    ORGANIZATIONS.c.time_zone,
    ORGANIZATIONS.c.timesheet_submission,
)
_VIEWERS = select(*VIEWER_COLUMNS).join(ORGANIZATIONS, ORGANIZATIONS.c.id == PEOPLE.c.organization_id)
_PERSON = _VIEWERS.where(PEOPLE.c.id == bindparam("person_id"))
_FIRST = _VIEWERS.where(PEOPLE.c.role == bindparam("role")).order_by(PEOPLE.c.id).limit(1)


_RIGHTS = (
    select(PEOPLE.c.role, PEOPLE.c.can_see_costs, ORGANIZATIONS.c.timesheet_submission)
    .join(ORGANIZATIONS, ORGANIZATIONS.c.id == PEOPLE.c.organization_id)
    .distinct()
)


def viewer_of(row: Row) -> Viewer:
    """Make a viewer of the values of `VIEWER_COLUMNS`."""
    organization_id, person_id, role, can_see_costs, time_zone, submission = row
    return Viewer(
        organization_id=organization_id,
        person_id=person_id,
        role=Role(role),
        can_see_costs=can_see_costs,
        time_zone=time_zone,
        timesheet_submission=submission,
    )


async def find_person(connection: Connection, person_id: int) -> Viewer | None:
    """Return the person of that number as a viewer."""
    rows = await connection.fetch(_PERSON, {"person_id": person_id})
    return viewer_of(rows[0]) if rows else None


async def list_rights(connection: Connection) -> set[Rights]:
    """Return the rights that people of the store have."""
    rows = await connection.fetch(_RIGHTS)
    return {viewer_of((0, 0, role, can_see_costs, "", submission)).rights for role, can_see_costs, submission in rows}


async def first_of(connection: Connection, role: Role) -> Viewer | None:
    """Return the person with the least number of those who have the role."""
    rows = await connection.fetch(_FIRST, {"role": role.value})
    return viewer_of(rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What is told of a person."""

    id: int
    name: str
    plain_name: str  # without case and accents
    role: Role
    can_see_costs: bool  # of a manager; an admin sees them anyway
    is_set: bool  # here, so that no document changes it
    organization: str


_LINES = (
    select(
        PEOPLE.c.id,
        PEOPLE.c.first_name + " " + PEOPLE.c.last_name,
        PEOPLE.c.name_plain,
        PEOPLE.c.role,
        PEOPLE.c.can_see_costs,
        PEOPLE.c.role_is_set,
        ORGANIZATIONS.c.name,
    )
    .join(ORGANIZATIONS, ORGANIZATIONS.c.id == PEOPLE.c.organization_id)
    .order_by(ORGANIZATIONS.c.id, PEOPLE.c.name_folded, PEOPLE.c.id)
)
_SET_ROLE = (
    update(PEOPLE)
    .where(PEOPLE.c.id == bindparam("person_id", type_=BigInteger()))
    .values(
        role=bindparam("new_role", type_=String()),
        can_see_costs=func.coalesce(bindparam("sees_costs", type_=Boolean()), PEOPLE.c.can_see_costs),
        role_is_set=true(),
    )
    .returning(PEOPLE.c.id)
)
_LEADERLESS = (
    select(ORGANIZATIONS.c.name)
    .where(
        not_(
            select(PEOPLE.c.id)
            .where(PEOPLE.c.organization_id == ORGANIZATIONS.c.id, PEOPLE.c.role != Role.MEMBER.value)
            .exists()
        )
    )
    .order_by(ORGANIZATIONS.c.id)
)


async def list_people(connection: Connection) -> list[PersonLine]:
    """Return the people of all organizations, by name within each."""
    return [
        PersonLine(number, name, plain, Role(role), costs, is_set, organization)
        for number, name, plain, role, costs, is_set, organization in await connection.fetch(_LINES)
    ]


async def set_role(connection: Connection, person_id: int, role: Role, *, sees_costs: bool | None) -> bool:
    """Set what a person may do, for good; None leaves costs as they are. Tell whether there is such a person."""
    values = {"person_id": person_id, "new_role": role.value, "sees_costs": sees_costs}
    return bool(await connection.fetch(_SET_ROLE, values))


async def organizations_without_approver(connection: Connection) -> list[str]:
    """Return the names of the organizations in which nobody may approve anything."""
    return [name for (name,) in await connection.fetch(_LEADERLESS)]
