"""Planners make plans of selections: the schema's lines name planners, execution runs plans."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.conditions import Condition
from gateway.querying.projections import Column, Many
from gateway.store.totals.effort import Effort

Prepared = TypeVar("Prepared")


class RootPlan(Protocol[Prepared]):
    """What a root field does. Made once for a selection, used by many requests at once.

    `Prepared` is what the plan makes of a request's arguments before anything is executed.
    """

    @property
    def statements(self) -> int:
        """The most that a request runs."""

    def prepare(self, run: Run) -> Prepared:
        """Read the arguments, without any I/O.

        Raises:
            BadOperand: a filter that cannot be; the request is refused before anything is executed.
            GraphQLError: a variable that is missing; an error of the field.
        """

    async def run(self, run: Run, prepared: Prepared, /) -> object:
        """Return the finished value of the field, in the form that JSON has.

        Raises:
            BadInput: an argument that cannot be answered; an error of the field.
        """


@runtime_checkable
class Searches(Protocol):
    """A root plan that may have to look at more rows than it answers."""

    def efforts(self, prepared: object, /) -> Sequence[Effort]:
        """Return what its statements can be made to do."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Which events a subscriber wants: of entries that match, after an event (None: from now on)."""

    condition: Condition
    since: int | None


RootPlanner = Callable[[Scope, Selected], RootPlan[Any]]  # each plan alone knows what it prepares


class EventsPlan(Protocol):
    """What a root field of subscriptions sends. Made once for a selection, used by many subscribers at once."""

    @property
    def statements(self) -> int:
        """How many read the events of a commit."""

    def prepare(self, run: Run) -> Watched:
        """Read the arguments of a request, without any I/O.

        Raises:
            BadOperand: a filter that cannot be.
            GraphQLError, InvalidCursor: another argument that cannot be.
        """

    async def shown(self, run: Run, numbers: Sequence[int]) -> Mapping[int, object]:
        """Return finished events by their numbers in the change log."""


EventsPlanner = Callable[[Scope, Selected], EventsPlan]
ManyPlanner = Callable[[Scope, Selected], Many | Column]


@runtime_checkable
class Conditional(Protocol):
    """A planner of a field below the root, with arguments that become a condition before anything runs."""

    def __call__(self, scope: Scope, selected: Selected, /) -> Many | Column: ...

    def condition(self, run: Run, arguments: Mapping[str, object]) -> Condition:
        """Read the filter, which is the same for all records that the field hangs on.

        Raises:
            BadOperand: a filter that cannot be; the request is refused.
        """
