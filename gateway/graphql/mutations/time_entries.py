"""Mutations of one time entry. What is done with an entry that exists is one table."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.catalog.records import TYPE_NAMES
from gateway.domain.approval import Act
from gateway.domain.attributes import WRITABLE, Attribute, Attributes, Kind, read_attributes
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.operations.commands import ChangeState, Command, CreateEntry, DeleteEntry, Done, UpdateEntry
from gateway.operations.idempotency import Key
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

    def command(self, _run: Run, values: Values) -> CreateEntry:
        """Read the attributes and the key."""
        given = values["input"]
        attributes = attributes_of(given)
        return CreateEntry(attributes, Key.of("timeEntryCreate", given.get("idempotencyKey"), attributes.given()))

    def answer(self, done: Done) -> Answer:
        """Show the entry."""
        return Answer(time_entry=done.entry_id)


Reading = Callable[[int, Values], Command]  # an entry's number and all arguments


def _transition(act: Act) -> Reading:
    return lambda entry_id, values: ChangeState(entry_id, act, values.get("reason"), values.get("ifRevision"))


COMMANDS: Mapping[str, Reading] = {
    "timeEntryUpdate": lambda entry_id, values: UpdateEntry(
        entry_id, attributes_of(values["input"]), values.get("ifRevision")
    ),
    "timeEntryDelete": lambda entry_id, values: DeleteEntry(entry_id, values.get("ifRevision")),
    "timeEntryApprove": _transition(Act.APPROVE),
    "timeEntryUnapprove": _transition(Act.UNAPPROVE),
    "timeEntryReject": _transition(Act.REJECT),
    "timeEntryUnreject": _transition(Act.UNREJECT),
}


class EntryPlan(WritePlan):
    """A field that does something with an entry that exists: a row of COMMANDS."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        super().__init__(scope, selected)
        self._read = COMMANDS[selected.name]
        self._deletes = selected.name == "timeEntryDelete"

    def command(self, _run: Run, values: Values) -> Command:
        """Read the id, and what else the field takes."""
        return self._read(id_or_nobody(values["id"], "TimeEntry"), values)

    def answer(self, done: Done) -> Answer:
        """Show the entry, or which one is gone."""
        if self._deletes:
            return Answer(deleted_id=global_id("TimeEntry", done.entry_id))
        return Answer(time_entry=done.entry_id)
