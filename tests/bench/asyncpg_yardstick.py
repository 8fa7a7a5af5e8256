"""The yardstick on PostgreSQL: raw ASGI, SQL by hand, asyncpg's own pool and prepared statements, orjson."""

import os
import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from tests.bench import by_hand
from tests.bench.by_hand import day, entry_number, numbered
from tests.bench.by_hand_app import application
from tests.bench.workloads import ADMIN, ORGANIZATION, Variables, read_cursor

FIRST, BEYOND, SINGLE = numbered(by_hand.FIRST), numbered(by_hand.BEYOND), numbered(by_hand.SINGLE)
FILTERED = by_hand.FILTERED_BY_UNION
TOTALS, GROUPS = numbered(by_hand.TOTALS), numbered(by_hand.GROUPS)
COUNTED, COUNT = numbered(by_hand.COUNTED), numbered(by_hand.COUNT)
WALK, INBOX = numbered(by_hand.WALK_LATERAL), numbered(by_hand.INBOX)
INBOX_ENTRIES = numbered(by_hand.INBOX_ENTRIES)
DECIDABLE, DECIDABLE_COUNT = numbered(by_hand.DECIDABLE), numbered(by_hand.DECIDABLE_COUNT)
UPDATE = """
UPDATE time_entries SET approved = true, approved_at = $1, approver_id = $2, rejected = false, rejected_at = NULL,
  rejected_reason = NULL, rejecter_id = NULL, updated_at = $3, last_actor_id = $2, revision = revision + 1
WHERE id = ANY($4) AND organization_id = $5 AND NOT approved RETURNING id, approved, revision
"""
COUNTER = "UPDATE change_counters SET last_id = last_id + $1 WHERE organization_id = $2 RETURNING last_id"
LOG = """
INSERT INTO time_entry_changes (organization_id, id, time_entry_id, kind, actor_id, at, revision, before, after)
SELECT $1, $2 + place, number, 'APPROVED', $3, $4, made, '{"approved": false}', '{"approved": true}'
FROM unnest($5::bigint[], $6::bigint[]) WITH ORDINALITY AS changed (number, made, place)
"""


async def _as_it_is(raw: object) -> None:
    """Save the round trip of a reset: nothing is left on a connection that the next one could find."""
    del raw


class _Pool:
    """A pool of eight connections, as many as the gateway reads by, made with the first request."""

    def __init__(self) -> None:
        self._pool: Any = None

    async def get(self) -> Any:
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                os.environ["BENCH_STORE"],
                min_size=8,
                max_size=8,
                reset=_as_it_is,
                max_cached_statement_lifetime=0,
                server_settings={"jit": "off", "plan_cache_mode": "force_generic_plan"},
            )
        return self._pool


pool = _Pool()


async def fetch(sql: str, *values: Any) -> Sequence[by_hand.Row]:
    found: Sequence[by_hand.Row] = await (await pool.get()).fetch(sql, *values)
    return found


async def listed(variables: Variables) -> dict[str, Any]:
    after = variables.get("after")
    if after is None:
        return by_hand.listed(await fetch(FIRST, ORGANIZATION))
    date, number = read_cursor(after)
    return by_hand.listed(await fetch(BEYOND, ORGANIZATION, day(date), day(date), number))


async def single(variables: Variables) -> dict[str, Any]:
    rows = await fetch(SINGLE, entry_number(variables["id"]), ORGANIZATION)
    return by_hand.single(rows[0] if rows else None)


async def filtered(variables: Variables) -> dict[str, Any]:
    return by_hand.filtered(await fetch(FILTERED, *map(day, by_hand.filtered_values(variables))))


async def totals(variables: Variables) -> dict[str, Any]:
    values = [day(value) for value in by_hand.totals_values(variables)]
    return by_hand.totals(await fetch(TOTALS, *values), await fetch(GROUPS, *values))


async def counted(variables: Variables) -> dict[str, Any]:
    values = [day(value) for value in by_hand.counted_values(variables)]
    return by_hand.counted(await fetch(COUNTED, *values), (await fetch(COUNT, *values))[0][0])


async def walked(variables: Variables) -> dict[str, Any]:
    del variables
    return by_hand.walked(await fetch(WALK, ORGANIZATION, ORGANIZATION))


async def inbox(variables: Variables) -> dict[str, Any]:
    values = [day(value) for value in by_hand.inbox_values(variables)]
    groups = await fetch(INBOX, *values)
    last = groups[-1][0] if groups else 0
    return by_hand.inbox(groups, await fetch(INBOX_ENTRIES, *values, last))


async def decidable(variables: Variables) -> dict[str, Any]:
    del variables
    values = by_hand.DECIDABLE_VALUES
    return by_hand.decidable(await fetch(DECIDABLE, *values), (await fetch(DECIDABLE_COUNT, *values))[0][0])


async def _approve(numbers: list[int]) -> Sequence[by_hand.Row]:
    """Approve in one transaction, with a row of the change log for each entry."""
    now = time.time_ns() // 1_000_000
    async with (await pool.get()).acquire() as connection, connection.transaction():
        rows = await connection.fetch(UPDATE, now // 1000 * 1000, ADMIN, now, numbers, ORGANIZATION)
        last = await connection.fetchval(COUNTER, len(rows), ORGANIZATION) - len(rows)
        changed = ([row[0] for row in rows], [row[2] for row in rows])
        await connection.execute(LOG, ORGANIZATION, last, ADMIN, now, *changed)
    found: Sequence[by_hand.Row] = rows
    return found


async def approve(variables: Variables) -> dict[str, Any]:
    [row] = await _approve([entry_number(variables["id"])])
    return by_hand.approved(row)


async def approve_many(variables: Variables) -> dict[str, Any]:
    return by_hand.approved_many(await _approve([entry_number(text) for text in variables["ids"]]))


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
    }
)
