"""Pages of the entries of several people or projects, by date: the entries of each, merged until a page is full.

A database would read all entries by date until enough of them are those of one of the people, and the more people
a store has, the longer that takes. Each person's own entries it reads by date from an index. Both merge a UNION whose
parts each come in order, and read no part further than the page needs. Many values PostgreSQL, which plans each part,
is given as a list: it reads a page of each, and sorts these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.types import TypeEngine

from gateway.querying.conditions import OF_VALUES, AnyOf, Comparison, Condition, Subject, numbered, parameter, sql_of
from gateway.querying.dialects import ListOf, in_text, planned_once, replanned
from gateway.querying.operations import OPERATIONS
from gateway.querying.sorts import Order
from gateway.store.pages.replanning import COARSE, IN_ORDER_OF_DATES, is_fine
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.statistics import rows_of_a_value
from gateway.store.schema.zones import SUBJECTS

ORDERS = (("date", "id"),)
MOST_PARTS = 64  # of the UNION; with more values a walk by date finds enough soon
MOST_MERGED = 16  # of those on PostgreSQL, which takes 0.2 ms to plan one
MOST_TERMS = 256  # of all parts together: a text is planned where it is first run
MOST_MERGED_TERMS = 128  # on PostgreSQL, where a term has some 100 characters, so that the text is kept prepared


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Entries with one value of a column, or with one of a list; `number` is that of the operand."""

    subject: Subject
    number: int
    # That the list is given in the text, the last ones without a value; 0: it is a parameter as a whole; None: no list.
    places: int | None
    # What else its entries have to meet, of the whole condition and of its own alternative alone, as `numbered` has it.
    tests: tuple[tuple[Condition, int], ...]

    @property
    def column(self) -> str:
        """The entries' column, in whose index those of a value are in the order of dates."""
        return _column(self.subject)

    @property
    def shape(self) -> tuple[int, int | None]:
        """What the text depends on beside the shape of the whole condition."""
        return self.number, self.places

    @property
    def parts(self) -> int:
        """How many parts of the UNION there are."""
        return self.places or 1


def branches_of(condition: Condition, order: Order, *, zones: bool) -> tuple[Branch, ...]:
    """Return branches in one of which each entry of the condition is; none where there is a better way.

    `zones` where the database has them, so that what they know is sought there. It also looks up the values that
    another table has, such as the people of a manager.
    """
    if tuple(key.name for key, _ in order.keys) not in ORDERS:
        return ()
    parts = [*numbered(condition)]
    if any(is_fine(part) for part, _ in parts):
        return ()
    possible = [
        found
        for place, (part, number) in enumerate(parts)
        if (found := _branches(part, number, (*parts[:place], *parts[place + 1 :])))
        and _parts(found) <= MOST_PARTS
        and _terms(found) <= MOST_TERMS
        and (zones or all(branch.subject.elsewhere is None for branch in found))
        and not (zones and isinstance(part, Comparison) and part.subject.column in SUBJECTS)
    ]
    return min(possible, key=_rows, default=())


def _parts(branches: tuple[Branch, ...]) -> int:
    return sum([branch.parts for branch in branches])


def _terms(branches: tuple[Branch, ...]) -> int:
    return sum([branch.parts * (1 + sum([len(test.operands()) for test, _ in branch.tests])) for branch in branches])


def _rows(branches: tuple[Branch, ...]) -> int:
    """Return about how many rows of a large store the branches have."""
    return sum(branch.parts * rows_of_a_value(branch.subject.column) for branch in branches)


def _branches(part: Condition, number: int, others: tuple[tuple[Condition, int], ...]) -> tuple[Branch, ...]:
    """Return a branch for each of a part's alternatives; none where one of them has none."""
    if isinstance(part, Comparison):
        # Those of one value are in order already.
        is_merged = part.comparison == "in" or (part.comparison == "=" and part.subject.elsewhere is not None)
        return (_branch(part, number, others),) if is_merged and _is_ordered(part) else ()
    if not isinstance(part, AnyOf):
        return ()
    found: list[Branch] = []
    for alternative in part.parts:
        tests = [*numbered(alternative, number)]
        possible = [
            _branch(test, at, (*others, *tests[:place], *tests[place + 1 :]))
            for place, (test, at) in enumerate(tests)
            if isinstance(test, Comparison) and test.comparison in OF_VALUES and _is_ordered(test)
        ]
        if not possible:
            return ()
        found.append(min(possible, key=lambda branch: branch.parts))
        number += len(alternative.operands())
    return tuple(found)


def _branch(test: Comparison, number: int, others: tuple[tuple[Condition, int], ...]) -> Branch:
    # A power of two, so that there are few texts.
    places = 1 << (len(test.operand) - 1).bit_length() if test.comparison == "in" else None
    return Branch(test.subject, number, places, others)


def _is_ordered(test: Comparison) -> bool:
    return _column(test.subject) in IN_ORDER_OF_DATES


def _column(subject: Subject) -> str:
    return subject.column if subject.elsewhere is None else subject.elsewhere.column


def read_branches(wanted: Wanted, rows: Select[Any], branches: Sequence[Branch]) -> Select[Any]:
    """Return the statement for a page on SQLite; `limit` and `offset` are bound."""
    table, order = wanted.table, wanted.order
    parts = [
        select(*(table.c[key.name] for key, _ in order.keys)).where(
            table.c[branch.column] == value, *_met(wanted, branch)
        )
        for branch in branches
        for value in _values(branch)
    ]
    # The terms of the order are the names of the UNION's columns, or SQLite sorts all rows instead of merging.
    names = wanted.terms_of(order.over(lambda key: literal_column(key.name, key.type)))
    found = union(*parts).order_by(*names).limit(wanted.cut.limit).offset(wanted.cut.offset).subquery("found")
    return wanted.rows_of(select(found.c.id).cte("page"), rows)


