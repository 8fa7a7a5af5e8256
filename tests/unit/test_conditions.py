"""Conditions keep the laws of sets, nulls included, and their text depends on their shape alone."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Text

from gateway.querying import matching
from gateway.querying.conditions import (
    EVERYTHING,
    NOTHING,
    All,
    AnyOf,
    Comparison,
    Condition,
    IsNull,
    Not,
    Subject,
    all_of,
    any_part,
    bound_values,
    is_everything,
    is_nothing,
    negate,
    numbered,
    sql_of,
)
from gateway.store.databases.statements import SQLITE
from tests.support.random.examples import examples
from tests.support.worlds.things import LABEL, LABELS, NUMBER, NUMBERS, THINGS, Things, rows

numbers = st.sampled_from([number for number in NUMBERS if number is not None])
labels = st.sampled_from([label for label in LABELS if label is not None])
ORDERING, MEMBERSHIP = ("=", "<>", ">", ">=", "<", "<="), ("in", "not in")
SEARCHING = ("contains", "not contains")
COMPARISONS, LISTS, TEXTS = st.sampled_from(ORDERING), st.sampled_from(MEMBERSHIP), st.sampled_from(SEARCHING)


def compared(subject: Subject, signs: st.SearchStrategy[str], operands: st.SearchStrategy[Any]) -> Any:
    return st.builds(lambda sign, operand: Comparison(subject, sign, operand), signs, operands)


tests: st.SearchStrategy[Condition] = st.one_of(
    compared(NUMBER, COMPARISONS, numbers),
    compared(NUMBER, LISTS, st.lists(numbers, min_size=1)),
    compared(LABEL, COMPARISONS, labels),
    compared(LABEL, LISTS, st.lists(labels, min_size=1)),
    compared(LABEL, TEXTS, labels.map(str.casefold)),
    st.builds(IsNull, st.sampled_from((NUMBER, LABEL)), st.booleans()),
    st.sampled_from((EVERYTHING, NOTHING)),
)
conditions = st.recursive(
    tests,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(all_of), st.lists(parts, max_size=3).map(any_part), parts.map(negate)
    ),
    max_leaves=6,
)


def found(things: Things, condition: Condition) -> set[int]:
    return set(things.ids(sql_of(condition), bound_values(condition)))


def holds(condition: Condition, row: dict[str, Any]) -> bool:
    """The same in Python."""
    match condition:
        case All(parts=parts):
            return all(holds(part, row) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, row) for part in parts)
        case Not(part=part):
            return not holds(part, row)
        case IsNull(subject=subject, wanted=wanted):
            return (row[subject.name] is None) == wanted
        case Comparison(subject=subject, comparison=comparison, operand=operand):
            value = row[subject.name]
            return value is not None and compares(comparison, value, operand)
    raise AssertionError(condition)


def compares(comparison: str, value: Any, operand: Any) -> bool:
    match comparison:
        case "in" | "not in":
            return (value in operand) == (comparison == "in")
        case "contains" | "not contains":
            return bool((operand in value.casefold()) == (comparison == "contains"))
    return bool({
        "=": value == operand, "<>": value != operand,
        ">": value > operand, ">=": value >= operand, "<": value < operand, "<=": value <= operand,
    }[comparison])  # fmt: skip


EVERY_ROW: list[dict[str, Any]] = [
    {"id": place, "number": number, "label": label} for place, (number, label) in enumerate(product(NUMBERS, LABELS), 1)
]
ALL_IDS = {row["id"] for row in EVERY_ROW}
EVERY_TEST: list[Condition] = [
    *(Comparison(NUMBER, sign, operand) for sign in ORDERING for operand in (-1, 0, 2)),
    *(Comparison(NUMBER, sign, operand) for sign in MEMBERSHIP for operand in ([0], [-1, 2])),
    *(Comparison(LABEL, sign, operand) for sign in ORDERING for operand in ("", "A", "a", "ä")),
    *(Comparison(LABEL, sign, operand) for sign in MEMBERSHIP for operand in (["a"], ["A", "ä"])),
    *(Comparison(LABEL, sign, operand) for sign in SEARCHING for operand in ("", "a", "ä", "x")),
    *(IsNull(subject, wanted) for subject in (NUMBER, LABEL) for wanted in (True, False)),
    EVERYTHING,
    NOTHING,
]


def images_found(condition: Condition) -> set[int]:
    """Find the rows that pass the test of an image, which has nothing but the values that the test names."""
    test, names = matching.test_of(condition), {*matching.values_of(condition)}
    return {row["id"] for row in EVERY_ROW if test({name: row[name] for name in names})}


def test_each_comparison_finds_in_sql_and_of_images_what_it_finds_in_python():
    with Things(EVERY_ROW) as table:
        for condition in EVERY_TEST:
            expected = {row["id"] for row in EVERY_ROW if holds(condition, row)}

            assert found(table, condition) == images_found(condition) == expected, condition
            assert found(table, Not(condition)) == images_found(Not(condition)) == ALL_IDS - expected, condition


def test_each_text_of_an_image_is_folded_by_itself():
    title = Subject("title", THINGS.c.label, Text(), THINGS.c.label_folded, image="title")
    both: list[Condition] = [Comparison(subject, "contains", text) for subject, text in ((LABEL, "a"), (title, "b"))]

    assert matching.test_of(all_of(both))({"label": "A", "title": "B"})
    assert not matching.test_of(all_of(both))({"label": "A", "title": "A"})


@examples(30)
@given(conditions)
def test_an_image_passes_where_python_finds_its_row(condition):
    assert images_found(condition) == {row["id"] for row in EVERY_ROW if holds(condition, row)}


@examples(20)
@given(rows, st.lists(conditions, max_size=3), st.integers(0, 5))
def test_each_part_is_found_by_the_operands_of_the_whole(things, parts, first):
    whole = all_of(parts)

    assert [(part, number - first) for part, number in numbered(whole, first)] == [*numbered(whole)]
    assert not any(isinstance(part, All) for part, _ in numbered(whole))
    with Things(things) as table:
        left = {row["id"] for row in things}
        for part, number in numbered(whole):
            left &= set(table.ids(sql_of(part, number), bound_values(whole)))
        assert left == found(table, whole)


@examples(30)
@given(rows, conditions)
def test_sql_finds_what_python_finds(things, condition):
    with Things(things) as table:
        assert found(table, condition) == {row["id"] for row in things if holds(condition, row)}


@examples(30)
@given(rows, conditions)
def test_a_complement_has_exactly_the_other_rows(things, condition):
    with Things(things) as table:
        inside, outside = found(table, condition), found(table, negate(condition))

    assert inside | outside == {row["id"] for row in things}
    assert inside & outside == set()


@examples(20)
@given(rows, conditions, conditions)
def test_groups_are_intersections_and_unions(things, one, other):
    with Things(things) as table:
        left, right = found(table, one), found(table, other)

        assert found(table, all_of([one, other])) == left & right
        assert found(table, any_part([one, other])) == left | right
        assert found(table, negate(any_part([one, other]))) == found(table, all_of([negate(one), negate(other)]))


@examples(30)
@given(conditions)
def test_two_complements_are_none(condition):
    assert negate(negate(condition)).shape() == condition.shape()


@examples(30)
@given(conditions, conditions)
def test_the_same_shape_has_the_same_text(one, other):
    def text(condition: Condition) -> str:
        return str(sql_of(condition).compile(dialect=SQLITE))

    if one.shape() == other.shape():
        assert text(one) == text(other)
    if text(one) != text(other):
        assert one.shape() != other.shape()


@examples(30)
@given(conditions)
def test_every_operand_is_bound_once_and_in_order(condition):
    names = set(sql_of(condition).compile(dialect=SQLITE).params)
    values = bound_values(condition)

    assert list(values) == [f"f{number}" for number in range(len(values))]
    assert set(values) <= names
    assert list(values.values()) == list(condition.operands())


@pytest.mark.parametrize(
    ("made", "everything", "nothing"),
    [
        (all_of([]), True, False),
        (any_part([]), False, True),
        (negate(all_of([])), False, True),
        (negate(any_part([])), True, False),
        (all_of([EVERYTHING, EVERYTHING]), True, False),
        (all_of([IsNull(NUMBER, wanted=True), NOTHING]), False, True),
        (any_part([IsNull(NUMBER, wanted=True), EVERYTHING]), True, False),
        (any_part([NOTHING, NOTHING]), False, True),
        (IsNull(NUMBER, wanted=True), False, False),
    ],
)
def test_what_holds_for_everything_or_nothing_is_known_without_asking(made, everything, nothing):
    assert (is_everything(made), is_nothing(made)) == (everything, nothing)


def test_a_group_of_one_is_that_one():
    part = IsNull(NUMBER, wanted=False)

    assert all_of([part]) is part
    assert any_part([part, NOTHING]) is part
