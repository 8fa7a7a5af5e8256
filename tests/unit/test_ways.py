"""Ways: by which of its strategies each database finds a page, as `paging.py` chooses them."""

import datetime as dt
import re

import pytest
from sqlalchemy import Integer, select

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.codes import BillingType, TimeEntryStatus
from gateway.querying.conditions import EVERYTHING, bound_values, parameter
from gateway.querying.cursors import Cursors
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.store.databases.statements import POSTGRESQL, SQLITE, compile_statement
from gateway.store.pages.branching import branches_of
from gateway.store.pages.parents import Level, Parents, Same, Span
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.pages.seeking import doubtful
from gateway.store.pages.selects import select_columns
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.matching import Matching
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, viewer

CONTEXT = FilterContext(viewer(ADMIN))
FIRST, NUMBERED = Page(30), Page(30, number=2)
IN_ORDER, IDS_FIRST, COUNTED, BRANCHES, DAYS = "in order", "ids first", "counted", "branches", "days"
DOWNWARDS, IN_PARTS = "downwards off an index upwards", "part after part"
CUT, MERGED, PARTLY = "cut before joins", "merged by day", "those partly from Jira apart"
REPLANNED, PLANNED_ONCE, FROM_ZONE = "replanned", "planned once", "from a zone"
# What the text of each has, and no other.
MARKS = {
    BRANCHES: "AS found", DAYS: "firsts AS", COUNTED: "matching AS", IDS_FIRST: "numbers AS",
    DOWNWARDS: "walked AS", IN_PARTS: "range_0 AS", CUT: ") AS page", MERGED: "AS parts",
    REPLANNED: "generate_series(1, 1000000000)", PLANNED_ONCE: "generate_series(1, $", FROM_ZONE: "zone.place",
    PARTLY: "num_nulls",
}  # fmt: skip

APPROVED = {"status": {"eq": TimeEntryStatus.APPROVED}}
DECIDED = {"status": {"in": [TimeEntryStatus.APPROVED, TimeEntryStatus.REJECTED]}}
UPDATED, SINCE = {"updatedAt": {"gt": "2025-03-30"}}, {"after": "2025-01-15"}
DAY = dt.date(2025, 3, 30)  # of the entry that a page lies beyond
PERSON, MANAGER = {"personId": {"eq": "7"}}, {"managerId": {"eq": "7"}}
PEOPLE, SIXTEEN, SEVENTEEN, MANY_PEOPLE = (
    {"personId": {"in": [str(number) for number in range(1, last)]}} for last in (3, 17, 18, 66)
)
SEVEN_TESTS = {"time": {"gt": 1, "lt": 9, "gtEq": 2, "ltEq": 8}, "trackMethodId": {"gt": 1, "lt": 9, "notEq": 5}}
EIGHT_TESTS = SEVEN_TESTS | {"autotracked": True}
EITHER = {"or": [PERSON, {"projectId": {"in": ["7", "8"]}, "time": {"gt": 60}}]}
PROJECTS, TASKS, MONTHS = [Same("project_id")], [Same("task_id")], [Span("MONTH")]
BILLING_TYPES = [Same("billing_type_id", Integer())]
NO_INVOICE, INVOICED = ({"invoiceId": {"isNull": wanted}} for wanted in (True, False))


def text_of(dialect, asked, sort, page=FIRST, *, descending=False, sees_everything=True, beyond=None):
    order = SORTS.order([(name, descending) for name in sort.split()])
    seen = visibility("time_entries", sees_everything=sees_everything)
    pages = PageStatements(ENTRIES, seen, dialect, lambda more: select_columns(more, ENTRIES))
    start = Start(page, order, Cursors("", EVERYTHING, order), beyond)
    return pages.of(FILTERS.condition(asked, CONTEXT), start)[0].text


def text_of_parents(dialect, links, sort, page=FIRST):
    order = SORTS.order([(name, False) for name in sort.split()])
    pages = PageStatements(
        ENTRIES, visibility("time_entries", sees_everything=True), dialect, lambda more: select_columns(more, ENTRIES)
    )
    key = tuple("2025-03-01" if isinstance(link, Span) else 7 for link in links)
    level = Level(Parents(links, dialect), [key])
    return pages.of_parents(EVERYTHING, Start(page, order, Cursors("", EVERYTHING, order), None), level)[0].text


def ways(*asked, **how):
    """Return the ways of which the text for a page has a mark."""
    text = text_of(*asked, **how)
    return {way for way, mark in MARKS.items() if mark in text} or {IN_ORDER}


