"""Coverage: which conditions are added up from kept sums, and what of these stands for them."""

import datetime as dt

import pytest

from gateway.catalog.time_entries import FILTERS
from gateway.domain.codes import BillingType, TimeEntryStatus
from gateway.querying.operands import FilterContext
from gateway.store.schema.months import ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON
from gateway.store.totals.coverage import OWN, Covered, covered
from gateway.store.visibility import visibility
from tests.support.worlds.ledger import ADMIN, viewer

ALL, OWN_ENTRIES = (visibility("time_entries", sees_everything=everything) for everything in (True, False))
APPROVED, UNAPPROVED, REJECTED = TimeEntryStatus.APPROVED, TimeEntryStatus.UNAPPROVED, TimeEntryStatus.REJECTED
MIDDLE = dt.date(2025, 1, 15)
NEVER, ENDLESS = "0001-01-01", "9999-12-01"  # whose month has none before it, or behind it
PERSON_7, PROJECT_7, COMPANY_7 = {"personId": {"eq": "7"}}, {"projectId": {"eq": "7"}}, {"companyId": {"eq": "7"}}
SINCE, WITHIN = {"after": "2025-01-15"}, {"date": {"gt": "2025-01-15", "ltEq": "2025-01-31"}}


def coverage(asked, seen=ALL):
    return covered(FILTERS.condition(asked, FilterContext(viewer(ADMIN))), seen)


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        (None, None, None),
        ({"after": "2025-01-15"}, MIDDLE, None),
        ({"before": "2025-01-15"}, None, MIDDLE),
        ({"date": {"gt": "2025-01-14"}}, MIDDLE, None),
        ({"date": {"gtEq": "2025-01-15"}}, MIDDLE, None),
        ({"date": {"lt": "2025-01-16"}}, None, MIDDLE),
        ({"date": {"ltEq": "2025-01-15"}}, None, MIDDLE),
        ({"date": {"eq": "2025-01-15"}}, MIDDLE, MIDDLE),
        (
            {"after": "2025-01-10", "date": {"gtEq": "2025-01-15", "lt": "2025-02-01"}, "before": "2025-01-15"},
            *2 * [MIDDLE],
        ),
        ({"after": "0001-01-02", "before": "9999-11-30"}, dt.date(1, 1, 2), dt.date(9999, 11, 30)),
    ],
)
def test_a_span_of_days_is_covered_whatever_names_its_ends(asked, low, high):
    assert coverage(asked) == Covered({}, None, low, high)


@pytest.mark.parametrize(
    ("asked", "records", "level"),
    [
        (None, {}, ORGANIZATION),
        (PERSON_7, {"person_id": 7}, PERSON),
        ({"personId": {"in": ["7", "8"]}}, {"person_id": [7, 8]}, PERSON),
        (PROJECT_7, {"project_id": 7}, PROJECT),
        (COMPANY_7, {"company_id": 7}, PROJECT_PERSON),
        ({"responsibleId": {"in": ["7", "8"]}}, {"responsible_id": [7, 8]}, PROJECT_PERSON),
        (PERSON_7 | PROJECT_7, {"project_id": 7, "person_id": 7}, PROJECT_PERSON),
        ({"billingTypeId": {"eq": BillingType.FIXED}}, {"billing_type_id": 1}, ORGANIZATION),
    ],
)
def test_records_are_covered_by_the_coarsest_level_that_tells_them_apart(asked, records, level):
    found = coverage(asked)

    assert found == Covered(records, None, None, None)
    assert found.level == level


@pytest.mark.parametrize(
    ("asked", "left_out"),
    [
        ({"status": {"eq": APPROVED}}, (2, 3)),
        ({"status": {"notEq": REJECTED}}, (3,)),
        ({"status": {"in": [APPROVED, REJECTED]}}, (2,)),
        ({"status": {"in": [APPROVED, UNAPPROVED, REJECTED]}}, ()),
        ({"and": [{"status": {"notEq": REJECTED}}, {"status": {"notEq": UNAPPROVED}}]}, (2, 3)),
        ({"and": [{"status": {"in": [APPROVED, REJECTED]}}, {"status": {"notEq": UNAPPROVED}}]}, (2,)),
    ],
)
def test_approved_entries_are_all_entries_less_the_others_however_statuses_are_named(asked, left_out):
    found = coverage(asked | PERSON_7)

    assert found == Covered({"person_id": 7}, None, None, None, left_out)
    kept = [status for status in (1, 2, 3) if status not in left_out]
    assert found.values() == {"of_person_id": 7} | ({"with": kept, "without": [*left_out]} if left_out else {})


