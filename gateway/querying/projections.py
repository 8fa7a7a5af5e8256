"""Projections: a tree of wanted values becomes the columns and joins of one SELECT, and a shaper of its rows.

The shaper is the one place where code is generated: a function that builds the nested answer of every row
in one pass, each value already in the form that JSON needs. Knows no GraphQL and no resource.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from sqlalchemy import ColumnClause, ColumnElement, FromClause, Table

from gateway.querying.aliases import alias_of
from gateway.querying.column_types import Expression
from gateway.querying.dialects import is_text
from gateway.querying.formats import PLAIN, Format
from gateway.querying.sizes import Texts
from gateway.querying.slices import RowSize

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A value made of one or more columns of the row."""

    expressions: tuple[Callable[[FromClause], Expression], ...]
    format: Format = PLAIN
    nullable: bool = False
    hidden: str | None = None  # the secret that the value is part of: null for who may not see it
    weight: int = 1  # of how many values its making takes the time
    repeats: int = 1  # how often the value may hold the texts that it is made of


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value that is the same for every row: one object that all of them share."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The table behind a relation, and which of its rows the caller may see (None: all that can be reached)."""

    table: Table
    visible: Callable[[FromClause], ColumnElement[bool] | None]


@dataclass(frozen=True, slots=True, eq=False)
class One:
    """The record that a column of the row points to."""

    foreign_key: str
    target: Target
    nullable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Inline:
    """An object made of values of the row itself."""


class Loader(Protocol):
    """Fetches what hangs on rows, in one statement for all rows of a level."""

    @property
    def statements(self) -> int:
        """How many statements that costs."""

    async def load(self, run: Any, parents: Sequence[int]) -> Mapping[int, object]:
        """Return what is found by the id of the row that it hangs on; `run` is what a request brings along."""


@dataclass(frozen=True, slots=True, eq=False)
class Many:
    """Records fetched by one more statement for all rows: `load` answers them by the row's id.

    The shaper finds them under the want's own number; see `Projection.many`.
    """

    load: Loader
    default: str = "[]"


Source = Column | Constant | One | Inline | Many


@dataclass(frozen=True, slots=True, eq=False)
class Want:
    """One key of the answer, where its value is, and what is wanted of it."""

    key: str
    source: Source
    wants: tuple["Want", ...] = ()


@dataclass(slots=True)
class Place:
    """A table of the statement: the root, or a related record joined to it on first use."""

    clause: FromClause
    identity: Expression  # the column that holds the record's id without a join
    joined: bool
    condition: ColumnElement[bool] | None = None
    places: dict[str, "Place"] = field(default_factory=dict)


