"""`OperationPlan`, what `Gateway.execute` runs: the plans of the root fields, and how their answers make the response.

It is made in two steps, since an operation that is too expensive should cost no more than its price: the price of what
it may answer with the first request, the plans of the fields once a request may pay that. What their statements can be
made to do is added then, by what each request asks for.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError, GraphQLObjectType, OperationDefinitionNode, OperationType

from gateway.graphql.costs import price_of_operation
from gateway.graphql.errors import RequestRefused, located
from gateway.graphql.fields import planner_of
from gateway.graphql.introspection import FIELDS as INTROSPECTION
from gateway.graphql.introspection import check_introspection
from gateway.graphql.nested_checks import NestedCheck, checks_below
from gateway.graphql.planning import RootPlan, Searches
from gateway.graphql.reads import Read, reads_of
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.http.pacing import aside
from gateway.querying.errors import BadOperand
from gateway.querying.sizes import AnswerTooLong
from gateway.store.databases.usage import Usage, current_usage
from gateway.store.totals.effort import Effort

# Root fields that are read without giving other requests their turn.
FIELDS_AT_ONCE = 2

# Of a read these end the whole. A mutation has written what its other fields did, so its answer is given.
ENDS_AN_ANSWER = (AnswerTooLong, MemoryError)

Plan = RootPlan[Any]  # of some field: what it prepares is its own affair
Start = tuple["Plan | _Failing", Any]  # what is left of a field once its plan was prepared


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """An operation whose arguments were read."""

    starts: Sequence[Start]
    efforts: Sequence[Effort]


class OperationPlan:
    """The root fields of one operation, planned for callers with the same rights."""

    def __init__(self, scope: Scope, operation: OperationDefinitionNode, *, is_long: bool = False) -> None:
        """Collect the root fields and price them; those of a long document are planned beside the event loop."""
        root = cast("GraphQLObjectType", scope.schema.get_root_type(operation.operation))
        self._type_name = root.name
        self.is_mutation = operation.operation is OperationType.MUTATION
        self._fields = scope.collect(root, [operation.selection_set])
        check_introspection(self._fields)
        self.is_introspection = any(field.name in INTROSPECTION for field in self._fields)
        self.is_of_schema_alone = self.is_introspection and all(field.name.startswith("__") for field in self._fields)
        self._scope, self._is_long = scope, is_long
        self._plans: list[Plan] | None = None
        self._searching: list[Searches | None] = []  # by field; a protocol is slow to be asked for with each request
        self._checks: list[NestedCheck] = []
        self.statements = 0  # the most that a request runs, once the fields are planned
        # Of what the operation may answer.
        self.price = price_of_operation(self._fields, mutation=self.is_mutation)

    def reads(self) -> tuple[Read, ...]:
        """Tell what the operation reads, for those who look at its plan."""
        return reads_of(self._scope, self._fields)

    async def prepare(self, run: Run) -> Ready:
        """Read the arguments of a request, without any I/O.

        Raises:
            RequestRefused: a filter that cannot be.
        """
        plans = self._plans or await self.plan_fields()
        starts: list[Start] = []
        efforts: list[Effort] = []
        refused: list[GraphQLError] = []
        for place, (field, plan) in enumerate(zip(self._fields, plans, strict=True)):
            if place and place % FIELDS_AT_ONCE == 0:
                await asyncio.sleep(0)
            try:
                ready = plan.prepare(run)
            except BadOperand as error:
                refused.append(located(error, field.nodes, [field.key]))
            except GraphQLError as error:
                starts.append((_Failing(error), None))
            else:
                starts.append((plan, ready))
                searching = self._searching[place]
                if searching is not None:
                    efforts += searching.efforts(ready)
        for check in self._checks:
            refused += check.refused(run)
        if refused:
            raise RequestRefused(refused)
        if self._scope.searches:
            # Each record of the answer costs a point, so there are no more parents than points.
            parents = self.price.points(run.variables)
            efforts += [effort for search in self._scope.searches.values() for effort in search(run, parents)]
        return Ready(starts, efforts)

    def execute(self, run: Run, ready: Ready) -> Awaitable[dict[str, object]]:
        """Return the response map of a query or a mutation, once it is awaited."""
        if self.is_mutation or not self.statements:
            return self._execute(run, ready.starts)
        return run.database.answer(
            lambda connection: self._execute(run.on(connection), ready.starts), snapshot=self.statements > 1
        )

    async def plan_fields(self) -> list[Plan]:
        """Plan the fields, when the operation is first executed: it may have been too expensive."""
        if self._is_long:
            plans, checks = await aside(self._planned)
        else:
            plans, checks = self._planned()
        self._searching = [plan if isinstance(plan, Searches) else None for plan in plans]
        self._plans, self._checks = plans, checks
        self.statements = sum(plan.statements for plan in plans)
        return plans

    def _planned(self) -> tuple[list[Plan], list[NestedCheck]]:
        plans = [self._plan_of(field) for field in self._fields]
        return plans, [check for field in self._fields for check in checks_below(field)]

    def _plan_of(self, field: Selected) -> Plan:
        planner = planner_of(field.field)
        return _Typename(self._type_name) if planner is None else planner(self._scope, field)

    async def _execute(self, run: Run, starts: Sequence[Start]) -> dict[str, object]:
        data: dict[str, object] | None = {}
        errors: list[Mapping[str, object]] = []
        usage = current_usage.get() or Usage()
        answer = usage.answer
        answer.taken = 0  # a read may have begun before, elsewhere
        for place, (field, (plan, ready)) in enumerate(zip(self._fields, starts, strict=True)):
            if place and (place % FIELDS_AT_ONCE == 0 or usage.is_step_long):
                await asyncio.sleep(0)  # short reads never wait
            before = answer.taken
            try:
                value = await plan.run(run, ready)
            except Exception as error:
                if isinstance(error, ENDS_AN_ANSWER) and not self.is_mutation:
                    raise
                answer.taken = before
                errors.append(located(error, field.nodes, [field.key]).formatted)
                value = None
                if not field.nullable:
                    data = None
            if data is None:
                break
            data[field.key] = value
        return {"errors": errors, "data": data} if errors else {"data": data}


class _Failing:
    """Raises an error that the preparation of a field met, now in the field's place."""

    def __init__(self, error: GraphQLError) -> None:
        self._error = error

    async def run(self, _run: Run, _prepared: None) -> object:
        raise self._error


class _Typename:
    """`__typename`, the one root field that the schema's lines do not have."""

    statements = 0

    def __init__(self, name: str) -> None:
        self._name = name

    def prepare(self, run: Run) -> None:
        """Take no arguments."""

    async def run(self, _run: Run, _prepared: None) -> str:
        """Return the name of the root type."""
        return self._name
