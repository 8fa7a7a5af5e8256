"""The lean peer on PostgreSQL: raw ASGI, SQL by hand on the lean tables, asyncpg's pool, orjson. It logs nothing."""

import time
from collections.abc import Sequence
from typing import Any

from gateway.domain.instants import zone
from tests.bench import by_hand
from tests.bench.asyncpg_yardstick import fetch
from tests.bench.by_hand import day, entry_number, numbered
from tests.bench.by_hand_app import application
from tests.bench.lean import questions
from tests.bench.workloads import ADMIN, ORGANIZATION, ZONE, Variables, read_cursor

SPAN, BEYOND, SINGLE = numbered(questions.SPAN), numbered(by_hand.BEYOND), numbered(by_hand.SINGLE)
TOTALS, GROUPS = numbered(by_hand.TOTALS), numbered(by_hand.GROUPS)
COUNTED, COUNT = numbered(questions.COUNTED), numbered(questions.COUNT)
FILTERED = """
SELECT t.id, t.date, t.time, t.note, t.approved, t.person_id, p.first_name, p.last_name, t.service_id, s.name
FROM time_entries t JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
WHERE t.organization_id = $1 AND (t.person_id = ANY($2::bigint[])
    OR (t.project_id = ANY($3::bigint[]) AND (t.billing_type_id = 2 OR t.time >= $4)))
  AND t.status_id <> 3 AND t.date >= $5
ORDER BY t.date DESC, t.id LIMIT 50
"""
UPDATE = """
UPDATE time_entries SET approved = true, approved_at = $1, approver_id = $2, rejected = false, rejected_at = NULL,
  rejected_reason = NULL, rejecter_id = NULL, updated_at = $3, last_actor_id = $2, revision = revision + 1
WHERE id = ANY($4) AND organization_id = $5 AND NOT approved RETURNING id, approved, revision
"""

shown = zone(ZONE).render


async def span(variables: Variables) -> dict[str, Any]:
    return by_hand.listed(await fetch(SPAN, *map(day, questions.span_values(variables))))


async def deep(variables: Variables) -> dict[str, Any]:
    date, number = read_cursor(variables["after"])
    return by_hand.listed(await fetch(BEYOND, ORGANIZATION, day(date), day(date), number))


async def single(variables: Variables) -> dict[str, Any]:
    rows = await fetch(SINGLE, entry_number(variables["id"]), ORGANIZATION)
    return by_hand.single(rows[0] if rows else None)


async def filtered(variables: Variables) -> dict[str, Any]:
    persons, works, long, since = questions.filtered_values(variables)
    return by_hand.filtered(await fetch(FILTERED, ORGANIZATION, persons, works, long, day(since)))


async def totals(variables: Variables) -> dict[str, Any]:
    values = [day(value) for value in by_hand.totals_values(variables)]
    return by_hand.totals(await fetch(TOTALS, *values), await fetch(GROUPS, *values))


async def counted(variables: Variables) -> dict[str, Any]:
    values = [day(value) for value in questions.span_values(variables)]
    return by_hand.counted(await fetch(COUNTED, *values), (await fetch(COUNT, *values))[0][0])


async def _approve(numbers: list[int]) -> Sequence[by_hand.Row]:
    now = time.time_ns() // 1_000_000
    return await fetch(UPDATE, shown(now // 1000 * 1000), ADMIN, shown(now), numbers, ORGANIZATION)


async def approve(variables: Variables) -> dict[str, Any]:
    [row] = await _approve([entry_number(variables["id"])])
    return by_hand.approved(row)


async def approve_many(variables: Variables) -> dict[str, Any]:
    rows = {row[0]: row for row in await _approve([entry_number(text) for text in variables["ids"]])}
    return by_hand.approved_many([rows[entry_number(text)] for text in variables["ids"]])


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
