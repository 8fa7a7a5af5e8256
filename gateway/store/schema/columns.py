"""How columns are declared: keys, references, texts, 64-bit numbers, codes; the same on both databases."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Integer, SmallInteger, Text
from sqlalchemy.types import TypeEngine
from sqlmodel import Field

# SQLite gives out row numbers only to a column declared exactly INTEGER.
KEY: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
# Code points order text on SQLite; PostgreSQL does so under the collation "C".
TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
# On SQLite no array is ever written.
NUMBERS: TypeEngine[Any] = ARRAY(BigInteger()).with_variant(Text(), "sqlite")


def key() -> Any:
    """Declare a record's own number: positive, 63 bits, never given out twice."""
    return Field(default=None, primary_key=True, sa_type=KEY)


def part_of_key(sa_type: Any = BigInteger) -> Any:
    """Declare a number that is given, as part of a primary key."""
    return Field(primary_key=True, sa_type=sa_type, sa_column_kwargs={"autoincrement": False})


def refers(target: str, *, index: bool = False, optional: bool = False) -> Any:
    """Declare a foreign key to `target`'s id, checked at COMMIT."""
    return Field(
        default=None if optional else ...,
        sa_type=BigInteger,
        index=index,
        sa_column_args=[ForeignKey(f"{target}.id", deferrable=True, initially="DEFERRED")],
    )


def text(*, optional: bool = False, unique: bool = False) -> Any:
    """Declare text that is ordered by code points."""
    return Field(default=None if optional else ..., sa_type=TEXT, unique=unique)


def plain() -> Any:
    """Declare the sibling of a name that is searched."""
    return Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})


def big(*, default: Any = ...) -> Any:
    """Declare a 64-bit whole number (an instant, an amount)."""
    return Field(default=default, sa_type=BigInteger)


def small(*, default: Any = ...) -> Any:
    """Declare a documented code, such as 1, 2 or 3."""
    return Field(default=default, sa_type=SmallInteger)


def one_of(name: str, *values: str | int) -> CheckConstraint:
    """Allow only these values in a column."""
    literals = ", ".join(f"'{value}'" if isinstance(value, str) else f"{value:d}" for value in values)
    return CheckConstraint(f"{name} IN ({literals})", name=f"{name}_known")


# SQLModel reuses a column's primary key declaration for AUTOINCREMENT: a deleted number stays used.
NEVER_REUSED = {"sqlite_autoincrement": True}


def any_differs(names: Iterable[str]) -> str:
    """Return SQLite's test, in a trigger, whether an update changed one of these columns."""
    return " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in names)
