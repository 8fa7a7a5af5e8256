"""A table of things in a database of its own, for what is said about conditions and orders of any table."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Self

from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, ColumnElement, MetaData, Table, Text, select

from gateway.querying.conditions import Subject
from gateway.store.databases.statements import SQLITE, compile_statement

THINGS = Table(
    "things",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("number", BigInteger),
    Column("label", Text),
    Column("label_folded", Text),
)
NUMBER = Subject("number", THINGS.c.number, BigInteger())
LABEL = Subject("label", THINGS.c.label, Text(), THINGS.c.label_folded)
NUMBERS = (None, -1, 0, 1, 2)
LABELS = (None, "", "a", "A", "b", "ä")
rows = st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(LABELS)), max_size=8).map(
    lambda pairs: [{"id": place, "number": number, "label": label} for place, (number, label) in enumerate(pairs, 1)]
)


class Things:
    """The table with some rows in it."""

    def __init__(self, things: Sequence[Mapping[str, Any]]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE TABLE things (id INTEGER PRIMARY KEY, number INTEGER, label TEXT, label_folded TEXT)"
        )
        folded = [(row["id"], row["number"], row["label"], row["label"] and row["label"].casefold()) for row in things]
        self._database.executemany("INSERT INTO things VALUES (?, ?, ?, ?)", folded)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def ids(self, condition: ColumnElement[bool], values: Mapping[str, Any], order: Sequence[Any] = ()) -> list[int]:
        """The ids of the rows that meet a condition, in an order, or by id."""
        statement = select(THINGS.c.id).where(condition).order_by(*order or [THINGS.c.id])
        compiled = compile_statement(statement, SQLITE)
        return [number for (number,) in self._database.execute(compiled.text, compiled.parameters(values))]
