"""Single records: `timeEntry(id)`, `person(id)` and their kin, `node(id)` and `nodes(ids)`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type
from sqlalchemy import bindparam

from gateway.catalog.records import RECORDS
from gateway.graphql.plans.rows import Rows
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.column_types import ID_TYPE
from gateway.querying.dialects import ListOf, any_of
from gateway.querying.errors import BadInput
from gateway.querying.identifiers import NotAnId, record_number, split_global_id
from gateway.store.databases.statements import Statement, compile_statement
from gateway.store.databases.usage import current_answer


class Records:
    """Records of one type by their numbers, as one selection wants them."""

    def __init__(self, scope: Scope, selected: Selected, type_: GraphQLObjectType | None = None) -> None:
        """Plan a selection; of a field that may be of several types, on one type, whose name its answers carry."""
        table = RECORDS[selected.type_name if type_ is None else type_.name]
        self._rows = Rows(scope, table)
        self._rows.add("records", wants_of(selected, type_))
        self._number = self._rows.projection.column(table.c.id)
        self._type = None if type_ is None else type_.name
        self.statements = 1 + self._rows.statements
        seen = scope.visibility(table).condition(table)
        one = self._rows.select(seen).where(table.c.id == bindparam("number", type_=ID_TYPE))
        some = self._rows.select(seen).where(any_of(table.c.id, bindparam("numbers", type_=ListOf(ID_TYPE))))
        self._one: Statement = compile_statement(one, scope.dialect)
        self._some: Statement = compile_statement(some, scope.dialect)

    async def one(self, run: Run, number: int) -> dict[str, Any] | None:
        """Return the record; None when there is none, or the caller may not see it."""
        rows = await run.connection.run(self._one, {"number": number, **run.viewer_values})
        return (await self._shape(run, rows))[0] if rows else None

    async def some(self, run: Run, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return the visible ones of the records by their numbers."""
        rows = await run.connection.run(self._some, {"numbers": list(numbers), **run.viewer_values})
        return {row[self._number]: record for row, record in zip(rows, await self._shape(run, rows), strict=True)}

    async def _shape(self, run: Run, rows: Sequence[Any]) -> Sequence[dict[str, Any]]:
        shaped = (await self._rows.shape(run, rows))["records"]
        return shaped if self._type is None else [Typed(self._type, record) for record in shaped]


class Typed(dict[str, Any]):
    """The answer for a field whose type is an interface: it knows the name of its own type."""

    def __init__(self, type_name: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.type_name = type_name


class RecordPlan:
    """A record of the field's type by its id, or by its own number."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._arguments, self._type_name = selected.arguments, selected.type_name
        self._records = Records(scope, selected)
        self.statements = self._records.statements

    def prepare(self, run: Run) -> Mapping[str, Any]:
        """Coerce the arguments."""
        return self._arguments.values(run.variables)

    async def run(self, run: Run, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the record."""
        text = arguments["id"]
        try:
            number = record_number(text, self._type_name)
        except NotAnId as error:
            if error.other_type in RECORDS:
                return None
            sentence = f"id: {text[:100]!r} is not an id; pass a {self._type_name} id or a record's number."
            raise BadInput(sentence) from None
        return await self._records.one(run, number)


class NodesPlan:
    """`node(id)` and `nodes(ids)`: the selection is planned for each type that it meets."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._scope, self._selected = scope, selected
        self._arguments = selected.arguments
        self._single = selected.name == "node"
        self._types = scope.possible_types(cast("GraphQLInterfaceType", get_named_type(selected.field.type)))
        self._records: dict[str, Records] = {}
        self.statements = 2  # as many as there are types among the ids; more than one needs a snapshot

    def prepare(self, run: Run) -> Mapping[str, Any]:
        """Coerce the arguments, and plan the types that are asked for."""
        arguments = self._arguments.values(run.variables)
        for text in [arguments["id"]] if self._single else arguments["ids"]:
            with suppress(NotAnId):
                name, _ = split_global_id(text)
                if name in self._types:
                    self._of_type(name)
        return arguments

    async def run(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Return the record, or the records in the order asked, null for what is not there."""
        if self._single:
            name, number = self._split(arguments["id"], "id")
            return await self._of_type(name).one(run, number)
        asked = [self._split(text, f"ids[{place}]") for place, text in enumerate(arguments["ids"])]
        answer = current_answer()
        before = answer.taken
        found: dict[tuple[str, int], Any] = {}
        for name in dict.fromkeys(name for name, _ in asked):
            numbers = list(dict.fromkeys(number for known, number in asked if known == name))
            records = await self._of_type(name).some(run, numbers)
            found.update({(name, number): record for number, record in records.items()})
        again = len(asked) - len(set(asked))
        if again and found:
            answer.grow((answer.taken - before) * again // len(found))
        return [found.get(record) for record in asked]

    def _split(self, text: str, place: str) -> tuple[str, int]:
        try:
            name, number = split_global_id(text)
        except NotAnId:
            name, number = "", 0
        if name not in self._types:
            raise BadInput(f"{place}: {text[:100]!r} is not a global id; pass what a record's `id` field returned.")
        return name, number

    def _of_type(self, name: str) -> Records:
        if name not in self._records:
            self._records[name] = Records(self._scope, self._selected, self._types[name])
        return self._records[name]
