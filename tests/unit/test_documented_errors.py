"""The documented API has a code for each refusal of an operation, but for the one that only bulks of GraphQL tell."""

import pytest

from gateway.domain.errors import Code
from gateway.jsonapi.errors import ApiCode
from gateway.jsonapi.kinds import shown


def test_each_refusal_of_an_operation_has_a_documented_code():
    assert {code.name for code in Code} - {code.name for code in ApiCode} == {Code.ROLLED_BACK.name}


def test_conflicts_are_those_of_the_operations():
    assert {code.name for code in ApiCode if code.is_conflict} == {code.name for code in Code if code.is_conflict} - {
        Code.STALE_REVISION.name
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        ("it's", '"it\'s"'),
        ({"a": [None, True, 1.5], "b": {}}, "{'a': [None, True, 1.5], 'b': {}}"),
        ("x" * 100, "'" + "x" * 59 + "..."),
        ([[1] * 9] * 9, str([[1] * 9] * 9)[:60] + "..."),
        ({"a" * 100: 1}, "{'" + "a" * 58 + "..."),
    ],
)
def test_a_value_in_a_sentence_is_its_beginning(value, written):
    assert shown(value) == written


def test_of_a_long_value_no_more_is_written_than_is_shown():
    class Long(list[int]):
        def __iter__(self):
            yield from range(100)
            raise AssertionError("read on")

    assert shown({"a": Long()}).startswith("{'a': [0, 1, 2, ")
