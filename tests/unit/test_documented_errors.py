"""The documented API has a code for each refusal of an operation, but for the one that only bulks of GraphQL tell."""

from gateway.domain.errors import Code
from gateway.jsonapi.errors import ApiCode


def test_each_refusal_of_an_operation_has_a_documented_code():
    assert {code.name for code in Code} - {code.name for code in ApiCode} == {Code.ROLLED_BACK.name}


def test_conflicts_are_those_of_the_operations():
    assert {code.name for code in ApiCode if code.is_conflict} == {code.name for code in Code if code.is_conflict} - {
        Code.STALE_REVISION.name
    }
