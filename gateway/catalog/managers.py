"""Whose people: rows of persons by their direct manager, whom a person's own row names."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from gateway.querying.column_types import ID_TYPE
from gateway.querying.conditions import Elsewhere, Subject
from gateway.store.schema.tables import PEOPLE
from gateway.store.visibility import ORGANIZATION_ID

# What an image of an entry does not have: the present manager of its person, the present owner of its deal.
MANAGER, OWNER = "manager_id", "owner_id"

MANAGED = PEOPLE.alias("managed")


def manager_of(person: ColumnElement[Any]) -> Subject:
    """Return what compares the direct manager of the person whom a column names."""

    def people(test: ColumnElement[bool]) -> Select[Any]:
        return select(MANAGED.c.id).where(MANAGED.c.organization_id == ORGANIZATION_ID, test)

    return Subject(MANAGER, MANAGED.c.manager_id, ID_TYPE, elsewhere=Elsewhere(person, people))
