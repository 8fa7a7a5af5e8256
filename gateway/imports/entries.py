"""Rows of time entries: what was brought stays as it is, what was not is made as a create or an update would."""

from gateway.domain.approval import UNAPPROVED, whole_second
from gateway.domain.billable import Minutes, billable_time, billable_time_after
from gateway.domain.codes import BillingType, InvoicingStatus
from gateway.domain.costs import bears_overhead
from gateway.domain.time_entries import person_columns, service_columns
from gateway.imports.amounts import amount_columns
from gateway.imports.preparing import Draft, Preparation
from gateway.imports.rows import finished, fold
from gateway.imports.surroundings import BLANK, ENTRIES, PRICED_BY, Lookups, Surroundings
from gateway.store.imports.finished import AT_MERGE, Finished, Outcome, Values

NEEDED = {"person_id": "person", "service_id": "service"}


async def prepare_entries(preparation: Preparation) -> None:
    """Make the rows of the time entries and keep them in the staging."""
    lookups = Lookups(preparation)
    for portion in preparation.staging.brought.portions(ENTRIES.name):
        drafts = [draft for draft in await preparation.drafts(ENTRIES, portion) if _is_hung(preparation, draft)]
        references = await preparation.references(ENTRIES, drafts)
        rows = []
        for around in await lookups.surroundings(drafts, references):
            row = entry_row(preparation, around)
            if row is not None:
                rows.append(row)
        preparation.staging.finished.keep_rows(ENTRIES, rows)
    preparation.overlay.forget()


def _is_hung(preparation: Preparation, draft: Draft) -> bool:
    """Give a new entry the person and the service that the options name; note it where there is none."""
    named = {"person_id": preparation.options.person_id, "service_id": preparation.options.service_id}
    whole = True
    for column, name in NEEDED.items():
        if draft.before is not None or draft.given.get(column) is not None:
            continue
        if named[column] is not None:
            draft.given[column] = named[column]
            continue
        preparation.problems.add(
            draft.at(column),
            f"a {name} with data was expected; fetch the document with include={name}, or import it with --{name} ID",
        )
        whole = False
    if draft.before is None and draft.given.get("date") is None:
        preparation.problems.add(draft.at("date"), "date was expected, and nothing says it")
        whole = False
    return whole


def entry_row(preparation: Preparation, around: Surroundings) -> Finished | None:
    """Return the whole row and what is to be done with it; None when a problem was noted."""
    draft, given, before = around.draft, around.given, around.draft.before
    problems_before = preparation.problems.count
    row = BLANK | (before or {}) | given | {"id": draft.brought.id}
    said_invoiced = row.pop("invoiced", None)
    _put_instants(row)
    _put_derived(row, around)
    _put_invoicing(row, around)
    _put_day(row, around)
    _put_decision(row, around)
    if around.changes(*PRICED_BY) and "overhead" not in given:
        row["overhead"] = bears_overhead(around.rates)
    row["billable_time"] = _billable(row, around)
    row |= amount_columns(preparation, row, around)
    fold(ENTRIES, row)
    if row["approved"] and row["rejected"]:
        preparation.problems.add(draft.at("rejected"), "an entry that is not both approved and rejected was expected")
    if said_invoiced and row["invoice_attribution_id"] is None:
        preparation.problems.add(
            draft.at("invoice_attribution_id"),
            "an invoice_attribution was expected, for the entry is invoiced; fetch the document with "
            "include=invoice_attribution",
        )
    if preparation.problems.count != problems_before:
        return None
    return _decided(row, before, given)


def _decided(row: Values, before: Values | None, given: Values) -> Finished:
    row["imported"] = True
    row["revision"] = 1
    made = finished(ENTRIES, before, row)
    if before is None or made.outcome is not Outcome.UPDATED:
        return made
    if "updated_at" not in given:
        row["updated_at"] = AT_MERGE
    row["revision"] = before["revision"] + 1
    return finished(ENTRIES, before, row)


def _put_instants(row: Values) -> None:
    row["created_at"] = row.get("created_at", AT_MERGE)
    for name in ("updated_at", "last_activity_at"):
        row[name] = row.get(name, row["created_at"])


def _put_derived(row: Values, around: Surroundings) -> None:
    """Write what follows from person and service; subsidiaries only where they are new and nobody says them."""
    derived = service_columns(around.service)
    if "deal_subsidiary_id" in around.given or not around.changes("service_id"):
        del derived["deal_subsidiary_id"]
    if "person_subsidiary_id" not in around.given and around.changes("person_id"):
        derived |= person_columns(around.person)
    row |= derived


def _put_invoicing(row: Values, around: Surroundings) -> None:
    row["invoice_id"], row["invoicing_status_id"] = None, InvoicingStatus.NOT_INVOICED.value
    if around.attribution is not None and around.invoice is not None:
        finalized = around.invoice["finalized_on"] is not None
        row["invoice_id"] = around.invoice["id"]
        row["invoicing_status_id"] = (InvoicingStatus.FINALIZED if finalized else InvoicingStatus.DRAFTED).value


def _put_day(row: Values, around: Surroundings) -> None:
    """Write whether the day is submitted: as it is said, else as the person's timesheet of the day has it."""
    given = around.given
    sheet_id = None if around.timesheet is None else around.timesheet["id"]
    if "timesheet_id" in given:
        row["submitted"] = given.get("submitted", given["timesheet_id"] is not None)
    elif "submitted" in given:
        row["timesheet_id"] = sheet_id if given["submitted"] else None
    elif around.changes("date", "person_id"):
        row["timesheet_id"] = sheet_id if around.organization.timesheet_submission else None
        row["submitted"] = row["timesheet_id"] is not None


def _put_decision(row: Values, around: Surroundings) -> None:
    """Approve a new entry of a deal without approval, and undo that with a deal that needs it, unless else is said."""
    before, deal_before = around.draft.before, around.deal_before
    if before is not None and deal_before is not None and "approved" not in around.given:
        was_for_its_deal = row["approved"] and row["approver_id"] is None and not deal_before["time_approval"]
        if was_for_its_deal and around.changes("service_id") and around.service.deal.time_approval:
            row |= UNAPPROVED
    is_open = "approved" not in around.given and not row["rejected"]
    if around.draft.before is None and is_open and not around.service.deal.time_approval:
        row["approved"] = True
        created_at = row["created_at"]
        row["approved_at"] = around.given.get(
            "approved_at", AT_MERGE if created_at == AT_MERGE else whole_second(created_at)
        )


def _billable(row: Values, around: Surroundings) -> int:
    given, before = around.given, around.draft.before
    if "billable_time" in given:
        return int(given["billable_time"])
    billable, rounding = around.service.is_billable, around.organization.rounding
    if before is None:
        return billable_time(time=row["time"], given=None, billable=billable, rounding=rounding)
    if not around.changes("time", "service_id"):
        return int(before["billable_time"])
    minutes = Minutes(before["time"], before["billable_time"], before["billing_type_id"] != BillingType.NON_BILLABLE)
    return billable_time_after(before=minutes, time=row["time"], given=None, billable=billable, rounding=rounding)
