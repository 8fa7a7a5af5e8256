"""Explaining: what an operation reads, and what it ran, by listening: SQL, the database's plan, rows, time.

Admins get it in `extensions.plan`, and `gateway explain` prints it.
"""

from collections.abc import Sequence
from typing import Any

from gateway.graphql.reads import Read
from gateway.store.databases.database import Connection, Database
from gateway.store.databases.statements import Row, Statement
from gateway.store.databases.usage import Ran

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


async def explanation(database: Database, reads: Sequence[Read], ran: Sequence[Ran]) -> dict[str, object]:
    """Return what was planned and what was run, as JSON has it, each statement with the database's plan."""
    async with database.read(snapshot=False) as connection:
        return {
            "selection": [read.answer() for read in reads],
            "statements": [_statement(each, await _plan(connection, each)) for each in ran],
        }


def _statement(ran: Ran, plan: Sequence[str]) -> dict[str, object]:
    return {
        "sql": ran.text,
        "parameters": [
            {"name": name, "value": _shown(value)} for name, value in zip(ran.names, ran.parameters, strict=True)
        ],
        "rows": ran.rows,
        "milliseconds": round((ran.ended - ran.began) / 1_000_000, 3),
        "plan": plan,
    }


async def _plan(connection: Connection, ran: Ran) -> list[str]:
    # The values are those that the driver took, so nothing is left to do for them.
    explain = Statement(EXPLAIN[connection.dialect.name] + ran.text, tuple(ran.names), {}, {}, ())
    return _lines(await connection.run(explain, dict(zip(ran.names, ran.parameters, strict=True))))


def _lines(rows: Sequence[Row]) -> list[str]:
    """Return the lines of the database's plan. SQLite's rows are (id, id of the step above, unused, text)."""
    depths: dict[Any, int] = {}
    lines = []
    for row in rows:
        depth = 0
        if len(row) > 1:
            depth = depths[row[0]] = depths.get(row[1], -1) + 1
        lines.append("  " * depth + str(row[-1]))
    return lines


def _shown(value: object) -> object:
    """Return a bound value as JSON has it."""
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
