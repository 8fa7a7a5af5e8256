"""Entries that follow what they hang on: services, deals and invoices that an import changed, days that it submits."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Executable, FromClause, Table, bindparam, case, or_, select

from gateway.domain.changes import Kind
from gateway.domain.codes import InvoicingStatus
from gateway.querying.dialects import any_of
from gateway.store.databases.database import Connection
from gateway.store.imports.finished import Outcome
from gateway.store.imports.staging import Staging
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import DEALS, INVOICE_ATTRIBUTIONS, INVOICES, ORGANIZATIONS, SERVICES, TIMESHEETS
from gateway.store.writes.changes import IDS
from gateway.store.writes.entry_writes import Author, update_entries

ENTRIES_AT_ONCE = 2_000

DERIVED: Mapping[str, Any] = {
    "deal_id": SERVICES.c.deal_id,
    "billing_type_id": SERVICES.c.billing_type_id,
    "project_id": DEALS.c.project_id,
    "company_id": DEALS.c.company_id,
    "responsible_id": DEALS.c.responsible_id,
    "invoice_id": INVOICE_ATTRIBUTIONS.c.invoice_id,
    "invoicing_status_id": case(
        (INVOICE_ATTRIBUTIONS.c.id.is_(None), InvoicingStatus.NOT_INVOICED.value),
        (INVOICES.c.finalized_on.is_(None), InvoicingStatus.DRAFTED.value),
        else_=InvoicingStatus.FINALIZED.value,
    ),
}
_JOINED = (
    # By the organization, too, which leads into an index from the service.
    ENTRIES.join(
        SERVICES,
        (SERVICES.c.id == ENTRIES.c.service_id) & (SERVICES.c.organization_id == ENTRIES.c.organization_id),
    )
    .join(DEALS, DEALS.c.id == SERVICES.c.deal_id)
    .outerjoin(INVOICE_ATTRIBUTIONS, INVOICE_ATTRIBUTIONS.c.id == ENTRIES.c.invoice_attribution_id)
    .outerjoin(INVOICES, INVOICES.c.id == INVOICE_ATTRIBUTIONS.c.invoice_id)
)


def _strayed(changed: Any) -> Executable:  # noqa: ANN401 - a column of any table
    """Select entries that no longer say what they hang on says, locked until the import is over."""
    differs = or_(*(ENTRIES.c[name].is_distinct_from(value) for name, value in DERIVED.items()))
    return (
        select(ENTRIES.c.id, ENTRIES.c.organization_id, *(value.label(name) for name, value in DERIVED.items()))
        .select_from(_JOINED)
        .where(any_of(changed, bindparam("ids", type_=IDS)), differs)
        .order_by(ENTRIES.c.id)
        .limit(ENTRIES_AT_ONCE)
        .with_for_update(of=ENTRIES)
    )


# By the table that changed, what leads from it to entries.
STRAYED: Mapping[Table, Executable] = {
    SERVICES: _strayed(SERVICES.c.id),
    DEALS: _strayed(SERVICES.c.deal_id),
    INVOICE_ATTRIBUTIONS: _strayed(ENTRIES.c.invoice_attribution_id),
    INVOICES: _strayed(INVOICE_ATTRIBUTIONS.c.invoice_id),
}


async def follow(connection: Connection, staging: Staging, *, now: int, is_mirrored: bool = False) -> int:
    """Derive again the entries of changed services, deals, invoices and timesheets; return how many changed.

    Mirrored entries have the days and the instants of their account.
    """
    followed = 0 if is_mirrored else await _follow_days(connection, staging, now=now)
    dated: Mapping[str, object] = {} if is_mirrored else {"updated_at": now}
    for table, statement in STRAYED.items():
        for numbers in staging.finished.numbers(table, Outcome.UPDATED):
            while rows := await connection.fetch(statement, {"ids": numbers}):
                await _derive(connection, rows, dated, now)
                followed += len(rows)
    return followed


async def _derive(
    connection: Connection, rows: Sequence[tuple[Any, ...]], dated: Mapping[str, object], now: int
) -> None:
    alike: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, *shared in rows:
        alike[tuple(shared)].append(number)
    for (organization_id, *values), numbers in alike.items():
        columns = {**dict(zip(DERIVED, values, strict=True)), **dated}
        await update_entries(connection, numbers, columns, Kind.IMPORTED, Author(organization_id, None, now))


_OF_ITS_DAY = (
    (TIMESHEETS.c.organization_id == ENTRIES.c.organization_id)
    & (TIMESHEETS.c.person_id == ENTRIES.c.person_id)
    & (TIMESHEETS.c.date == ENTRIES.c.date)
)
_SUBMITTING = (ORGANIZATIONS.c.id == ENTRIES.c.organization_id) & ORGANIZATIONS.c.timesheet_submission


def _off_their_day(joined: FromClause, sheet: ColumnElement[Any]) -> Executable:
    """Select entries after `beyond` that are not on the timesheet of their own person and day."""
    return (
        select(ENTRIES.c.id, ENTRIES.c.organization_id, TIMESHEETS.c.id)
        .select_from(joined)
        .where(
            any_of(sheet, bindparam("ids", type_=IDS)),
            ENTRIES.c.timesheet_id.is_distinct_from(TIMESHEETS.c.id),
            ENTRIES.c.id > bindparam("beyond", type_=BigInteger()),
        )
        .order_by(ENTRIES.c.id)
        .limit(ENTRIES_AT_ONCE)
        .with_for_update(of=ENTRIES)
    )


# Those that are on a timesheet, and those of its day; where days are not submitted, none is put on.
OFF_THEIR_DAY = (
    _off_their_day(ENTRIES.outerjoin(TIMESHEETS, _OF_ITS_DAY), ENTRIES.c.timesheet_id),
    _off_their_day(ENTRIES.join(TIMESHEETS, _OF_ITS_DAY).join(ORGANIZATIONS, _SUBMITTING), TIMESHEETS.c.id),
)
DAY = frozenset({"person_id", "date"})
SAYS_ITS_DAY = frozenset({"timesheet_id", "submitted"})


async def _follow_days(connection: Connection, staging: Staging, *, now: int) -> int:
    """Put entries on the timesheets that are new or moved, take others off them, and return how many changed.

    What the documents themselves say of an entry stays.
    """
    followed = 0
    for statement in OFF_THEIR_DAY:
        for numbers in _of_another_day(staging):
            beyond = 0
            while rows := await connection.fetch(statement, {"ids": numbers, "beyond": beyond}):
                beyond = rows[-1][0]
                said = staging.brought.saying(ENTRIES.name, [row[0] for row in rows], SAYS_ITS_DAY)
                followers = [row for row in rows if row[0] not in said]
                await _put_on_their_day(connection, followers, now)
                followed += len(followers)
    return followed


def _of_another_day(staging: Staging) -> Iterator[list[int]]:
    """Yield the numbers of timesheets that are new or moved, some at a time."""
    yield from staging.finished.numbers(TIMESHEETS, Outcome.CREATED)
    yield from (numbers for changed, numbers in staging.finished.updates(TIMESHEETS) if DAY & set(changed))


async def _put_on_their_day(connection: Connection, rows: Sequence[tuple[Any, ...]], now: int) -> None:
    alike: defaultdict[tuple[int, int | None], list[int]] = defaultdict(list)
    for number, organization_id, timesheet_id in rows:
        alike[organization_id, timesheet_id].append(number)
    for (organization_id, timesheet_id), numbers in alike.items():
        columns = {"timesheet_id": timesheet_id, "submitted": timesheet_id is not None, "updated_at": now}
        await update_entries(connection, numbers, columns, Kind.IMPORTED, Author(organization_id, None, now))
