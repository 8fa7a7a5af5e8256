"""The ordinary path: graphql-core executes, and completes the answers of the same plans leaf by leaf.

Introspection takes it; and it is the yardstick for the planned path, which has to answer the same.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLResolveInfo, GraphQLSchema, execute
from graphql.pyutils import is_awaitable

from gateway.graphql.errors import completed, located
from gateway.graphql.fields import planner_of
from gateway.graphql.nested_checks import checks_below
from gateway.graphql.operation import ENDS_AN_ANSWER
from gateway.graphql.requests.documents import Document, Operation
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope
from gateway.http.pacing import aside


@dataclass(frozen=True, slots=True)
class _Context:
    """What root fields share: the run, and whose turn it is on its connection."""

    run: Run
    turn: asyncio.Lock


async def resolve_by_plan(_source: object, info: GraphQLResolveInfo[Any], **_arguments: object) -> object:
    """Resolve a root field by its plan, once the connection is free: graphql-core begins all of them at once."""
    context: _Context = info.context
    run = context.run
    scope = Scope(info.schema, info.fragments, run.variables.coerced, run.rights, run.database.dialect)
    selected = scope.selected(info.parent_type, str(info.path.key), info.field_nodes)
    for refused in (error for check in checks_below(selected) for error in check.refused(run)):
        raise refused
    try:
        plan = await aside(lambda: planner_of(selected.field)(scope, selected))  # type: ignore[misc]  # each has a plan
        prepared = plan.prepare(run)
        async with context.turn:
            return await plan.run(run, prepared)
    except Exception as error:
        raise located(error, selected.nodes, [selected.key]) from error


async def execute_ordinarily(
    schema: GraphQLSchema, document: Document, operation: Operation, run: Run
) -> dict[str, object]:
    """Return the response map that graphql-core makes."""
    whole = DocumentNode(definitions=(operation.node, *document.fragments.values()))
    given = {name: source.value for name, source in run.variables.sources.items()}
    async with run.database.read(snapshot=True) as connection:
        context = _Context(run.on(connection), asyncio.Lock())
        result = execute(schema, whole, context_value=context, variable_values=given)
        if is_awaitable(result):
            result = await result
    for error in result.errors or ():  # type: ignore[union-attr]
        ended = error.__cause__  # see `resolve_by_plan`
        if isinstance(ended, ENDS_AN_ANSWER) and not operation.is_mutation:
            raise ended
    errors = [dict(completed(error).formatted) for error in result.errors or ()]  # type: ignore[union-attr]
    return {"errors": errors, "data": result.data} if errors else {"data": result.data}  # type: ignore[union-attr]
