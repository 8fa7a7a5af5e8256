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


def _nodes_of(plan: Node) -> Iterator[Node]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes_of(part)
