"""How a database finds the rows of a statement: PostgreSQL's plan, node by node."""

import json
from collections.abc import Iterator
from typing import Any

from gateway.store.databases.database import Connection
from gateway.store.databases.statements import Statement
from gateway.store.databases.usage import Ran

Node = dict[str, Any]


async def explained(connection: Connection, ran: Ran, command: str) -> list[tuple[Any, ...]]:
    """Run a statement again behind an EXPLAIN of some kind."""
    statement = Statement(f"{command} {ran.text}", tuple(ran.names), {}, {}, ())
    return await connection.run(statement, dict(zip(ran.names, ran.parameters, strict=True)))


async def analyzed(connection: Connection, ran: Ran) -> list[Node]:
    """Return the nodes of the plan by which PostgreSQL runs a statement, from above."""
    [(plan,)] = await explained(connection, ran, "EXPLAIN (ANALYZE, FORMAT JSON)")
    return list(_nodes_of(json.loads(plan)[0]["Plan"]))


async def planned_for_any_values(connection: Connection, ran: Ran) -> list[Node]:
    """Return the nodes of the plan that PostgreSQL keeps of a statement, from above."""

    async def run(text: str) -> list[tuple[Any, ...]]:
        return await connection.run(Statement(text, (), {}, {}, ()), {})

    nothing = ", ".join(["NULL"] * len(ran.names))
    await run(f"PREPARE probe AS {ran.text}")
    await run("SET plan_cache_mode = force_generic_plan")
    try:
        [(plan,)] = await run(f"EXPLAIN (FORMAT JSON) EXECUTE probe ({nothing})")
    finally:
        await run("RESET plan_cache_mode")
        await run("DEALLOCATE probe")
    return list(_nodes_of(json.loads(plan)[0]["Plan"]))


def _nodes_of(plan: Node) -> Iterator[Node]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes_of(part)
