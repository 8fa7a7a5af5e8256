"""Pages of many parents at once: the first rows of each project, of each person, in one statement.

The parents are a table that is bound, and the page of each is sought by itself: PostgreSQL joins it LATERAL; SQLite,
which has no such join, looks rows up by the ids that a subquery finds for the parent. Both seek the index of the
parent's column and read no further than the page needs. A window over all rows of all parents would sort them all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from gateway.querying.dialects import ListOf
from gateway.store.pages.seeking import TOLD
from gateway.store.pages.wanted import Wanted

Key = tuple[Any, ...]  # what tells a parent's rows from those of others: a value for each link


@dataclass(frozen=True, slots=True)
class Link:
    """How rows say whose they are: the column that holds the parent's number."""

    column: str
    type: TypeEngine[Any] = BigInteger()  # noqa: RUF009 - a type of SQLAlchemy is a value

    def condition(self, row: FromClause, value: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition for a row of the parent with this value."""
        own: ColumnElement[bool] = row.c[self.column] == value
        return own


class Parents:
    """The parents of a level as a table: the place of each, and the values that its rows have."""

    def __init__(self, links: Sequence[Link], dialect: Dialect) -> None:
        self._links, self._is_postgresql = links, dialect.name == "postgresql"
        self._values: list[ColumnElement[Any]]
        if self._is_postgresql:
            names = [f"value_{place}" for place in range(len(links))]
            lists = [bindparam(f"parents_{place}", type_=ListOf(link.type)) for place, link in enumerate(links)]
            columns = [column(name, link.type) for name, link in zip(names, links, strict=True)]
            given = func.unnest(*lists).table_valued(*columns, with_ordinality="place", name="parents")
            self.table: FromClause = given.render_derived()
            self._values = [self.table.c[name] for name in names]
            self.place: ColumnElement[int] = self.table.c.place
        else:
            listed = bindparam("parents", type_=ListOf(Text()))
            self.table = func.json_each(listed).table_valued("key", "value", name="parents")
            self._values = [
                func.json_extract(self.table.c.value, literal_column(f"'$[{place}]'"), type_=link.type)
                for place, link in enumerate(links)
            ]
            self.place = self.table.c["key"]

    @property
    def column(self) -> str | None:
        """The column that tells by itself whose a row is; None where it takes several."""
        return self._links[0].column if len(self._links) == 1 else None

    def condition(self, row: FromClause) -> ColumnElement[bool]:
        """Return the condition for the rows of a parent."""
        return and_(*(link.condition(row, value) for link, value in zip(self._links, self._values, strict=True)))

    def owner(self, key: Key) -> str:
        """Name a parent for its cursors."""
        return " of " + ", ".join(f"{link.column} {value}" for link, value in zip(self._links, key, strict=True))

    def places(self, keys: Sequence[Key]) -> Mapping[int, Key]:
        """Return the parents by their places in the table."""
        return dict(enumerate(keys, 1 if self._is_postgresql else 0))

    def values(self, keys: Iterable[Key]) -> dict[str, Any]:
        """Return what the table is bound to."""
        if not self._is_postgresql:
            return {"parents": list(keys)}
        return {f"parents_{place}": list(values) for place, values in enumerate(zip(*keys, strict=True))}


def read_of_parents(wanted: Wanted, rows: Select[Any], parents: Parents) -> Select[Any]:
    """Return the statement that selects what `rows` does, of a page of each parent, one parent after the other."""
    own = [parents.condition(wanted.table)]
    if wanted.nulls is not None:
        own.append(wanted.order.beyond(wanted.nulls, backward=wanted.backward))
    table = wanted.table
    if wanted.dialect.name == "sqlite":
        page = wanted.ids().where(*own).order_by(*wanted.terms).limit(wanted.cut.limit).correlate(parents.table)
        found = rows.select_from(parents.table).where(table.c.id.in_(page))
    else:
        each = _lateral(wanted, own, parents)
        found = rows.select_from(parents.table.join(each, true())).where(table.c.id == each.c.id)
    return found.order_by(parents.place, *wanted.apart)


def _lateral(wanted: Wanted, own: Sequence[ColumnElement[bool]], parents: Parents) -> FromClause:
    """Return the ids of a parent's page; PostgreSQL is told to find more, or it would read all entries in order."""
    keys: list[Any] = [key.expression.label(key.name) for key, _ in wanted.order.keys]
    matching = select(*keys).where(*wanted.where, *own).order_by(*wanted.terms).correlate(parents.table)
    near = matching.limit(literal_column(str(TOLD), Integer())).subquery("near")
    # In order once more, or PostgreSQL would plan for the smaller limit all the same.
    terms = wanted.terms_of(wanted.order.over(lambda key: near.c[key.name]))
    return select(near.c.id).order_by(*terms).limit(wanted.cut.limit).lateral("page")
