"""What the two databases spell differently, as SQL expressions: membership in a list, text search, calendar spans.

One list is one parameter, so the text of a statement does not depend on how long its lists are.
"""

import datetime as dt
import sqlite3
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Dialect,
    Integer,
    String,
    Text,
    bindparam,
    column,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine


def is_text(type_: TypeEngine[Any]) -> bool:
    """Tell whether values of a type are texts that nothing bounds but what is written."""
    return isinstance(type_, String) and type_.length is None


def in_text(number: int) -> ColumnElement[int]:
    """Return a number that stands in the text of a statement: databases plan for it, as they do not for a bound one."""
    return literal_column(str(number), Integer())


ZERO, ONE = in_text(0), in_text(1)


class ListOf(TypeDecorator[list[Any]]):
    """A list bound as one parameter: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the array where the database has one."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(self.item))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        """Write the list as the driver takes it."""
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.dumps(value).decode()


class any_of(ColumnElement[bool]):  # noqa: N801 - reads as the SQL function that it is
    """`value` is one of the items of the list `items`."""

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # a condition as it is: no `= 1` after it on SQLite

    def __init__(self, value: ColumnElement[Any], items: ColumnElement[Any]) -> None:
        self.value, self.items = value, items


class contains_text(ColumnElement[bool]):  # noqa: N801 - reads as the SQL function that it is
    """`needle` occurs in `text`, to the letter; null where the text is null."""

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # a condition as it is: no `= 1` after it on SQLite

    def __init__(self, text: ColumnElement[Any], needle: ColumnElement[str]) -> None:
        self.text, self.needle = text, needle


class bytes_of(ColumnElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """How many bytes a text has, without reading it; null where there is no text."""

    inherit_cache = True
    type = BigInteger()

    def __init__(self, text: ColumnElement[Any]) -> None:
        self.text = text


class json_number(ColumnElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """The whole number that a JSON object, as text, has under a name; null where there is no text or no such name."""

    inherit_cache = True
    type = BigInteger()

    def __init__(self, text: ColumnElement[Any], name: str) -> None:
        self.text, self.name = text, name


class descending(ColumnElement[Any]):  # noqa: N801 - reads as the SQL that it is
    """A column of an index, from the largest down, what has no value last; named as it is not yet of a table."""

    inherit_cache = True

    def __init__(self, name: str, *, nullable: bool = False) -> None:
        self.column: ColumnElement[Any] = column(name)
        self.nullable = nullable


class apart_from_indexes(ColumnElement[Any]):  # noqa: N801 - reads as the SQL that it is
    """The same value, in a form that no index is used for."""

    inherit_cache = True

    def __init__(self, value: ColumnElement[Any]) -> None:
        self.value, self.type = value, value.type


class replanned(ColumnElement[bool]):  # noqa: N801 - reads as what it says
    """A condition that always holds, for statements that PostgreSQL is to plan with the values of each run.

    It plans a prepared statement with its values five times, and then once for any values where that seems to cost no
    more. This condition is known when the values are, and left out; without them it is dearer than anything.
    """

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # a condition as it is: no `= 1` after it on SQLite

    def __init__(self) -> None:
        self.known = bindparam("known", value=True, type_=Boolean())


DEAR = "(SELECT count(*) FROM generate_series(1, 1000000000) AS a, generate_series(1, 1000000000) AS b) > 0"


class planned_once(ColumnElement[bool]):  # noqa: N801 - reads as what it says
    """A condition that always holds, for statements whose plan for any values PostgreSQL is to keep.

    It takes a list of any values for ten, and a bound for a third of the rows, and so would plan with the values each
    time, which takes longer than the statement. This condition is dear where the values are known, and is never run.
    """

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # a condition as it is: no `= 1` after it on SQLite

    def __init__(self) -> None:
        self.known = bindparam("known", value=True, type_=Boolean())
        self.many = bindparam("many", value=1_000_000_000, type_=BigInteger())


class first_day(FunctionElement[dt.date]):  # noqa: N801 - reads as the SQL function that it is
    """The first day of the week (ISO, Monday), month or year of a date."""

    inherit_cache = False
    type = Date()

    def __init__(self, span: str, date: ColumnElement[Any]) -> None:
        super().__init__(date)
        self.span = span


class month_of(FunctionElement[dt.date]):  # noqa: N801 - reads as the SQL function that it is
    """The month of a date as kept sums have it: its first day, also where that is the first there is."""

    inherit_cache = True
    type = Date()


SQLITE_SPANS = {"WEEK": "'weekday 0', '-6 days'", "MONTH": "'start of month'", "YEAR": "'start of year'"}


@compiles(any_of)
def _any_of(element: any_of, compiler: SQLCompiler, **how: Any) -> str:
    value, items = compiler.process(element.value, **how), compiler.process(element.items, **how)
    return f"({value} IN (SELECT value FROM json_each({items})))"


@compiles(any_of, "postgresql")
def _any_of_postgresql(element: any_of, compiler: SQLCompiler, **how: Any) -> str:
    return f"({compiler.process(element.value, **how)} = ANY ({compiler.process(element.items, **how)}))"


@compiles(contains_text)
def _contains_text(element: contains_text, compiler: SQLCompiler, **how: Any) -> str:
    return f"(instr({compiler.process(element.text, **how)}, {compiler.process(element.needle, **how)}) > 0)"


@compiles(contains_text, "postgresql")
def _contains_text_postgresql(element: contains_text, compiler: SQLCompiler, **how: Any) -> str:
    return f"(strpos({compiler.process(element.text, **how)}, {compiler.process(element.needle, **how)}) > 0)"


@compiles(bytes_of)
def _bytes_of(element: bytes_of, compiler: SQLCompiler, **how: Any) -> str:
    # Before 3.43 SQLite has nothing that does not read the text.
    name = "octet_length" if sqlite3.sqlite_version_info >= (3, 43) else "length"
    return f"{name}({compiler.process(element.text, **how)})"


@compiles(bytes_of, "postgresql")
def _bytes_of_postgresql(element: bytes_of, compiler: SQLCompiler, **how: Any) -> str:
    return f"octet_length({compiler.process(element.text, **how)})"


@compiles(json_number)
def _json_number(element: json_number, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_extract({compiler.process(element.text, **how)}, '$.{element.name}')"


@compiles(json_number, "postgresql")
def _json_number_postgresql(element: json_number, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST(CAST({compiler.process(element.text, **how)} AS JSON) ->> '{element.name}' AS BIGINT)"


@compiles(descending)
def _descending(element: descending, compiler: SQLCompiler, **how: Any) -> str:
    return f"{compiler.process(element.column, **how)} DESC"  # SQLite takes null for the least of all


@compiles(descending, "postgresql")
def _descending_postgresql(element: descending, compiler: SQLCompiler, **how: Any) -> str:
    # An index serves an order whose nulls it places alike, also where there are none; see `SortKey.nullable`.
    return f"{compiler.process(element.column, **how)} DESC{' NULLS LAST' if element.nullable else ''}"


@compiles(apart_from_indexes)
def _apart_from_indexes(element: apart_from_indexes, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.value, **how)}"


@compiles(apart_from_indexes, "postgresql")
def _apart_from_indexes_of_postgresql(element: apart_from_indexes, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.value, **how)  # what is materialized before is joined with nothing but its rows


@compiles(replanned)
def _replanned(_element: replanned, _compiler: SQLCompiler, **_how: Any) -> str:
    return "1"  # SQLite plans without values, so there is nothing to say


@compiles(replanned, "postgresql")
def _replanned_on_postgresql(element: replanned, compiler: SQLCompiler, **how: Any) -> str:
    return f"({compiler.process(element.known, **how)} OR {DEAR})"


@compiles(planned_once)
def _planned_once(_element: planned_once, _compiler: SQLCompiler, **_how: Any) -> str:
    return "1"  # SQLite plans once, whatever it is told


@compiles(planned_once, "postgresql")
def _planned_once_postgresql(element: planned_once, compiler: SQLCompiler, **how: Any) -> str:
    known, many = compiler.process(element.known, **how), compiler.process(element.many, **how)
    return f"((SELECT {known}) OR (SELECT count(*) FROM generate_series(1, {many})) > 0)"


@compiles(first_day)
def _first_day(element: first_day, compiler: SQLCompiler, **how: Any) -> str:
    return f"date({compiler.process(element.clauses, **how)}, {SQLITE_SPANS[element.span]})"


@compiles(month_of)
def _month_of(element: month_of, compiler: SQLCompiler, **how: Any) -> str:
    return f"date({compiler.process(element.clauses, **how)}, {SQLITE_SPANS['MONTH']})"


@compiles(month_of, "postgresql")
def _month_of_postgresql(element: month_of, compiler: SQLCompiler, **how: Any) -> str:
    return _truncated(element, "MONTH", compiler, **how)


def _truncated(element: FunctionElement[dt.date], span: str, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST(date_trunc('{span.lower()}', {compiler.process(element.clauses, **how)}) AS DATE)"


@compiles(first_day, "postgresql")
def _first_day_postgresql(element: first_day, compiler: SQLCompiler, **how: Any) -> str:
    first = _truncated(element, element.span, compiler, **how)
    # asyncpg writes the first day there is as one before all days, so a group of it is named likewise.
    return f"coalesce(nullif({first}, DATE '0001-01-01'), DATE '-infinity')"
