"""An entry's image in the change log: a JSON object by column name, built by the database.

Dates are ISO text, instants whole milliseconds, truth values 0 and 1, on every database alike.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Text, case, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import Boolean, Integer

from gateway.domain.codes import TimeEntryStatus
from gateway.store.schema.entries import ENTRIES

# What an image leaves out can be made from what it holds, or is never shown.
IMAGE = tuple(
    column.name
    for column in ENTRIES.columns
    if not column.name.endswith(("_folded", "_unrounded")) and column.name not in {"rates", "imported"}
)
# What a filter or a right may look at: all but amounts. Of these an image after an update has only what it wrote.
MATCHED = tuple(name for name in IMAGE if "cost" not in name and not name.startswith("currency"))
STATES = frozenset({"approved", "rejected"})
# A function takes at most 127 arguments on SQLite, 100 on PostgreSQL: a name and a value each.
COLUMNS_IN_A_CALL = 50


class json_image(ColumnElement[str]):  # noqa: N801 - reads as the SQL function that it is
    """A JSON object of the values by their names, as text."""

    inherit_cache = False
    type = Text()

    def __init__(self, values: Mapping[str, ColumnElement[Any]]) -> None:
        self.pairs = values


@compiles(json_image)
def _json_image(element: json_image, compiler: SQLCompiler, **how: object) -> str:
    return _image("json_object", element, compiler, how)


@compiles(json_image, "postgresql")
def _json_image_postgresql(element: json_image, compiler: SQLCompiler, **how: object) -> str:
    return _image("json_build_object", element, compiler, how)


def _image(function: str, element: json_image, compiler: SQLCompiler, how: dict[str, object]) -> str:
    pairs = [f"'{name}', {compiler.process(value, **how)}" for name, value in element.pairs.items()]
    calls = [
        f"CAST({function}({', '.join(pairs[start : start + COLUMNS_IN_A_CALL])}) AS TEXT)"
        for start in range(0, len(pairs), COLUMNS_IN_A_CALL)
    ]
    # Several objects become one: a value before the last brace ends in a quote, a digit or a letter, so that
    # trimming takes the braces of the object alone.
    bodies = [f"trim({call}, '{{}}')" for call in calls]
    return calls[0] if len(calls) == 1 else "'{' || " + " || ',' || ".join(bodies) + " || '}'"


def image(
    row: FromClause, columns: Iterable[str] = IMAGE, *, after: Mapping[str, ColumnElement[Any]] | None = None
) -> json_image:
    """Return the image of these columns of a row; `after` says what a write is about to put into some of them."""
    written = dict(after or {})
    if STATES & written.keys():
        written["status_id"] = _status(*(written.get(name, row.c[name]) for name in ("approved", "rejected")))
    values = {name: written.get(name, row.c[name]) for name in columns}
    return json_image({name: _plain(row, name, value) for name, value in values.items()})


def read_image(text: str) -> dict[str, Any]:
    """Return the values of an image by column name."""
    values: dict[str, Any] = orjson.loads(text)
    return values


def both_images(before: str | None, after: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entry before a change and after it; empty where there was none.

    An image before an update holds only what it could change, that after it no amounts but these; there is none before
    a create or after a delete.
    """
    new = {} if after is None else read_image(after)
    return {} if before is None else new | read_image(before), new


def _status(approved: ColumnElement[Any], rejected: ColumnElement[Any]) -> ColumnElement[Any]:
    """Compute the generated column before the database does."""
    return case(
        (approved, literal(TimeEntryStatus.APPROVED.value)),
        (rejected, literal(TimeEntryStatus.REJECTED.value)),
        else_=literal(TimeEntryStatus.UNAPPROVED.value),
    )


def _plain(row: FromClause, name: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(value, Integer) if isinstance(row.c[name].type, Boolean) else value
