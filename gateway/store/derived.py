"""Values that are no column: looked up or added up by a subquery for each row that shows them."""

from sqlalchemy import BigInteger, ColumnElement, FromClause, cast, exists, func, select

from gateway.domain.codes import InvoicingStatus
from gateway.querying.column_types import Expression
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import ORGANIZATIONS, PEOPLE

WORKED = ENTRIES.alias("worked")
PERSON = PEOPLE.alias("entry_person")
OWN = ORGANIZATIONS.alias("entry_organization")


def is_invoiced(entry: FromClause) -> ColumnElement[bool]:
    """Tell whether an entry is attributed to an invoice, drafted or finalized."""
    invoiced: ColumnElement[bool] = entry.c.invoicing_status_id != InvoicingStatus.NOT_INVOICED.value
    return invoiced


def worked_time(task: FromClause) -> Expression:
    """Return the minutes of all entries of a task, whoever asks; 0 where there are none."""
    # PostgreSQL's sum of bigints is numeric.
    total = cast(func.coalesce(func.sum(WORKED.c.time), 0), BigInteger)
    of_task = (WORKED.c.organization_id == task.c.organization_id, WORKED.c.task_id == task.c.id)
    return select(total).where(*of_task).correlate(task).scalar_subquery()


def manager_of_person(entry: FromClause) -> Expression:
    """Return the direct manager of an entry's person."""
    return select(PERSON.c.manager_id).where(PERSON.c.id == entry.c.person_id).correlate(entry).scalar_subquery()


def locks_approved(entry: FromClause) -> Expression:
    """Tell whether the entry's organization keeps approved and invoiced entries from being changed."""
    return select(OWN.c.lock_approved).where(OWN.c.id == entry.c.organization_id).correlate(entry).scalar_subquery()


def submits_timesheets(entry: FromClause) -> ColumnElement[bool]:
    """Tell whether the entry's organization has timesheet submission."""
    return exists(select(OWN.c.id).where(OWN.c.id == entry.c.organization_id, OWN.c.timesheet_submission)).correlate(
        entry
    )
