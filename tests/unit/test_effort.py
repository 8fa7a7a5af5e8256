"""Effort: how many rows a statement can be made to look at, by what indexes and months say."""

import pytest

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.codes import BillingType, TimeEntryStatus
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import InvoiceRow
from gateway.store.totals.effort import below, is_served, led_to, listed, summed
from gateway.store.totals.matching import Matching
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, viewer

CONTEXT = FilterContext(viewer(ADMIN))
ALL = visibility("time_entries", sees_everything=True)
SEEN = 300_000
PAGE = Page(29)
EVERY_ENTRY = None


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
        ({"date": {"gt": "2025-01-01"}}, SEEN),
        ({"bookingId": {"isNull": True}}, SEEN),
        ({"personId": {"in": [str(number) for number in range(1, 101)]}}, SEEN),
    ],
)
def test_a_condition_leads_to_as_many_rows_as_the_best_of_its_indexes(asked, rows):
    assert led_to(condition(asked), SEEN) == rows


def test_values_are_more_common_where_there_are_more_entries():
    assert led_to(condition({"projectId": {"eq": "7"}}), 5_000_000) == 30_000


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
        ({"jiraIssueSummary": {"contains": "x"}}, (), Page(0), SEEN * 21 // 20),
    ],
)
def test_a_page_is_found_as_fast_as_its_order_and_its_filter_allow(asked, by, page, rows):
    assert listed(matching(asked), order(*by), page).rows(SEEN) == rows


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
        ({"after": "2025-01-02", "status": {"eq": TimeEntryStatus.APPROVED}}, (), 1_000 + 30 * 500 + SEEN // 20),
        ({"projectId": {"eq": "1"}, "status": {"eq": TimeEntryStatus.APPROVED}}, (), 2 * 3_000),
    ],
)
def test_sums_take_the_months_or_every_row_that_matches_once_for_each_key(asked, keys, rows):
    assert summed(matching(asked).by(keys), measures=1, keys=len(keys)).rows(SEEN) == rows


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