@pytest.mark.parametrize(
    ("asked", "sort", "on_sqlite", "on_postgresql"),
    [
        (None, "", {IN_ORDER}, {CUT}),
        (None, "TIME", {IN_ORDER}, {CUT}),
        (None, "DATE TIME", {IN_ORDER}, {CUT}),
        (SINCE, "DATE TIME", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        (SINCE, "", {DAYS}, {DAYS, PLANNED_ONCE, FROM_ZONE}),
        (SINCE, "DATE", {IN_ORDER}, {CUT, PLANNED_ONCE}),
        (SINCE | {"before": "2025-06-15"}, "DATE", {IN_ORDER}, {CUT, PLANNED_ONCE}),
        (SINCE, "TIME", {COUNTED}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        (SINCE | APPROVED, "", {COUNTED}, {DAYS, PLANNED_ONCE, FROM_ZONE}),
        (SINCE | DECIDED, "", {COUNTED}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        (SINCE | PERSON, "", {IN_ORDER}, {IDS_FIRST, PLANNED_ONCE}),
        (PERSON, "DATE", {IN_ORDER}, {IDS_FIRST, PLANNED_ONCE}),
        (PERSON, "TIME", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        ({"projectId": {"eq": "7"}} | PEOPLE, "DATE", {IN_ORDER}, {IDS_FIRST, PLANNED_ONCE}),
        (PEOPLE, "DATE", {BRANCHES}, {BRANCHES, MERGED, PLANNED_ONCE}),
        (SIXTEEN, "DATE", {BRANCHES}, {BRANCHES, MERGED, PLANNED_ONCE}),
        (SIXTEEN | SEVEN_TESTS, "DATE", {BRANCHES}, {BRANCHES, MERGED, PLANNED_ONCE}),
        (SIXTEEN | EIGHT_TESTS, "DATE", {BRANCHES}, {BRANCHES, PLANNED_ONCE}),
        (SEVENTEEN, "DATE", {BRANCHES}, {BRANCHES, PLANNED_ONCE}),
        (PEOPLE, "TIME", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (MANY_PEOPLE, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (MANAGER, "DATE", {COUNTED}, {BRANCHES, REPLANNED}),
        (EITHER, "DATE", {BRANCHES}, {BRANCHES, MERGED, PLANNED_ONCE}),
        (EITHER, "", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        (APPROVED, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        ({"responsibleId": {"eq": "7"}}, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (DECIDED, "DATE", {BRANCHES}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        (APPROVED, "", {COUNTED}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        (UPDATED, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        (UPDATED, "UPDATED_AT", {IN_ORDER}, {CUT, PLANNED_ONCE}),
        (NO_INVOICE, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (INVOICED, "DATE", {IN_ORDER}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        ({"jiraWorklogId": {"isNull": True}}, "JIRA_ISSUE_ID", {COUNTED}, {IN_PARTS, PARTLY, REPLANNED}),
        ({"jiraIssueId": {"isNull": True}}, "JIRA_ISSUE_ID", {COUNTED}, {IDS_FIRST, REPLANNED}),
        ({"jiraIssueId": {"isNull": False}}, "JIRA_ISSUE_STATUS", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        (NO_INVOICE, "JIRA_ISSUE_ID", {COUNTED}, {IDS_FIRST, REPLANNED}),
        ({"not": PERSON}, "DATE", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        ({"date": {"eq": "2025-01-15"}}, "", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        ({"time": {"gt": 60}}, "", {COUNTED}, {IDS_FIRST, REPLANNED}),
        ({"time": {"eq": 60}}, "", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
        ({"time": {"eq": 60}}, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (MANAGER, "", {COUNTED}, {IDS_FIRST, REPLANNED}),
    ],
)
def test_a_page_is_found_by(asked, sort, on_sqlite, on_postgresql):
    assert ways(SQLITE, asked, sort) == on_sqlite
    assert ways(POSTGRESQL, asked, sort) == on_postgresql


def listed(name, length):
    return {name: {"in": [str(number) for number in range(1, length + 1)]}}


LONG = {"time": {"gt": 1, "lt": 9, "notEq": 5}}  # three operands, which each value of a list is tested with
LONGER = LONG | {"trackMethodId": {"gt": 1, "lt": 9, "notEq": 5}}


@pytest.mark.parametrize(
    ("asked", "branches"),
    [
        (listed("personId", 2), [("person_id", 2)]),
        (listed("personId", 3), [("person_id", 4)]),
        (listed("personId", 4), [("person_id", 4)]),
        (listed("personId", 5), [("person_id", 8)]),
        (listed("personId", 64), [("person_id", 64)]),
        (listed("personId", 65), []),
        (listed("personId", 64) | LONG, [("person_id", 64)]),
        (listed("personId", 64) | LONG | {"trackMethodId": {"gt": 1}}, []),
        (listed("personId", 2) | listed("serviceId", 2), [("service_id", 2)]),
        (listed("personId", 2) | listed("serviceId", 64), [("person_id", 2)]),
        (listed("taskId", 2), []),
        ({"or": [listed("personId", 3), PERSON]}, [("person_id", 4), ("person_id", None)]),
        ({"or": [listed("personId", 3) | listed("projectId", 2), PERSON]}, [("project_id", 2), ("person_id", None)]),
        ({"or": [listed("personId", 3), {"time": {"eq": 1}}]}, []),
        ({"or": [listed("personId", 3), listed("personId", 62)]}, []),
        (
            {"or": [PERSON | LONG, PERSON, listed("personId", 3)]},
            [("person_id", None), ("person_id", None), ("person_id", 4)],
        ),
        ({"or": [listed("personId", 32) | LONGER, PERSON]}, [("person_id", 32), ("person_id", None)]),
    ],
)
def test_the_entries_of_several_values_branch_by_the_column_that_leads_to_few(asked, branches):
    condition = FILTERS.condition(asked, CONTEXT)

    found = branches_of(condition, SORTS.order([("DATE", False)]), zones=False)

    assert [(branch.column, branch.places) for branch in found] == branches
    operands = [bound_values(condition)[parameter(branch.number)] for branch in found]
    assert [isinstance(operand, list) for operand in operands] == [places is not None for _, places in branches]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({"personId": {"in": ["7", "8"]}, "approvedAt": {"gt": "2025-03-30"}}, "person_id"),
        ({"personId": {"in": ["7", "8"]}} | NO_INVOICE, "person_id"),
        (NO_INVOICE | {"billingTypeId": {"eq": BillingType.FIXED}}, "invoice_id"),
        ({"billingTypeId": {"eq": BillingType.FIXED}, "approvedAt": {"gt": "2025-03-30"}}, "billing_type_id"),
        ({"updatedAt": {"gt": "2025-03-30"}, "approvedAt": {"gt": "2025-03-30"}}, "approved_at"),
        (SINCE | {"approvedAt": {"gt": "2025-03-30"}}, "approved_at"),
        (SINCE, None),
    ],
)
def test_what_promises_fewest_entries_is_counted_first(asked, first):
    doubt = doubtful(FILTERS.condition(asked, CONTEXT), SORTS.order([("DATE", False)]))

    assert (doubt and {part.subject.name for part, _ in doubt.parts}) == (first and {first})


@pytest.mark.parametrize(("asked", "zones"), [(SINCE, False), (SINCE | APPROVED, True)])
def test_a_walk_looks_at_more_zones_for_the_fewer_entries_of_a_status(asked, zones):
    assert ("4096 * 4" in text_of(POSTGRESQL, asked, "")) == zones


@pytest.mark.parametrize(("asked", "ways"), [(None, set()), (PERSON, set()), (APPROVED | UPDATED, {REPLANNED})])
def test_sums_are_planned_again_where_the_best_plan_depends_on_the_values(asked, ways):
    everything = visibility("time_entries", sees_everything=True)
    sums = Matching.of(ENTRIES, everything, FILTERS.condition(asked, CONTEXT)).by(("DEAL",)).sums()

    text = compile_statement(select(ENTRIES.c.id).where(sums.condition), POSTGRESQL).text

    assert {way for way, mark in MARKS.items() if mark in text} == ways


@pytest.mark.parametrize(
    ("links", "sort", "is_in_order", "reads_all"),
    [
        (PROJECTS, "", True, True),
        (PROJECTS, "DATE", True, False),
        (PROJECTS, "TIME", False, True),
        (TASKS, "", True, True),
        (TASKS, "DATE", False, True),
        (BILLING_TYPES, "", False, False),
        (BILLING_TYPES, "DATE", False, False),
        (MONTHS, "", False, False),
        (MONTHS, "DATE", True, False),
        (MONTHS, "TIME", False, False),
        (TASKS + MONTHS, "DATE", True, False),
    ],
)
def test_a_page_of_each_parent_is_found_by(links, sort, is_in_order, reads_all):
    assert ("ORDER BY +" not in text_of_parents(SQLITE, links, sort)) == is_in_order
    assert ("OFFSET 0" in text_of_parents(POSTGRESQL, links, sort)) == reads_all


@pytest.mark.parametrize(("size", "limits"), [(5, {"80", "6"}), (79, {"80"}), (200, {"201"})])
def test_postgresql_plans_for_more_rows_than_a_short_page_has(size, limits):
    texts = [
        text_of(POSTGRESQL, PERSON, "DATE", Page(size)),
        text_of(POSTGRESQL, PERSON, "JIRA_ISSUE_ID", Page(size), beyond=["a", 7]),
        text_of_parents(POSTGRESQL, PROJECTS, "DATE", Page(size)),
    ]

    assert [{*re.findall(r"LIMIT (\d+)", text)} for text in texts] == 3 * [limits]


@pytest.mark.parametrize(
    ("asked", "sort", "on_sqlite", "on_postgresql"),
    [
        (None, "DATE", {IDS_FIRST}, {IDS_FIRST}),
        (SINCE, "", {COUNTED}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        (SINCE, "DATE", {IDS_FIRST}, {IDS_FIRST, PLANNED_ONCE}),
        (PEOPLE, "DATE", {BRANCHES}, {IDS_FIRST, REPLANNED}),
    ],
)
def test_a_page_by_number_is_found_by(asked, sort, on_sqlite, on_postgresql):
    assert ways(SQLITE, asked, sort, NUMBERED) == on_sqlite
    assert ways(POSTGRESQL, asked, sort, NUMBERED) == on_postgresql


@pytest.mark.parametrize(
    ("asked", "sort", "on_sqlite", "on_postgresql"),
    [
        (None, "DATE", {IN_ORDER}, {IDS_FIRST}),
        (SINCE, "", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (SINCE, "DATE", {IN_ORDER}, {IDS_FIRST, PLANNED_ONCE}),
        (PEOPLE, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (UPDATED, "DATE", {COUNTED}, {IDS_FIRST, REPLANNED}),
        (UPDATED, "UPDATED_AT", {IN_ORDER}, {IDS_FIRST, REPLANNED}),
    ],
)
def test_a_page_of_ones_own_entries_is_found_by(asked, sort, on_sqlite, on_postgresql):
    assert ways(SQLITE, asked, sort, sees_everything=False) == on_sqlite
    assert ways(POSTGRESQL, asked, sort, sees_everything=False) == on_postgresql


@pytest.mark.parametrize(
    ("asked", "sort", "beyond", "on_sqlite", "on_postgresql"),
    [
        (None, "", [7], {IN_ORDER}, {CUT, PLANNED_ONCE}),
        (SINCE, "", [7], {DAYS}, {DAYS, PLANNED_ONCE}),
        (SINCE, "DATE", [DAY, 7], {IN_ORDER}, {CUT, PLANNED_ONCE}),
        (None, "JIRA_ISSUE_ID", ["a", 7], {IN_PARTS}, {IN_PARTS, PLANNED_ONCE}),
        (UPDATED, "DATE", [DAY, 7], {COUNTED}, {IDS_FIRST, REPLANNED}),
        (PEOPLE, "DATE", [DAY, 7], {BRANCHES}, {BRANCHES, MERGED, PLANNED_ONCE}),
    ],
)
def test_a_page_beyond_a_cursor_is_found_by(asked, sort, beyond, on_sqlite, on_postgresql):
    assert ways(SQLITE, asked, sort, beyond=beyond) == on_sqlite
    assert ways(POSTGRESQL, asked, sort, beyond=beyond) == on_postgresql


@pytest.mark.parametrize(
    ("asked", "sort", "page", "on_sqlite", "on_postgresql"),
    [
        (None, "UPDATED_AT", FIRST, {DOWNWARDS, IN_PARTS}, {CUT}),
        (None, "CREATED_AT", FIRST, {DOWNWARDS, IN_PARTS}, {CUT}),
        (None, "TIME", FIRST, {DOWNWARDS, IN_PARTS}, {CUT}),
        (None, "DATE", FIRST, {IN_ORDER}, {CUT}),
        (None, "TIME", NUMBERED, {IDS_FIRST}, {IDS_FIRST}),
        (APPROVED, "TIME", FIRST, {COUNTED, DOWNWARDS, IN_PARTS}, {IDS_FIRST, REPLANNED, FROM_ZONE}),
        # No index has notes, so that few entries of a note are met on the way, too.
        ({"note": {"eq": "Meeting"}}, "TIME", FIRST, {DOWNWARDS, IN_PARTS}, {IDS_FIRST, REPLANNED}),
        (PERSON, "TIME", FIRST, {IN_ORDER}, {IDS_FIRST, REPLANNED}),
    ],
)
def test_a_page_downwards_is_found_by(asked, sort, page, on_sqlite, on_postgresql):
    assert ways(SQLITE, asked, sort, page, descending=True) == on_sqlite
    assert ways(POSTGRESQL, asked, sort, page, descending=True) == on_postgresql


def test_a_page_downwards_of_ones_own_entries_is_sorted():
    assert ways(SQLITE, None, "TIME", descending=True, sees_everything=False) == {IN_ORDER}
