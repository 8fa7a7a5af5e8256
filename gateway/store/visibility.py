"""What a caller may see: the rows of the organization, and for a member only what a rule lets through.

A rule is data. It is the condition of every statement, also of those that read the change log, and says by itself
whether sums of months may stand for the entries that it lets through. The values are bound by name in every
statement: `organization_id` and `viewer_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    true,
)

from gateway.domain.access import Viewer
from gateway.querying.dialects import json_number
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import ORGANIZATIONS

VISIBLE_ENTRY = ENTRIES.alias("visible_entry")


# The caller's person and organization, as parameters.
VIEWER_ID: BindParameter[int] = bindparam("viewer_id", type_=BigInteger())
ORGANIZATION_ID: BindParameter[int] = bindparam("organization_id", type_=BigInteger())


def viewer_values(viewer: Viewer) -> dict[str, int]:
    """Return the values of the parameters above."""
    return {"organization_id": viewer.organization_id, "viewer_id": viewer.person_id}


@dataclass(frozen=True, slots=True)
class Own:
    """Rows that name the caller in a column."""

    column: str

    def condition(self, row: FromClause) -> ColumnElement[bool]:
        """Return the rule as SQL."""
        own: ColumnElement[bool] = row.c[self.column] == VIEWER_ID
        return own

    def holds(self, image: Mapping[str, object], viewer: Viewer) -> bool:
        """Tell the same of an image of the row."""
        return image[self.column] == viewer.person_id

    def condition_of_change(self, change: FromClause) -> ColumnElement[bool]:
        """Return the rule as SQL for a change of a row: it was the caller's before it, or after it."""
        before, after = (json_number(change.c[name], self.column) for name in ("before", "after"))
        # What a write could not change is in the image after it alone; a deletion has none, a creation has no other.
        return or_(func.coalesce(before, after) == VIEWER_ID, func.coalesce(after, before) == VIEWER_ID)


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


@dataclass(frozen=True, slots=True)
class WhileVisible:
    """Changes of entries that the caller saw before or after them, also where an entry is gone or another's by now."""

    def condition(self, row: FromClause) -> ColumnElement[bool]:
        """Return the rule as SQL."""
        match visibility("time_entries", sees_everything=False).rule:
            case None:
                return true()
            case Own() as own:
                return own.condition_of_change(row)
            case _:
                return false()  # an image leads to no other record


Rule = Own | OfVisibleEntry | WhileVisible

# By table: which rows a MEMBER sees. A table that is absent is seen whole by everyone of the organization.
MEMBER_SEES: Mapping[str, Rule] = {
    "time_entries": Own("person_id"),
    "time_entry_changes": WhileVisible(),
    "timesheets": Own("person_id"),
    "bookings": Own("person_id"),
    "approval_statuses": OfVisibleEntry("time_entry_id", entry_column="id"),
    "invoices": OfVisibleEntry("id", entry_column="invoice_id"),
    "invoice_attributions": OfVisibleEntry("id", entry_column="invoice_attribution_id"),
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
        key = row.c.id if self.table == ORGANIZATIONS.name else row.c.organization_id
        narrowing = self.narrowing(row)
        mine = key == ORGANIZATION_ID
        return mine if narrowing is None else and_(mine, narrowing)


def visibility(table: str, *, sees_everything: bool) -> Visibility:
    """Return what a caller may see of a table."""
    return Visibility(table, None if sees_everything else MEMBER_SEES.get(table))
