"""Orders: nulls last in either direction, ties by id, and the rows beyond any row from either end."""

from typing import Any

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


@examples(15)
@given(rows, asked)
def test_the_rows_beyond_a_row_are_those_after_and_before_it(things, keys):
    order = SORTS.order(keys)
    expected = in_order(things, first_of_each(keys))
    ids = [row["id"] for row in expected]

    with Things(things) as table:
        for place, row in enumerate(expected):
            values = [row[key.name] for key, _ in order.keys]
            bound = {f"c{number}": value for number, value in enumerate(values)}
            nulls = [value is None for value in values]
            assert table.ids(order.beyond(nulls), bound, order.to_sql()) == ids[place + 1 :]
            before = table.ids(order.beyond(nulls, backward=True), bound, order.to_sql(backward=True))
            assert before == ids[:place][::-1]


@examples(15)
@given(rows, asked)
def test_what_is_sought_part_by_part_is_the_rest_of_the_order(things, keys):
    order = SORTS.order(keys)
    ids = [row["id"] for row in in_order(things, first_of_each(keys))]

    with Things(things) as table:
        for place, row in enumerate(in_order(things, first_of_each(keys))):
            bound = {f"c{number}": row[key.name] for number, (key, _) in enumerate(order.keys)}
            nulls = [row[key.name] is None for key, _ in order.keys]
            for backward, expected in ((False, ids[place + 1 :]), (True, ids[:place][::-1])):
                parts = order.ranges_beyond(nulls, backward=backward)
                terms = order.to_sql(backward=backward)
                assert [number for part in parts for number in table.ids(part, bound, terms)] == expected


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
