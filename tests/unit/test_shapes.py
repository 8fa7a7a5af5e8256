"""Shapes: what is asked in one shape has one text, and all that a statement binds has a value."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Date, Text, select

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.codes import TimeEntryStatus
from gateway.querying.cursors import Cursors
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.store.databases.statements import POSTGRESQL, SQLITE, compile_statement
from gateway.store.pages.parents import Level, Parents, Same, Span
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.pages.selects import select_columns
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.matching import Matching
from gateway.store.totals.measures import Measures
from gateway.store.visibility import viewer_values, visibility
from tests.support.worlds.ledger import ADMIN, viewer

CONTEXT = FilterContext(viewer(ADMIN))
BOUND = viewer_values(viewer(ADMIN))
DIALECTS = pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda dialect: dialect.name)
APPROVED = {"status": {"eq": TimeEntryStatus.APPROVED}}
DECIDED = {"status": {"in": [TimeEntryStatus.APPROVED, TimeEntryStatus.REJECTED]}}
ASKED = (
    None, {"after": "2025-01-15"}, {"before": "2025-06-15"}, {"after": "2025-01-15", "before": "2025-06-15"},
    {"after": "2025-01-15", "before": "2025-01-20"}, {"personId": {"eq": "7"}}, {"personId": {"in": ["7", "8"]}},
    {"personId": {"in": [str(number) for number in range(1, 101)]}}, {"projectId": {"eq": "7"}},
    {"projectId": {"in": ["7", "8"]}}, {"companyId": {"eq": "7"}, "personId": {"eq": "7"}}, {"managerId": {"eq": "7"}},
    {"managerId": {"in": ["7", "8"]}}, APPROVED, DECIDED, APPROVED | {"after": "2025-01-15"},
    APPROVED | {"projectId": {"eq": "7"}}, APPROVED | {"personId": {"eq": "7"}}, {"time": {"gt": 60}},
    {"time": {"lt": 60}}, {"time": {"gt": 60, "lt": 90}}, {"invoiceId": {"isNull": True}},
    {"invoiceId": {"isNull": False}}, {"or": [{"personId": {"eq": "7"}}, {"projectId": {"in": ["7", "8"]}}]},
    {"or": [{"personId": {"in": ["7", "8", "9"]}}, {"projectId": {"eq": "7"}, "time": {"gt": 60}}]},
    {"not": {"personId": {"eq": "7"}}}, {"updatedAt": {"gt": "2025-03-30"}}, {"jiraIssueId": {"isNull": True}},
)  # fmt: skip
SORTED_BY: tuple[list[tuple[str, bool]], ...] = (
    [], [("DATE", False)], [("DATE", True)], [("TIME", True)], [("JIRA_ISSUE_ID", False)],
    [("DATE", True), ("TIME", False)],
)  # fmt: skip
ORDERS = [SORTS.order(keys) for keys in SORTED_BY]
EXAMPLES = {Date: dt.date(2025, 3, 30), Text: "a"}


def condition(asked):
    return FILTERS.condition(asked, CONTEXT)


def starts(order):
    """Pages of an order: from either end, beyond a row with values and one without, and by number."""
    cursors = Cursors("entries", condition(None), order)
    whole = [EXAMPLES.get(type(key.type), 7) for key, _ in order.keys]
    without = [None if key.nullable else value for (key, _), value in zip(order.keys, whole, strict=True)]
    for backward in (False, True):
        yield from (Start(Page(30, backward=backward), order, cursors, beyond) for beyond in (None, whole, without))
    for page in (Page(5), Page(200), Page(30, number=1), Page(30, number=2)):
        yield Start(page, order, cursors, None)


def first_page(order):
    return next(starts(order))


def levels(dialect):
    """Parents by one link and by several, with and without those that lack a value."""
    people, months = Parents([Same("person_id")], dialect), Parents([Span("MONTH")], dialect)
    pairs = Parents([Same("project_id"), Same("person_id")], dialect)
    yield from (Level(people, keys) for keys in ([(7,)], [(7,), (8,)]))
    yield Level(months, [("2025-03-01",), ("2025-04-01",)])
    for keys in ([(7, 8)], [(None, 8)], [(7, 8), (None, 8)], [(7, 8), (7, None), (None, None)]):
        yield Level(pairs, keys)


class Pages:
    """Pages of entries, each of which is made anew where another of its shape is kept."""

    def __init__(self, dialect, *, sees_everything=True):
        self._seen, self._dialect = visibility("time_entries", sees_everything=sees_everything), dialect
        self._kept, self._known = self._statements(), {}

    def _statements(self):
        return PageStatements(ENTRIES, self._seen, self._dialect, lambda more: select_columns(more, ENTRIES))

    def check(self, asked, start, level=None):
        def read(statements):
            if level is None:
                return statements.of(condition(asked), start)
            return statements.of_parents(condition(asked), start, level)

        statement, values = read(self._kept)
        statement.parameters(values | BOUND)
        if id(statement) in self._known:
            assert statement.text == read(self._statements())[0].text, (asked, start, level)
        self._known[id(statement)] = statement


@DIALECTS
def test_pages_of_one_shape_have_one_text(dialect):
    pages, narrowed = Pages(dialect), Pages(dialect, sees_everything=False)
    for asked in ASKED:
        pages.check(asked, first_page(ORDERS[1]))
    for order in ORDERS:
        pages.check(None, first_page(order))
    for asked, order in ((None, ORDERS[1]), (ASKED[-3], ORDERS[4]), (ASKED[1], ORDERS[0])):
        for start in starts(order):
            pages.check(asked, start)
            narrowed.check(asked, start)


@pytest.mark.parametrize(("dialect", "texts"), [(SQLITE, 1), (POSTGRESQL, 3)], ids=["sqlite", "postgresql"])
def test_pages_of_all_sizes_have_one_text_where_the_database_plans_without_values(dialect, texts):
    everything = visibility("time_entries", sees_everything=True)
    pages = PageStatements(ENTRIES, everything, dialect, lambda more: select_columns(more, ENTRIES))
    cursors = Cursors("entries", condition(None), ORDERS[1])

    found = [pages.of(condition(None), Start(Page(size), ORDERS[1], cursors, None))[0].text for size in (1, 30, 200)]

    assert len(set(found)) == texts


@DIALECTS
def test_pages_of_parents_of_one_shape_have_one_text(dialect):
    pages = Pages(dialect)
    level, *others = levels(dialect)
    for start in starts(ORDERS[1]):
        pages.check(None, start, level)
    for each in others:
        pages.check(None, first_page(ORDERS[1]), each)
    for asked in (ASKED[1], ASKED[2]):
        pages.check(asked, first_page(ORDERS[3]), level)


def test_sums_of_one_shape_have_one_text():
    measures = Measures()
    measures.need("count")

    def text(matching):
        sums = matching.sums()
        columns = [*measures.columns(sums), *sums.parent]
        statement = compile_statement(select(*columns).select_from(sums.table).where(sums.condition), SQLITE)
        statement.parameters(matching.values() | BOUND)
        return statement.text

    found: dict[Any, list[Matching]] = {}
    for seen in (True, False):
        rows = visibility("time_entries", sees_everything=seen)
        for level in (None, *levels(SQLITE)):
            for asked in ASKED if level is None else (None, ASKED[1]):
                for keys in ((), ("PERSON",), ("COMPANY", "MONTH"), ("DATE",)):
                    matching = Matching.of(ENTRIES, rows, condition(asked), level).by(keys)
                    found.setdefault((seen, keys, matching.shape()), []).append(matching)

    for first, *others in found.values():
        for other in others:
            assert text(other) == text(first), (first, other)
