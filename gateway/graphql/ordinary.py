"""The ordinary path: graphql-core executes, and completes the answers of the same plans leaf by leaf.

Introspection takes it; and it is the yardstick for the planned path, which has to answer the same.
"""

from typing import Any

from graphql import DocumentNode, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode, execute
from graphql.pyutils import is_awaitable

from gateway.graphql.errors import located
from gateway.graphql.fields import planner_of
from gateway.graphql.operation import prepared
from gateway.graphql.requests.documents import Document
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope


def resolve_roots_by_plans(schema: GraphQLSchema) -> None:
    """Let the root fields of a schema be resolved by their plans, from `info.context` = (run, rights)."""
    for root in (schema.query_type, schema.mutation_type):
        for field in root.fields.values() if root else ():
            if planner_of(field) is not None:
                field.resolve = _resolve


async def _resolve(_source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    run, rights = info.context
    scope = Scope(info.schema, info.fragments, run.variables.coerced, rights, run.database.dialect)
    selected = scope.selected(info.parent_type, str(info.path.key), info.field_nodes)
    try:
        plan = planner_of(selected.field)(scope, selected)  # type: ignore[misc]  # only fields with a plan come here
        return await prepared(plan, run)(run)
    except Exception as error:
        raise located(error, selected.nodes, [selected.key]) from error


async def execute_ordinarily(
    schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode, run: Run, rights: Any
) -> dict[str, Any]:
    """Return the response map that graphql-core makes."""
    whole = DocumentNode(definitions=(operation, *document.fragments.values()))
    given = {name: source.value for name, source in run.variables.sources.items()}
    async with run.database.read(snapshot=True) as connection:
        result = execute(schema, whole, context_value=(run.on(connection), rights), variable_values=given)
        if is_awaitable(result):
            result = await result
    errors = [dict(error.formatted) for error in result.errors or ()]  # type: ignore[union-attr]
    return {"errors": errors, "data": result.data} if errors else {"data": result.data}  # type: ignore[union-attr]
