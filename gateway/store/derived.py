"""Values that are no column: looked up or added up by a subquery for each row that shows them."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, SQLColumnExpression, exists, func, select

from gateway.store.tables import OrganizationRow, PersonRow, TimeEntryRow, table_of

Expression = SQLColumnExpression[Any]

ENTRIES, PEOPLE, ORGANIZATIONS = table_of(TimeEntryRow), table_of(PersonRow), table_of(OrganizationRow)


def worked_time(task: FromClause) -> Expression:
    """Return the minutes of all entries of a task, whoever asks; 0 where there are none."""
    entry = ENTRIES.alias("worked")
    total = func.coalesce(func.sum(entry.c.time), 0)
    return select(total).where(entry.c.task_id == task.c.id).correlate(task).scalar_subquery()


def manager_of_person(entry: FromClause) -> Expression:
    """Return the direct manager of an entry's person."""
    person = PEOPLE.alias("entry_person")
    return select(person.c.manager_id).where(person.c.id == entry.c.person_id).correlate(entry).scalar_subquery()


def locks_approved(entry: FromClause) -> Expression:
    """Tell whether the entry's organization keeps approved and invoiced entries from being changed."""
    own = ORGANIZATIONS.alias("entry_organization")
    return select(own.c.lock_approved).where(own.c.id == entry.c.organization_id).correlate(entry).scalar_subquery()


def submits_timesheets(entry: FromClause) -> ColumnElement[bool]:
    """Tell whether the entry's organization has timesheet submission."""
    own = ORGANIZATIONS.alias("status_organization")
    return exists(select(own.c.id).where(own.c.id == entry.c.organization_id, own.c.timesheet_submission)).correlate(
        entry
    )
