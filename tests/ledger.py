"""A store of two organizations with all that can be read, made from a seed: every kind of record, and entries that
hold nulls, duplicates, every case of Unicode, days on which the clock changes, and extremes.

Texts of the first organization hold ADRIA, those of the second BOREALIS; the note and the amounts of an entry are
its own and nobody else's, so that whatever leaks can be told.
"""

import datetime as dt
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.domain.access import Role, Viewer
from gateway.store.engine import Connection, Database
from gateway.store.sequences import move_sequences
from gateway.store.tables import (
    ApprovalStatusRow,
    BookingRow,
    ChangeCounterRow,
    CompanyRow,
    DealRow,
    InvoiceAttributionRow,
    InvoiceRow,
    OrganizationRow,
    PersonRow,
    ProjectRow,
    Row,
    ServiceRow,
    SubsidiaryRow,
    TaskRow,
    TimeEntryChangeRow,
    TimeEntryRow,
    TimesheetRow,
)
from tests.office import add_rows

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

    def entries_of(self, organization: int) -> list[dict[str, Any]]:
        """The entries of an organization as plain dicts, by id."""
        rows = [row.model_dump() for row in self.time_entries if row.organization_id == organization]
        return sorted(rows, key=lambda row: row["id"])


def viewer(person: int, **changed: Any) -> Viewer:
    """The person as a caller."""
    organization = person // 10
    role, costs = ROLES[person % 10]
    values: dict[str, Any] = {
        "organization_id": organization,
        "person_id": person,
        "role": role,
        "can_see_costs": costs,
        "time_zone": ZONES[organization],
        "timesheet_submission": SUBMITS[organization],
    }
    return Viewer(**(values | changed))


async def fill(database: Database, ledger: Ledger) -> None:
    """Put the ledger into an empty store."""

    async def work(connection: Connection) -> None:
        for rows in ledger.tables():
            if rows:
                await add_rows(connection, rows)
        await move_sequences(connection)

    await database.create_tables()
    await database.write(work)


def make_ledger(seed: int, entries: int) -> Ledger:
    """Make up both organizations, with that many entries in all."""
    made = Ledger(*([] for _ in Ledger.__slots__))
    lot = random.Random(seed)
    for organization in (1, 2):
        _furnish(made, organization)
    for number in range(1, entries + 1):
        organization = 2 if number % 4 == 0 else 1
        _enter(made, lot, number, organization)
    for organization in (1, 2):
        _log(made, lot, organization)
    return made


