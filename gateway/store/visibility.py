"""What a caller may see: the rows of the organization, and for a member only what a rule lets through.

A rule is data. It is the condition of every statement, the test of an image in the change log, and says by itself
whether sums of months may stand for the entries that it lets through. The values are bound by name in every
statement: `organization_id` and `viewer_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, FromClause, and_, bindparam, exists

from gateway.domain.access import Viewer
from gateway.store.schema.tables import ENTRIES, OrganizationRow

VISIBLE_ENTRY = ENTRIES.alias("visible_entry")


def viewer_id() -> BindParameter[int]:
    """The caller's person, as a parameter."""
    return bindparam("viewer_id", type_=BigInteger())


def organization_id() -> BindParameter[int]:
    """The caller's organization, as a parameter."""
    return bindparam("organization_id", type_=BigInteger())


def viewer_values(viewer: Viewer) -> dict[str, int]:
    """Return the values of the parameters above."""
    return {"organization_id": viewer.organization_id, "viewer_id": viewer.person_id}


@dataclass(frozen=True, slots=True)
class Own:
    """Rows that name the caller in a column."""

    column: str

    def condition(self, row: FromClause) -> ColumnElement[bool]:
        """Return the rule as SQL."""
        own: ColumnElement[bool] = row.c[self.column] == viewer_id()
        return own

    def holds(self, image: Mapping[str, Any], viewer: Viewer) -> bool:
        """Tell whether the rule holds for a row of which there is an image only."""
        return bool(image[self.column] == viewer.person_id)


@dataclass(frozen=True, slots=True)
class OfVisibleEntry:
    """Rows whose column says what a column of an entry says, of an entry that the caller sees."""

    column: str
    entry_column: str

    def condition(self, row: FromClause) -> ColumnElement[bool]:
        """Return the rule as SQL."""
        entry = VISIBLE_ENTRY
        seen = visibility("time_entries", sees_everything=False).condition(entry)
        return exists().where(entry.c[self.entry_column] == row.c[self.column], seen).correlate(row)

    def holds(self, image: Mapping[str, Any], viewer: Viewer) -> bool:
        """Tell that the rule does not hold: an image does not lead to an entry."""
        del image, viewer
        return False


Rule = Own | OfVisibleEntry

# By table: which rows a MEMBER sees. A table that is absent is seen whole by everyone of the organization.
MEMBER_SEES: Mapping[str, Rule] = {
    "time_entries": Own("person_id"),
    "timesheets": Own("person_id"),
    "bookings": Own("person_id"),
    "approval_statuses": OfVisibleEntry("time_entry_id", entry_column="id"),
    "invoices": OfVisibleEntry("id", entry_column="invoice_id"),
    "invoice_attributions": OfVisibleEntry("id", entry_column="invoice_attribution_id"),
    "time_entry_changes": OfVisibleEntry("time_entry_id", entry_column="id"),
}


@dataclass(frozen=True, slots=True)
class Visibility:
    """Which rows of a table a caller may see: those of the organization that the rule holds for; None: all of them."""

    table: str
    rule: Rule | None

    def narrowing(self, row: FromClause) -> ColumnElement[bool] | None:
        """Return what narrows rows that are reached from a visible row of the organization; None where nothing does."""
        return None if self.rule is None else self.rule.condition(row)

    def condition(self, row: FromClause) -> ColumnElement[bool]:
        """Return the condition for all rows of the table, or of an alias of it."""
        key = row.c.id if self.table == OrganizationRow.__tablename__ else row.c.organization_id
        narrowing = self.narrowing(row)
        mine = key == organization_id()
        return mine if narrowing is None else and_(mine, narrowing)

    def shows(self, image: Mapping[str, Any], viewer: Viewer) -> bool:
        """Tell whether the caller would see a row of the organization that is gone, by its image."""
        return self.rule is None or self.rule.holds(image, viewer)


def visibility(table: str, *, sees_everything: bool) -> Visibility:
    """Return what a caller may see of a table."""
    return Visibility(table, None if sees_everything else MEMBER_SEES.get(table))
