"""The rows of a ledger: the records of an organization, and entries over them."""

import random
from typing import Any

from gateway.domain.folding import plain
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
from tests.support.worlds.ledger_values import (
    AMOUNTS,
    DAYS,
    FIRST_AMOUNT,
    MARKS,
    MINUTES,
    MOMENTS,
    ROLES,
    SUBMITS,
    TEXTS,
    ZONES,
    Ledger,
    maybe,
)
from tests.support.worlds.rows import row_of


def furnish(made: Ledger, organization: int) -> None:
    """Add all records but entries; numbers are organization * 10 and up, so they mix among types."""
    base, mark = organization * 10, MARKS[organization]
    currency = {1: "EUR", 2: "SEK"}[organization]
    made.organizations.append(
        OrganizationRow(
            id=organization, name=mark, name_folded=mark.casefold(), currency=currency, time_zone=ZONES[organization],
            timesheet_submission=SUBMITS[organization],
        )
    )  # fmt: skip
    common: dict[str, Any] = {"organization_id": organization}
    for n in (1, 2):
        name = f"{mark} legal {n}"
        made.subsidiaries.append(SubsidiaryRow(id=base + n, name=name, name_folded=name.casefold(), **common))
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
                name_plain=plain(f"{first} {last}"),
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
                title_plain=plain(title),
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
    return {"name": name, "name_folded": name.casefold(), "name_plain": plain(name)}


def enter(made: Ledger, lot: random.Random, number: int, organization: int) -> None:
    """Add an entry, and sometimes steps of its approval."""
    base, mark = organization * 10, MARKS[organization]
    person, deal, task = (base + lot.randint(1, most) for most in (5, 3, 3))
    state = lot.choice(("approved", "rejected", "undecided", "undecided"))
    invoicing = lot.choice((1, 1, 2, 3))
    attribution = base + (1 if invoicing == 2 else 2) if invoicing > 1 else None
    submitted = lot.random() < 0.5
    text = TEXTS[number % len(TEXTS)]
    note = None if text is None else f"{mark} {text} of {person}"
    folded = {f"jira_{name}": lot.choice(TEXTS) for name in ("issue_id", "issue_status", "issue_summary", "worklog_id")}
    if number % 3 == 0:
        folded = dict.fromkeys(folded)  # did not come from Jira
    elif number % 5 == 0:
        folded |= {"jira_issue_id": None, "jira_issue_status": None}
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
        "booking_id": maybe(lot, lot.choice((person, base + 5))),
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
        "note": note,
        "note_folded": note and note.casefold(),
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
    made.time_entries.append(row_of(TimeEntryRow, id=number, **values))
    for step in range(lot.choice((0, 0, 1, 2))):
        made.approval_statuses.append(
            row_of(
                ApprovalStatusRow,
                id=10 * number + step, organization_id=organization, time_entry_id=number,
                approver_id=maybe(lot, base + 2), approved_at=maybe(lot, lot.choice(MOMENTS)),
                rejected_at=maybe(lot, lot.choice(MOMENTS)),
                note=maybe(lot, f"{mark} step of {person}"),
            )
        )  # fmt: skip