def _furnish(made: Ledger, organization: int) -> None:
    """Add all records but entries; numbers are organization * 10 and up, so they mix among types."""
    base, mark = organization * 10, MARKS[organization]
    currency = {1: "EUR", 2: "SEK"}[organization]
    made.organizations.append(
        OrganizationRow(
            id=organization, name=mark, currency=currency, time_zone=ZONES[organization],
            timesheet_submission=SUBMITS[organization],
        )
    )  # fmt: skip
    common: dict[str, Any] = {"organization_id": organization}
    for n in (1, 2):
        made.subsidiaries.append(SubsidiaryRow(id=base + n, name=f"{mark} legal {n}", **common))
        made.companies.append(CompanyRow(id=base + n, **_named(f"{mark} Kunde Straße {n}"), **common))
        made.invoices.append(
            InvoiceRow(
                id=base + n, company_id=base + n, number=None if n == 1 else f"{mark}-{n}",
                finalized_on=None if n == 1 else DAYS[0], **common,
            )
        )  # fmt: skip
        made.invoice_attributions.append(InvoiceAttributionRow(id=base + n, invoice_id=base + n, **common))
    for n, (role, costs) in ROLES.items():
        first, last = f"Ž{n}", f"{mark} Kos"
        made.people.append(
            PersonRow(
                id=base + n, subsidiary_id=None if n == 5 else base + 1, manager_id=base + 2 if n in (3, 4) else None,
                first_name=first, last_name=last, name_folded=f"{first} {last}".casefold(),
                email=f"{n}@{mark.lower()}.example", title=None if n % 2 else f"{mark} title", role=role.value,
                can_see_costs=costs, **common,
            )
        )  # fmt: skip
    for n in (1, 2, 3):
        made.projects.append(
            ProjectRow(
                id=base + n, company_id=None if n == 3 else base + n, number=None if n == 1 else f"{mark} {n}",
                **_named(f"{mark} project {n}"), **common,
            )
        )  # fmt: skip
        made.deals.append(
            DealRow(
                id=base + n, project_id=None if n == 3 else base + n, company_id=None if n == 3 else base + n,
                responsible_id=None if n == 3 else base + n, subsidiary_id=None if n == 1 else base + 2,
                currency=("EUR", "USD", "JPY")[n - 1], budget=n == 2, **_named(f"{mark} deal {n}"), **common,
            )
        )  # fmt: skip
        made.services.append(
            ServiceRow(id=base + n, deal_id=base + n, billing_type_id=n, **_named(f"{mark} service"), **common)
        )
        title = f"{mark} task {n}"
        made.tasks.append(
            TaskRow(
                id=base + n, project_id=None if n == 3 else base + n, title=title, title_folded=title.casefold(),
                number=None if n == 1 else str(n), initial_estimate=None if n == 1 else 60 * n,
                remaining_time=(None, -5, 55)[n - 1], closed=n == 3, **common,
            )
        )  # fmt: skip
    for n in ROLES:
        made.bookings.append(
            BookingRow(
                id=base + n, person_id=base + n, service_id=base + 1, started_on=DAYS[n], ended_on=DAYS[9], **common
            )
        )
        made.timesheets.append(
            TimesheetRow(
                id=base + n, person_id=base + n, creator_id=None if n == 1 else base + n, date=DAYS[n],
                created_at=MOMENTS[6 + n], **common,
            )
        )  # fmt: skip


def _named(name: str) -> dict[str, Any]:
    return {"name": name, "name_folded": name.casefold()}


