"""Every question through the whole path: right, refused, with nulls, by a stranger, by nobody; and all bad input."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from graphql import GraphQLNonNull

from gateway.app import create_app
from gateway.graphql.schema import CORE
from gateway.settings import Settings
from gateway.store.databases.database import open_database
from gateway.store.tokens import create_token
from tests.support.harness.stores import store_url
from tests.support.worlds.ledger import ADMIN, MEMBER, STRANGER, fill, make_ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = 1_754_028_000_000


@dataclass(frozen=True, slots=True)
class Served:
    client: httpx.AsyncClient
    tokens: dict[int, str]

    async def send(self, body, who=ADMIN):
        headers = {"accept": "application/graphql-response+json", "content-type": "application/json"}
        if who is not None:
            headers["authorization"] = f"Bearer {self.tokens[who]}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post("/graphql", content=content, headers=headers)

    async def ask(self, query, who=ADMIN, **variables):
        return await self.send({"query": query, "variables": variables}, who)


@asynccontextmanager
async def answering(directory: Path, **settings: int) -> AsyncIterator[Served]:
    url = store_url(directory)
    async with open_database(url) as database:
        await fill(database, make_ledger(seed=12, entries=60))

        async def make(connection):
            people = (ADMIN, MEMBER, STRANGER)
            return {who: await create_token(connection, person_id=who, name=str(who), now=NOW) for who in people}

        tokens = await database.write(make)
    app = create_app(Settings.load({}, database_url=url, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield Served(client, tokens)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory):
    async with answering(tmp_path_factory.mktemp("reads")) as served:
        yield served


def refusal(response):
    """Code and message of an answer that has one error and no data."""
    payload = response.json()
    assert response.status_code < 500
    assert not any((payload.get("data") or {}).values())
    [error] = payload["errors"]
    return error["extensions"]["code"], error["message"]


def data(response):
    """The data of an answer without errors."""
    payload = response.json()
    assert response.status_code == 200
    assert payload.keys() <= {"data", "extensions"}
    return payload["data"]


# ---- every root field -----------------------------------------------------------------------------------------------

EMPTY = {"nodes": [], "totalCount": 0}
RIGHT = {
    "viewer": (
        "{ viewer { id role canSeeCosts person { id } } }",
        {"id": "Viewer:11", "role": "ADMIN", "canSeeCosts": True, "person": {"id": "Person:11"}},
    ),
    "node": ('{ node(id: "Person:12") { id __typename } }', {"id": "Person:12", "__typename": "Person"}),
    "nodes": (
        '{ nodes(ids: ["Deal:11", "Deal:99", "Person:12"]) { id } }',
        [{"id": "Deal:11"}, None, {"id": "Person:12"}],
    ),
    "timeEntry": ('{ timeEntry(id: "1") { id resourceId } }', {"id": "TimeEntry:1", "resourceId": "1"}),
    "person": ('{ person(id: "14") { id manager { id } } }', {"id": "Person:14", "manager": {"id": "Person:12"}}),
    "company": ('{ company(id: "Company:11") { id } }', {"id": "Company:11"}),
    "project": ('{ project(id: "11") { id } }', {"id": "Project:11"}),
    "deal": ('{ deal(id: "11") { id } }', {"id": "Deal:11"}),
    "service": ('{ service(id: "Service:11") { id } }', {"id": "Service:11"}),
    "task": ('{ task(id: "11") { id } }', {"id": "Task:11"}),
    "timesheets": (
        '{ timesheets(filter: {managerId: {eq: "12"}}, first: 1) { nodes { id date } totalCount } }',
        {"nodes": [{"id": "Timesheet:14", "date": "2025-03-30"}], "totalCount": 2},
    ),
    "timeEntries": (
        '{ timeEntries(filter: {id: {eq: "1"}}) { nodes { id } totalCount } }',
        {"nodes": [{"id": "TimeEntry:1"}], "totalCount": 1},
    ),
    "timeEntryChanges": (
        '{ timeEntryChanges(timeEntryId: "9011") { nodes { kind timeEntryId } totalCount } }',
        {"nodes": [{"kind": "DELETED", "timeEntryId": "TimeEntry:9011"}], "totalCount": 1},
    ),
} | {
    name: (
        f"{{ {name}({arguments}) {{ nodes {{ id }} totalCount }} }}", {"nodes": [{"id": found}], "totalCount": total},
    )
    for name, arguments, found, total in (
        ("people", 'search: "ž4 adria"', "Person:14", 1),
        ("services", 'dealId: "12"', "Service:12", 1),
        ("tasks", 'projectId: "Project:11"', "Task:11", 1),
        ("projects", 'companyId: "12"', "Project:12", 1),
        ("deals", 'search: "DEAL 3"', "Deal:13", 1),
        ("companies", 'search: "STRASSE", first: 1', "Company:11", 2),
    )
}  # fmt: skip
SEARCHES: tuple[tuple[str, str, list[str]], ...] = (
    ("people", "  KÓS z4 ", ["Person:14"]),
    ("people", "4ž", []),
    ("people", " ", ["Person:11", "Person:12", "Person:13", "Person:14", "Person:15"]),
    ("tasks", "2 adria 2 TÁSK", ["Task:12"]),
    ("deals", "adria deal elsewhere", []),
    ("companies", "straße", ["Company:11", "Company:12"]),
)
STRANGERS = {
    "viewer": {"id": "Viewer:21", "role": "ADMIN", "canSeeCosts": True, "person": {"id": "Person:21"}},
    "node": None,
    "nodes": [None, None, None],
    "timeEntry": None,
    **dict.fromkeys(("person", "company", "project", "deal", "service", "task")),
    "timesheets": EMPTY,
    "companies": {"nodes": [{"id": "Company:21"}], "totalCount": 2},  # their own, also in a Straße
    "deals": {"nodes": [{"id": "Deal:23"}], "totalCount": 1},
}
REFUSED = {
    "viewer": ("{ viewer(of: 1) { role } }", "GRAPHQL_VALIDATION_FAILED", "'of'"),
    "node": ('{ node(id: "12") { id } }', "BAD_USER_INPUT", "id: '12'"),
    "nodes": ('{ nodes(ids: ["Deal:11", "x"]) { id } }', "BAD_USER_INPUT", "ids[1]: 'x'"),
    "timeEntry": ('{ timeEntry(id: "x") { id } }', "BAD_USER_INPUT", "id: 'x'"),
    **{
        name: (f'{{ {name}(id: "x") {{ id }} }}', "BAD_USER_INPUT", "id: 'x'")
        for name in ("person", "company", "project", "deal", "service", "task")
    },
    "timesheets": ('{ timesheets(filter: {date: {gt: "x"}}) { totalCount } }', "BAD_USER_INPUT", "'x'"),
    "timeEntries": ("{ timeEntries(first: -1) { totalCount } }", "INVALID_PAGINATION", "first: -1"),
    "timeEntryChanges": ('{ timeEntryChanges(timeEntryId: "x") { totalCount } }', "BAD_USER_INPUT", "timeEntryId: 'x'"),
    "people": ("{ people(first: 201) { totalCount } }", "INVALID_PAGINATION", "first: 201"),
    "services": ('{ services(dealId: "x") { totalCount } }', "BAD_USER_INPUT", "'x'"),
    "tasks": ('{ tasks(projectId: "Deal:11") { totalCount } }', "BAD_USER_INPUT", "projectId"),
    "projects": ('{ projects(after: "x") { totalCount } }', "INVALID_CURSOR", "after: 'x'"),
    "deals": ("{ deals(search: 5) { totalCount } }", "GRAPHQL_VALIDATION_FAILED", "5"),
    "companies": ("{ companies(first: 99999999999) { totalCount } }", "GRAPHQL_VALIDATION_FAILED", "99999999999"),
}


def root_fields():
    assert CORE.query_type is not None
    return CORE.query_type.fields


@pytest.mark.sqlite_only
async def test_the_tables_name_every_root_field():
    assert RIGHT.keys() == REFUSED.keys() == root_fields().keys()


@pytest.mark.parametrize(("name", "search", "expected"), SEARCHES)
async def test_a_search_finds_the_names_that_have_every_word_whatever_case_and_accents(served, name, search, expected):
    response = await served.ask(f"query ($s: String) {{ {name}(search: $s) {{ nodes {{ id }} }} }}", s=search)

    assert [node["id"] for node in data(response)[name]["nodes"]] == expected


@pytest.mark.parametrize("name", RIGHT)
async def test_a_right_question_is_answered(served, name):
    query, expected = RIGHT[name]

    response = await served.ask(query)

    assert data(response) == {name: expected}


@pytest.mark.parametrize("name", RIGHT)
async def test_a_stranger_sees_only_their_own(served, name):
    response = await served.ask(RIGHT[name][0], STRANGER)

    assert data(response) == {name: STRANGERS.get(name, EMPTY)}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", RIGHT)
async def test_nobody_is_reported_anything(served, name):
    response = await served.ask(RIGHT[name][0], None)

    assert (response.status_code, refusal(response)[0]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("name", REFUSED)
async def test_a_wrong_question_is_refused_with_the_argument_and_its_value(served, name):
    query, code, words = REFUSED[name]

    found, message = refusal(await served.ask(query))

    assert found == code
    assert words in message


@pytest.mark.parametrize("name", [name for name, field in root_fields().items() if field.args])
async def test_an_explicit_null_is_as_absent_where_it_may_be_and_an_error_elsewhere(served, name):
    field = root_fields()[name]
    required = {key: argument for key, argument in field.args.items() if isinstance(argument.type, GraphQLNonNull)}
    given = {"id": '"Person:11"', "ids": '["Person:11"]', "timeEntryId": '"1"'}
    selection = "{ id }" if {"id", "ids"} & field.args.keys() else "{ totalCount }"
    head = [f"{key}: {given[key]}" for key in required]
    plain = await served.ask(f"{{ {name}{f'({head[0]})' if head else ''} {selection} }}")

    for key, argument in field.args.items():
        others = [part for part in head if not part.startswith(f"{key}:")]
        literal = f"{{ {name}({', '.join([*others, f'{key}: null'])}) {selection} }}"
        nullable = str(argument.type).removesuffix("!")
        variable = f"query($x: {nullable}) {{ {name}({', '.join([*others, f'{key}: $x'])}) {selection} }}"
        written, passed = await served.ask(literal), await served.ask(variable, x=None)
        if key in required:
            assert refusal(written)[0] == "GRAPHQL_VALIDATION_FAILED"
            assert refusal(passed)[0] == "GRAPHQL_VALIDATION_FAILED"
            exact = variable.replace(f"$x: {nullable}", f"$x: {argument.type}")
            assert refusal(await served.ask(exact, x=None))[0] == "BAD_USER_INPUT"
        else:
            assert data(written) == data(passed) == data(plain)


# ---- bad input ------------------------------------------------------------------------------------------------------


def nested(depth):
    return {"time": {"eq": 60}} if depth == 0 else {"not": nested(depth - 1)}


FILTERS = [
    # dates and date-times: the documented code and parameter come along
    ({"after": "2019-02-30"}, ("after", "2019-02-30", "YYYY-MM-DD"), "filter[after]"),
    ({"after": "10/21/19"}, ("after", "10/21/19"), "filter[after]"),
    ({"before": "20191021"}, ("before", "20191021"), "filter[before]"),
    ({"before": ""}, ("before", "''"), "filter[before]"),
    ({"before": "2019-10-21T00:00:00Z"}, ("before",), "filter[before]"),
    ({"after": "２０１９-10-21"}, ("after",), "filter[after]"),
    ({"after": " 2019-10-21"}, ("after",), "filter[after]"),
    ({"after": "2019-10-21\n"}, ("after",), "filter[after]"),
    ({"after": "2019-10-21\x00"}, ("after",), "filter[after]"),
    ({"date": {"gt": "2019-W43-1"}}, ("date", "2019-W43-1"), "filter[date][gt]"),
    ({"date": {"notEq": "0000-01-01"}}, ("date", "0000-01-01"), "filter[date][not_eq]"),
    ({"date": {"in": ["2019-10-21", "foo"]}}, ("date", "foo"), "filter[date][eq]"),
    ({"or": [{"not": {"date": {"ltEq": "foo"}}}]}, ("date", "foo"), "filter[date][lt_eq]"),
    ({"updatedAt": {"eq": "2019-10-21T10:00:00"}}, ("updated_at", "offset"), "filter[updated_at][eq]"),
    ({"startedAt": {"lt": "2019-10-21 10:00:00Z"}}, ("started_at",), "filter[started_at][lt]"),
    ({"approvedAt": {"gtEq": "2019-10-21T25:00:00Z"}}, ("approved_at", "25:00"), "filter[approved_at][gt_eq]"),
    ({"lastActivityAt": {"gt": "2019-10-21T10:00:00+25:00"}}, ("last_activity_at",), "filter[last_activity_at][gt]"),
    ({"updatedAt": {"notEq": "1754021982661"}}, ("updated_at", "1754021982661"), "filter[updated_at][not_eq]"),
    ({"updatedAt": {"eq": "now"}}, ("updated_at", "now"), "filter[updated_at][eq]"),
    # null operands
    ({"personId": {"eq": None}}, ("personId.eq", "isNull"), None),
    ({"personId": {"notEq": None}}, ("personId.notEq", "isNull"), None),
    ({"personId": {"in": None}}, ("personId.in",), None),
    ({"personId": {"notIn": None}}, ("personId.notIn",), None),
    ({"personId": {"isNull": None}}, ("personId.isNull",), None),
    ({"time": {"eq": None}}, ("time.eq", "isNull"), None),
    ({"jiraIssueId": {"contains": None}}, ("jiraIssueId.contains", "isNull"), None),
    ({"updatedAt": {"gt": None}}, ("updatedAt.gt", "isNull"), None),
    ({"status": {"eq": None}}, ("status.eq",), None),
    # ids
    ({"personId": {"eq": "abc"}}, ("abc", "person_id"), None),
    ({"personId": {"eq": ""}}, ("''", "person_id"), None),
    ({"personId": {"eq": "-1"}}, ("-1", "person_id"), None),
    ({"personId": {"eq": "1.5"}}, ("1.5", "person_id"), None),
    ({"personId": {"eq": "１４"}}, ("person_id",), None),
    ({"personId": {"eq": "Person:"}}, ("Person:", "person_id"), None),
    ({"personId": {"eq": "Deal:11"}}, ("Deal", "person_id", "Person"), None),
    ({"personId": {"in": ["11", "x\x00"]}}, ("person_id",), None),
    ({"invoiceAttributionId": {"eq": "Invoice:11"}}, ("Invoice", "invoice_attribution_id"), None),
    ({"id": {"notIn": ["1", "Person:1"]}}, ("Person", "filter[id]"), None),
    # text
    ({"jiraIssueId": {"eq": "a\x00b"}}, ("jira_issue_id", "NUL"), None),
    ({"jiraIssueSummary": {"contains": "\x00"}}, ("jira_issue_summary", "NUL"), None),
    ({"jiraWorklogId": {"notIn": ["a", "\x00"]}}, ("jira_worklog_id", "NUL"), None),
    # values of a wrong type
    ({"time": {"eq": "60"}}, ("60", "Int"), None),
    ({"time": {"eq": 1.5}}, ("1.5", "Int"), None),
    ({"time": {"eq": 2**31}}, ("2147483648", "Int"), None),
    ({"autotracked": "yes"}, ("yes", "Boolean"), None),
    ({"after": 20191021}, ("20191021", "2016-10-01"), None),
    ({"date": {"eq": ["2019-10-21"]}}, ("2019-10-21", "2016-10-01"), None),
    ({"status": {"eq": "FOO"}}, ("FOO", "TimeEntryStatus"), None),
    ({"status": {"eq": 4}}, ("4",), None),
    ({"jiraIssueId": {"eq": 5}}, ("5", "String"), None),
    ({"unknown": {"eq": 5}}, ("unknown", "TimeEntryFilter"), None),
    ({"personId": {"contains": "1"}}, ("contains", "IdFilter"), None),
    ({"personId": "11"}, ("11", "IdFilter"), None),
    ({"and": [None]}, ("and", "null"), None),
    ({"personId": {"in": [None]}}, ("in", "null"), None),
    ("everything", ("everything",), None),
    # limits
    ({"personId": {"in": ["11"] * 1001}}, ("1,000",), None),
    ({"personId": {"in": [1] * 10_000}}, ("filter", "1,000"), None),
    ({"personId": {"in": [1] * 100_000}}, ("variables", "20,000"), None),
    ({"jiraIssueId": {"notIn": ["x"] * 600}, "personId": {"in": ["11"] * 600}}, ("1,000",), None),
    ({"or": [{"time": {"eq": 60}}] * 101}, ("100",), None),
    ({"or": [{"time": {"gt": 60, "lt": 80}}] * 51}, ("100",), None),
    (nested(11), ("10",), None),
]  # fmt: skip


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("filter", "words", "parameter"), FILTERS, ids=lambda value: str(value)[:60])
async def test_a_filter_that_cannot_be_is_refused_before_anything_is_executed(served, filter, words, parameter):
    response = await served.ask(
        "query($f: TimeEntryFilter) { timeEntries(filter: $f) { nodes { id } totalCount } }", f=filter
    )

    assert response.status_code == 400
    payload = response.json()
    assert "data" not in payload
    [error] = payload["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert [word for word in words if word not in error["message"]] == []
    assert len(error["message"]) < 1000
    expected = {"code": "unsupported_filter_value_type", "parameter": parameter} if parameter else None
    assert error["extensions"].get("jsonapi") == expected


@pytest.mark.parametrize(
    "filter",
    [
        {"personId": {"in": ["11"] * 1000}},
        {"personId": {"in": ["99999999999999999999999999", "0", "9223372036854775807"]}},
        {"or": [{"time": {"eq": 60}}] * 100},
        nested(10),
        {"jiraIssueId": {"contains": "%_'\"\\\n"}},
        {"personId": {}, "after": None, "and": [], "jiraIssueId": None},
        {"updatedAt": {"gt": "9999-12-31", "lt": "0001-01-01"}},
        {"updatedAt": {"gt": "2019-10-21t10:00:00.123456789-00:00"}},
        {"time": {"gt": -(2**31), "lt": 2**31 - 1}},
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_filter_at_its_limits_is_answered(served, filter):
    response = await served.ask("query($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount } }", f=filter)

    assert data(response)["timeEntries"]["totalCount"] >= 0


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ timeEntries(filter: {after: "2019-02-30"}) { totalCount } }', "BAD_USER_INPUT"),
        ('{ timeEntries(filter: {date: {eq: "10/21/19"}}) { totalCount } }', "BAD_USER_INPUT"),
        ("{ timeEntries(filter: {personId: {eq: null}}) { totalCount } }", "BAD_USER_INPUT"),
        ('{ timeEntries(filter: {personId: {eq: "x"}}) { totalCount } }', "BAD_USER_INPUT"),
        ("{ timeEntries(filter: {personId: {eq: 1.5}}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(filter: {status: {eq: FOO}}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(filter: {after: 20191021}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(filter: {time: {eq: 2147483648}}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ timeEntries(filter: {jiraIssueId: {eq: "\\u0000"}}) { totalCount } }', "BAD_USER_INPUT"),
        ('{ timeEntries(filter: {jiraIssueId: {eq: "\\ud800"}}) { totalCount } }', "GRAPHQL_PARSE_FAILED"),
        ("{ timeEntries(page: {number: 1000000000000000000}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(first: 1.0) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ timeEntries(first: "1") { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(orderBy: [{field: NAME}]) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(orderBy: [{direction: ASC}]) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries(orderBy: [{field: DATE, direction: null}]) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries { groups(by: [NAME]) { totalCount } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ people(search: "\\u0000") { totalCount } }', "BAD_USER_INPUT"),
        ('{ people(search: "a b c d e f g h i j k l m n o p q r s t u") { totalCount } }', "BAD_USER_INPUT"),
        ('{ timeEntry(id: "\\u0000") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "Nobody:1") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "person:11") { id } }', "BAD_USER_INPUT"),
        ("{ node(id: 11) { id } }", "BAD_USER_INPUT"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries { nodes } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ timeEntries", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("\x00", "GRAPHQL_PARSE_FAILED"),
    ],
)  # fmt: skip
async def test_a_literal_that_cannot_be_is_refused(served, query, code):
    found, message = refusal(await served.ask(query))

    assert found == code
    assert message


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("declared", "argument", "value", "code"),
    [
        ("PageInput", "page", {"number": 10**18}, "BAD_USER_INPUT"),
        ("PageInput", "page", {"number": 0}, "INVALID_PAGINATION"),
        ("PageInput", "page", {"number": None}, "BAD_USER_INPUT"),
        ("PageInput", "page", {"number": 1.5}, "BAD_USER_INPUT"),
        ("PageInput", "page", {"page": 1}, "BAD_USER_INPUT"),
        ("PageInput", "page", [], "BAD_USER_INPUT"),
        ("Int", "first", -1, "INVALID_PAGINATION"),
        ("Int", "first", 201, "INVALID_PAGINATION"),
        ("Int", "first", 10**18, "BAD_USER_INPUT"),
        ("Int", "first", "1", "BAD_USER_INPUT"),
        ("Int", "first", True, "BAD_USER_INPUT"),
        ("Int", "last", 1.5, "BAD_USER_INPUT"),
        ("String", "after", "x", "INVALID_CURSOR"),
        ("String", "before", "\x00", "INVALID_CURSOR"),
        ("String", "after", 5, "BAD_USER_INPUT"),
        ("[TimeEntryOrder!]", "orderBy", [{"field": "NAME"}], "BAD_USER_INPUT"),
        ("[TimeEntryOrder!]", "orderBy", [None], "BAD_USER_INPUT"),
        ("[TimeEntryOrder!]", "orderBy", [{"field": "DATE", "direction": "UP"}], "BAD_USER_INPUT"),
    ],
)
async def test_a_variable_that_cannot_be_is_refused(served, declared, argument, value, code):
    query = f"query($v: {declared}) {{ timeEntries({argument}: $v) {{ nodes {{ id }} totalCount }} }}"

    assert refusal(await served.ask(query, v=value))[0] == code


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("count", "words"), [(201, "200 ids"), (10_000, "200 ids"), (100_000, "20,000 values")])
async def test_more_than_200_ids_are_too_many(served, count, words):
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    code, message = refusal(await served.ask(query, ids=[1] * count))
    enough = await served.ask(query, ids=["Person:11"] * 200)

    assert code == "BAD_USER_INPUT"
    assert words in message
    assert data(enough) == {"nodes": [{"id": "Person:11"}] * 200}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("most", [3, 300])
async def test_how_many_ids_are_too_many_is_a_setting(tmp_path, most):
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    async with answering(tmp_path, max_node_ids=most) as served:
        enough = await served.ask(query, ids=["Person:11"] * most)
        beyond = await served.ask(query, ids=["Person:11"] * (most + 1))

    assert data(enough) == {"nodes": [{"id": "Person:11"}] * most}
    assert refusal(beyond) == ("BAD_USER_INPUT", f"ids: more than {most} ids; at most {most} are allowed.")


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "text", [rb"\ud800", rb"a\udfffb", b"\xff", b"\xed\xa0\x80"], ids=["high", "low", "no UTF-8", "surrogate in UTF-8"]
)
@pytest.mark.parametrize("place", ["search", "query"])
async def test_half_of_a_surrogate_pair_is_no_text(served, text, place):
    query = b"query($s: String) { people(search: $s) { totalCount } }"
    body = b'{"query": "%s", "variables": {"s": "%s"}}' % (
        (query, text) if place == "search" else (b'{ people(search: \\"%s\\") { totalCount } }' % text, b"")
    )

    response = await served.send(body)

    code, message = refusal(response)
    assert response.status_code == 400
    assert code in {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT"}
    assert message


@pytest.mark.parametrize("status", ["SUBMITTED", "DRAFT"])
async def test_the_finer_states_need_the_feature(served, status):
    query = f"{{ timeEntries(filter: {{status: {{in: [APPROVED, {status}]}}}}) {{ totalCount }} }}"

    code, message = refusal(await served.ask(query, STRANGER))
    mine = await served.ask(query)

    assert (code, status in message, "status" in message) == ("BAD_USER_INPUT", True, True)
    assert data(mine)["timeEntries"]["totalCount"] > 0


async def test_every_wrong_filter_of_a_request_is_reported_and_nothing_is_executed(served):
    response = await served.ask(
        '{ a: timeEntries(filter: {after: "x"}) { totalCount } b: people { totalCount } '
        'c: timeEntries(filter: {before: "y"}) { totalCount } }'
    )

    payload = response.json()
    assert "data" not in payload
    assert [error["extensions"]["jsonapi"]["parameter"] for error in payload["errors"]] == [
        "filter[after]",
        "filter[before]",
    ]


async def test_an_error_in_one_field_leaves_the_others_where_it_can_be_null(served):
    response = await served.ask('{ timeEntry(id: "x") { id } viewer { role } node(id: "1") { id } }')

    payload = response.json()
    assert payload["data"] == {"timeEntry": None, "viewer": {"role": "ADMIN"}, "node": None}
    assert [error["path"] for error in payload["errors"]] == [["timeEntry"], ["node"]]
    assert response.status_code == 200


async def test_a_member_reads_their_own_without_costs(served):
    query = "{ timeEntries(first: 200) { nodes { person { id } cost } aggregate { cost { amount } costDefault } } }"

    found = (await served.ask(query, MEMBER)).json()["data"]["timeEntries"]

    assert found["aggregate"] == {"cost": None, "costDefault": None}
    assert {(node["person"]["id"], node["cost"]) for node in found["nodes"]} == {("Person:14", None)}
