"""The statistics that SQLite's planner gets of entries, months and changes: the proportions of a large store, always.

SQLite reckons with what ANALYZE last found, and with guesses where it never ran, so a plan would depend on
when that was. These numbers stand instead: plans are the same in every store, and the tests explain them.
Do not ANALYZE: a sample of a few thousand rows takes an organization for that small.
"""

from collections.abc import Iterator
from math import prod

from sqlalchemy import Index

from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.entry_indexes import LACKING
from gateway.store.schema.kept import ENTRY_MONTHS
from gateway.store.schema.rows import indexes_of

ROWS = 1_000_000
FEW = "100 50 1"  # in an index of some rows only, by organization and another column
# How many rows share a value. A column that is absent differs in every row.
ROWS_OF_A_VALUE = {
    "organization_id": 500_000,
    "status_id": 300_000,
    "billing_type_id": 300_000,
    "invoicing_status_id": 300_000,
    "track_method_id": 300_000,
    "autotracked": 500_000,
    "jira_issue_status": 80_000,
    "time": 50_000,
    "manager_id": 80_000,
    "approver_id": 40_000,
    "responsible_id": 40_000,
    "jira_issue_summary": 40_000,
    "jira_issue_id": 9_000,
    "person_id": 8_000,
    "creator_id": 8_000,
    "last_actor_id": 8_000,
    "company_id": 8_000,
    "project_id": 3_000,
    "deal_id": 2_000,
    "service_id": 800,
    "date": 500,
    "invoice_id": 400,
    "invoice_attribution_id": 400,
    "task_id": 300,
    "booking_id": 100,
    "started_at": 10,
    "jira_worklog_id": 10,
    "timesheet_id": 5,
}


# Of the months of such a store, as ANALYZE found them: an index leads to those of a company, not the primary key.
MONTHS = ENTRY_MONTHS.name
ROWS_OF_MONTHS = {
    MONTHS: "130000 65000 16000 160 15 15 15 2 1 1",
    f"ix_{MONTHS}__organization_id_level_company_id_month": "130000 65000 16000 900 24",
    f"ix_{MONTHS}__organization_id_level_responsible_month": "130000 65000 16000 3900 64",
}
# Of the change log, which is found by its entries: what belongs to the organization is nearly all of it.
ROWS_OF_CHANGES = {
    f"sqlite_autoindex_{CHANGES.name}_1": "1000000 500000 1",
    f"ix_{CHANGES.name}__time_entry_id_id": "1000000 3 1",
}
# PostgreSQL counts by itself. Taking columns for independent, it would expect a sixth of all entries to have one from
# Jira and lack another; of this it counts how often each number comes.
EXTENDED_STATISTICS = f"CREATE STATISTICS time_entries_from_jira ON {LACKING} FROM time_entries"

READ_THEM = "ANALYZE sqlite_schema"  # the numbers, as they are; no rows are looked at


def has_index(column: str) -> bool:
    """Tell whether an index of SQLite leads to an organization's entries by their value in the column."""
    return any([*map(_name, index.expressions)][1:2] == [column] for index in indexes_of(ENTRIES, "sqlite"))


def rows_of_a_value(column: str) -> int:
    """Return about how many rows of a large store share a value of the column."""
    return ROWS_OF_A_VALUE.get(column, 1)


def statistics_statements() -> Iterator[str]:
    """Yield what puts the numbers into a SQLite store that has its indexes, and lets them be used."""
    table = ENTRIES
    yield READ_THEM  # which makes their table where there is none
    yield "DELETE FROM sqlite_stat1"
    for index in indexes_of(table, "sqlite"):
        partial = index.dialect_options["sqlite"]["where"] is not None
        numbers = FEW if partial else " ".join(str(number) for number in (ROWS, *_rows_by_prefix(index)))
        yield _statistic(table.name, str(index.name), numbers)
    yield from (_statistic(MONTHS, name, numbers) for name, numbers in ROWS_OF_MONTHS.items())
    yield from (_statistic(CHANGES.name, name, numbers) for name, numbers in ROWS_OF_CHANGES.items())
    yield READ_THEM


def _statistic(table: str, index: str, numbers: str) -> str:
    return f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{table}', '{index}', '{numbers}')"


def _rows_by_prefix(index: Index) -> Iterator[int]:
    """Yield how many rows share the first value, the first two and so on, as if each were chosen by lot."""
    shares = [rows_of_a_value(_name(part)) / ROWS for part in index.expressions]
    for length in range(1, len(shares) + 1):
        yield max(1, round(ROWS * prod(shares[:length])))


def _name(part: object) -> str:
    return str(getattr(part, "column", part)).rpartition(".")[2]
