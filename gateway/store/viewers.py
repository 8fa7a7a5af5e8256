"""Viewers: the people of the store, as those who ask."""

from sqlalchemy import bindparam, select

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
