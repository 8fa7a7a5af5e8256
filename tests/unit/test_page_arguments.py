"""Pages: the ways to ask for one, what is taken when nothing is said, and what cannot be."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.querying.errors import InvalidPagination
from gateway.querying.pages import Page, page_of, total_pages

PAGE = {"number": 2, "size": 50}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, Page(30)),
        ({"first": None, "last": None, "after": None, "before": None, "page": None}, Page(30)),
        ({"first": 5}, Page(5)),
        ({"first": 0}, Page(0)),
        ({"first": 200}, Page(200)),
        ({"first": 5, "after": "x"}, Page(5, cursor="x")),
        ({"after": "x"}, Page(30, cursor="x")),
        ({"after": ""}, Page(30, cursor="")),
        ({"last": 5}, Page(5, backward=True)),
        ({"last": 5, "before": "x"}, Page(5, backward=True, cursor="x")),
        ({"before": "x"}, Page(30, backward=True, cursor="x")),
        ({"first": None, "last": 5}, Page(5, backward=True)),
        ({"page": {"number": 1, "size": 30}}, Page(30, number=1)),
        ({"page": PAGE, "first": None}, Page(50, number=2)),
        ({"page": {"number": 1, "size": 201}}, Page(200, number=1)),
    ],
)
def test_a_page_is_asked_for(asked, expected):
    assert page_of(asked) == expected


GIVEN: dict[str, Any] = {"first": 5, "last": 5, "after": "x", "before": "x", "page": PAGE}
ONE_WAY = "go forward with first and after, or backward with last and before"
ALLOWED = [{"first", "after"}, {"last", "before"}]


@pytest.mark.parametrize("pair", list(combinations(GIVEN, 2)))
def test_two_ways_at_once_contradict_each_other(pair):
    asked = {name: GIVEN[name] for name in pair}

    if set(pair) in ALLOWED:
        assert page_of(asked).size == 5
        return
    with pytest.raises(InvalidPagination) as refused:
        page_of(asked)
    named, remedy = (pair[::-1], "use cursors or page numbers") if "page" in pair else (pair, ONE_WAY)
    assert refused.value.message == f"{' and '.join(named)} contradict each other; {remedy}."


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"first": -1}, "first: -1 is out of bounds; it goes from 0 to 200."),
        ({"first": 201}, "first: 201 is out of bounds; it goes from 0 to 200."),
        ({"last": -1}, "last: -1 is out of bounds; it goes from 0 to 200."),
        ({"last": 201}, "last: 201 is out of bounds; it goes from 0 to 200."),
        ({"page": {"number": 0, "size": 30}}, "page.number: 0 is out of bounds; it starts at 1."),
        ({"page": {"number": 1, "size": 0}}, "page.size: 0 is out of bounds; it starts at 1."),
        ({"page": {"number": -5, "size": -5}}, "page.number: -5 is out of bounds; it starts at 1."),
    ],
)
def test_what_is_out_of_bounds_is_named(asked, sentence):
    with pytest.raises(InvalidPagination) as refused:
        page_of(asked)

    assert refused.value.message == sentence


small = st.integers(-3, 300)
arguments = st.fixed_dictionaries(
    {},
    optional={
        "first": st.none() | small,
        "last": st.none() | small,
        "after": st.none() | st.text(max_size=3),
        "before": st.none() | st.text(max_size=3),
        "page": st.none() | st.fixed_dictionaries({"number": small, "size": small}),
    },
)


@given(arguments)
def test_a_page_is_never_out_of_bounds(asked):
    try:
        page = page_of(asked)
    except InvalidPagination:
        return

    assert 0 <= page.size <= 200
    assert page.offset >= 0
    assert page.argument == ("before" if page.backward else "after")
    assert page.number is None or (page.cursor is None and not page.backward)


@given(st.integers(0, 10_000), st.integers(1, 200))
def test_all_pages_together_hold_all_rows(total, size):
    pages = total_pages(total, size)

    assert size * pages >= total
    assert size * (pages - 1) < total or total == pages == 0
