"""Cursors: what was written is read again, for the same list alone, and nothing else ever is."""

import base64
import datetime as dt
import re
from dataclasses import replace

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, Text, column

from gateway.catalog.time_entries import FILTERS
from gateway.domain.numbers import MAX_STORED
from gateway.querying.cursors import Cursors, digest_of, read_cursor, write_cursor
from gateway.querying.errors import InvalidCursor
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.querying.sorts import Order, SortKey
from gateway.store.databases.statements import POSTGRESQL, SQLITE
from gateway.store.pages.parents import Parents, Same, Span
from gateway.store.pages.reading import Start
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import PROJECTS
from tests.support.random.examples import examples
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


@example(dt.date.min, 2**63 - 1, "xx~~~xx???", 1)  # whose cursor has - and _
@examples(30)
@given(st.dates(), st.none() | SIXTY_FOUR_BITS, st.none() | TEXTS, SIXTY_FOUR_BITS)
def test_what_was_written_is_read(date, number, text, identity):
    digest = digest_of("things", condition(), ORDER)

    cursor = write_cursor(digest, [date, number, text, identity])

    assert read_cursor(cursor, digest, ORDER, "after") == [date, number, text, identity]
    assert cursor.isascii()
    assert not set(cursor) & set("+/= ")
    assert re.fullmatch("[0-9a-f]{16}", digest)


def test_the_shortest_cursor_is_that_of_an_order_by_id():
    order = Order(((ID, False),))

    assert read_cursor(write_cursor("digest", [7]), "digest", order, "after") == [7]


def test_the_cursors_of_a_list_are_those_of_its_filter_and_order():
    cursors, other = (Cursors("things", condition(time={"eq": time}), ORDER) for time in (60, 61))
    cursor = cursors.write(KEPT)

    assert cursor == write_cursor(digest_of("things", condition(time={"eq": 60}), ORDER), KEPT)
    assert cursors.read(cursor, "after") == KEPT
    with pytest.raises(InvalidCursor, match=r"^before: this cursor belongs to another filter or order"):
        other.read(cursor, "before")


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("owner", [(), (" of a project",)])
def test_a_page_begins_beyond_its_cursor(backward, owner):
    order, asked, page = Order(((DATE, True), (ID, False))), condition(time={"eq": 60}), Page(3, backward=backward)
    cursor = write_cursor(digest_of("".join(("time_entries", *owner)), asked, order), [dt.date.min, 7])

    first, start = (Start.of(ENTRIES, asked, order, each, *owner) for each in (page, replace(page, cursor=cursor)))

    assert (first.page, first.order, first.beyond) == (page, order, None)
    assert (start.page, start.order, start.beyond) == (replace(page, cursor=cursor), order, [dt.date.min, 7])
    assert [each.cursors.write([dt.date.min, 7]) for each in (first, start)] == [cursor, cursor]


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda dialect: dialect.name)
def test_a_parent_has_one_name_in_cursors_that_were_given_out(dialect):
    parents = Parents([Same("project_id"), Span("MONTH")], dialect)

    assert parents.owner((11, "2025-03-01")) == " of project_id 11, MONTH 2025-03-01"


@pytest.mark.parametrize(
    ("table", "asked", "order", "owner"),
    [
        (PROJECTS, {}, ORDER, ""),
        (ENTRIES, {"time": {"eq": 60}}, ORDER, ""),
        (ENTRIES, {}, Order(ORDER.keys[1:]), ""),
        (ENTRIES, {}, ORDER, " of a project"),
    ],
)
def test_a_page_begins_beyond_no_cursor_of_another_list(table, asked, order, owner):
    cursor = Start.of(ENTRIES, condition(), ORDER, Page(3)).cursors.write(KEPT)

    with pytest.raises(InvalidCursor, match=r"^before: this cursor belongs to another filter or order"):
        Start.of(table, condition(**asked), order, Page(3, backward=True, cursor=cursor), owner)


@given(st.text())
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidCursor, match=r"^after: "):
        read_cursor(text, digest_of("things", condition(), ORDER), ORDER, "after")


def forged(*content):
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode()


Values = tuple[object, ...]
VALUES = ["2025-03-30", 7, "a", 1]
KEPT = [dt.date(2025, 3, 30), 7, "a", 1]
WHOLE = (MAX_STORED, -MAX_STORED, 0)
NO_WHOLE: Values = (MAX_STORED + 1, -MAX_STORED - 1, 1.0, True, "7", [7], {})
NO_TEXT: Values = ("\0", 7, 1.0, False, ["a"], {})
NO_DAY: Values = (None, "", "2025-02-30", "2025-03-30T00:00:00Z", 20_250_330, True, ["2025-03-30"], {})


@pytest.mark.parametrize(
    ("place", "value", "kept"),
    [(0, "0001-01-01", dt.date.min), (1, None, None), (2, None, None), (2, "", "")]
    + [(place, number, number) for place in (1, 3) for number in WHOLE],
)
def test_a_forged_value_that_its_key_can_have_is_taken(place, value, kept):
    digest = digest_of("things", condition(), ORDER)
    values = [*VALUES[:place], value, *VALUES[place + 1 :]]

    assert read_cursor(forged(1, digest, *values), digest, ORDER, "after") == [*KEPT[:place], kept, *KEPT[place + 1 :]]


@pytest.mark.parametrize(
    ("place", "value"),
    [(place, value) for place, wrong in enumerate((NO_DAY, NO_WHOLE, NO_TEXT, (None, *NO_WHOLE))) for value in wrong],
)
def test_a_forged_value_that_its_key_cannot_have_is_refused(place, value):
    digest = digest_of("things", condition(), ORDER)
    values = [*VALUES[:place], value, *VALUES[place + 1 :]]

    with pytest.raises(InvalidCursor) as refused:
        read_cursor(forged(1, digest, *values), digest, ORDER, "before")

    name = ("date", "number", "text", "id")[place]
    assert str(refused.value) == f"before: the cursor holds a value that {name} cannot have."


OTHERS = (forged(2, "digest", 1), forged(1, "digest"), forged(1), forged(), "bnVsbA", "e30", "IiI", "x", "x" * 61)
NOT_OF_THE_ALPHABET = (forged(1, "digest", 1) + "!", " " + forged(1, "digest", 1))


@pytest.mark.parametrize("text", OTHERS + NOT_OF_THE_ALPHABET)
def test_what_is_no_cursor_is_said_to_be_none_and_shown_by_its_beginning(text):
    with pytest.raises(InvalidCursor) as refused:
        read_cursor(text, "digest", Order(((ID, False),)), "after")

    remedy = "pass an endCursor or startCursor as it was returned."
    assert str(refused.value) == f"after: {text[:60]!r} is not a cursor; {remedy}"


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

    with pytest.raises(InvalidCursor) as refused:
        read_cursor(cursor, digest_of(resource, condition(**asked), order), order, "after")
    assert str(refused.value) == (
        "after: this cursor belongs to another filter or order; use it with the arguments it came from."
    )


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
