"""Whose people: rows of persons by their direct manager, whom a person's own row names."""

from sqlalchemy import ColumnElement, SQLColumnExpression, select

from gateway.querying.conditions import Subject
from gateway.querying.dialects import any_selected
from gateway.querying.kinds import ID_TYPE
from gateway.store.schema.tables import PersonRow, table_of
from gateway.store.visibility import organization_id

# What an image of an entry does not have: the present manager of its person, the present owner of its deal.
MANAGER, OWNER = "manager_id", "owner_id"

MANAGED = table_of(PersonRow).alias("managed")


def manager_of(person: SQLColumnExpression[int]) -> Subject:
    """Return what compares the direct manager of the person whom a column names."""

    def of_people(test: ColumnElement[bool]) -> ColumnElement[bool]:
        people = select(MANAGED.c.id).where(MANAGED.c.organization_id == organization_id(), test)
        return any_selected(person, people)  # type: ignore[arg-type]  # a column of a table is an element

    return Subject(MANAGER, MANAGED.c.manager_id, ID_TYPE, within=of_people)
