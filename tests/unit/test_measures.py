"""Measures: what a statement has to add up, and what comes of the rows that it answers."""

import pytest
from sqlalchemy import true

from gateway.domain.costs import SCALE
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.months import LOW_BITS
from gateway.store.totals.measures import Measures
from gateway.store.totals.sums import ENTRY_MEASURES, sums_of_rows

HIGH = 1 << LOW_BITS  # what one of a sum's high half is worth
CENTS = 7 * SCALE  # seven of them, unrounded


def needing(*names):
    measures = Measures()
    for name in names:
        measures.need(name)
    return measures


def test_each_measure_is_selected_once_behind_the_currency_where_a_cost_is_among_them():
    measures = needing("time", "cost", "time", "costDefault")

    assert measures.labels() == [
        "time_0", "cost_0", "cost_1", "costDefault_0", "costDefault_1", "costDefault_2", "costDefault_3",
    ]  # fmt: skip
    assert list(measures.places) == [("time", 1, 1), ("cost", 2, 2), ("costDefault", 4, 4)]
    assert list(needing("count", "costDefault").places) == [("count", 0, 1), ("costDefault", 1, 4)]


def test_rows_are_split_by_currency_where_a_cost_is_added_up():
    sums = sums_of_rows(ENTRIES, true())

    assert needing("count", "time").split(sums) == []
    assert [column.key for column in needing("count", "cost").split(sums)] == ["currency"]


def test_what_is_needed_later_is_read_too():
    measures = needing("count")
    assert measures.read([(3,)])["count"] == 3

    measures.need("time")

    assert measures.read([(3, 90)])["time"] == 90


def test_a_measure_that_groups_are_ordered_by_is_no_measure_of_the_answer():
    measures = needing("count")

    assert measures.with_sort(None).names == measures.with_sort("count").names == ["count"]
    assert measures.with_sort("time").names == ["count", "time"]
    assert measures.names == ["count"]


def test_rows_of_several_currencies_add_up_to_one_total():
    rows = [("JPY", 2, 60, 1, 5, 0, CENTS, "EUR", "EUR"), ("EUR", 3, 30, 0, CENTS, 0, 2 * CENTS, "EUR", "EUR")]

    totals = needing("count", "time", "cost", "costDefault").read(rows)

    assert (totals["count"], totals["time"]) == (5, 90)
    assert totals["cost"] == HIGH + 5 + CENTS
    assert totals.costs() == [("EUR", 7), ("JPY", (HIGH + 5 + SCALE // 2) // SCALE)]
    assert totals.cost_default() == 21


@pytest.mark.parametrize(
    ("ends", "amount"),
    [
        ([("EUR", "EUR"), ("EUR", "EUR")], 14),
        ([("EUR", "EUR"), (None, None)], 14),
        ([(None, None), (None, None)], 14),
        ([("EUR", "USD"), ("EUR", "EUR")], None),
        ([("EUR", "EUR"), ("USD", "USD")], None),
    ],
)
def test_a_sum_in_default_currencies_means_something_where_there_is_one(ends, amount):
    rows = [("", 0, 0, 0, CENTS, *labels) for labels in ends]

    assert needing("cost", "costDefault").read(rows).cost_default() == amount


def test_nothing_adds_up_to_nothing():
    totals = needing(*ENTRY_MEASURES).read([])

    assert {totals[name] for name in ENTRY_MEASURES} == {0}
    assert (totals.costs(), totals.cost_default()) == ([], 0)