class Projection:
    """The columns, joins and shapers of one SELECT; several shapers may share its rows."""

    def __init__(self, table: FromClause, dialect: str, *, sees: frozenset[str] = frozenset()) -> None:
        """Start from the table (or subquery) whose rows are listed; `sees` names the secrets that are shown."""
        self.root = Place(table, table.c.id if "id" in table.c else next(iter(table.c)), joined=True)
        self.columns: list[Expression] = []
        self.joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self.many: list[tuple[Many, int]] = []  # each with the place in the row of the id that it hangs on
        self._dialect = dialect
        self._sees = sees
        self._known: dict[tuple[int, str], int] = {}
        self._aliases = 0
        self._named_values: dict[str, Any] = {}
        self._texts: Counter[int] = Counter()  # places of texts in the row, with how often the objects hold them
        self._computed: Counter[int] = Counter()  # places of texts, with how many values are computed of them
        self._values = 0  # of the objects of a row
        self._characters = 0  # of their keys and marks

    def size(self) -> RowSize:
        """Return what is made of each row."""
        texts = Texts(self._texts.keys(), list(self._texts.values()))
        handled = max((1 + self._computed[place] for place in self._texts), default=1)  # once to count its bytes
        return RowSize(texts, self._characters + self._values, self._values, handled)

    def column(self, expression: Expression) -> int:
        """Select an expression and return its place in the row; the same column is selected once."""
        if not isinstance(expression, ColumnClause):
            self.columns.append(expression)
            return len(self.columns) - 1
        known = _name(expression)
        if known not in self._known:
            self._known[known] = len(self.columns)
            self.columns.append(expression)
        return self._known[known]

    def with_more(self, expressions: Sequence[Expression]) -> tuple[list[Expression], list[int]]:
        """Return the columns with more of them behind, and the place of each of those; none is selected twice."""
        columns, places = list(self.columns), []
        for expression in expressions:
            known = self._known.get(_name(expression)) if isinstance(expression, ColumnClause) else None
            if known is None:
                known = len(columns)
                columns.append(expression)
            places.append(known)
        return columns, places

    def select_from(self) -> FromClause:
        """Return the root with all its joins."""
        clause = self.root.clause
        for alias, condition in self.joins:
            clause = clause.outerjoin(alias, condition)
        return clause

    def shaper(self, wants: Sequence[Want], place: Place | None = None) -> Callable[..., list[dict[str, Any]]]:
        """Return a function of (rows, instant, many, cursor, viewer) that answers an object for each row."""
        shape: Callable[..., list[dict[str, Any]]] = self._generated(self.object_of(wants, place or self.root))
        return shape

    def cells(self, columns: Sequence[tuple[Column, Place]]) -> Callable[..., list[tuple[Any, ...]]]:
        """Return a function of the same arguments that answers a tuple of values, each of its place, for each row."""
        values = [
            self._column(column if place is self.root else replace(column, nullable=True), place)
            for column, place in columns
        ]
        self._values += len(values)
        cells: Callable[..., list[tuple[Any, ...]]] = self._generated(f"({', '.join(values)},)")
        return cells

    def _generated(self, body: str) -> Callable[..., Any]:
        namespace: dict[str, Any] = {}
        source = f"def shape(rows, instant, many=(), cursor=None, viewer=None):\n    return [{body} for r in rows]\n"
        exec(compile(source, "<shaper>", "exec"), BUILTINS | self._named_values, namespace)  # noqa: S102 - the one generator
        generated: Callable[..., Any] = namespace["shape"]
        return generated

    def object_of(self, wants: Sequence[Want], place: Place) -> str:
        """Write the expression of an object."""
        self._values += len(wants)
        self._characters += 2 + sum(len(want.key) + len('"":,') for want in wants)
        return "{" + ", ".join(f"{want.key!r}: {self._value(want, place)}" for want in wants) + "}"

    def _value(self, want: Want, place: Place) -> str:
        match want.source:
            case Constant(value=value):
                return self._named(value)
            case Inline():
                return self.object_of(want.wants, place)
            case Many() as many:
                identity = self.column(place.identity)
                self.many.append((many, identity))
                return f"many[{len(self.many) - 1}].get(r[{identity}], {many.default})"
            case One() as relation:
                return self._related(relation, want.wants, place)
            case Column() as column:
                return self._column(column, place)

    def _column(self, column: Column, place: Place) -> str:
        if column.hidden is not None and column.hidden not in self._sees:
            return "None"
        self._values += column.weight - 1
        expressions = [self._expression(read, place) for read in column.expressions]
        places = [self.column(expression) for expression in expressions]
        for at, expression in zip(places, expressions, strict=True):
            if is_text(cast("ColumnElement[Any]", expression).type):
                self._texts[at] += column.repeats
                self._computed[at] += column.format.function is not None
        values = [f"r[{at}]" for at in places]
        text = column.format.text(self._dialect, values)
        if column.format.function is not None:
            text = text.replace("function", self._named(column.format.function))
        if not column.nullable or text == values[0]:
            return text
        return f"(None if {values[0]} is None else {text})"

    def _named(self, value: object) -> str:
        """Return the name by which the generated code finds an object."""
        name = f"value_{len(self._named_values)}"
        self._named_values[name] = value
        return name

    def _expression(self, read: Callable[[FromClause], Expression], place: Place) -> Expression:
        expression = read(place.clause)
        if getattr(expression, "key", None) == "id":
            return place.identity
        self._join(place)
        return expression

    def related(self, relation: One, place: Place) -> Place:
        """Return the place of a related record, joined only once a column of it is needed."""
        known = place.places.get(relation.foreign_key)
        if known is not None:
            return known
        self._aliases += 1
        alias = alias_of(relation.target.table, f"{relation.foreign_key.removesuffix('_id')}_{self._aliases}")
        condition = alias.c.id == place.clause.c[relation.foreign_key]
        found = Place(alias, place.clause.c[relation.foreign_key], joined=False, condition=condition)
        visible = relation.target.visible(alias)
        if not place.joined:
            self._join(place)
        if visible is not None:
            found.condition = condition & visible
            found.identity = alias.c.id  # null where the record is there, but not to be seen
            self._join(found)
        place.places[relation.foreign_key] = found
        return found

    def _related(self, relation: One, wants: Sequence[Want], place: Place) -> str:
        found = self.related(relation, place)
        body = self.object_of(wants, found)
        if not relation.nullable:
            return body
        return f"(None if r[{self.column(found.identity)}] is None else {body})"

    def _join(self, place: Place) -> None:
        if place.joined or place.condition is None:
            return
        place.joined = True
        self.joins.append((place.clause, place.condition))


def _name(column: ColumnClause[Any]) -> tuple[int, str]:
    return id(column.table), column.key


BUILTINS: dict[str, Any] = {"__builtins__": {"bool": bool, "str": str, "max": max, "min": min, "int": int}}
