"""The lean peer: raw ASGI, SQL by hand on the lean tables, sqlite3 on the loop, orjson. It logs nothing."""

import os
import sqlite3
import time
from typing import Any

from gateway.domain.instants import zone
from tests.bench import by_hand
from tests.bench.by_hand import entry_number
from tests.bench.by_hand_app import application
from tests.bench.lean import questions
from tests.bench.workloads import ADMIN, ORGANIZATION, ZONE, Variables, read_cursor

UPDATE = """
UPDATE time_entries SET approved = 1, approved_at = ?, approver_id = ?, rejected = 0, rejected_at = NULL,
  rejected_reason = NULL, rejecter_id = NULL, updated_at = ?, last_actor_id = ?, revision = revision + 1
WHERE id = ? AND organization_id = ? AND NOT approved RETURNING id, approved, revision
"""

connection = sqlite3.connect(os.environ["BENCH_STORE"], isolation_level=None, cached_statements=512)
for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32000"):
    connection.execute(f"PRAGMA {pragma}")
query = connection.execute
shown = zone(ZONE).render


async def span(variables: Variables) -> dict[str, Any]:
    return by_hand.listed(query(questions.SPAN, questions.span_values(variables)).fetchall())


async def deep(variables: Variables) -> dict[str, Any]:
    date, number = read_cursor(variables["after"])
    return by_hand.listed(query(by_hand.BEYOND, (ORGANIZATION, date, date, number)).fetchall())


async def single(variables: Variables) -> dict[str, Any]:
    return by_hand.single(query(by_hand.SINGLE, (entry_number(variables["id"]), ORGANIZATION)).fetchone())


async def filtered(variables: Variables) -> dict[str, Any]:
    persons, works, long, since = questions.filtered_values(variables)
    sql = f"""
      SELECT t.id, t.date, t.time, t.note, t.approved, t.person_id, p.first_name, p.last_name, t.service_id, s.name
      FROM time_entries t INDEXED BY by_date JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
      WHERE t.organization_id = ? AND (t.person_id IN ({", ".join("?" * len(persons))})
          OR (t.project_id IN ({", ".join("?" * len(works))}) AND (t.billing_type_id = 2 OR t.time >= ?)))
        AND t.status_id <> 3 AND t.date >= ?
      ORDER BY t.date DESC, t.id LIMIT 50
    """
    return by_hand.filtered(query(sql, (ORGANIZATION, *persons, *works, long, since)).fetchall())


async def totals(variables: Variables) -> dict[str, Any]:
    values = by_hand.totals_values(variables)
    return by_hand.totals(query(by_hand.TOTALS, values).fetchall(), query(by_hand.GROUPS, values).fetchall())


async def counted(variables: Variables) -> dict[str, Any]:
    values = questions.span_values(variables)
    return by_hand.counted(query(questions.COUNTED, values).fetchall(), query(questions.COUNT, values).fetchone()[0])


def _approve(numbers: list[int]) -> list[tuple[Any, ...]]:
    """Approve in one transaction, as durably as the gateway."""
    now = time.time_ns() // 1_000_000
    at, second = shown(now), shown(now // 1000 * 1000)
    query("BEGIN IMMEDIATE")
    rows = [
        row for number in numbers for row in query(UPDATE, (second, ADMIN, at, ADMIN, number, ORGANIZATION)).fetchall()
    ]
    query("COMMIT")
    return rows


async def approve(variables: Variables) -> dict[str, Any]:
    [row] = _approve([entry_number(variables["id"])])
    return by_hand.approved(row)


async def approve_many(variables: Variables) -> dict[str, Any]:
    return by_hand.approved_many(_approve([entry_number(text) for text in variables["ids"]]))


app = application(
    {
        "/W1": span,
        "/W2": single,
        "/W3": approve,
        "/W4": approve_many,
        "/W5": totals,
        "/W6": deep,
        "/W7": filtered,
        "/W8": counted,
    }
)
