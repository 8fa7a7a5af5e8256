"""Explaining: what an operation ran, told by watching it run: SQL, the database's plan, rows, milliseconds."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable

from gateway.store.engine import Connection, Database
from gateway.store.statements import Row, Statement

T = TypeVar("T")
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@dataclass(slots=True)
class Explained:
    """One statement that was run."""

    sql: str
    parameters: Mapping[str, Any]
    rows: int
    milliseconds: float
    plan: list[str] = field(default_factory=list)  # lines of the database's EXPLAIN

    def answer(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "sql": self.sql,
            "parameters": {name: str(value) for name, value in self.parameters.items()},
            "rows": self.rows,
            "milliseconds": round(self.milliseconds, 3),
            "plan": self.plan,
        }


class WatchedDatabase:
    """A database whose reads are written down and explained; writes pass through unwatched."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.explained: list[Explained] = []

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database behind it."""
        return self._database.dialect

    @property
    def statements(self) -> int:
        """How many statements the database behind it ran so far."""
        return self._database.statements

    @asynccontextmanager
    async def read(self, *, snapshot: bool) -> AsyncIterator[Connection]:
        """Borrow a read connection that is watched."""
        async with self._database.read(snapshot=snapshot) as connection:
            yield WatchedConnection(connection, self.explained)

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run a unit of work, unwatched."""
        return await self._database.write(work)

    def compile(self, statement: Executable) -> Statement:
        """Compile a Core statement."""
        return self._database.compile(statement)

    async def create_tables(self) -> None:
        """Create the tables where the store is empty."""
        await self._database.create_tables()

    async def close(self) -> None:
        """Leave the database to who opened it."""


class WatchedConnection:
    """A connection that writes down what it runs."""

    def __init__(self, connection: Connection, explained: list[Explained]) -> None:
        self._connection, self._explained = connection, explained

    @property
    def dialect(self) -> Dialect:
        """The dialect of the connection behind it."""
        return self._connection.dialect

    async def fetch(
        self, statement: Executable, values: Mapping[str, Any] | None = None, *, brief: bool = False
    ) -> list[Row]:
        """Run a Core statement, unwatched: only plans' statements are explained."""
        return await self._connection.fetch(statement, values, brief=brief)

    async def run(self, statement: Statement, values: Mapping[str, Any], *, brief: bool = False) -> list[Row]:
        """Run a compiled statement and write it down."""
        began = time.perf_counter()
        rows = await self._connection.run(statement, values, brief=brief)
        milliseconds = (time.perf_counter() - began) * 1000
        used = {name: values[name] for name in statement.names if name in values}
        asked = Statement(
            EXPLAIN[self.dialect.name] + statement.text, statement.names, statement.defaults, statement.binders, ()
        )
        plan = [str(row[-1]) for row in await self._connection.run(asked, values)]
        self._explained.append(Explained(statement.text, used, len(rows), milliseconds, plan))
        return rows

    async def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a Core statement for each of the rows."""
        await self._connection.execute_many(statement, rows)
