"""Ids: a type and a number to the world, a number in the store; what is none is told apart from what is another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.numbers import MAX_STORED
from gateway.querying.identifiers import NOBODY, NotAnId, global_id, id_or_nobody, record_number, split_global_id

numbers = st.integers(1, MAX_STORED)


@given(numbers)
def test_an_id_names_its_record_in_both_forms(number):
    text = global_id("Person", number)

    assert text == f"Person:{number}"
    assert split_global_id(text) == ("Person", number)
    assert record_number(text, "Person") == record_number(str(number), "Person") == number
    assert record_number(str(number), None) == number


@given(st.just(0) | st.integers(MAX_STORED + 1, 10**30 - 1))
def test_a_number_out_of_range_is_nobodys(number):
    assert record_number(str(number), "Person") == NOBODY
    assert record_number(f"Person:{number}", "Person") == NOBODY
    assert split_global_id(f"Person:{number}") == ("Person", NOBODY)


@given(st.text())
def test_other_text_is_no_id(text):
    if text.isascii() and text.isdigit():
        return

    with pytest.raises(NotAnId) as refused:
        record_number(text, "Person")
    assert refused.value.other_type is None
    with pytest.raises(NotAnId):
        split_global_id(text)


@pytest.mark.parametrize("text", ["P" * 64 + ":1", "P:" + "1" * 30])
def test_the_longest_ids_are_read(text):
    type_name, _, number = text.partition(":")

    assert split_global_id(text) == (type_name, 1 if number == "1" else NOBODY)
    assert record_number(text, type_name) == id_or_nobody(text, type_name)


@pytest.mark.parametrize("text", ["P" * 65 + ":1", "P:" + "1" * 31, "1" * 31])
def test_a_longer_id_is_none_of_any_type(text):
    with pytest.raises(NotAnId) as refused:
        record_number(text, "Person")

    assert refused.value.other_type is None
    assert id_or_nobody(text, "P") == NOBODY


@given(numbers)
def test_what_is_no_id_of_the_type_is_nobodys(number):
    assert id_or_nobody(f"Deal:{number}", "Person") == id_or_nobody(f"Person:{number}", None) == NOBODY
    assert id_or_nobody(f"Person:{number}", "Person") == id_or_nobody(str(number), "Person") == number


@given(numbers)
def test_the_id_of_another_type_is_told_apart(number):
    for wanted in ("Person", None):
        with pytest.raises(NotAnId) as refused:
            record_number(f"Deal:{number}", wanted)
        assert refused.value.other_type == "Deal"
