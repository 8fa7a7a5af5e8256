"""Explaining: what an operation reads, and what it ran, told by watching it: SQL, the database's plan, rows, time.

Admins get it in `extensions.plan`, and `gateway explain` prints it.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable

from gateway.graphql.reads import Read
from gateway.store.databases.database import Connection, Database
from gateway.store.databases.statements import Row, Statement, compiled

T = TypeVar("T")
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement that was run."""

    sql: str
    parameters: Sequence[tuple[str, Any]]  # name and value of each placeholder, in order
    rows: int
    milliseconds: float
    plan: Sequence[str]  # lines of the database's EXPLAIN

    def answer(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "sql": self.sql,
            "parameters": [{"name": name, "value": _shown(value)} for name, value in self.parameters],
            "rows": self.rows,
            "milliseconds": round(self.milliseconds, 3),
            "plan": list(self.plan),
        }


def _shown(value: Any) -> Any:
    """Return a bound value as JSON has it."""
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _plan_lines(rows: Sequence[Row]) -> list[str]:
    """Return the lines of the database's plan. SQLite's rows are (id, id of the step above, unused, text)."""
    depths: dict[Any, int] = {}
    lines = []
    for row in rows:
        depth = 0
        if len(row) > 1:
            depth = depths[row[0]] = depths.get(row[1], -1) + 1
        lines.append("  " * depth + str(row[-1]))
    return lines


class WatchedDatabase:
    """A database whose reads are written down and explained; writes pass through unwatched."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ran: list[Ran] = []

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
            yield WatchedConnection(connection, self)

    async def answer(self, work: Callable[[Connection], Awaitable[T]], *, snapshot: bool) -> T:
        """Do what reads on a connection that is watched."""
        async with self.read(snapshot=snapshot) as connection:
            return await work(connection)

    def look_up(self) -> AbstractAsyncContextManager[Connection]:
        """Borrow the connection for look-ups, unwatched."""
        return self._database.look_up()

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run a unit of work, unwatched."""
        return await self._database.write(work)

    async def create_tables(self) -> None:
        """Create the tables where the store is empty."""
        await self._database.create_tables()

    async def close(self) -> None:
        """Leave the database to who opened it."""

    def explanation(self, reads: Sequence[Read]) -> dict[str, Any]:
        """Return what was planned and what was run since, as JSON has it."""
        return {
            "selection": [read.answer() for read in reads],
            "statements": [statement.answer() for statement in self.ran],
        }


class WatchedConnection:
    """A connection that writes down what it runs."""

    def __init__(self, connection: Connection, database: WatchedDatabase) -> None:
        self._connection, self._database = connection, database

    @property
    def dialect(self) -> Dialect:
        """The dialect of the connection behind it."""
        return self._connection.dialect

    async def fetch(
        self, statement: Executable, values: Mapping[str, Any] | None = None, *, brief: bool = False
    ) -> list[Row]:
        """Run a Core statement and write it down."""
        made = compiled(statement, self.dialect)
        return made.read(await self.run(made, values or {}, brief=brief))

    async def run(self, statement: Statement, values: Mapping[str, Any], *, brief: bool = False) -> list[Row]:
        """Run a compiled statement and write it down."""
        began = time.perf_counter()
        rows = await self._connection.run(statement, values, brief=brief)
        milliseconds = (time.perf_counter() - began) * 1000
        asked = replace(statement, text=EXPLAIN[self.dialect.name] + statement.text)
        plan = _plan_lines(await self._connection.run(asked, values))
        bound = list(zip(statement.names, statement.parameters(values), strict=True))
        self._database.ran.append(Ran(statement.text, bound, len(rows), milliseconds, plan))
        return rows

    async def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a Core statement for each of the rows."""
        await self._connection.execute_many(statement, rows)
