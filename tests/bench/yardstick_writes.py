"""The writes of the yardstick: the bare transaction, an UPDATE and a row of the change log, no less durable."""

import time
from typing import Any

from tests.bench.yardstick import ORGANIZATION, query

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
PERSON = 1


def _approve(numbers: list[int]) -> list[tuple[Any, ...]]:
    now = time.time_ns() // 1_000_000
    query("BEGIN IMMEDIATE")
    rows = [
        row
        for number in numbers
        for row in query(UPDATE, (now // 1000 * 1000, PERSON, now, PERSON, number, ORGANIZATION)).fetchall()
    ]
    last = query(COUNTER, (len(rows), ORGANIZATION)).fetchone()[0] - len(rows)
    for place, row in enumerate(rows, 1):
        query(LOG, (ORGANIZATION, last + place, row[0], PERSON, now, row[2]))
    query("COMMIT")
    return rows


def _number(text: str) -> int:
    return int(text.removeprefix("TimeEntry:"))


def approve(variables: dict[str, Any]) -> dict[str, Any]:
    [(number, approved, revision)] = _approve([_number(variables["id"])])
    entry = {"id": f"TimeEntry:{number}", "approved": bool(approved), "revision": revision}
    return {"timeEntryApprove": {"timeEntry": entry, "userErrors": []}}


def approve_many(variables: dict[str, Any]) -> dict[str, Any]:
    rows = _approve([_number(text) for text in variables["ids"]])
    return {
        "timeEntryBulkApprove": {
            "results": [{"timeEntryId": f"TimeEntry:{row[0]}", "outcome": "APPLIED"} for row in rows],
            "appliedCount": len(rows),
            "userErrors": [],
        }
    }