@pytest.mark.parametrize(
    "asked",
    [
        {"time": {"gt": 60}},
        {"not": PERSON_7},
        {"or": [PERSON_7, PROJECT_7]},
        {"personId": {"notEq": "7"}},
        {"and": [PERSON_7, {"personId": {"eq": "8"}}]},
        {"taskId": {"eq": "1"}},
        {"taskId": {"in": ["1", "8"]}},
        {"date": {"notEq": "2025-01-15"}},
        {"date": {"in": ["2025-01-15", "2025-01-16"]}},
        {"date": {"lt": NEVER}},
        {"date": {"gtEq": NEVER}},
        {"date": {"gt": ENDLESS}},
        {"date": {"ltEq": ENDLESS}},
        {"status": {"eq": REJECTED}},
        {"status": {"in": [UNAPPROVED, REJECTED]}},
        {"status": {"notEq": APPROVED}},
        PERSON_7 | WITHIN,
        PROJECT_7 | {"billingTypeId": {"eq": BillingType.FIXED}},
    ],
    ids=str,
)
def test_other_conditions_are_not_covered(asked):
    assert coverage(asked) is None


def test_what_is_bound_of_a_span_are_its_ends_and_those_of_its_whole_months():
    found = coverage({"after": "2025-01-15", "before": "2025-03-10"} | PERSON_7)

    assert found is not None
    assert found.values() == {
        "of_person_id": 7, "low": MIDDLE, "first_month": dt.date(2025, 2, 1), "early_to": dt.date(2025, 1, 31),
        "high": dt.date(2025, 3, 10), "end_month": dt.date(2025, 3, 1),
    }  # fmt: skip
    assert (found.begins_within, found.ends_within) == (True, True)


@pytest.mark.parametrize(("day", "first"), [("2025-01-01", MIDDLE.replace(day=1)), ("2025-01-02", dt.date(2025, 2, 1))])
def test_a_month_is_whole_from_its_first_day_alone(day, first):
    found = coverage({"after": day})

    assert found is not None
    assert (found.first, found.begins_within) == (first, first.month == 2)


@pytest.mark.parametrize(
    ("asked", "seen", "keys", "is_covered"),
    [
        (PROJECT_7, ALL, ("PERSON", "YEAR"), True),
        (PERSON_7, ALL, ("PROJECT",), False),
        (PERSON_7, ALL, ("COMPANY",), False),
        (PERSON_7 | COMPANY_7, ALL, ("PROJECT",), True),
        (None, ALL, ("PROJECT", "PERSON"), True),
        (None, OWN_ENTRIES, ("PROJECT",), False),
        (None, OWN_ENTRIES, ("PERSON", "MONTH"), True),
        (PROJECT_7, OWN_ENTRIES, (), True),
        (None, ALL, ("DATE",), True),
        (None, ALL, ("BILLING_TYPE", "WEEK"), True),
        (PERSON_7, ALL, ("DATE",), False),
        (PERSON_7, ALL, ("BILLING_TYPE",), False),
        (None, ALL, ("TASK",), False),
        (PERSON_7, ALL, ("PERSON", "SERVICE"), False),
        (WITHIN, ALL, ("PERSON",), False),
    ],
    ids=str,
)
def test_groups_are_covered_where_rows_of_their_keys_are_neighbours(asked, seen, keys, is_covered):
    found = coverage(asked, seen)

    assert found is not None
    assert (found.by(keys) is not None) is is_covered


def test_what_is_asked_within_a_month_comes_from_days():
    found = coverage(WITHIN)

    assert found is not None
    assert found.is_by_day
    assert not found.has_whole_months


@pytest.mark.parametrize(
    ("asked", "seen", "keys", "is_by_status"),
    [
        ({}, ALL, ("PERSON",), True),
        ({}, ALL, (), False),
        ({}, ALL, ("PROJECT",), False),
        ({}, OWN_ENTRIES, ("PERSON",), False),
        (PERSON_7, ALL, ("PERSON",), False),
    ],
)
def test_there_are_months_of_a_status_for_all_people_alone(asked, seen, keys, is_by_status):
    found = coverage({"status": {"eq": APPROVED}} | asked, seen)

    assert found is not None
    found = found.by(keys)
    assert found is not None
    assert found.is_by_status is is_by_status


def test_ones_own_entries_are_covered_and_no_other_part_of_them():
    assert coverage(SINCE, OWN_ENTRIES) == Covered({}, OWN, MIDDLE, None)
    assert coverage(None, visibility("time_entry_changes", sees_everything=False)) is None
