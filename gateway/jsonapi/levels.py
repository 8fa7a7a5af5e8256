"""Levels: the rows of one SELECT as documented records, and what is included of the records around them.

A level is the primary records with all that they point to, joined to them; a list that hangs on records is a level of
its own, read by one more statement for all of them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, Table, bindparam

from gateway.domain.access import Rights
from gateway.domain.attributes import MAX_TEXT
from gateway.http.points import ROWS_OF_A_LIST, text_points
from gateway.http.runs import Run
from gateway.http.slices import Slices
from gateway.jsonapi.shown import TYPES, RecordType, ToMany
from gateway.jsonapi.wanted import Includes, Wanted
from gateway.querying.column_types import ID_TYPE, Expression
from gateway.querying.dialects import ListOf, any_of
from gateway.querying.formats import NUMBER_AS_TEXT
from gateway.querying.projections import Column, Constant, Inline, Many, One, Place, Projection, Target, Want
from gateway.querying.slices import RowSize, Slice
from gateway.store.databases.statements import Row, Statement, compile_statement
from gateway.store.databases.usage import current_answer
from gateway.store.pages.selects import select_columns
from gateway.store.visibility import Visibility, visibility

LONG_TEXT, LONG_TEXTS = text_points(MAX_TEXT), frozenset({"note", "rejected_reason"})
NOT_INCLUDED = Constant({"meta": {"included": False}})
ID = Column((lambda row: row.c.id,), NUMBER_AS_TEXT)
ALWAYS_LINKED = "organization"

Shape = Callable[..., list[dict[str, Any]]]
Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """All that planning looks at besides what is wanted."""

    rights: Rights
    dialect: Dialect

    def visibility(self, table: Table) -> Visibility:
        """Return which rows of a table the caller may see."""
        return visibility(table.name, sees_everything=self.rights.sees_everything)

    def target(self, type_: RecordType) -> Target:
        """Return a type's table, with the rows of it that the caller may see."""
        return Target(type_.table, self.visibility(type_.table).narrowing)


@dataclass(slots=True)
class Document:
    """The records of one answer, each (type, id) once; of one that is met twice the links add up."""

    included: list[Resource] = field(default_factory=list)
    _known: dict[tuple[str, int], Resource] = field(default_factory=dict)

    def hold(self, type_name: str, numbers: Sequence[int], records: Sequence[Resource]) -> None:
        """Take note of the primary records."""
        self._known.update({(type_name, number): record for number, record in zip(numbers, records, strict=True)})

    def include(self, type_name: str, number: int, record: Resource) -> None:
        """Add a record, or its links to one that is there."""
        known = self._known.setdefault((type_name, number), record)
        if known is record:
            self.included.append(record)
            return
        links = {name: link for name, link in record["relationships"].items() if "data" in link}
        known["relationships"].update(links)


@dataclass(frozen=True, slots=True)
class Reading:
    """A run on a connection, and the document that is being made."""

    run: Run
    document: Document = field(default_factory=Document)


@dataclass(frozen=True, slots=True)
class _Included:
    type_name: str
    identity: int  # the place in the row of the record's number, null where there is none
    shape: Shape


