"""`Gateway.execute`, the door: it runs an operation, or says why not.

A request (`requests.request`) becomes a document (`requests.documents`), the variables of one of its operations, and a
plan (`operation`); documents and plans are kept (`planned`). A plan whose price is within the limits is handed a
`run.Run`, which is all that it needs of the request, and answers; what is asked of the schema alone is answered without
one (`introspection`), and what is asked of both, by graphql-core (`ordinary`).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from graphql.execution.values import VariableValues, get_variable_values

from gateway.clock import Clock, system_clock
from gateway.documents.registry import Registry
from gateway.domain.access import Role, Viewer
from gateway.graphql.errors import RequestRefused, refuse, with_code
from gateway.graphql.explaining import explanation
from gateway.graphql.introspection import Introspection
from gateway.graphql.operation import ENDS_AN_ANSWER, OperationPlan, Ready
from gateway.graphql.options import Limits
from gateway.graphql.ordinary import execute_ordinarily
from gateway.graphql.planned import Plans
from gateway.graphql.requests.documents import Document, Documents, Operation
from gateway.graphql.requests.limits.bounds import too_expensive
from gateway.graphql.requests.limits.values import Counted, check_variables
from gateway.graphql.requests.request import GraphQLRequest, Outcome, Subscribed
from gateway.graphql.run import Run
from gateway.graphql.schema import CORE
from gateway.graphql.subscription import SubscriptionPlan
from gateway.graphql.tags import tag_of
from gateway.http.codes import Code
from gateway.http.masking import http_error_of
from gateway.http.pacing import aside
from gateway.http.points import search_points
from gateway.http.tags import is_known
from gateway.http.writing import LONGEST_MESSAGE
from gateway.live.watches import Watch
from gateway.operations.writing import StoreWriter, Writer
from gateway.querying.operands import Operands
from gateway.store.databases.database import Database
from gateway.store.databases.usage import Ran, current_answer, listening
from gateway.store.totals.sizes import Sizes
from gateway.store.writes.change_reads import stamp_of

DEFAULT_LIMITS = Limits()
ADMINS = frozenset({Role.ADMIN})
COST_OF_A_LOOK = 1  # points, where the client has the answer


def _spend_freely(_cost: int) -> None:
    """Let every operation pass."""


class Gateway:
    """Executes operations over a database."""

    def __init__(
        self,
        database: Database,
        *,
        sizes: Sizes | None = None,
        clock: Clock = system_clock,
        cache_bytes: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
        introspection: bool = True,
        explains_to: frozenset[Role] = ADMINS,
        registry: Registry | None = None,
        writer: Writer | None = None,
    ) -> None:
        self._database, self._clock, self._limits = database, clock, limits
        self._writer: Writer = StoreWriter(database) if writer is None else writer
        self._explains_to = explains_to
        self._hides_schema = not introspection
        documents = Documents(CORE, cache_bytes=cache_bytes, limits=limits, introspection=introspection)
        self.plans = Plans(documents, Registry() if registry is None else registry, database.dialect)
        self._introspection = Introspection(CORE)
        self._sizes = Sizes(database) if sizes is None else sizes

    def knows(self, request: GraphQLRequest) -> bool:
        """Tell whether a document needs neither parsing nor validation, for it was asked lately."""
        return self.plans.knows(request)

    async def execute(
        self,
        request: GraphQLRequest,
        viewer: Viewer,
        *,
        allow_mutation: bool = True,
        spend: Callable[[int], None] = _spend_freely,
    ) -> Outcome:
        """Answer a request; never raises for what a client can cause.

        `spend` is called with the cost before anything is executed; what it raises ends the request.
        """
        outcome = Outcome()
        viewer = self._writer.as_writer(viewer)
        try:
            document = self.plans.known(request) or await self.plans.document_of(request)
            operation = document.operation(request.operation_name)
            if operation.is_mutation and not allow_mutation:
                outcome.is_mutation_by_get = True
                raise refuse("A mutation cannot be sent by GET; send it by POST.", Code.METHOD_NOT_ALLOWED)
            outcome.kind, outcome.operation, outcome.document = operation.kind, operation.name, document.digest
            if operation.is_subscription:
                raise refuse(
                    "A subscription is answered over graphql-transport-ws or text/event-stream; use one of them.",
                    Code.GRAPHQL_VALIDATION_FAILED,
                )
            if request.if_none_match is not None and not request.explain:
                outcome.tag = await self._tag(request, document.counted, viewer)
                if is_known(outcome.tag, request.if_none_match):
                    outcome.cost = COST_OF_A_LOOK
                    spend(outcome.cost)
                    outcome.is_known = outcome.executed = True
                    return outcome
            run = await self._run(document, operation, request, viewer)
            plan = cast("OperationPlan", await self.plans.plan(document, operation, run))
            outcome.cost = self._allowed(plan.price.points(run.variables))
            ready = await plan.prepare(run)
            if ready.efforts:
                outcome.cost = self._allowed(outcome.cost + await search_points(ready.efforts, self._sizes, viewer))
            spend(outcome.cost)
            answer = self._answer(document, operation, plan, run, ready)
            if request.explain and viewer.role in self._explains_to:
                outcome.payload, outcome.extensions["plan"] = await self._explained(plan, answer)
            else:
                outcome.payload = await answer
            outcome.executed = True
        except RequestRefused as refused:
            outcome.payload = {"errors": refused.errors}
        except ENDS_AN_ANSWER as error:
            # What was made of the answer by then hangs on the frames.
            ended = http_error_of(error.with_traceback(None))
            outcome.payload, outcome.ended_as, outcome.executed = ended.payload, ended.code, True
        return outcome

    async def is_subscription(self, request: GraphQLRequest) -> bool:
        """Tell whether an operation is answered by events.

        Raises:
            RequestRefused: it is not known which operation is meant, or it is none that can be executed.
        """
        return (await self.plans.document_of(request)).operation(request.operation_name).is_subscription

    async def subscribe(
        self, request: GraphQLRequest, viewer: Viewer, *, spend: Callable[[int], None] = _spend_freely
    ) -> Subscribed:
        """Return what a subscription of the request is about; `spend` is called with the cost of an event.

        Raises:
            RequestRefused: it cannot be executed.
        """
        viewer = self._writer.as_writer(viewer)
        document = await self.plans.document_of(request)
        operation = document.operation(request.operation_name)
        run = await self._run(document, operation, request, viewer)
        plan = cast("SubscriptionPlan", await self.plans.plan(document, operation, run))
        cost = self._allowed(plan.price.points(run.variables))
        watched = await plan.prepare(run)
        spend(cost)
        return Subscribed(
            operation.name,
            document.digest,
            cost,
            Watch(watched.condition, viewer),
            plan.showing(run, min(current_answer().most, LONGEST_MESSAGE)),
            watched.since,
        )

    async def _tag(self, request: GraphQLRequest, counted: Counted, viewer: Viewer) -> str:
        """Return the tag of the answer as it would be now, by a look at one row."""
        check_variables(request.variables or {}, counted, self._limits)
        organization = viewer.organization_id
        stamp = await self._database.answer(lambda connection: stamp_of(connection, organization), snapshot=False)
        return tag_of(stamp, request, viewer, self._clock())

    def _allowed(self, cost: int) -> int:
        if cost > self._limits.max_cost:
            raise too_expensive(cost, self._limits.max_cost)
        return cost

    async def _run(self, document: Document, operation: Operation, request: GraphQLRequest, viewer: Viewer) -> Run:
        """Count the variables, then coerce them."""
        given = request.variables or {}
        check_variables(given, document.counted, self._limits)
        variables = operation.variables.read(given) or await self._complained_about(operation, given)
        operands = Operands(self._limits.max_operand_characters)
        return Run(self._database, viewer, variables, self._clock, writer=self._writer, operands=operands)

    def _answer(
        self, document: Document, operation: Operation, plan: OperationPlan, run: Run, ready: Ready
    ) -> Awaitable[dict[str, object]]:
        if not plan.is_introspection:
            return plan.execute(run, ready)
        if plan.is_of_schema_alone:
            return self._introspection.answer(document, operation, run.variables)
        return execute_ordinarily(CORE, document, operation, run)

    async def _explained(
        self, plan: OperationPlan, answer: Awaitable[dict[str, object]]
    ) -> tuple[dict[str, object], dict[str, object]]:
        """Return the answer and how it was found; a mutation is not listened to, for what writes is not explained."""
        ran: list[Ran] = []
        if plan.is_mutation:
            payload = await answer
        else:
            with listening(ran.append):
                payload = await answer
        return payload, await explanation(self._database, plan.reads(), ran)

    async def _complained_about(self, operation: Operation, given: Mapping[str, object]) -> VariableValues:
        """Have graphql-core coerce variables that are not in order, which says why."""
        most = self._limits.max_validation_errors - 1  # graphql-core adds one that says that there were too many
        definitions = operation.node.variable_definitions or ()
        coerced = await aside(
            lambda: get_variable_values(
                CORE, definitions, dict(given), max_errors=most, hide_suggestions=self._hides_schema
            )
        )
        if isinstance(coerced, list):
            raise RequestRefused([with_code(error, Code.BAD_USER_INPUT) for error in coerced])
        return coerced
