"""What a ledger is made of: whose it is, the values that its entries take, and the tables that hold them."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.domain.access import Role, Viewer
from gateway.store.schema.change_log import ChangeCounterRow, TimeEntryChangeRow
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import (
    ApprovalStatusRow,
    BookingRow,
    CompanyRow,
    DealRow,
    InvoiceAttributionRow,
    InvoiceRow,
    OrganizationRow,
    PersonRow,
    ProjectRow,
    ServiceRow,
    SubsidiaryRow,
    TaskRow,
    TimesheetRow,
)

T = TypeVar("T")
ADMIN, BOSS, CLERK, MEMBER, OTHER = 11, 12, 13, 14, 15
STRANGER, STRANGE_BOSS, STRANGE_MEMBER = 21, 22, 24
ZONES = {1: "Europe/Berlin", 2: "America/Havana"}
SUBMITS = {1: True, 2: False}
MARKS = {1: "ADRIA", 2: "BOREALIS"}
# By the last digit of a person's number: role, and whether the person's own flag shows costs.
ROLES = {
    1: (Role.ADMIN, False),
    2: (Role.MANAGER, True),
    3: (Role.MANAGER, False),
    4: (Role.MEMBER, True),
    5: (Role.MEMBER, False),
}
AMOUNTS = tuple(
    f"{part}{suffix}"
    for part in ("cost", "work_cost", "overhead_cost", "internal_overhead_cost", "facility_overhead_cost")
    for suffix in ("", "_default", "_normalized")
)
FIRST_AMOUNT = 700_000_000

TEXTS = (
    None, None, None, "", "župan", "ŽUPANIJA", "Župan", "straße", "STRASSE", "İstanbul", "istanbul", "ISTANBUL", "ılık",
    "ΑΣ", "ας", "100%", "a_b", "axb", "a%b", "AB-1", "ab-1", "AB-10", "AB-2", "é", "é", "ﬀ", "FF", " AB-1", "'\"\\",
    "line\nbreak", "null", "\U0001f600", "￿", "K",
)  # fmt: skip
DAYS = tuple(
    dt.date.fromisoformat(text)
    for text in (
        "2025-03-08", "2025-03-09", "2025-03-10", "2025-03-29", "2025-03-30", "2025-03-31", "2025-10-25", "2025-10-26",
        "2025-10-27", "2025-11-02", "2024-02-29", "2024-12-29", "2024-12-30", "2024-12-31", "2025-01-01", "2025-01-05",
        "2025-01-06", "2016-10-01", "0001-01-02", "9999-12-30",
    )
)  # fmt: skip
MINUTES = (0, 0, 1, 5, 15, 30, 60, 60, 90, 480, 480, 481, 52_596_000)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
HOUR = 3_600_000


def moments() -> tuple[int, ...]:
    """Instants around every hour at which one of the days may begin in one of the zones, and extremes."""
    found = [-62_135_510_399_999, 253_402_214_399_998, 0, 1, -1, 1_754_021_982_661, 1_754_021_982_000]
    for day in DAYS:
        if 1 < day.year < 9999:
            midnight = int((dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) - EPOCH) / dt.timedelta(milliseconds=1))
            found += [midnight + shift * HOUR + rest for shift in (-2, -1, 0, 4, 5, 12) for rest in (-1, 0, 1)]
    return tuple(found)


MOMENTS = moments()


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of a store, by table."""

    organizations: list[OrganizationRow]
    subsidiaries: list[SubsidiaryRow]
    people: list[PersonRow]
    companies: list[CompanyRow]
    projects: list[ProjectRow]
    deals: list[DealRow]
    services: list[ServiceRow]
    tasks: list[TaskRow]
    bookings: list[BookingRow]
    invoices: list[InvoiceRow]
    invoice_attributions: list[InvoiceAttributionRow]
    timesheets: list[TimesheetRow]
    approval_statuses: list[ApprovalStatusRow]
    time_entries: list[TimeEntryRow]
    time_entry_changes: list[TimeEntryChangeRow]
    change_counters: list[ChangeCounterRow]

    def tables(self) -> list[list[Any]]:
        """The lists of rows."""
        return [getattr(self, name) for name in self.__slots__]

    def entries_of(self, organization: int, viewer: Viewer | None = None) -> list[dict[str, Any]]:
        """The entries of an organization as plain dicts, by id, with the person's manager.

        `decidable` tells whether the viewer may approve or reject an entry now; an admin, unless somebody is named.
        """
        managers = {person.id: person.manager_id for person in self.people}
        rows = [
            row.model_dump() | {"manager_id": managers[row.person_id]}
            for row in self.time_entries
            if row.organization_id == organization
        ]
        for row in rows:
            leads = viewer is None or viewer.role is Role.ADMIN
            if viewer is not None and viewer.role is Role.MANAGER:
                leads = viewer.person_id in (row["responsible_id"], row["manager_id"])
            row["decidable"] = leads and not row["approved"] and not row["rejected"]
        return sorted(rows, key=lambda row: row["id"])


def maybe(lot: random.Random, value: T) -> T | None:
    """The value, or none."""
    return value if lot.random() < 0.6 else None
