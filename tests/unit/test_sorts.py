"""Orders: nulls last in either direction, ties by id, and the rows beyond any row from either end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Text, true

from gateway.querying.sorts import SortKey, SortSet
from tests.support.random.examples import examples
from tests.support.worlds.things import THINGS, Things
from tests.support.worlds.things import rows as things_rows

SORTS = SortSet.of(
    SortKey("number", THINGS.c.number, BigInteger(), nullable=True),
    SortKey("label", THINGS.c.label, Text(), nullable=True),
    SortKey("rest", THINGS.c.id % 3, BigInteger(), is_shared=True),
    SortKey("id", THINGS.c.id, BigInteger()),
    identity=SortKey("id", THINGS.c.id, BigInteger()),
)
rows = things_rows.map(lambda things: [row | {"rest": int(row["id"] or 0) % 3} for row in things])
asked = st.lists(st.tuples(st.sampled_from(("NUMBER", "LABEL", "REST", "ID")), st.booleans()), max_size=4)


def in_order(things: list[dict[str, Any]], keys: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    found = sorted(things, key=lambda row: row["id"])
    for name, descending in reversed(keys):
        column = name.lower()
        valued = sorted(
            (row for row in found if row[column] is not None), key=lambda row: row[column], reverse=descending
        )
        found = valued + [row for row in found if row[column] is None]
    return found


@examples(25)
@given(rows, asked)
def test_rows_come_in_order_and_backward_in_reverse(things, keys):
    order = SORTS.order(keys)
    expected = [row["id"] for row in in_order(things, first_of_each(keys))]

    with Things(things) as table:
        assert table.ids(true(), {}, order.to_sql()) == expected
        assert table.ids(true(), {}, order.to_sql(backward=True)) == expected[::-1]


PAIRS = ((None, "a"), (0, None), (0, "a"), (1, "a"), (None, None), (0, "b"))  # with ties of every key
SOME = [{"id": n, "number": number, "label": label, "rest": n % 3} for n, (number, label) in enumerate(PAIRS, 1)]
ORDERS: list[list[tuple[str, bool]]] = [
    [], [("ID", True)], [("NUMBER", False)], [("NUMBER", True)], [("LABEL", True)], [("REST", False)], [("REST", True)],
    [("REST", True), ("NUMBER", False)], [("NUMBER", True), ("LABEL", False)],
]  # fmt: skip


@pytest.mark.parametrize("keys", ORDERS)
def test_the_rows_beyond_a_row_are_those_after_and_before_it_at_once_and_range_by_range(keys):
    order = SORTS.order(keys)
    expected = in_order(SOME, keys)
    ids = [row["id"] for row in expected]

    with Things(SOME) as table:
        for place, row in enumerate(expected):
            values = [row[key.name] for key, _ in order.keys]
            bound, nulls = {f"c{n}": value for n, value in enumerate(values)}, [value is None for value in values]
            for backward, rest in ((False, ids[place + 1 :]), (True, ids[:place][::-1])):
                terms, ranges = order.to_sql(backward=backward), order.ranges_beyond(nulls, backward=backward)

                assert table.ids(order.beyond(nulls, backward=backward), bound, terms) == rest
                assert [number for each in ranges for number in table.ids(each, bound, terms)] == rest
                assert len(ranges) == 1 or order.keys[0][0].name != "id"


def test_what_many_rows_share_or_lack_is_sought_in_ranges_and_else_behind_a_bound_at_once():
    number, rest = (SORTS.order([(name, False)]) for name in ("NUMBER", "REST"))

    assert [len(order.ranges_beyond([False, False], backward=False)) for order in (number, rest)] == [3, 2]
    assert str(rest.beyond([False, False])).startswith("things.id % :id_1 >= :c0 AND (")


def first_of_each(keys: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    chosen: dict[str, bool] = {}
    for name, descending in keys:
        chosen.setdefault(name, descending)
    return list(chosen.items())


def test_a_key_that_comes_twice_counts_once_and_the_id_comes_last():
    order = SORTS.order([("LABEL", True), ("NUMBER", False), ("LABEL", False)])

    assert order.shape() == (("label", True), ("number", False), ("id", False))
    assert order.expressions == [THINGS.c.label, THINGS.c.number, THINGS.c.id]


def test_without_a_key_rows_are_ordered_by_id():
    assert SORTS.order([]).shape() == (("id", False),)
