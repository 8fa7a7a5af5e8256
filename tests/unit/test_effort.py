"""Effort: how many rows a statement can be made to look at, by what indexes and months say."""

import pytest

from gateway.catalog.documented import SORTS_OF
from gateway.catalog.records import PICKERS
from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.codes import BillingType, TimeEntryStatus
from gateway.querying.column_types import ID_TYPE, TEXT_TYPE
from gateway.querying.conditions import EVERYTHING, Comparison, Subject
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.querying.sorts import Order, SortKey
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import PEOPLE, PROJECTS, InvoiceRow
from gateway.store.totals.effort import below, is_served, led_to, listed, matched, summed
from gateway.store.totals.matching import Matching
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, viewer

CONTEXT = FilterContext(viewer(ADMIN))
ALL = visibility("time_entries", sees_everything=True)
SEEN = 300_000
PAGE = Page(29)
EVERY_ENTRY = None
SHORT, APPROVED = {"time": {"lt": 60}}, {"status": {"eq": TimeEntryStatus.APPROVED}}
BY_NAME, BY_EMAIL = PICKERS["people"].sort, SortKey("email", PEOPLE.c.email, TEXT_TYPE)
BY_VERSION = SORTS_OF["time_entry_versions"].keys["CREATED_AT"]


def condition(asked):
    return FILTERS.condition(asked, CONTEXT)


def matching(asked):
    return Matching.of(ENTRIES, ALL, condition(asked))


def order(*names):
    return SORTS.order([(name, False) for name in names])


def test_every_filter_says_whether_an_index_leads_to_its_values():
    not_served = {row.name for row in FILTERS.filters if not is_served(row.subject.column)}

    assert not_served == {"managerId", "note"}


def test_an_id_leads_to_a_record_also_where_no_other_index_has_it():
    assert is_served("id", table_of(InvoiceRow))
    assert not is_served("number", table_of(InvoiceRow))


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        (EVERY_ENTRY, SEEN),
        ({"id": {"eq": "7"}}, 1),
        ({"projectId": {"eq": "7"}}, 3_000),
        ({"projectId": {"in": ["7", "8"]}}, 6_000),
        ({"projectId": {"in": []}}, 0),
        ({"projectId": {"notEq": "7"}}, SEEN),
        ({"not": {"projectId": {"eq": "7"}}}, SEEN),
        ({"projectId": {"eq": "7"}, "taskId": {"eq": "1"}}, 300),
        ({"or": [{"projectId": {"eq": "7"}}, {"taskId": {"eq": "1"}}]}, 3_300),
        ({"or": [{"projectId": {"eq": "7"}}, {"jiraIssueSummary": {"contains": "x"}}]}, SEEN),
        ({"jiraIssueSummary": {"contains": "x"}}, SEEN),
        ({"projectId": {"eq": "7"}, "jiraIssueSummary": {"contains": "x"}}, 3_000),
        ({"after": "2025-01-01", "before": "2025-01-10"}, 5_000),
        ({"date": {"gt": "2025-01-01", "lt": "2025-01-10"}}, 5_000),
        ({"after": "2025-01-01", "before": "2025-01-10", "time": {"gt": 60, "lt": 90}}, 5_000),
        ({"after": "2025-01-10", "before": "2025-01-01"}, 0),
        ({"after": "2025-01-01", "time": {"gt": 60}}, SEEN),
        ({"date": {"gt": "2025-01-01"}}, SEEN),
        ({"bookingId": {"isNull": True}}, SEEN),
        ({"personId": {"in": [str(number) for number in range(1, 101)]}}, SEEN),
    ],
)
def test_a_condition_leads_to_as_many_rows_as_the_best_of_its_indexes(asked, rows):
    assert led_to(condition(asked), SEEN) == rows


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"projectId": {"eq": "7"}}, 30_000),
        ({"projectId": {"in": ["7", "8"]}}, 60_000),
        ({"after": "2025-01-01", "before": "2025-01-10"}, 50_000),
    ],
)
def test_values_are_more_common_where_there_are_more_entries(asked, rows):
    assert led_to(condition(asked), 5_000_000) == rows


