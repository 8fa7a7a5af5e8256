"""Mutations of one time entry. What is done with an entry that exists is one table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.catalog.records import TYPE_NAMES
from gateway.domain.approval import Act
from gateway.domain.attributes import WRITABLE, Attribute, Attributes, Kind, read_attributes
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.operations.idempotency import Key
from gateway.operations.time_entries import change_state, create_time_entry, delete_time_entry, update_time_entry
from gateway.operations.work import Work
from gateway.querying.identifiers import global_id, id_or_nobody


def attributes_of(given: Values) -> Attributes:
    """Read the input of a create or an update: each attribute that it names, and all that is wrong with them."""
    return read_attributes(
        {
            attribute.name: _with_number(attribute, given[attribute.graphql_name])
            for attribute in WRITABLE
            if attribute.graphql_name in given
        }
    )


def _with_number(attribute: Attribute, value: Any) -> Any:
    if value is None or attribute.kind not in {Kind.REFERENCE, Kind.NUMBER}:
        return value
    return id_or_nobody(value, TYPE_NAMES.get(attribute.points_to or ""))


class CreatePlan(WritePlan):
    """`timeEntryCreate`."""

    def command(self, _run: Run, values: Values) -> tuple[Attributes, Key | None]:
        """Read the attributes and the key."""
        given = values["input"]
        attributes = attributes_of(given)
        return attributes, Key.of("timeEntryCreate", given.get("idempotencyKey"), attributes.given())

    async def perform(self, work: Work, command: tuple[Attributes, Key | None]) -> Answer:
        """Make the entry."""
        attributes, key = command
        return Answer(time_entry=await create_time_entry(work, attributes, key))


@dataclass(frozen=True, slots=True)
class EntryCommand:
    """What is to be done with one entry: what its field takes, None for the rest."""

    entry_id: int
    if_revision: int | None
    attributes: Attributes
    reason: str | None


EntryAction = Callable[[Work, EntryCommand], Awaitable[Answer]]


async def _update(work: Work, command: EntryCommand) -> Answer:
    return Answer(
        time_entry=await update_time_entry(work, command.entry_id, command.attributes, if_revision=command.if_revision)
    )


async def _delete(work: Work, command: EntryCommand) -> Answer:
    entry_id = await delete_time_entry(work, command.entry_id, if_revision=command.if_revision)
    return Answer(deleted_id=global_id("TimeEntry", entry_id))


def _transition(act: Act) -> EntryAction:
    async def perform(work: Work, command: EntryCommand) -> Answer:
        return Answer(
            time_entry=await change_state(
                work, command.entry_id, act, reason=command.reason, if_revision=command.if_revision
            )
        )

    return perform


ACTIONS: Mapping[str, EntryAction] = {
    "timeEntryUpdate": _update,
    "timeEntryDelete": _delete,
    "timeEntryApprove": _transition(Act.APPROVE),
    "timeEntryUnapprove": _transition(Act.UNAPPROVE),
    "timeEntryReject": _transition(Act.REJECT),
    "timeEntryUnreject": _transition(Act.UNREJECT),
}


class EntryPlan(WritePlan):
    """A field that does something with an entry that exists: a row of ACTIONS."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        super().__init__(scope, selected)
        self._perform = ACTIONS[selected.name]

    def command(self, _run: Run, values: Values) -> EntryCommand:
        """Read the id, and what else the field takes."""
        return EntryCommand(
            entry_id=id_or_nobody(values["id"], "TimeEntry"),
            if_revision=values.get("ifRevision"),
            attributes=attributes_of(values.get("input", {})),
            reason=values.get("reason"),
        )

    async def perform(self, work: Work, command: EntryCommand) -> Answer:
        """Do what the field is for."""
        return await self._perform(work, command)

    def subject(self, command: EntryCommand) -> int:
        """Show this entry beside a conflict."""
        return command.entry_id
