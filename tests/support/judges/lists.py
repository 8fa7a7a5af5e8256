"""Lists of entries as statements read them: what is asked, and which rows each page of it has, in plain Python."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Dialect, Integer

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.codes import TimeEntryStatus
from gateway.querying.cursors import Cursors
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.store.databases.statements import Statement
from gateway.store.pages.parents import Key, Level, Link, Same, Span
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.pages.selects import select_columns
from gateway.store.schema.entries import ENTRIES
from gateway.store.visibility import viewer_values, visibility
from tests.support.judges.orders import COLUMNS, in_order
from tests.support.judges.predicate import Row, holds, words_of
from tests.support.worlds.ledger import ADMIN, viewer
from tests.support.worlds.ledger_values import Ledger

Asked = dict[str, Any] | None
Keys = Sequence[tuple[str, bool]]
SIZE = 7

PERSON, MANAGER, PROJECT = {"personId": {"eq": "14"}}, {"managerId": {"eq": "12"}}, {"projectId": {"eq": "11"}}
MANY_PEOPLE = {"personId": {"in": [str(number) for number in range(12, 32)]}}
PEOPLE, PROJECTS = {"personId": {"in": ["12", "14", "15"]}}, {"projectId": {"in": ["11", "12"]}}
SINCE, BEFORE = {"after": "2025-01-05"}, {"before": "2025-10-26"}
APPROVED = {"status": {"eq": TimeEntryStatus.APPROVED}}
DECIDED = {"status": {"in": [TimeEntryStatus.APPROVED, TimeEntryStatus.REJECTED]}}
UPDATED, UPDATED_BEFORE = {"updatedAt": {"gt": "2025-03-10"}}, {"updatedAt": {"lt": "2025-03-10"}}
SHORT = {"time": {"lt": 60}}
EITHER = {"or": [PERSON | SHORT, {"projectId": {"in": ["11", "12", "19"]}, "time": {"gt": 30, "lt": 480}}]}
NOTHING_OF_JIRA = {"jiraIssueStatus": {"isNull": True}}
IDS: Keys = []
DATE, TIME, UPDATED_AT, ISSUE = (
    [[(name, descending)] for descending in (False, True)] for name in ("DATE", "TIME", "UPDATED_AT", "JIRA_ISSUE_ID")
)
SEVERAL = [("DATE", True), ("JIRA_ISSUE_STATUS", True), ("TIME", False)]


# What is asked, and the orders that the ways of finding it differ by.
ASKED: Sequence[tuple[Asked, Sequence[Keys]]] = (
    (None, [IDS, *DATE, *TIME, *UPDATED_AT, *ISSUE, SEVERAL]),
    (SINCE, [IDS, *DATE, *TIME]),
    (BEFORE, [IDS, *DATE]),
    (SINCE | BEFORE, [IDS, *DATE]),
    ({"date": {"eq": "2025-03-30"}}, [IDS, *DATE]),
    (SINCE | APPROVED, [IDS, *DATE]),
    (APPROVED, [IDS, *TIME]),
    (DECIDED, [IDS, *DATE]),
    (DECIDED | SINCE, [IDS, DATE[0]]),
    (PERSON, [IDS, *DATE, *TIME, *ISSUE]),
    (PEOPLE, [IDS, *DATE, *TIME]),
    (PEOPLE | SINCE | SHORT, [*DATE]),
    (PROJECTS | PEOPLE, [*DATE]),
    (EITHER, [IDS, *DATE]),
    (EITHER | SINCE, [*DATE]),
    (MANAGER, [IDS, *DATE]),
    (MANY_PEOPLE, [*DATE]),
    ({"or": [PERSON, PROJECT]}, [*DATE]),
    ({"or": [PERSON, MANAGER]}, [*DATE]),
    ({"or": [PROJECT | SHORT, MANY_PEOPLE, MANAGER]}, [*DATE]),
    (UPDATED, [IDS, *DATE, *UPDATED_AT]),
    (UPDATED_BEFORE | SINCE, [IDS, *DATE]),
    (SHORT, [IDS, *DATE, *TIME]),
    (NOTHING_OF_JIRA, [IDS, DATE[0], *ISSUE]),
    (NOTHING_OF_JIRA | PERSON, [*ISSUE]),
    ({"invoiceId": {"isNull": True}}, [DATE[1], ISSUE[0]]),
    ({"not": PROJECT}, [IDS, *DATE]),
)
SPRING, WINTER, LAST = dt.date(2025, 3, 1), dt.date(2024, 12, 1), dt.date(9999, 12, 1)
# What tells parents apart, and some of them.
PARENTS: Sequence[tuple[Sequence[Link], Sequence[Key]]] = (
    ([Same("person_id")], [(12,), (99,), (14,)]),
    ([Same("task_id")], [(11,), (13,)]),
    ([Same("project_id")], [(12,), (None,)]),
    ([Same("project_id")], [(None,)]),
    ([Same("billing_type_id", Integer())], [(1,), (3,)]),
    ([Same("project_id"), Same("person_id")], [(11, 14), (None, 12), (12, 14)]),
    ([Span("DATE")], [(dt.date(2025, 3, 30),), (dt.date(2025, 1, 6),)]),
    ([Span("WEEK")], [(dt.date(2025, 3, 24),), (dt.date(2024, 12, 30),), (dt.date(9999, 12, 27),)]),
    ([Span("MONTH")], [(SPRING,), (dt.date(2024, 2, 1),), (WINTER,)]),
    ([Span("YEAR")], [(dt.date(2024, 1, 1),), (dt.date(9999, 1, 1),)]),
    ([Same("task_id"), Span("MONTH")], [(11, SPRING), (None, SPRING), (None, WINTER)]),
    ([Span("MONTH"), Same("task_id")], [(SPRING, 11), (SPRING, None), (WINTER, None)]),
)

# A statement, what it binds, and what it is to answer first: an id, of parents with the place of the parent.
Read = tuple[Statement, dict[str, Any], list[Any]]


class Lists:
    """The entries that a caller asks for in one order, and the statements of a dialect that read pages of them."""

    def __init__(self, ledger: Ledger, dialect: Dialect, asked: Asked, keys: Keys, person: int = ADMIN) -> None:
        who = viewer(person)
        self._condition, self._order = FILTERS.condition(asked, FilterContext(who)), SORTS.order([*keys])
        seen = visibility("time_entries", sees_everything=who.sees_everything)
        self._statements = PageStatements(
            ENTRIES, seen, dialect, lambda more: select_columns([ENTRIES.c.id, *more], ENTRIES)
        )
        rows = [row for row in ledger.entries_of(1) if who.sees_everything or row["person_id"] == person]
        rows = [row for row in rows if holds(words_of(asked), row, who.time_zone)]
        numbers = in_order(rows, [{"field": name, "direction": "DESC" if down else "ASC"} for name, down in keys])
        self._rows = sorted(rows, key=lambda row: numbers.index(row["id"]))
        self._viewer = viewer_values(who)

    def pages(self) -> Iterator[Read]:
        """Pages from either end, beyond every third row, and by number: each has one row more than it is long."""
        for backward in (False, True):
            rows, page = self._rows[::-1] if backward else self._rows, Page(SIZE, backward=backward)
            for first in (0, *range(1, len(rows) + 1, 3)):
                start = self._start(page, rows[first - 1] if first else None)
                yield self._read(start, rows[first : first + SIZE + 1])
        for number, size in ((1, SIZE), (2, SIZE), (3, SIZE), (2, 1)):
            first = size * (number - 1)
            yield self._read(self._start(Page(size, number=number), None), self._rows[first : first + size + 1])

    def pages_of_parents(self, level: Level) -> Iterator[Read]:
        """Pages of each parent, from either end and beyond some rows of whichever parent."""
        links = level.parents.links
        for backward in (False, True):
            rows, page = self._rows[::-1] if backward else self._rows, Page(3, backward=backward)
            for first in (0, *range(1, len(rows) + 1, 16)):
                expected = []
                for place, key in level.by_place().items():
                    own = [row for row in rows[first:] if tuple(whose(link, row) for link in links) == key]
                    expected += [(row["id"], place) for row in own[: page.size + 1]]
                start = self._start(page, rows[first - 1] if first else None)
                statement, values = self._statements.of_parents(self._condition, start, level)
                yield statement, values | self._viewer, expected

    def _start(self, page: Page, beyond: Row | None) -> Start:
        columns = [COLUMNS.get(key.name.upper(), key.name) for key, _ in self._order.keys]
        values = None if beyond is None else [beyond[column] for column in columns]
        return Start(page, self._order, Cursors("entries", self._condition, self._order), values)

    def _read(self, start: Start, rows: Sequence[Row]) -> Read:
        statement, values = self._statements.of(self._condition, start)
        return statement, values | self._viewer, [(row["id"],) for row in rows]


def whose(link: Link, row: Row) -> Any:
    """The value by which a row says whose it is."""
    day = row["date"]
    match link.name:
        case "DATE":
            return day
        case "WEEK":
            return day - dt.timedelta(days=day.weekday())
        case "MONTH":
            return day.replace(day=1)
        case "YEAR":
            return day.replace(month=1, day=1)
    return row[link.name]
