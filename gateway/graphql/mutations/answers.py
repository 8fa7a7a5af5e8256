"""Answers of mutations: what an operation made, read back as the selection wants it, in the same unit of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from graphql import GraphQLInterfaceType, get_named_type

from gateway.catalog.records import RECORDS
from gateway.domain.errors import Fault
from gateway.domain.names import camel_case
from gateway.graphql.plans.records import Records, Typed
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A payload before its records are read: what its fields hold, by their names, and records by their ids."""

    time_entry: int | None = None
    stopped_time_entry: int | None = None
    timesheet: int | None = None
    time_entries: Sequence[int] = ()
    deleted_id: str | None = None
    faults: Sequence[Fault] = ()
    current: int | None = None  # the entry that a conflict shows


LAST_EVENT = "lastEventId"
FIELDS: Mapping[str, str] = {camel_case(field.name): field.name for field in fields(Answer)}


def event_id(number: int | None) -> str | None:
    """Write the newest change that a mutation made, as the change log's readers know it."""
    return None if number is None else str(number)


class ErrorsShape:
    """`userErrors` as one selection wants them: fields by concrete type, and the entry of a conflict."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        types = scope.possible_types(cast("GraphQLInterfaceType", get_named_type(selected.field.type)))
        self._fields = {name: selected.parts_of(type_) for name, type_ in types.items()}
        self._current = {
            part.key: Records(scope, part) for part in self._fields["ConflictError"] if part.name == "current"
        }

    async def read(
        self, run: Run, faults: Sequence[Fault], entry_ids: Sequence[int]
    ) -> Mapping[str, Mapping[int, object]]:
        """Return the entries that conflicts show, by the key of the answer and the entry's number."""
        if not entry_ids or not any(fault.code.is_conflict for fault in faults):
            return {}
        return {key: await records.some(run, entry_ids) for key, records in self._current.items()}

    def shape(
        self, faults: Sequence[Fault], entries: Mapping[str, Mapping[int, object]], current: int | None
    ) -> list[object]:
        """Return the errors' objects."""
        return [self._one(fault, entries, current) for fault in faults]

    def _one(self, fault: Fault, entries: Mapping[str, Mapping[int, object]], current: int | None) -> Typed:
        name = "ConflictError" if fault.code.is_conflict else "InvalidInputError"
        values: dict[str, Any] = {
            "__typename": name,
            "code": fault.code.name,
            "message": fault.message,
            "path": list(fault.path),
        }
        made = {
            part.key: entries.get(part.key, {}).get(current or 0) if part.name == "current" else values[part.name]
            for part in self._fields[name]
        }
        return Typed(name, made)


class PayloadShape:
    """A payload as one selection wants it."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._type_name = selected.type.name
        self._parts = selected.parts
        self._errors = {part.key: ErrorsShape(scope, part) for part in self._parts if part.name == "userErrors"}
        self._records = {part.key: Records(scope, part) for part in self._parts if part.type_name in RECORDS}

    async def answer(self, run: Run, answer: Answer, last_event: int | None) -> dict[str, object]:
        """Read the records and return the payload's object."""
        return {part.key: await self._part(run, part, answer, last_event) for part in self._parts}

    async def _part(self, run: Run, part: Selected, answer: Answer, last_event: int | None) -> object:
        if part.name == "__typename":
            return self._type_name
        if part.name == LAST_EVENT:
            return event_id(last_event)
        if part.key in self._errors:
            shape = self._errors[part.key]
            shown = [] if answer.current is None else [answer.current]
            entries = await shape.read(run, answer.faults, shown)
            return shape.shape(answer.faults, entries, answer.current)
        if part.key in self._records:
            return await self._record(run, part, answer)
        return getattr(answer, FIELDS[part.name])

    async def _record(self, run: Run, part: Selected, answer: Answer) -> object:
        records = self._records[part.key]
        match getattr(answer, FIELDS[part.name]):
            case None:
                return None
            case int() as one:
                return await records.one(run, one)
            case ids:
                found = await records.some(run, ids) if ids else {}
                return [found[id_] for id_ in ids if id_ in found]
