"""Explaining: an admin who asks sees the statements that were run; nobody else does."""

from typing import Any

import pytest

from gateway.domain.access import Role
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from tests.support.worlds.ledger import ADMIN, BOSS, MEMBER, viewer

LEDGER = {"seed": 3, "entries": 40}

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUERY = "query($f: TimeEntryFilter) { timeEntries(filter: $f, first: 2) { totalCount nodes { id person { name } } } }"
FILTER = {"f": {"trackMethodId": {"gtEq": 0}}}


async def test_an_admin_sees_the_statements_with_their_plans(asked):
    outcome = await asked.gateway.execute(GraphQLRequest(QUERY, FILTER, explain=True), viewer(ADMIN))

    rows, totals = outcome.extensions["plan"]["statements"]
    assert outcome.payload["data"] == await asked.data(QUERY, **FILTER)
    assert "SELECT time_entries.id" in rows["sql"]
    assert "JOIN people" in rows["sql"]
    assert rows["rows"] == 3  # one more than the page, which tells that another page follows
    assert {"name": "f0", "value": 0} in rows["parameters"]
    assert "count(*)" in totals["sql"]
    assert rows["plan"]
    assert totals["plan"]


@pytest.mark.parametrize("person", [BOSS, MEMBER])
async def test_nobody_else_sees_them(asked, person):
    outcome = await asked.gateway.execute(GraphQLRequest(QUERY, FILTER, explain=True), viewer(person))

    assert outcome.extensions == {}
    assert outcome.payload["data"] is not None


async def test_nobody_sees_them_unasked(asked):
    outcome = await asked.gateway.execute(GraphQLRequest(QUERY, FILTER), viewer(ADMIN))

    assert outcome.extensions == {}


async def test_what_is_read_is_listed_field_by_field(asked):
    query = """{ timeEntries { total: totalCount nodes { __typename id cost deal { name }
                 changes { nodes { at fields { name } } } } } node(id: "Task:1") { id ... on Task { title } } }"""

    outcome = await asked.gateway.execute(GraphQLRequest(query, explain=True), viewer(ADMIN))

    history = {"field": "changes", "reads": "time_entry_changes, one statement for all time_entries"}
    fields = "time_entry_changes.before, time_entry_changes.after"
    assert outcome.extensions["plan"]["selection"] == [
        part(
            "timeEntries",
            "time_entries",
            part("total: totalCount"),
            part(
                "nodes",
                "time_entries",
                part("__typename"),
                part("id", "time_entries.id"),
                part("cost", "time_entries.cost"),
                part("deal", "deals by time_entries.deal_id", part("name", "deals.name")),
                history
                | {
                    "selection": [
                        part(
                            "nodes",
                            "time_entry_changes",
                            part("at", "time_entry_changes.at"),
                            part("fields", fields, part("name")),
                        )
                    ]
                },
            ),
        ),
        part("node", None, part("... on Task", "tasks", part("id", "tasks.id"), part("title", "tasks.title"))),
    ]


def part(field, reads=None, *parts):
    return {"field": field, "reads": reads} | ({"selection": list(parts)} if parts else {})


async def test_statements_that_no_plan_keeps_are_seen_too(asked):
    query = "{ timeEntries(first: 0) { lastEventId } }"

    outcome = await asked.gateway.execute(GraphQLRequest(query, explain=True), viewer(ADMIN))

    [statement] = outcome.extensions["plan"]["statements"]
    assert "change_counters" in statement["sql"]
    assert statement["rows"] == 1


async def test_a_gateway_may_explain_to_others_and_hides_what_is_hidden_from_them(asked):
    explaining = Gateway(asked.database, explains_to=frozenset(Role))
    query = "{ timeEntries { nodes { cost } } }"

    outcome = await explaining.execute(GraphQLRequest(query, explain=True), viewer(MEMBER))

    plan: Any = outcome.extensions["plan"]
    assert plan["selection"] == [
        part("timeEntries", "time_entries", part("nodes", "time_entries", part("cost", "hidden from the caller")))
    ]
