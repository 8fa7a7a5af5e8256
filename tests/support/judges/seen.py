"""What of a ledger a viewer may see, in plain Python: the ledger as it would be if all the rest did not exist.

Where the rest cannot be left out, as the amounts of a visible entry, it is something else instead. Whoever answers
from either ledger in the same way has shown nothing of what is hidden.
"""

import datetime as dt
import json
from typing import Any, TypeVar

from gateway.domain.access import Role, Viewer
from gateway.store.schema.rows import Row
from gateway.store.schema.tables import OrganizationRow
from tests.support.worlds.ledger import AMOUNTS, Ledger

T = TypeVar("T", bound=Row)
OWN_DAYS = frozenset({"timesheets", "bookings", "time_entries"})


def sees_costs(viewer: Viewer) -> bool:
    """Amounts are for admins, and for managers with the flag."""
    return viewer.role is Role.ADMIN or (viewer.role is Role.MANAGER and viewer.can_see_costs)


def seen_by(ledger: Ledger, viewer: Viewer) -> Ledger:
    """The part of the ledger that the viewer may see."""
    organization = viewer.organization_id
    seen = {
        name: [row for row in getattr(ledger, name) if _organization(row) == organization] for name in Ledger.__slots__
    }
    if viewer.role is Role.MEMBER:
        _keep_own(seen, viewer.person_id)
        seen["people"] = [changed(row, email="hidden") for row in seen["people"]]
    if not sees_costs(viewer):
        zeros: dict[str, Any] = {f"{name}{suffix}": 0 for name in AMOUNTS for suffix in ("", "_unrounded")}
        seen["time_entries"] = [changed(row, **zeros) for row in seen["time_entries"]]
        seen["time_entry_changes"] = [
            changed(row, before=_without_amounts(row.before), after=_without_amounts(row.after))
            for row in seen["time_entry_changes"]
        ]
    return Ledger(**seen)


def _organization(row: Any) -> Any:
    return row.id if isinstance(row, OrganizationRow) else row.organization_id


def _keep_own(seen: dict[str, list[Any]], person: int) -> None:
    """Leave a member what is their own."""
    bookings = seen["bookings"]
    for name in OWN_DAYS:
        seen[name] = [row for row in seen[name] if row.person_id == person]
    booked = {row.booking_id for row in seen["time_entries"]}
    others = [row for row in bookings if row.id in booked and row.person_id != person]
    # An entry may come from somebody else's booking: it cannot go, so it says something else.
    seen["bookings"] += [changed(row, started_on=dt.date.min, ended_on=dt.date.min) for row in others]
    entries = {row.id for row in seen["time_entries"]}
    invoices = {row.invoice_id for row in seen["time_entries"]}
    seen["approval_statuses"] = [row for row in seen["approval_statuses"] if row.time_entry_id in entries]
    seen["invoices"] = [row for row in seen["invoices"] if row.id in invoices]
    seen["invoice_attributions"] = [row for row in seen["invoice_attributions"] if row.invoice_id in invoices]
    seen["time_entry_changes"] = [
        row if earlier == later else changed(row, before=_whose(earlier), after=_whose(later))
        for row in seen["time_entry_changes"]
        for earlier, later in [owners(row)]
        if person in {earlier, later}
    ]


def owners(change: Any, column: str = "person_id") -> tuple[int, int]:
    """Whose an entry was before a change and after it, as the column says."""
    before, after = (json.loads(image) if image else {} for image in (change.before, change.after))
    return before.get(column, after.get(column)), after.get(column, before.get(column))


def _whose(person: int) -> str:
    return json.dumps({"person_id": person})


def _without_amounts(image: str | None) -> str | None:
    return (
        None if image is None else json.dumps(json.loads(image) | dict.fromkeys(AMOUNTS & json.loads(image).keys(), 0))
    )


def changed(row: T, **values: Any) -> T:
    """A copy of a row with other values."""
    return type(row)(**(row.model_dump() | values))