def _enter(made: Ledger, lot: random.Random, number: int, organization: int) -> None:
    """Add an entry, and sometimes steps of its approval."""
    base, mark = organization * 10, MARKS[organization]
    person, deal, task = (base + lot.randint(1, most) for most in (5, 3, 3))
    state = lot.choice(("approved", "rejected", "undecided", "undecided"))
    invoicing = lot.choice((1, 1, 2, 3))
    attribution = base + (1 if invoicing == 2 else 2) if invoicing > 1 else None
    submitted = lot.random() < 0.5
    folded = {f"jira_{name}": lot.choice(TEXTS) for name in ("issue_id", "issue_status", "issue_summary", "worklog_id")}
    values: dict[str, Any] = {
        "organization_id": organization,
        "person_id": person,
        "service_id": deal,
        "deal_id": deal,
        "project_id": None if deal % 10 == 3 else deal,
        "company_id": None if deal % 10 == 3 else deal,
        "responsible_id": None if deal % 10 == 3 else deal,
        "billing_type_id": deal % 10,
        "task_id": maybe(lot, task),
        "approver_id": base + 1 if state == "approved" else None,
        "rejecter_id": base + 2 if state == "rejected" else None,
        "creator_id": maybe(lot, base + lot.randint(1, 5)),
        "updater_id": maybe(lot, base + lot.randint(1, 5)),
        "last_actor_id": maybe(lot, base + lot.randint(1, 5)),
        "person_subsidiary_id": maybe(lot, base + 1),
        "deal_subsidiary_id": maybe(lot, base + 2),
        "timesheet_id": person if submitted else None,
        "booking_id": maybe(lot, person),
        "invoice_attribution_id": attribution,
        "invoice_id": attribution,
        "invoicing_status_id": invoicing,
        "date": lot.choice(DAYS),
        "time": lot.choice(MINUTES),
        "billable_time": lot.choice(MINUTES),
        "track_method_id": lot.randint(1, 3),
        "approved": state == "approved",
        "rejected": state == "rejected",
        "submitted": submitted,
        "overhead": lot.random() < 0.5,
        "autotracked": lot.random() < 0.3,
        "created_at": lot.choice(MOMENTS),
        "updated_at": lot.choice(MOMENTS),
        "last_activity_at": lot.choice(MOMENTS),
        "started_at": maybe(lot, lot.choice(MOMENTS)),
        "timer_started_at": lot.choice(MOMENTS) if lot.random() < 0.05 else None,
        "timer_stopped_at": maybe(lot, lot.choice(MOMENTS)),
        "approved_at": lot.choice(MOMENTS) // 1000 * 1000 if state == "approved" else None,
        "rejected_at": lot.choice(MOMENTS) if state == "rejected" else None,
        "rejected_reason": f"{mark} reason {number}" if state == "rejected" else None,
        "calendar_event_id": maybe(lot, 2**63 - number),
        "note": f"{mark} note of {person}",
        "jira_organization": maybe(lot, mark),
        "currency": ("EUR", "USD", "JPY")[deal % 10 - 1],
        "currency_default": {1: "EUR", 2: "SEK"}[organization],
        "currency_normalized": "USD",
    }
    values |= folded | {f"{name}_folded": None if text is None else text.casefold() for name, text in folded.items()}
    values |= {name: FIRST_AMOUNT + 15 * number + place for place, name in enumerate(AMOUNTS)}
    values |= {
        f"{name}_unrounded": lot.choice((0, 1, 30_000, 29_999, 90_000, 2**63 - 1, lot.randrange(2**40)))
        for name in AMOUNTS
    }
    made.time_entries.append(TimeEntryRow(id=number, **values))
    for step in range(lot.choice((0, 0, 1, 2))):
        made.approval_statuses.append(
            ApprovalStatusRow(
                id=10 * number + step, organization_id=organization, time_entry_id=number,
                approver_id=maybe(lot, base + 2), approved_at=maybe(lot, lot.choice(MOMENTS)),
                rejected_at=maybe(lot, lot.choice(MOMENTS)),
                note=maybe(lot, f"{mark} step of {person}"),
            )
        )  # fmt: skip


def _log(made: Ledger, lot: random.Random, organization: int) -> None:
    """Add changes: some entries were made and updated, and one of each person was deleted."""
    base, number = organization * 10, 0
    own = [row for row in made.time_entries if row.organization_id == organization]

    def add(entry: int, kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        nonlocal number
        number += 1
        made.time_entry_changes.append(
            TimeEntryChangeRow(
                organization_id=organization, id=number, time_entry_id=entry, kind=kind, actor_id=maybe(lot, base + 2),
                at=lot.choice(MOMENTS), revision=number, before=None if before is None else json.dumps(before),
                after=None if after is None else json.dumps(after),
            )
        )  # fmt: skip

    for row in lot.sample(own, len(own) // 3):
        image = image_of(row)
        add(row.id, "CREATED", None, image)
        before = {"time": 7, "note": None, "person_id": base + 5, "cost": FIRST_AMOUNT + 14, "updated_at": 0}
        add(row.id, "UPDATED", before, image)
    for n in ROLES:
        for row in [row for row in own if row.person_id == base + n][:1]:
            add(9000 + base + n, "DELETED", image_of(row) | {"id": 9000 + base + n}, None)
    made.change_counters.append(ChangeCounterRow(organization_id=organization, last_id=1000))


def image_of(row: TimeEntryRow) -> dict[str, Any]:
    """An entry as the change log keeps it."""
    unwritten = {"rates", "imported", "status_id"}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else int(value) if isinstance(value, bool) else value
        for name, value in row.model_dump().items()
        if not name.endswith(("_folded", "_unrounded")) and name not in unwritten
    } | {"status_id": 1 if row.approved else 3 if row.rejected else 2}


def maybe(lot: random.Random, value: T) -> T | None:
    """The value, or none."""
    return value if lot.random() < 0.6 else None


def models(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as plain dicts."""
    return [row.model_dump() for row in rows]
