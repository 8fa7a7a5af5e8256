"""Cursors: what was written is read again, for the same list alone, and nothing else ever is."""

import base64
import datetime as dt

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, Text, column

from gateway.catalog.time_entries import FILTERS
from gateway.querying.cursors import digest_of, read_cursor, write_cursor
from gateway.querying.errors import InvalidCursor
from gateway.querying.kinds import FilterContext
from gateway.querying.sorts import Order, SortKey
from tests.support.worlds.office import ADMIN, viewer

DATE = SortKey("date", column("date"), Date())
NUMBER = SortKey("number", column("number"), BigInteger(), nullable=True)
TEXT = SortKey("text", column("text"), Text(), nullable=True)
ID = SortKey("id", column("id"), BigInteger())
ORDER = Order(((DATE, True), (NUMBER, False), (TEXT, False), (ID, False)))
CONTEXT = FilterContext(viewer(ADMIN, timesheet_submission=True))
SIXTY_FOUR_BITS = st.integers(-(2**63) + 1, 2**63 - 1)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


def condition(**asked):
    return FILTERS.condition(asked, CONTEXT)


@given(st.dates(), st.none() | SIXTY_FOUR_BITS, st.none() | TEXTS, SIXTY_FOUR_BITS)
def test_what_was_written_is_read(date, number, text, identity):
    digest = digest_of("things", condition(), ORDER)

    cursor = write_cursor(digest, [date, number, text, identity])

    assert read_cursor(cursor, digest, ORDER, "after") == [date, number, text, identity]
    assert cursor.isascii()
    assert not set(cursor) & set("+/= ")


@given(st.text())
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidCursor, match=r"^after: "):
        read_cursor(text, digest_of("things", condition(), ORDER), ORDER, "after")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), SIXTY_FOUR_BITS, st.just(1.5), TEXTS, st.just("\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)  # fmt: skip


@given(st.lists(JSON, max_size=6))
def test_forged_values_are_refused_or_of_the_right_kind(values):
    digest = digest_of("things", condition(), ORDER)
    forged = base64.urlsafe_b64encode(orjson.dumps([1, digest, *values])).decode()

    try:
        date, number, text, identity = read_cursor(forged, digest, ORDER, "before")
    except InvalidCursor:
        return

    assert isinstance(date, dt.date)
    assert number is None or type(number) is int
    assert text is None or isinstance(text, str)
    assert type(identity) is int


@pytest.mark.parametrize(
    ("resource", "asked", "order"),
    [
        ("others", {}, ORDER),
        ("things", {"time": {"eq": 60}}, ORDER),
        ("things", {"not": {}}, ORDER),
        ("things", {}, Order(((DATE, False), *ORDER.keys[1:]))),
        ("things", {}, Order(((NUMBER, False), (DATE, True), *ORDER.keys[2:]))),
        ("things", {}, Order(((ID, False),))),
    ],
)
def test_a_cursor_of_another_list_filter_or_order_is_refused(resource, asked, order):
    digest = digest_of("things", condition(), ORDER)
    cursor = write_cursor(digest, [dt.date.min, None, None, 1])

    with pytest.raises(InvalidCursor, match="another filter or order"):
        read_cursor(cursor, digest_of(resource, condition(**asked), order), order, "after")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"time": {"eq": 60}}, {"time": {"eq": 61}}),
        ({"time": {"eq": 60}}, {"time": {"gt": 60}}),
        ({"time": {"eq": 60}}, {"trackMethodId": {"eq": 60}}),
        ({"jiraIssueId": {"eq": "a"}}, {"jiraIssueId": {"eq": "A"}}),
        ({"jiraIssueId": {"in": ["a", "b"]}}, {"jiraIssueId": {"in": ["ab"]}}),
        ({"jiraIssueId": {"in": ["a", "b,c"]}}, {"jiraIssueId": {"in": ["a,b", "c"]}}),
        ({"personId": {"isNull": True}}, {"personId": {"isNull": False}}),
        ({"or": [{"time": {"eq": 1}}, {"time": {"eq": 2}}]}, {"and": [{"time": {"eq": 1}}, {"time": {"eq": 2}}]}),
    ],
)
def test_every_difference_of_a_filter_counts(one, other):
    assert digest_of("things", condition(**one), ORDER) != digest_of("things", condition(**other), ORDER)
