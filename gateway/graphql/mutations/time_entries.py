"""Mutations of one time entry. The four transitions are one table."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.approval import Act
from gateway.domain.attributes import Attributes
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.arguments import attributes_of, number_of
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.operations.idempotency import Key
from gateway.operations.time_entries import change_state, create_time_entry, delete_time_entry, update_time_entry
from gateway.operations.work import Work
from gateway.querying.identifiers import global_id

NO_ATTRIBUTES = Attributes()


class CreatePlan(WritePlan):
    """`timeEntryCreate`."""

    def command(self, _run: Run, values: Values) -> tuple[Attributes, Key | None]:
        """Read the attributes and the key."""
        given = values["input"]
        attributes = attributes_of(given)
        return attributes, Key.of("timeEntryCreate", given.get("idempotencyKey"), attributes)

    async def perform(self, work: Work, command: tuple[Attributes, Key | None]) -> Answer:
        """Make the entry."""
        attributes, key = command
        return Answer(records={"timeEntry": await create_time_entry(work, attributes, key)})


@dataclass(frozen=True, slots=True)
class OfEntry:
    """A command about one entry."""

    number: int
    if_revision: int | None
    attributes: Attributes
    reason: str | None


class OfEntryPlan(WritePlan):
    """What is done with an entry that has an id."""

    def command(self, _run: Run, values: Values) -> OfEntry:
        """Read the id, and what else the field takes."""
        return OfEntry(
            number=number_of(values["id"]),
            if_revision=values.get("ifRevision"),
            attributes=attributes_of(values["input"]) if "input" in values else NO_ATTRIBUTES,
            reason=values.get("reason"),
        )

    def subject(self, command: OfEntry) -> int:
        """Show this entry beside a conflict."""
        return command.number


class UpdatePlan(OfEntryPlan):
    """`timeEntryUpdate`."""

    async def perform(self, work: Work, command: OfEntry) -> Answer:
        """Change the entry."""
        number = await update_time_entry(work, command.number, command.attributes, if_revision=command.if_revision)
        return Answer(records={"timeEntry": number})


class DeletePlan(OfEntryPlan):
    """`timeEntryDelete`."""

    async def perform(self, work: Work, command: OfEntry) -> Answer:
        """Remove the entry."""
        number = await delete_time_entry(work, command.number, if_revision=command.if_revision)
        return Answer(values={"deletedId": global_id("TimeEntry", number)})


class TransitionPlan(OfEntryPlan):
    """`timeEntryApprove` and its three siblings."""

    def __init__(self, scope: Scope, selected: Selected, act: Act) -> None:
        super().__init__(scope, selected)
        self._act = act

    async def perform(self, work: Work, command: OfEntry) -> Answer:
        """Move the entry to another state, or leave it alone where it is there already."""
        number = await change_state(
            work, command.number, self._act, reason=command.reason, if_revision=command.if_revision
        )
        return Answer(records={"timeEntry": number})


def transition(act: Act) -> Callable[[Scope, Selected], TransitionPlan]:
    """Return the planner of a transition."""
    return lambda scope, selected: TransitionPlan(scope, selected, act)