def with_few_parts(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """Return branches for PostgreSQL: a part for each value where they are few, and found alike whatever they are."""
    is_told = all(branch.subject.elsewhere is None for branch in branches)
    is_short = _parts(branches) <= MOST_MERGED and _terms(branches) <= MOST_MERGED_TERMS
    is_merged = is_told and is_short and not _depends_on_values(branches)
    return branches if is_merged else tuple(replace(branch, places=branch.places and 0) for branch in branches)


def read_first_of_branches(wanted: Wanted, rows: Select[Any], branches: Sequence[Branch]) -> Select[Any]:
    """Return the statement for a page without an offset on PostgreSQL."""
    found = _pages(wanted, branches) if any(map(_is_looked_up, branches)) else _merged(wanted, branches)
    first = select(*found.c).order_by(*wanted.terms_of(wanted.order.over(lambda key: found.c[key.name])))
    if len(branches) > 1:
        first = first.distinct()  # an entry of two branches; the values of one list have none in common
    rows = rows.where(replanned() if _depends_on_values(branches) else planned_once())
    return wanted.rows_of(first.limit(wanted.cut.limit).cte("page"), rows)


def _depends_on_values(branches: Sequence[Branch]) -> bool:
    return any(rows_of_a_value(branch.subject.column) >= COARSE for branch in branches)


def _is_looked_up(branch: Branch) -> bool:
    """Tell whether the values of a branch are not in the text."""
    return branch.places == 0 or branch.subject.elsewhere is not None


def _cut(wanted: Wanted, found: Select[Any], rows: int) -> Select[Any]:
    """Cut so many rows in the order of days alone, and all others of the last day.

    An index has the entries of a value by date, and those of one day may be the other way round than the order wants
    them; in the whole order they would be sorted before the first is read.
    """
    day = wanted.terms_of(wanted.order.over(lambda key: found.selected_columns[key.name]))[0]
    return found.order_by(day).fetch(in_text(rows), with_ties=True)


def _merged(wanted: Wanted, branches: Sequence[Branch]) -> Subquery:
    """Select the first entries of all values, merged day by day; an entry is there once for each branch it is of."""
    parts = [_of_value(wanted, branch, value) for branch in branches for value in _values(branch)]
    found = select(*union_all(*parts).subquery("parts").c)
    return _cut(wanted, found, (wanted.cut.size or 0) * len(branches)).subquery("found")


def _pages(wanted: Wanted, branches: Sequence[Branch]) -> Subquery:
    """Select a page of each value, or the pages of those that are looked up."""
    pages = [
        _of_list(wanted, branch) if _is_looked_up(branch) else _of_value(wanted, branch, *_values(branch))
        for branch in branches
    ]
    return (union_all(*pages) if len(pages) > 1 else pages[0]).subquery("found")


def _of_value(wanted: Wanted, branch: Branch, value: ColumnElement[Any]) -> Select[Any]:
    """Select a page of the entries of a value by day."""
    keys = [wanted.table.c[key.name] for key, _ in wanted.order.keys]
    found = select(*keys).where(wanted.table.c[branch.column] == value, *_met(wanted, branch))
    return _cut(wanted, found, wanted.cut.size or 0)


def _of_list(wanted: Wanted, branch: Branch) -> Select[Any]:
    """Select such a page of each value of a list: PostgreSQL merges no entries of several values of an index."""
    listed = _listed(branch, wanted.table.c[branch.column].type).subquery()
    each = _of_value(wanted, branch, listed.c.value).correlate(listed).lateral()
    return select(*each.c).select_from(listed).join(each, true())


def _listed(branch: Branch, type_: TypeEngine[Any]) -> Select[Any]:
    """Select the values of a branch as `value`, each once."""
    number, elsewhere, asked = parameter(branch.number), branch.subject.elsewhere, branch.subject.expression
    is_list = branch.places is not None
    operand: BindParameter[Any] = bindparam(number, type_=ListOf(type_) if is_list else type_)
    if elsewhere is None:
        return select(func.unnest(operand).label("value")).distinct()
    found = elsewhere.passing(OPERATIONS["in" if is_list else "eq"].sql(asked, operand))
    return found.with_only_columns(*(column.label("value") for column in found.selected_columns))


def _met(wanted: Wanted, branch: Branch) -> Sequence[ColumnElement[bool]]:
    """Return what an entry of a branch has to meet: its own alternative alone, and whatever all have to."""
    tests = [sql_of(test, number) for test, number in branch.tests]
    return [wanted.seen, *tests, *([or_(*wanted.beyond)] if wanted.beyond else [])]


def _values(branch: Branch) -> Iterator[ColumnElement[Any]]:
    """Yield the parameters of the values, whose type is that of the column that they are compared with."""
    name = parameter(branch.number)
    if branch.places is None:
        yield bindparam(name)
    for place in range(branch.places or 0):
        yield bindparam(f"{name}_{place}")


def items_of(branches: Sequence[Branch], condition: Condition) -> dict[str, Any]:
    """Return what is bound for the items of lists that are in the text; in places without one nothing is found."""
    operands = condition.operands()
    return {
        f"{parameter(branch.number)}_{place}": item
        for branch in branches
        if branch.places
        for place, item in zip_longest(range(branch.places), operands[branch.number])
    }
