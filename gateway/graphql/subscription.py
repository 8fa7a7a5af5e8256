"""`SubscriptionPlan`: a subscription as a plan, what its events cost and show, and with whom they can be shared."""

import asyncio
from collections.abc import Hashable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, cast

import orjson
from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType, OperationDefinitionNode, get_named_type

from gateway.graphql.costs import price_of_operation
from gateway.graphql.errors import RequestRefused, located
from gateway.graphql.fields import events_planner_of
from gateway.graphql.nested_checks import NestedCheck, checks_below
from gateway.graphql.planning import EventsPlan, Watched
from gateway.graphql.requests.arguments import variables_of
from gateway.graphql.requests.limits.values import FILTER
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.http.pacing import aside
from gateway.http.writing import PIECE, STRETCH, weigh, written
from gateway.live.watches import Showing, Shown
from gateway.querying.errors import BadInput
from gateway.querying.sizes import AnswerSize
from gateway.store.databases.failures import StoreFailure
from gateway.store.databases.usage import Usage, current_answer, current_usage

POINTS_AT_ONCE = 100_000  # of events that are read by one statement
DEPENDS_ON_VIEWER = "viewerCan"


class SubscriptionPlan:
    """The one root field of a subscription, planned for callers with the same rights."""

    is_mutation = False

    def __init__(self, scope: Scope, operation: OperationDefinitionNode, *, is_long: bool = False) -> None:
        """Price the field; that of a long document is planned beside the event loop."""
        root = cast("GraphQLObjectType", scope.schema.subscription_type)
        [self._field] = scope.collect(root, [operation.selection_set])
        self._scope, self._is_long = scope, is_long
        self._planned: tuple[EventsPlan, list[NestedCheck]] | None = None
        self.price = price_of_operation([self._field], mutation=False)  # of one event
        below = list(_below(self._field))
        arguments = [argument for part in below for argument in part.nodes[0].arguments or ()]
        self._variables = sorted({name for argument in arguments for name in variables_of(argument.value)})
        # A filter may ask for what the caller may decide.
        filters = any(argument.name.value == FILTER for argument in arguments)
        self._is_shared = scope.rights.sees_everything and not filters
        self._is_shared = self._is_shared and all(part.name != DEPENDS_ON_VIEWER for part in below)

    async def plan_fields(self) -> None:
        """Plan the field."""
        if self._planned is None:
            self._planned = await aside(self._plan) if self._is_long else self._plan()

    async def prepare(self, run: Run) -> Watched:
        """Read the arguments, without any I/O.

        Raises:
            RequestRefused: one of them cannot be.
        """
        plan, checks = await self._plans()
        field = self._field
        try:
            watched = plan.prepare(run)
        except (BadInput, GraphQLError) as error:
            raise RequestRefused([located(error, field.nodes, [field.key])]) from error
        if refused := [error for check in checks for error in check.refused(run)]:
            raise RequestRefused(refused)
        return watched

    def showing(self, run: Run, most_bytes: float) -> Showing:
        """Return what shows events to the caller, and to whom else it shows the same."""
        values = tuple(repr(run.variables.coerced.get(name)) for name in self._variables)
        viewer = None if self._is_shared else run.viewer.person_id
        key: Hashable = (self, run.viewer.organization_id, viewer, values)

        async def show(numbers: Sequence[int]) -> Shown:
            return await self._show(run, numbers, most_bytes)

        return Showing(key, show)

    async def _show(self, run: Run, numbers: Sequence[int], most_bytes: float) -> Shown:
        """Show the first of some events, until they are as long as an answer may be.

        What fails is tried again in halves, so that no event is an error for what is wrong with another one.
        """
        most_at_once = max(1, POINTS_AT_ONCE // max(1, self.price.points(run.variables)))
        at_once, done, size = most_at_once, 0, 0
        texts: dict[int, str] = {}
        while done < len(numbers) and size < most_bytes:
            part = numbers[done : done + at_once]
            try:
                found = await self._show_at_once(run, part, most_bytes)
            except StoreFailure:
                raise  # the events are there, so they are sent later
            except Exception as error:  # noqa: BLE001 - whatever it is, the client learns no more than it may know
                if len(part) > 1:
                    at_once = len(part) // 2
                    continue
                found = {part[0]: self._failed(error)}
            texts |= found
            done += len(part)
            size += sum(map(len, found.values()))
            at_once = min(2 * at_once, most_at_once)
        return Shown(texts, numbers[done - 1])

    async def _show_at_once(self, run: Run, numbers: Sequence[int], most_bytes: float) -> dict[int, str]:
        # Nobody's alone: who asked first is not to pay for what is read for all.
        current_usage.set(Usage(answer=AnswerSize(most_bytes)))
        plan, _ = await self._plans()
        found = await run.database.answer(
            lambda connection: plan.shown(run.on(connection), numbers), snapshot=plan.statements > 1
        )
        return await _texts({number: {"data": {self._field.key: event}} for number, event in found.items()})

    def _failed(self, error: Exception) -> str:
        errors = [located(error, self._field.nodes, [self._field.key]).formatted]
        return orjson.dumps({"errors": errors, "data": None}).decode()

    async def _plans(self) -> tuple[EventsPlan, list[NestedCheck]]:
        await self.plan_fields()
        return cast("tuple[EventsPlan, list[NestedCheck]]", self._planned)

    def _plan(self) -> tuple[EventsPlan, list[NestedCheck]]:
        planner = events_planner_of(self._field.field)
        if planner is None:
            raise TypeError(f"{self._field.name} has no events.")
        return planner(self._scope, self._field), list(checks_below(self._field))


async def _texts(payloads: Mapping[int, Mapping[str, object]]) -> dict[int, str]:
    """Write what was read of events; others get their turn where it is long.

    Raises:
        AnswerTooLong: they are longer together than an answer may be.
    """
    answer = current_answer()
    texts: dict[int, str] = {}
    left = answer.most
    until = perf_counter() + STRETCH
    for number, payload in payloads.items():
        weight = weigh([payload])  # its own, for the answer's is that of all of them
        text = await written(payload, roughly=weight if weight <= PIECE else answer.taken, most=left)
        left -= len(text)
        texts[number] = text.decode()
        if perf_counter() > until:
            await asyncio.sleep(0)
            until = perf_counter() + STRETCH
    return texts


def _below(field: Selected) -> Iterator[Selected]:
    """Yield all that is selected below a field, on whatever type."""
    named: Any = get_named_type(field.field.type)
    types: list[GraphQLObjectType] = [named] if isinstance(named, GraphQLObjectType) else []
    if isinstance(named, GraphQLInterfaceType):
        types = [*field.scope.possible_types(named).values()]
    for part in (part for type_ in types for part in field.parts_of(type_) if not part.name.startswith("__")):
        yield part
        yield from _below(part)
