"""An operation as a plan: each root field with what it does, and how their answers make up the response."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from graphql import FieldNode, GraphQLError, GraphQLObjectType, OperationDefinitionNode, OperationType

from gateway.graphql.errors import RequestRefused, located
from gateway.graphql.fields import plan_of
from gateway.graphql.reads import Read, reads_of
from gateway.graphql.requests.costs import price_of_operation
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.errors import BadOperand

# Root fields that are read without giving other requests their turn.
FIELDS_AT_ONCE = 2


class RootPlan(Protocol):
    """What a root field does. Made once for a selection, used by many requests at once."""

    statements: int  # the most that a request runs

    def prepare(self, run: Run) -> Any:
        """Read the arguments, without any I/O.

        Raises:
            BadOperand: a filter that cannot be; the request is refused before anything is executed.
            GraphQLError: a variable that is missing; an error of the field.
        """

    async def run(self, run: Run, ready: Any) -> Any:
        """Return the finished value of the field, in the form that JSON has.

        Raises:
            BadInput: an argument that cannot be answered; an error of the field.
        """


class OperationPlan:
    """The root fields of one operation, planned for callers with the same rights."""

    def __init__(self, scope: Scope, root: GraphQLObjectType, operation: OperationDefinitionNode) -> None:
        self._type_name = root.name
        self.is_mutation = operation.operation is OperationType.MUTATION
        self._fields = scope.collect(root, [operation.selection_set])
        self.is_introspection = any(field.name in {"__schema", "__type"} for field in self._fields)
        self._scope = scope
        self._plans: list[RootPlan | None] | None = None
        self.statements = 0  # the most that a request runs, once the fields are planned
        self._price = price_of_operation(scope, self._fields, mutation=self.is_mutation)

    def cost(self, run: Run) -> int:
        """Return the cost points of the operation with the variables of a request."""
        return self._price.points(run.variables.coerced)

    def reads(self) -> tuple[Read, ...]:
        """Tell what the operation reads, for those who look at its plan."""
        return reads_of(self._scope, self._fields)

    async def execute(self, run: Run) -> dict[str, Any]:
        """Return the response map of a query or a mutation.

        Raises:
            RequestRefused: a filter that cannot be.
        """
        plans = self._plans or await self._make_plans()
        ready = self._prepare(run, plans)
        if self.is_mutation or not self.statements:
            return await self._execute(run, plans, ready)
        async with run.database.read(snapshot=self.statements > 1) as connection:
            return await self._execute(run.on(connection), plans, ready)

    async def _make_plans(self) -> list[RootPlan | None]:
        """Plan the fields, when the operation is first executed: it may have been too dear."""
        plans: list[RootPlan | None] = []
        for field in self._fields:
            if len(self._fields) > FIELDS_AT_ONCE:
                await asyncio.sleep(0)
            plans.append(_planned(self._scope, field))
        self._plans = plans
        self.statements = sum(plan.statements for plan in plans if plan is not None)
        return plans

    def _prepare(self, run: Run, plans: Sequence[RootPlan | None]) -> list[Any]:
        ready: list[Any] = []
        refused: list[GraphQLError] = []
        for field, plan in zip(self._fields, plans, strict=True):
            try:
                ready.append(None if plan is None else plan.prepare(run))
            except BadOperand as error:
                refused.append(located(error, field.nodes, [field.key]))
            except GraphQLError as error:
                ready.append(error)
        if refused:
            raise RequestRefused(refused)
        return ready

    async def _execute(self, run: Run, plans: Sequence[RootPlan | None], ready: Sequence[Any]) -> dict[str, Any]:
        data: dict[str, Any] | None = {}
        errors: list[dict[str, Any]] = []
        for place, (field, plan, arguments) in enumerate(zip(self._fields, plans, ready, strict=True)):
            if place and place % FIELDS_AT_ONCE == 0:
                await asyncio.sleep(0)  # short reads never wait
            try:
                value = self._type_name if plan is None else await run_prepared(plan, run, arguments)
            except Exception as error:  # noqa: BLE001 - what is unexpected is masked, and the other fields go on
                errors.append(dict(located(error, field.nodes, [field.key]).formatted))
                value = None
                if not field.nullable:
                    data = None
            if data is None:
                break
            data[field.key] = value
        return {"errors": errors, "data": data} if errors else {"data": data}


async def run_prepared(plan: RootPlan, run: Run, ready: Any) -> Any:
    """Run a plan; an error that its preparation met is raised now, in the field's place."""
    if isinstance(ready, GraphQLError):
        raise ready
    return await plan.run(run, ready)


def _planned(scope: Scope, field: Selected) -> RootPlan | None:
    planner = None if field.name == "__typename" else plan_of(field.field)
    return None if planner is None else planner(scope, field)


def selected_of(root: GraphQLObjectType, nodes: list[FieldNode]) -> Selected:
    """Return a root field from its places in the document, as graphql-core's executor has them."""
    node = nodes[0]
    key = node.alias.value if node.alias else node.name.value
    return Selected(key, node.name.value, root.fields[node.name.value], tuple(nodes))
