"""Costs: what an operation may answer, in points, by its arguments and variables."""

import pytest
from graphql import FragmentDefinitionNode, GraphQLObjectType, OperationDefinitionNode, get_introspection_query, parse
from graphql.execution.values import VariableValues, get_variable_values

from gateway.domain.access import Rights
from gateway.graphql.costs import price_of_operation
from gateway.graphql.schema import CORE
from gateway.graphql.selections import Scope
from gateway.store.databases.statements import SQLITE

RIGHTS = Rights(sees_everything=True, sees_costs=True, timesheet_submission=False)


def cost(text, **variables):
    """Return the points of a document's one operation."""
    document = parse(text)
    [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    values = get_variable_values(CORE, operation.variable_definitions or (), variables)
    assert isinstance(values, VariableValues), values
    root = CORE.get_root_type(operation.operation)
    assert isinstance(root, GraphQLObjectType)
    scope = Scope(CORE, fragments, values.coerced, RIGHTS, SQLITE)
    fields = scope.collect(root, [operation.selection_set])
    price = price_of_operation(fields, mutation=root is CORE.mutation_type)
    return price.points(values)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ __typename }", 1),
        ("{ viewer { role } }", 2),
        ("{ viewer { person { id name } organization { id } } }", 6),
        ('{ timeEntry(id: "1") { id date } }', 3),
        ("{ timeEntries { nodes { id } } }", 1 + 30 * 2),
        ("{ timeEntries(first: 100) { nodes { id date } } }", 1 + 100 * 3),
        ("{ timeEntries(first: 100) { nodes { id person { id name } } } }", 1 + 100 * (2 + 3)),
        ("{ timeEntries(first: 10) { edges { cursor node { id } } } }", 1 + 10 * (1 + 1 + 2)),
        ("{ timeEntries(last: 5) { nodes { id } } }", 1 + 5 * 2),
        ("{ timeEntries(page: {number: 3, size: 50}) { nodes { id } } }", 1 + 50 * 2),
        ("{ timeEntries(page: {number: 3}) { nodes { id } } }", 1 + 30 * 2),
        ("{ timeEntries(first: 0) { nodes { id } } }", 1),
        ("{ timeEntries(first: 100000) { nodes { id } } }", 1 + 200 * 2),
        ("{ timeEntries(first: 1) { totalCount } }", 1 + 100 + 1),
        ("{ timeEntries(first: 0) { aggregate { time cost { amount } } } }", 1 + 100 + 1 + 1 + (1 + 10 * 2)),
        ("{ timeEntries(first: 0) { groups(by: [PERSON]) { nodes { person { id } } } } }", 1 + 100 + 100 * (1 + 2)),
        ("{ timeEntries(first: 0) { groups(by: [DATE], first: 7) { nodes { date } } } }", 1 + 100 + 7 * 2),
        ("{ timeEntries(first: 2) { nodes { approvalStatuses { id } } } }", 1 + 2 * (1 + 1 + 10 * 2)),
        ("{ timeEntries(first: 2) { nodes { changes(first: 3) { nodes { id } } } } }", 1 + 2 * (1 + 1 + 3 * 2)),
        ('{ nodes(ids: ["Person:1", "Person:2"]) { ... on Person { name } } }', 1 + 2 * 2),
        ("{ a: timeEntries(first: 1) { nodes { id } } b: people(first: 1) { nodes { id } } }", 2 * 3),
        ("{ ...F ...F } fragment F on Query { viewer { role } }", 2),
        ("{ timeEntries(first: 3) { ...F } } fragment F on TimeEntryConnection { nodes { id } }", 1 + 3 * 2),
        ('mutation { timeEntryApprove(id: "1") { timeEntry { id } } }', 10 + 1 + 2),
    ],
)
def test_an_operation_costs_each_value_as_often_as_it_may_come(text, points):
    assert cost(text) == points


@pytest.mark.parametrize(
    ("variables", "points"),
    [({"n": 7}, 1 + 7 * 2), ({}, 1 + 30 * 2), ({"n": None}, 1 + 30 * 2), ({"n": -1}, 1 + 200 * 2)],
)
def test_variables_decide_as_literals_do(variables, points):
    assert cost("query ($n: Int) { timeEntries(first: $n) { nodes { id } } }", **variables) == points


def test_a_default_is_what_comes_without_the_variable():
    assert cost("query ($n: Int = 5) { timeEntries(first: $n) { nodes { id } } }") == 1 + 5 * 2


@pytest.mark.parametrize(
    ("bulk", "rows"),
    [
        ({"target": {"filter": {"time": {"gt": 0}}}}, 200),
        ({"target": {"filter": {"time": {"gt": 0}}}, "atMost": 10_000}, 10_000),
        ({"target": {"ids": ["1", "2", "3"]}}, 3),
        ({"target": {"ids": ["1"] * 300}, "atMost": 100}, 100),
    ],
)
def test_a_bulk_costs_the_rows_that_it_may_write(bulk, rows):
    text = "mutation ($i: TimeEntryBulkInput!) { timeEntryBulkApprove(input: $i) { appliedCount results { outcome } } }"

    # A mutation counts ten, its payload and the count one each; a row ten, its result and the outcome one each.
    assert cost(text, i=bulk) == 10 + 1 + 1 + rows * (10 + 1 + 1)


def test_a_skipped_field_costs_nothing():
    text = "query ($s: Boolean!) { viewer { role } timeEntries @skip(if: $s) { nodes { id } } }"

    assert cost(text, s=True) == 2
    assert cost(text, s=False) == 2 + 1 + 30 * 2


@pytest.mark.parametrize("text", [get_introspection_query(), '{ __type(name: "Person") { name } }'])
def test_what_is_asked_of_the_schema_costs_the_same_whatever_it_is(text):
    assert cost(text) == 1_000
