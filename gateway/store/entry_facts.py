"""Stored entries as the rules of a write see them: visible to the caller, locked until the write is over."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Executable, Select, bindparam, select

from gateway.domain.access import Viewer
from gateway.domain.codes import InvoicingStatus
from gateway.domain.facts import Entry, Standing
from gateway.domain.money import AMOUNTS, SUFFIXES
from gateway.querying.conditions import Condition, bound_values, sql_of
from gateway.querying.dialects import any_of
from gateway.store.changes import IDS
from gateway.store.engine import Connection
from gateway.store.statements import Statement, compile_statement
from gateway.store.tables import PersonRow, TimeEntryRow, table_of
from gateway.store.visibility import viewer_values, visible

ENTRIES = table_of(TimeEntryRow)
PEOPLE = table_of(PersonRow)
SHAPES_KEPT = 256

STANDING = (
    "id",
    "revision",
    "person_id",
    "responsible_id",
    "approved",
    "rejected",
    "approved_at",
    "rejected_at",
    "task_id",
    "time",
)
WHOLE = (
    *STANDING,
    "service_id",
    "date",
    "billable_time",
    "track_method_id",
    "overhead",
    "billing_type_id",
    "timesheet_id",
    "started_at",
    "timer_started_at",
    "calendar_event_id",
    "note",
    "rejected_reason",
    "jira_issue_id",
    "jira_issue_status",
    "jira_issue_summary",
    "jira_worklog_id",
    "jira_organization",
)
MONEY = tuple(
    f"{amount}{suffix}{unrounded}" for unrounded in ("", "_unrounded") for amount in AMOUNTS for suffix in SUFFIXES
)
NOT_INVOICED = InvoicingStatus.NOT_INVOICED.value


def _facts(columns: Sequence[str]) -> Select[Any]:
    """Select the manager, whether it is invoiced, and these columns; rows are locked where others may write."""
    return (
        select(PEOPLE.c.manager_id, ENTRIES.c.invoicing_status_id != NOT_INVOICED, *(ENTRIES.c[name] for name in columns))
        .join_from(ENTRIES, PEOPLE, PEOPLE.c.id == ENTRIES.c.person_id)
        .order_by(ENTRIES.c.id)
        .with_for_update(of=ENTRIES)
    )


def _visible(viewer: Viewer) -> Any:
    return visible("time_entries", ENTRIES, sees_everything=viewer.sees_everything)


@lru_cache(maxsize=4)
def _one(sees_everything: bool, *, whole: bool) -> Executable:  # noqa: FBT001 - part of the cache's key
    seen = visible("time_entries", ENTRIES, sees_everything=sees_everything)
    columns = (*WHOLE, *MONEY) if whole else STANDING
    return _facts(columns).where(ENTRIES.c.id == bindparam("id", type_=BigInteger()), seen)
