"""Answers as people read them: the rows of a list, as a table, as csv or as JSON."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.domain.texts import printable
from gateway.exports.csv_files import harmless

Json = Any
Rows = list[dict[str, Json]]
LISTS = ("nodes", "edges")
WIDE = 10_000  # columns of what is no terminal, so that nothing is cut


class Form(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def connection_of(data: Json) -> dict[str, Json] | None:
    """Return the list of an answer that is closest to its top and has a page behind it or not."""
    return next((each for each in _objects(data) if isinstance(each.get("pageInfo"), dict)), None)


def rows_of(data: Json) -> Rows:
    """Return the records of the list that is closest to the top; without one, all of it as one row."""
    for found in _objects(data):
        for name, value in found.items():
            if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
                return [
                    each["node"] if name == "edges" and isinstance(each.get("node"), dict) else each for each in value
                ]
            if name in LISTS and value == []:
                return []
    return [data]


def text_of(data: Json, rows: Rows, form: Form) -> str:
    """Write an answer."""
    match form:
        case Form.JSON:
            return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"
        case Form.CSV:
            return _csv(*_table(rows))
        case Form.TABLE:
            return _drawn(*_table(rows))


def _objects(data: Json) -> Iterator[dict[str, Json]]:
    """Yield the objects of an answer that are in no list, the closest to the top first."""
    waiting = deque([data])
    while waiting:
        found = waiting.popleft()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.values())


def _table(rows: Rows) -> tuple[list[str], list[list[str]]]:
    flat = [dict(_flat(row)) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    # A record that is absent in one row has its columns from the others.
    parents = {name.rpartition(".")[0] for name in names}
    columns = [name for name in names if name not in parents]
    return columns, [[_shown(row.get(name)) for name in columns] for row in flat]


def _flat(value: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    for name, below in value.items():
        if isinstance(below, dict) and below:
            yield from _flat(below, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", below


def _shown(value: Json) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return orjson.dumps(value).decode()


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([columns, *([harmless(cell) for cell in row] for row in rows)])
    return written.getvalue()


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console()
    shown = console if console.is_terminal else Console(width=WIDE)
    with shown.capture() as captured:
        shown.print(table)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
