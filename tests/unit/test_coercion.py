"""Variables and arguments are coerced as graphql-core does, or left to it."""

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse, validate
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from gateway.graphql.requests.arguments import Arguments
from gateway.graphql.requests.coercion import VariablesReader
from gateway.graphql.schema import CORE

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**33), 2**33)
    | st.sampled_from(["", "7", "Person:7", "2025-01-01", "APPROVED", "DATE", "DESC", "ASC", "ACTUALS"])
)
NAMES = st.sampled_from(
    ["and", "or", "not", "personId", "status", "date", "autotracked", "billingTypeId", "eq", "in", "notIn", "isNull",
     "gtEq", "contains", "field", "direction", "number", "size", "target", "ids", "filter", "atMost", "dryRun", "what"]
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3), max_leaves=12
)
COMPARATORS = st.fixed_dictionaries(
    {},
    optional={
        "personId": st.fixed_dictionaries({}, optional={"eq": st.just("7"), "in": st.lists(st.just("8"), max_size=2)}),
        "date": st.fixed_dictionaries({"gtEq": st.just("2025-01-01")}),
        "status": st.fixed_dictionaries({"eq": st.sampled_from(["APPROVED", "NOTHING"])}),
        "autotracked": st.booleans() | st.none(),
    },
)
FILTERS = st.recursive(
    COMPARATORS,
    lambda below: st.fixed_dictionaries({}, optional={"and": st.lists(below, max_size=2), "not": below}),
    max_leaves=4,
)

DOCUMENTS = {
    "filter": "query ($filter: TimeEntryFilter) { timeEntries(filter: $filter) { totalCount } }",
    "needed": "query ($filter: TimeEntryFilter!) { timeEntries(filter: $filter, first: 5) { totalCount } }",
    "default": "query ($first: Int = 7, $order: [TimeEntryOrder!] = [{ field: DATE }]) "
    "{ timeEntries(first: $first, orderBy: $order) { totalCount } }",
    "within": "query ($person: ID, $day: Date!, $also: [TimeEntryFilter!]) { timeEntries(filter: "
    "{ personId: { eq: $person, isNull: false }, and: [{ date: { gtEq: $day } }], or: $also }) { totalCount } }",
    "listed": "query ($one: ID!, $other: ID!) { nodes(ids: [$one, $other]) { id } }",
    "bulk": "mutation ($input: TimeEntryBulkInput!) { timeEntryBulkApprove(input: $input) { appliedCount } }",
    "page": "query ($number: Int, $page: PageInput) "
    "{ a: timeEntries(page: { number: $number }) { totalCount } b: timeEntries(page: $page) { totalCount } }",
}


def operation_of(name):
    document = parse(DOCUMENTS[name])
    assert validate(CORE, document) == []
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


OPERATIONS = {name: operation_of(name) for name in DOCUMENTS}


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
def test_variables_and_arguments_are_those_of_graphql_core(name, data):
    operation = OPERATIONS[name]
    given_ = {
        node.variable.name.value: value
        for node in operation.variable_definitions
        if (value := data.draw(FILTERS | VALUES | st.just(...))) is not ...
    }

    found = VariablesReader(CORE, operation).read(given_)
    expected = get_variable_values(CORE, operation.variable_definitions, given_)

    if found is None:
        return  # graphql-core is asked, then
    assert isinstance(expected, VariableValues)
    assert found.coerced == expected.coerced
    assert {name: source.value for name, source in found.sources.items()} == {
        name: source.value for name, source in expected.sources.items()
    }
    root = CORE.get_root_type(operation.operation)
    assert root is not None
    for node in operation.selection_set.selections:
        field = root.fields[node.name.value]
        assert outcome(Arguments(field, node).values, found) == outcome(get_argument_values, field, node, expected)


def outcome(read, *arguments):
    try:
        return read(*arguments)
    except GraphQLError as error:
        return error.message


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("filter", {}),
        ("filter", {"filter": None}),
        ("needed", {"filter": {"and": [{"personId": {"in": ["7", "8"]}}], "status": {"eq": "APPROVED"}}}),
        ("default", {}),
        ("default", {"first": 3, "order": [{"field": "DATE", "direction": "DESC"}]}),
        ("within", {"day": "2025-01-01"}),
        ("listed", {"one": "Person:1", "other": "Person:2"}),
        ("bulk", {"input": {"target": {"ids": ["1"]}}}),
        ("page", {"number": 2, "page": {"size": 10}}),
    ],
)
def test_what_is_in_order_is_not_left_to_graphql_core(name, variables):
    found = VariablesReader(CORE, OPERATIONS[name]).read(variables)

    expected = get_variable_values(CORE, OPERATIONS[name].variable_definitions, variables)
    assert isinstance(expected, VariableValues)
    assert found is not None
    assert found.coerced == expected.coerced


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("needed", {}),
        ("needed", {"filter": None}),
        ("needed", {"filter": {"what": 1}}),
        ("needed", {"filter": {"status": {"eq": "SOMETHING"}}}),
        ("filter", {"filter": []}),
        ("default", {"first": "3"}),
        ("bulk", {"input": {"target": {"ids": ["1"], "filter": {}}}}),
        ("bulk", {"input": {"target": {"ids": None}}}),
    ],
)
def test_what_is_wrong_is_left_to_graphql_core(name, variables):
    assert VariablesReader(CORE, OPERATIONS[name]).read(variables) is None
