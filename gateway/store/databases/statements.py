"""Statements: SQLAlchemy's compiler makes the text once; running one is binding values by name.

Only this module knows how values cross to a driver: a bound value goes through its SQL type's own
processor (a date becomes ISO text on SQLite), a returned one through the result processor.

What is run again and again is a module's constant, or made once for each shape, and its compiled form is found by the
object. A statement that is made for each call works as well; it is compiled each time, and leaves the memory in time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from sqlalchemy import Dialect, Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.querying.cache import BoundedCache
from gateway.querying.dialects import is_text
from gateway.querying.sizes import SizeOf, texts_at

Row = tuple[Any, ...]
Processor = Callable[[Any], Any]

SQLITE: Dialect = sqlite_dialect()
KEPT_BYTES = 16_000_000
BYTES_A_CHARACTER = 40  # of the text; measured: 16 to 41, and 80 of the shortest texts
POSTGRESQL: Dialect = postgresql_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled statement: its text, the names of its parameters in order, and their processors."""

    text: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]  # what the statement itself bound, such as the literals of a CASE
    binders: Mapping[str, Processor]  # by name; a name that is absent is passed on as it is
    readers: tuple[Processor | None, ...]  # by column of the answer
    size: SizeOf | None = None  # of the texts of rows, in bytes; None where no column holds text of any length

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """Put the values in the order that the text wants.

        Raises:
            KeyError: a name has neither a value nor a default.
        """
        given = {**self.defaults, **values}
        for name, binder in self.binders.items():
            given[name] = binder(given[name])  # once, however often the text has it
        return [given[name] for name in self.names]

    def read(self, rows: Sequence[Row]) -> list[Row]:
        """Turn the driver's values into Python's: dates and booleans."""
        if not any(self.readers):
            return list(rows)
        return [
            tuple(value if reader is None else reader(value) for value, reader in zip(row, self.readers, strict=True))
            for row in rows
        ]


def compile_statement(statement: Executable, dialect: Dialect) -> Statement:
    """Compile a SELECT, INSERT, UPDATE or DELETE whose parameters are named."""
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect))  # type: ignore[attr-defined]  # every Executable of Core compiles
    names = tuple(compiled.positiontup or ())
    types = {bind.key: bind.type for bind in compiled.binds.values()} | {
        name: bind.type for name, bind in compiled.binds.items()
    }
    binders = {}
    for name in names:
        binder = types[name].dialect_impl(dialect).bind_processor(dialect)
        if binder is not None:
            binders[name] = binder
    columns = tuple(getattr(statement, "exported_columns", ()))
    readers = tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    texts = [place for place, column in enumerate(columns) if is_text(column.type)]
    defaults = dict(compiled.construct_params(_check=False))
    return Statement(compiled.string, names, defaults, binders, readers, texts_at(texts) if texts else None)


_compiled: BoundedCache[Statement] = BoundedCache(KEPT_BYTES)
_lock = Lock()  # copying a store runs loops in two threads


def compiled(statement: Executable, dialect: Dialect) -> Statement:
    """Compile a statement, or find what was compiled of the same object; for all databases of the process."""
    with _lock:
        return _compiled.get(
            (statement, dialect.name),
            lambda: compile_statement(statement, dialect),
            lambda made: len(made.text) * BYTES_A_CHARACTER,
        )
