"""What every table shares: the metadata, the names of constraints and indexes, and the revision of all of them."""

from typing import ClassVar, cast

from sqlalchemy import Index, MetaData, Table
from sqlmodel import SQLModel

SCHEMA_REVISION = "0027"

NAMING = {
    "ix": "ix_%(table_name)s__%(column_0_N_name)s",
    "uq": "uq_%(table_name)s__%(column_0_N_name)s",
    "ck": "ck_%(table_name)s__%(constraint_name)s",
    "fk": "fk_%(table_name)s__%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """What every table shares: one metadata with named constraints."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def table_of(row: type[SQLModel]) -> Table:
    """Return the table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # SQLModel sets it on every table class


def indexes_of(table: Table, dialect: str) -> list[Index]:
    """Return the indexes that a database has of a table, by name; some are of use to one of the two alone."""
    found = [index for index in table.indexes if index.info.get("dialect", dialect) == dialect]
    return sorted(found, key=lambda index: str(index.name))
