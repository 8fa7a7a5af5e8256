"""The yardstick on SQLite: raw ASGI, SQL by hand, the standard library's sqlite3 on the loop, orjson."""

import os
import sqlite3
import time
from typing import Any

from tests.bench import by_hand, documented_by_hand
from tests.bench.by_hand import BEYOND, COUNT, COUNTED, FIRST, GROUPS, SINGLE, TOTALS, entry_number
from tests.bench.by_hand_app import application
from tests.bench.workloads import ADMIN, ORGANIZATION, Variables, read_cursor

FILTERED = by_hand.FILTERED.format(hint="INDEXED BY ix_time_entries__date_desc")
UPDATE = """
UPDATE time_entries SET approved = 1, approved_at = ?, approver_id = ?, rejected = 0, rejected_at = NULL,
  rejected_reason = NULL, rejecter_id = NULL, updated_at = ?, last_actor_id = ?, revision = revision + 1
WHERE id = ? AND organization_id = ? AND NOT approved RETURNING id, approved, revision
"""
COUNTER = "UPDATE change_counters SET last_id = last_id + ? WHERE organization_id = ? RETURNING last_id"
LOG = """
INSERT INTO time_entry_changes (organization_id, id, time_entry_id, kind, actor_id, at, revision, before, after)
VALUES (?, ?, ?, 'APPROVED', ?, ?, ?, '{"approved": false}', '{"approved": true}')
"""

connection = sqlite3.connect(os.environ["BENCH_STORE"], isolation_level=None, cached_statements=512)
for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32000"):
    connection.execute(f"PRAGMA {pragma}")
query = connection.execute


async def listed(variables: Variables) -> dict[str, Any]:
    after = variables.get("after")
    if after is None:
        return by_hand.listed(query(FIRST, (ORGANIZATION,)).fetchall())
    date, number = read_cursor(after)
    return by_hand.listed(query(BEYOND, (ORGANIZATION, date, date, number)).fetchall())


async def single(variables: Variables) -> dict[str, Any]:
    return by_hand.single(query(SINGLE, (entry_number(variables["id"]), ORGANIZATION)).fetchone())


async def filtered(variables: Variables) -> dict[str, Any]:
    return by_hand.filtered(query(FILTERED, by_hand.filtered_values(variables)).fetchall())


async def totals(variables: Variables) -> dict[str, Any]:
    values = by_hand.totals_values(variables)
    return by_hand.totals(query(TOTALS, values).fetchall(), query(GROUPS, values).fetchall())


async def counted(variables: Variables) -> dict[str, Any]:
    values = by_hand.counted_values(variables)
    return by_hand.counted(query(COUNTED, values).fetchall(), query(COUNT, values).fetchone()[0])


async def walked(variables: Variables) -> dict[str, Any]:
    del variables
    return by_hand.walked(query(by_hand.WALK, (ORGANIZATION, ORGANIZATION)).fetchall())


async def inbox(variables: Variables) -> dict[str, Any]:
    values = by_hand.inbox_values(variables)
    groups = query(by_hand.INBOX, values).fetchall()
    last = groups[-1][0] if groups else 0
    return by_hand.inbox(groups, query(by_hand.INBOX_ENTRIES, (*values, last)).fetchall())


async def decidable(variables: Variables) -> dict[str, Any]:
    del variables
    rows = query(by_hand.DECIDABLE, by_hand.DECIDABLE_VALUES).fetchall()
    [count] = query(by_hand.DECIDABLE_COUNT_BY_STATUS, by_hand.DECIDABLE_VALUES).fetchone()
    return by_hand.decidable(rows, count)


async def documents(variables: Variables) -> dict[str, Any]:
    del variables
    return documented_by_hand.listed(query(documented_by_hand.LIST, (ORGANIZATION,)).fetchall())


async def document(variables: Variables) -> dict[str, Any]:
    return documented_by_hand.one(query(documented_by_hand.ONE, (variables["id"], ORGANIZATION)).fetchone())


def _approve(numbers: list[int]) -> list[tuple[Any, ...]]:
    """Approve in one transaction, as durably as the gateway, with a row of the change log for each entry."""
    now = time.time_ns() // 1_000_000
    query("BEGIN IMMEDIATE")
    rows = [
        row
        for number in numbers
        for row in query(UPDATE, (now // 1000 * 1000, ADMIN, now, ADMIN, number, ORGANIZATION)).fetchall()
    ]
    last = query(COUNTER, (len(rows), ORGANIZATION)).fetchone()[0] - len(rows)
    for place, row in enumerate(rows, 1):
        query(LOG, (ORGANIZATION, last + place, row[0], ADMIN, now, row[2]))
    query("COMMIT")
    return rows


async def approve(variables: Variables) -> dict[str, Any]:
    [row] = _approve([entry_number(variables["id"])])
    return by_hand.approved(row)


async def approve_many(variables: Variables) -> dict[str, Any]:
    return by_hand.approved_many(_approve([entry_number(text) for text in variables["ids"]]))


app = application(
    {
        "/W1": listed,
        "/W2": single,
        "/W3": approve,
        "/W4": approve_many,
        "/W5": totals,
        "/W6": listed,
        "/W7": filtered,
        "/W8": counted,
        "/W9": walked,
        "/W10": inbox,
        "/W11": decidable,
    },
    {"/W12": documents, "/W13": document},
)