@pytest.mark.parametrize(
    ("asked", "by", "page", "rows"),
    [
        (EVERY_ENTRY, (), PAGE, 30),
        (EVERY_ENTRY, ("DATE",), PAGE, 30),
        (EVERY_ENTRY, ("DATE", "UPDATED_AT"), PAGE, SEEN),
        (EVERY_ENTRY, ("DATE",), Page(10, number=1_001), 10_011),
        (EVERY_ENTRY, ("DATE",), Page(10, number=10**9), SEEN),
        ({"after": "2025-01-01"}, ("DATE",), PAGE, 30),
        ({"after": "2025-01-01"}, ("UPDATED_AT",), PAGE, SEEN * 21 // 20),
        ({"status": {"eq": TimeEntryStatus.APPROVED}}, ("DATE",), PAGE, SEEN * 21 // 20),
        ({"projectId": {"eq": "7"}}, ("DATE",), PAGE, 3_150),
        ({"id": {"eq": "7"}}, ("TIME",), PAGE, 1),
        ({"after": "2025-01-01", "before": "2026-01-10"}, ("DATE",), PAGE, 30),
        ({"after": "2025-01-01", "before": "2026-01-10"}, ("UPDATED_AT",), PAGE, 375 * 500 * 22 // 20),
        ({"jiraIssueSummary": {"contains": "x"}}, (), Page(0), SEEN * 21 // 20),
    ],
)
def test_a_page_is_found_as_fast_as_its_order_and_its_filter_allow(asked, by, page, rows):
    assert listed(matching(asked), order(*by), page).rows(SEEN) == rows


@pytest.mark.parametrize(
    ("table", "key", "rows"),
    [
        (CHANGES, SORTS_OF["time_entry_versions"].keys["CREATED_AT"], 30),
        (PEOPLE, BY_EMAIL, SEEN),
        (PEOPLE, BY_NAME, 30),
    ],
)
def test_other_records_are_in_the_order_of_what_leads_an_index_of_theirs(table, key, rows):
    everything = Matching.of(table, visibility(table.name, sees_everything=True), EVERYTHING)

    assert listed(everything, Order(((key, False),)), PAGE).rows(SEEN) == rows


def test_other_records_are_looked_at_one_by_one_where_they_are_filtered():
    of_company = Comparison(Subject("company_id", PROJECTS.c.company_id, ID_TYPE), "=", 7)
    matching = Matching.of(PROJECTS, visibility("projects", sees_everything=True), of_company)

    assert listed(matching, PICKERS["projects"].order, PAGE).rows(100_000) == 105_000
    assert summed(matching, measures=1).rows(100_000) == 105_000


@pytest.mark.parametrize(("by", "rows"), [("DATE", 30), ("UPDATED_AT", SEEN)])
def test_the_entries_of_one_person_are_in_the_order_of_dates_alone(by, rows):
    mine = Matching.of(ENTRIES, visibility("time_entries", sees_everything=False), condition(EVERY_ENTRY))

    assert listed(mine, order(by), PAGE).rows(SEEN) == rows


@pytest.mark.parametrize(
    ("asked", "keys", "rows"),
    [
        (EVERY_ENTRY, (), 1_000),
        (EVERY_ENTRY, ("PERSON",), 2 * SEEN // 20),
        (EVERY_ENTRY, ("COMPANY",), 2 * SEEN // 10),
        (EVERY_ENTRY, ("DEAL",), 2 * SEEN),
        (EVERY_ENTRY, ("DATE",), 2 * 31_000),
        (EVERY_ENTRY, ("BILLING_TYPE",), 2 * 31_000),
        ({"billingTypeId": {"eq": BillingType.FIXED}}, (), 31_000),
        (EVERY_ENTRY, ("COMPANY", "TASK", "DEAL", "SERVICE", "STATUS", "PERSON", "DATE"), 8 * SEEN),
        ({"taskId": {"eq": "1"}}, ("COMPANY",), 2 * 315),
        ({"projectId": {"eq": "1"}}, ("PERSON",), 2 * 3_000),
        ({"after": "2025-01-01"}, (), 1_000),
        ({"after": "2025-01-02"}, (), 1_000),
        ({"after": "2025-01-02"}, ("PERSON",), 2 * (SEEN // 20 + 30 * 500)),
        ({"before": "2025-01-30"}, ("PERSON",), 2 * (SEEN // 20 + 30 * 500)),
        ({"after": "2025-01-22", "before": "2025-03-14"}, ("PERSON",), 2 * (SEEN // 20 + 24 * 500)),
        ({"personId": {"in": ["1", "2"]}}, (), 15_000),
        ({"personId": {"eq": "1"}}, (), 8_000),
        (APPROVED, ("PERSON",), 2 * SEEN // 20),
        (APPROVED, ("PROJECT",), 2 * SEEN),
        ({"after": "2025-01-02", "status": {"eq": TimeEntryStatus.APPROVED}}, (), 1_000 + 30 * 500 + SEEN // 20),
        ({"projectId": {"eq": "1"}, "status": {"eq": TimeEntryStatus.APPROVED}}, (), 2 * 3_000),
    ],
)
def test_sums_take_the_months_or_every_row_that_matches_once_for_each_key(asked, keys, rows):
    assert summed(matching(asked).by(keys), measures=1, keys=len(keys)).rows(SEEN) == rows


@pytest.mark.parametrize(
    ("asked", "keys", "rows"),
    [
        ({"after": "2025-01-02"}, ("PERSON",), 5_000_000 // 20 + 30 * 5_000),
        ({"companyId": {"in": ["1", "2"]}}, ("COMPANY",), 160_000),
        (APPROVED, ("PROJECT",), 5_000_000),
    ],
)
def test_the_sums_of_a_larger_store_take_as_much_more(asked, keys, rows):
    assert summed(matching(asked).by(keys), measures=0).rows(5_000_000) == rows


def test_the_sums_of_a_small_store_are_those_of_a_month_at_least():
    by_person = matching(EVERY_ENTRY).by(("PERSON",))

    assert [summed(by_person, measures=1).rows(seen) for seen in (10, 30, 40)] == [1, 1, 2]
    assert summed(matching(APPROVED), measures=1).rows(5_010) == 1_000 + 250


def test_several_measures_take_a_second_look_at_each_row():
    counted, measured = (summed(matching(SHORT), measures=number).rows(SEEN) for number in (1, 2))

    assert measured == 2 * counted == 2 * SEEN * 21 // 20


def test_what_a_change_of_many_entries_has_to_find_is_what_its_filter_leads_to():
    effort = matched(ALL, condition({"projectId": {"eq": "7"}, "time": {"gt": 60}}))

    assert (effort.table, effort.visibility, effort.rows(SEEN)) == (ENTRIES, ALL, 3_000 * 22 // 20)


def test_an_effort_says_whose_rows_are_looked_at():
    for effort in (listed(matching(SHORT), order(), PAGE), summed(matching(SHORT), measures=1)):
        assert (effort.table, effort.visibility) == (ENTRIES, ALL)


@pytest.mark.parametrize(
    ("asked", "column", "seen", "rows"),
    [
        (EVERY_ENTRY, None, SEEN, SEEN), (EVERY_ENTRY, "project_id", SEEN, 6_000), (EVERY_ENTRY, "project_id", 50, 50),
        (EVERY_ENTRY, "project_id", 5_000_000, 60_000), ({"taskId": {"eq": "1"}}, "person_id", SEEN, 315),
    ],
)  # fmt: skip
def test_below_parents_there_are_no_more_entries_than_those_of_all_parents(asked, column, seen, rows):
    all_entries = summed(matching(asked).by(("DEAL",)), measures=1)

    assert below(all_entries, 2, column).rows(seen) == rows


def test_the_fewer_entries_a_caller_sees_the_less_there_is_to_look_at():
    effort = summed(matching({"jiraIssueSummary": {"contains": "x"}}), measures=1)

    assert [effort.rows(seen) for seen in (0, 1_000, 100_000)] == [0, 1_050, 105_000]
