"""Statements: SQLAlchemy's compiler makes the text once; running one is binding values by name.

Only this module knows how values cross to a driver: a bound value goes through its SQL type's own
processor (a date becomes ISO text on SQLite), a returned one through the result processor.

What is run again and again is a module's constant, or made once for each shape, and its compiled form is found by the
object. A statement that is made for each call works as well; it is compiled each time, and leaves the memory in time.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Dialect, Executable, Table
from sqlalchemy.dialects.postgresql import Insert as PostgreSQLInsert
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite import Insert as SQLiteInsert
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.caches import BoundedCache
from gateway.querying.dialects import is_text
from gateway.querying.sizes import Texts

Row = tuple[Any, ...]
Value = TypeVar("Value")
Processor = Callable[[Any], Any]

SQLITE: Dialect = sqlite_dialect()
FEWEST_BYTES = 4_000  # of a statement, with what is made of its rows
BYTES_A_CHARACTER = 40  # of the text; measured: 16 to 41, and 80 of the shortest texts
POSTGRESQL: Dialect = postgresql_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped


def insert_into(table: Table, dialect: str) -> PostgreSQLInsert | SQLiteInsert:
    """Return an INSERT that can say what happens where there is such a row."""
    return PostgreSQLInsert(table) if dialect == POSTGRESQL.name else SQLiteInsert(table)


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled statement: its text, the names of its parameters in order, and their processors."""

    text: str
    names: tuple[str, ...]
    defaults: Mapping[str, object]  # what the statement itself bound, such as the literals of a CASE
    binders: Mapping[str, Processor]  # by name; a name that is absent is passed on as it is
    readers: tuple[Processor | None, ...]  # by column of the answer
    size: Texts | None = None  # of the texts of rows, in bytes; None where no column holds text of any length
    is_answer: bool = False  # whether its rows become an answer, and count for how long that may be

    def parameters(self, values: Mapping[str, object]) -> list[object]:
        """Put the values in the order that the text wants.

        Raises:
            KeyError: a name has neither a value nor a default.
        """
        given = {**self.defaults, **values} if self.defaults else values
        if self.binders:
            # Once, however often the text has it.
            given = {**given, **{name: binder(given[name]) for name, binder in self.binders.items()}}
        return [given[name] for name in self.names]

    def read(self, rows: Sequence[Row]) -> list[Row]:
        """Turn the driver's values into Python's: dates and booleans."""
        read = [(place, reader) for place, reader in enumerate(self.readers) if reader is not None]
        if not read:
            return list(rows)
        found = []
        for row in rows:
            values = list(row)
            for place, reader in read:
                values[place] = reader(values[place])
            found.append(tuple(values))
        return found


def compile_statement(statement: Executable, dialect: Dialect, *, is_answer: bool = True) -> Statement:
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
    required = {bind.key for bind in compiled.binds.values() if bind.required}
    defaults = {name: value for name, value in compiled.construct_params(_check=False).items() if name not in required}
    return Statement(compiled.string, names, defaults, binders, readers, Texts(texts) if texts else None, is_answer)


COMPILED: BoundedCache[Statement] = BoundedCache("compiled statements")
OF_PLANS: BoundedCache[Any] = BoundedCache("statements of plans")
OF_WRITES: BoundedCache[Sequence[Statement]] = BoundedCache("statements of writes")
_plans = count()


def bytes_of(statements: Iterable[Statement], key: object = "") -> int:
    """Return about how many bytes compiled statements take, with the key that they are kept by."""
    texts = sum(FEWEST_BYTES + BYTES_A_CHARACTER * len(statement.text) for statement in statements)
    return texts + 2 * len(repr(key))


def compiled(statement: Executable, dialect: Dialect) -> Statement:
    """Compile a statement, or find what was compiled of the same object; for all databases of the process.

    Nobody is answered its rows as they are.
    """
    return COMPILED.get(
        (statement, dialect.name),
        lambda: compile_statement(statement, dialect, is_answer=False),
        lambda made: bytes_of([made]),
    )


def kept_for_writes(key: Hashable, make: Callable[[], Sequence[Statement]]) -> Sequence[Statement]:
    """Return the statements of a write by their shape; the key begins with what makes them."""
    return OF_WRITES.get(key, make, lambda made: bytes_of(made, key))


class Kept(Generic[Value]):
    """The statements of one plan by shape, within the bound that all plans share."""

    def __init__(self, statements: Callable[[Value], Iterable[Statement]]) -> None:
        """Say which statements a value consists of."""
        self._number, self._statements = next(_plans), statements

    def get(self, shape: Hashable, make: Callable[[], Value]) -> Value:
        """Return what was made of a shape."""
        key = (self._number, shape)
        found: Value = OF_PLANS.get(key, make, lambda made: bytes_of(self._statements(made), key))
        return found


def one_statement(statement: Statement) -> Iterable[Statement]:
    """Say that a value is a statement and nothing else."""
    return (statement,)