class Level:
    """Records of a type by one SELECT."""

    def __init__(self, scope: Scope, type_: RecordType, wanted: Wanted, includes: Includes) -> None:
        self.type = type_
        self._scope, self._wanted = scope, wanted
        self.projection = Projection(type_.table, scope.dialect.name, sees=scope.rights.secrets)
        self.number = self.projection.column(type_.table.c.id)
        self.points = 0  # of each of its records, with what is included
        self._included: list[_Included] = []
        self._shape = self._plan(type_, includes, self.projection.root)

    @property
    def statements(self) -> int:
        """How many statements it costs, those below it included."""
        return 1 + sum(many.load.statements for many, _ in self.projection.many)

    def select(self, more: Sequence[Expression] = ()) -> Select[Any]:
        """Return the SELECT of what is shown, and of more behind it."""
        return select_columns(self.projection.with_more(more)[0], self.projection.select_from())

    def visible(self) -> ColumnElement[bool]:
        """Return the condition of the rows that the caller may see."""
        return self._scope.visibility(self.type.table).condition(self.type.table)

    async def shape(self, reading: Reading, rows: Sequence[Row], *, primary: bool = True) -> list[Resource]:
        """Make the records of the rows, and note what is included with them.

        Raises:
            AnswerTooLong: the answer has too many bytes by now.
        """
        answer, size = current_answer(), self._size
        # What hangs on rows reads on, but is noted behind what they point to.
        below = Document()
        many = [
            await loader.load.load(Reading(reading.run, below), _distinct(rows, place))
            for loader, place in self.projection.many
        ]
        render, viewer = reading.run.zone.render, reading.run.viewer

        def primary_of(part: Slice) -> list[Resource]:
            answer.grow(size.bytes_of(part))
            return self._shape(part.rows, render, many, viewer=viewer)

        whole = self._slices.whole(rows)
        if whole is not None:
            made = primary_of(whole)
        else:
            made = [record async for records in self._slices.each(rows, primary_of) for record in records]
        if primary:
            reading.document.hold(self.type.name, [row[self.number] for row in rows], made)
        for included in self._included:
            shape = partial(included.shape, instant=render, many=many, viewer=viewer)
            found = {row[included.identity]: row for row in rows}
            found.pop(None, None)
            some = [*found.values()]
            shaped = shape(some) if whole is not None else await self._sliced(shape, some)
            for number, record in zip(found, shaped, strict=True):
                reading.document.include(included.type_name, number, record)
        for record in below.included:
            reading.document.include(record["type"], int(record["id"]), record)
        return made

    async def _sliced(self, shape: Shape, rows: Sequence[Row]) -> list[Resource]:
        """Make records of some of several slices, after others had their turn."""
        await asyncio.sleep(0)
        parts = self._slices.each(rows, lambda part: shape(part.rows))
        return [record async for records in parts for record in records]

    @cached_property
    def _size(self) -> RowSize:
        return self.projection.size()

    @cached_property
    def _slices(self) -> Slices:
        return Slices(self._size)

    def _plan(self, type_: RecordType, includes: Includes, place: Place) -> Shape:
        shape = self.projection.shaper(self._resource(type_, includes), place)
        for name, below in includes.items():
            relationship = type_.relationships[name]
            if isinstance(relationship, ToMany):
                continue
            target = TYPES[relationship.type_name]
            there = self.projection.related(self._one(type_, name), place)
            identity = self.projection.column(there.identity)
            at = len(self._included)
            self._included.insert(at, _Included(target.name, identity, self._plan(target, below, there)))
        return shape

    def _resource(self, type_: RecordType, includes: Includes) -> list[Want]:
        attributes = [
            Want(name, column) for name, column in type_.attributes.items() if self._wanted.shows(type_, name)
        ]
        links = [
            self._link(type_, name, includes.get(name))
            for name in type_.relationships
            if self._wanted.shows(type_, name)
        ]
        long = sum(LONG_TEXT for want in attributes if want.key in LONG_TEXTS)
        self.points += 1 + len(attributes) + len(links) + long
        return [
            Want("id", ID),
            Want("type", Constant(type_.name)),
            Want("attributes", Inline(), tuple(attributes)),
            Want("relationships", Inline(), tuple(links)),
        ]

    def _link(self, type_: RecordType, name: str, below: Includes | None) -> Want:
        if below is None and name != ALWAYS_LINKED:
            return Want(name, NOT_INCLUDED)
        relationship = type_.relationships[name]
        if isinstance(relationship, ToMany):
            children = Children(self._scope, relationship, self._wanted, below or {})
            self.points += ROWS_OF_A_LIST * children.points
            return Want(name, Inline(), (Want("data", Many(children)),))
        target = TYPES[relationship.type_name]
        return Want(name, Inline(), (Want("data", self._one(type_, name), _linkage(target)),))

    def _one(self, type_: RecordType, name: str) -> One:
        relationship = type_.relationships[name]
        assert not isinstance(relationship, ToMany)  # noqa: S101 - both callers have looked
        target = self._scope.target(TYPES[relationship.type_name])
        return One(relationship.foreign_key, target, relationship.nullable)


def _linkage(type_: RecordType) -> tuple[Want, ...]:
    return Want("type", Constant(type_.name)), Want("id", ID)


def _distinct(rows: Sequence[Row], place: int) -> list[int]:
    return [number for number in dict.fromkeys(row[place] for row in rows) if number is not None]


class Children:
    """A to-many relationship: its records, oldest first, by one statement for all records of a level."""

    def __init__(self, scope: Scope, relationship: ToMany, wanted: Wanted, includes: Includes) -> None:
        type_ = TYPES[relationship.type_name]
        self._level = level = Level(scope, type_, wanted, includes)
        self.statements, self.points = level.statements, level.points
        parent = type_.table.c[relationship.foreign_key]
        self._parent = level.projection.column(parent)
        parents = bindparam("parents", type_=ListOf(ID_TYPE))
        statement = level.select().where(any_of(parent, parents)).order_by(parent, type_.table.c.id)
        seen = scope.visibility(type_.table).narrowing(type_.table)
        self._statement: Statement = compile_statement(
            statement if seen is None else statement.where(seen), scope.dialect
        )

    async def load(self, reading: Reading, parents: Sequence[int]) -> Mapping[int, list[Resource]]:
        """Return the identifiers by the number of their parent, and note the records as included."""
        if not parents:
            return {}
        run, level = reading.run, self._level
        rows = await run.connection.run(self._statement, {"parents": list(parents), **run.viewer_values})
        records = await level.shape(reading, rows, primary=False)
        links: dict[int, list[Resource]] = {}
        for row, record in zip(rows, records, strict=True):
            reading.document.include(level.type.name, row[level.number], record)
            links.setdefault(row[self._parent], []).append({"type": record["type"], "id": record["id"]})
        return links
