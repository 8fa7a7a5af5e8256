"""Execution: a request becomes a document, an operation, a plan with its variables, and an answer."""

from collections.abc import Callable

from graphql import GraphQLObjectType, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues, get_variable_values

from gateway.domain.access import Role, Viewer
from gateway.graphql.errors import RequestRefused, refuse, with_code
from gateway.graphql.explaining import WatchedDatabase
from gateway.graphql.operation import OperationPlan
from gateway.graphql.ordinary import execute_ordinarily, resolve_roots_by_plans
from gateway.graphql.requests.coercion import VariablesReader
from gateway.graphql.requests.documents import Document, Documents
from gateway.graphql.requests.limits import Limits, check_variables, too_dear
from gateway.graphql.requests.request import GraphQLRequest, Outcome
from gateway.graphql.run import Clock, Run, system_clock
from gateway.graphql.schema import CORE
from gateway.graphql.selections import Rights, Scope
from gateway.http.codes import Code
from gateway.store.databases.database import Database

DEFAULT_LIMITS = Limits()
DEFAULT_CACHE_BYTES = 24_000_000
ADMINS = frozenset({Role.ADMIN})

resolve_roots_by_plans(CORE)


def _spend_freely(_cost: int) -> None:
    """Let every operation pass."""


class Gateway:
    """Executes operations over a database."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = system_clock,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        limits: Limits = DEFAULT_LIMITS,
        introspection: bool = True,
        explains_to: frozenset[Role] = ADMINS,
    ) -> None:
        self._database, self._clock, self._limits = database, clock, limits
        self._explains_to = explains_to
        self._hides_schema = not introspection
        self._documents = Documents(CORE, cache_bytes=cache_bytes, limits=limits, introspection=introspection)

    def knows(self, query: str) -> bool:
        """Tell whether a document needs neither parsing nor validation, for it was asked lately."""
        return query in self._documents

    async def execute(
        self,
        request: GraphQLRequest,
        viewer: Viewer,
        *,
        allow_mutation: bool = True,
        spend: Callable[[int], None] = _spend_freely,
    ) -> Outcome:
        """Answer a request; never raises for what a client can cause.

        `spend` is told the cost before anything is executed; what it raises ends the request.
        """
        kind, name, digest, cost = "unknown", None, "-", 0
        extensions: dict[str, object] = {}
        try:
            document = self._documents.get(request.query)
            operation = document.operation(request.operation_name)
            kind, digest = operation.operation.value, document.digest
            name = operation.name.value if operation.name else None
            if operation.operation is OperationType.MUTATION and not allow_mutation:
                return _mutation_by_get()
            check_variables(request.variables or {}, document.arguments, self._limits)
            watched = WatchedDatabase(self._database) if request.explain and viewer.role in self._explains_to else None
            run = Run(watched or self._database, viewer, self._variables(document, operation, request), self._clock)
            rights = Rights(viewer.sees_everything, viewer.sees_costs, viewer.timesheet_submission)
            plan = self._plan(document, operation, run.variables, rights)
            cost = plan.cost(run)
            if cost > self._limits.cost:
                raise too_dear(cost, self._limits.cost)
            spend(cost)
            if plan.is_introspection:
                payload = await execute_ordinarily(CORE, document, operation, run, rights)
            else:
                payload = await plan.execute(run)
            if watched is not None:
                extensions["plan"] = watched.explanation(plan.reads())
            executed = True
        except RequestRefused as refused:
            payload, executed = {"errors": refused.errors}, False
        return Outcome(payload, executed, operation=name, kind=kind, document=digest, cost=cost, extensions=extensions)

    def _variables(
        self, document: Document, operation: OperationDefinitionNode, request: GraphQLRequest
    ) -> VariableValues:
        given = dict(request.variables or {})
        reader: VariablesReader = document.readers.get(id(operation), lambda: VariablesReader(CORE, operation))
        if (regular := reader.read(given)) is not None:
            return regular
        most = self._limits.validation_errors - 1  # graphql-core adds one that says that there were too many
        found = get_variable_values(
            CORE, operation.variable_definitions or (), given, max_errors=most, hide_suggestions=self._hides_schema
        )
        if isinstance(found, list):
            raise RequestRefused([with_code(error, Code.BAD_USER_INPUT) for error in found])
        return found

    def _plan(
        self, document: Document, operation: OperationDefinitionNode, variables: VariableValues, rights: Rights
    ) -> OperationPlan:
        """Return the plan of an operation for these rights and these values of @skip and @include."""
        flags = tuple(variables.coerced.get(name) for name in document.flags)

        def make() -> OperationPlan:
            scope = Scope(CORE, document.fragments, variables.coerced, rights, self._database.dialect)
            return OperationPlan(scope, self._root(operation), operation)

        plan: OperationPlan = document.plans.get((id(operation), rights, flags), make)
        return plan

    def _root(self, operation: OperationDefinitionNode) -> GraphQLObjectType:
        root = CORE.get_root_type(operation.operation)
        if root is None or operation.operation is OperationType.SUBSCRIPTION:
            raise refuse(
                "A subscription needs a transport that stays open, such as graphql-transport-ws; this one does not.",
                Code.BAD_USER_INPUT,
            )
        return root


def _mutation_by_get() -> Outcome:
    refused = refuse("A mutation cannot be sent by GET; send it by POST.", Code.METHOD_NOT_ALLOWED)
    return Outcome({"errors": refused.errors}, executed=False, is_mutation_by_get=True)
