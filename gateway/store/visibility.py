"""What a caller may see, as conditions: the organization's rows, and for a member only what is their own.

The values are bound by name in every statement: `organization_id` and `viewer_id`.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import BigInteger, BindParameter, ColumnElement, FromClause, and_, bindparam, exists

from gateway.domain.access import Viewer
from gateway.store.schema.tables import OrganizationRow, TimeEntryRow, table_of

OWN_ENTRY = table_of(TimeEntryRow).alias("own_entry")


def viewer_id() -> BindParameter[int]:
    """The caller's person, as a parameter."""
    return bindparam("viewer_id", type_=BigInteger())


def organization_id() -> BindParameter[int]:
    """The caller's organization, as a parameter."""
    return bindparam("organization_id", type_=BigInteger())


def viewer_values(viewer: Viewer) -> dict[str, int]:
    """Return the values of the parameters above."""
    return {"organization_id": viewer.organization_id, "viewer_id": viewer.person_id}


def _own(row: FromClause) -> ColumnElement[bool]:
    own: ColumnElement[bool] = row.c.person_id == viewer_id()
    return own


def _of_own_entry(row: FromClause) -> ColumnElement[bool]:
    return exists().where(OWN_ENTRY.c.id == row.c.time_entry_id, OWN_ENTRY.c.person_id == viewer_id()).correlate(row)


def _of_own_invoiced_entry(row: FromClause) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            OWN_ENTRY.c.organization_id == organization_id(),
            OWN_ENTRY.c.invoice_id == row.c.id,
            OWN_ENTRY.c.person_id == viewer_id(),
        )
        .correlate(row)
    )


# By table: which rows a MEMBER sees. A table that is absent is seen whole by everyone of the organization.
MEMBER_SEES: Mapping[str, Callable[[FromClause], ColumnElement[bool]]] = {
    "time_entries": _own,
    "timesheets": _own,
    "bookings": _own,
    "approval_statuses": _of_own_entry,
    "invoices": _of_own_invoiced_entry,
}


def narrowed(table: str, row: FromClause, *, sees_everything: bool) -> ColumnElement[bool] | None:
    """Return what narrows rows that are reached from a visible row of the organization; None where nothing does."""
    rule = None if sees_everything else MEMBER_SEES.get(table)
    return None if rule is None else rule(row)


def visible(table: str, row: FromClause, *, sees_everything: bool) -> ColumnElement[bool]:
    """Return the condition for all rows of a table that the caller may see."""
    key = row.c.id if table == OrganizationRow.__tablename__ else row.c.organization_id
    narrower = narrowed(table, row, sees_everything=sees_everything)
    mine = key == organization_id()
    return mine if narrower is None else and_(mine, narrower)
