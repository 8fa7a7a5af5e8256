"""Pages of the entries of several people or projects, by date: the first of each, and of these the first of all.

SQLite would read all entries by date until enough of them are those of one of the people, and the more people
a store has, the longer that takes. Each person's own entries it reads by date from an index, so a few of each
are read and the rest is left alone, however large the store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, bindparam, func, select, union

from gateway.querying.conditions import All, AnyOf, Comparison, Condition
from gateway.querying.dialects import ListOf
from gateway.querying.sorts import Order, SortKey
from gateway.store.seeking import apart, is_fine

# Columns with an index in which the entries of each value are in the order of dates.
IN_ORDER_OF_DATES = frozenset({"person_id", "service_id", "deal_id", "project_id", "company_id", "responsible_id"})
ORDERS = (("date", "id"),)
MOST_BRANCHES = 8
MOST_VALUES = 50  # of all branches together; with more of them a walk by date finds enough soon


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Entries with one value of a column, or with each value of a list, and the number of the operand."""

    test: Comparison
    number: int

    @property
    def values(self) -> int:
        """How many values there are."""
        return len(self.test.operand) if self.test.comparison == "in" else 1


def branches_of(condition: Condition, order: Order) -> tuple[Branch, ...]:
    """Return branches in one of which each entry of the condition is; none where there is a better way."""
    if tuple(key.name for key, _ in order.keys) not in ORDERS:
        return ()
    parts = [*_numbered(condition, 0)]
    if any(is_fine(part) for part, _ in parts):
        return ()
    for part, number in parts:
        found = _branches(part, number)
        if 0 < len(found) <= MOST_BRANCHES and sum(branch.values for branch in found) <= MOST_VALUES:
            return found
    return ()


def _numbered(condition: Condition, number: int) -> Iterator[tuple[Condition, int]]:
    """Yield the parts that all must hold, each with the number of its first operand."""
    for part in condition.parts if isinstance(condition, All) else (condition,):
        yield part, number
        number += sum(1 for _ in part.operands())


def _branches(part: Condition, number: int) -> tuple[Branch, ...]:
    """Return a branch for each of a part's alternatives; none where one of them has none."""
    if isinstance(part, Comparison):
        return (Branch(part, number),) if part.comparison == "in" and _is_ordered(part) else ()
    if not isinstance(part, AnyOf):
        return ()
    found: list[Branch] = []
    for alternative in part.parts:
        tests = [
            Branch(test, place)
            for test, place in _numbered(alternative, number)
            if isinstance(test, Comparison) and test.comparison in {"=", "in"} and _is_ordered(test)
        ]
        if not tests:
            return ()
        found.append(min(tests, key=lambda branch: branch.values))
        number += sum(1 for _ in alternative.operands())
    return tuple(found)


def _is_ordered(test: Comparison) -> bool:
    return getattr(test.subject.expression, "key", None) in IN_ORDER_OF_DATES


def read_branches(
    statement: Select[Any],
    table: FromClause,
    order: Order,
    *,
    branches: Sequence[Branch],
    where: Sequence[ColumnElement[bool]],
    backward: bool,
) -> Select[Any]:
    """Return the statement for a page of the rows `where`; `limit` and `offset` are bound."""
    limit, offset = bindparam("limit", type_=Integer()), bindparam("offset", type_=Integer())
    names = [key.name for key, _ in order.keys]

    def first_of(branch: Branch) -> Select[Any]:
        column, name = table.c[branch.test.subject.expression.key], f"f{branch.number}"  # type: ignore[attr-defined]  # a column of the table has a key
        rows = order.to_sql(backward=backward)
        if branch.test.comparison == "=":
            one = bindparam(name, type_=branch.test.subject.type)
            found = select(*(table.c[each] for each in names)).where(column == one, *where)
            part = found.order_by(*rows).limit(limit + offset).subquery()
            return select(*part.c)
        listed = func.json_each(bindparam(name, type_=ListOf(branch.test.subject.type))).table_valued("value")
        each_value = listed.alias(f"value_{branch.number}")
        numbers = select(table.c.id).where(column == each_value.c.value, *where).order_by(*rows)
        row = table.alias(f"row_{branch.number}")
        return (
            select(*(row.c[each] for each in names))
            .select_from(each_value, row)
            .where(row.c.id.in_(numbers.limit(limit + offset).correlate(each_value)))
        )

    found = union(*(first_of(branch) for branch in branches)).subquery("found")
    keys = Order(tuple((SortKey(key.name, found.c[key.name], key.type), down) for key, down in order.keys))
    page = select(found.c.id).order_by(*keys.to_sql(backward=backward)).limit(limit).offset(offset).cte("page")
    return statement.select_from(page).where(table.c.id == page.c.id).order_by(*apart(order).to_sql(backward=backward))
