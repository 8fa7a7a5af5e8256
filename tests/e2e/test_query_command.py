"""`gateway query` as a person meets it: off a store, and off a gateway that serves it."""

import asyncio
import csv
import json

import pytest

from tests.support.harness.processes import served
from tests.support.worlds.office import MEMBER, admins_token, entry

ENTRIES = [entry(number, note=note) for number, note in enumerate(["plain", "=1+1", None, "a\x1b[31m b", "é"], 1)]
LIST = """query ($first: Int = 2, $after: String, $note: String) {
  timeEntries(first: $first, after: $after, filter: { note: { eq: $note } }) {
    nodes { id note approved person { name } task { title } }
    pageInfo { hasNextPage endCursor }
  }
}"""
ALL = LIST.replace(", filter: { note: { eq: $note } }", "").replace(", $note: String", "")


@pytest.fixture
def token(url):
    """A store of five entries; the token of its admin."""
    return asyncio.run(admins_token(url, *ENTRIES))


@pytest.fixture
def query(gateway, url, token, tmp_path):
    """Run `gateway query` on a file."""
    assert token

    def run(text, *arguments, **settings):
        (tmp_path / "list.graphql").write_text(text, encoding="utf-8")
        return gateway("query", "list.graphql", *arguments, **{"GATEWAY_DATABASE_URL": url} | settings)

    return run


def test_a_list_is_a_table(query):
    done = query(ALL, "--variable", "first=5")

    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["id", "note", "approved", "person.name", "task"]
    assert [line.split()[0] for line in lines[1:]] == [f"TimeEntry:{number}" for number in range(1, 6)]
    assert "a [31m b" in lines[4]
    assert "\x1b" not in done.stdout


def test_all_pages_come_one_after_the_other(query):
    done = query(ALL, "--all-pages", "--format", "json")
    once = query(ALL, "--format", "json")

    data = json.loads(done.stdout)["timeEntries"]
    assert [node["id"] for node in data["nodes"]] == [f"TimeEntry:{number}" for number in range(1, 6)]
    assert data["pageInfo"]["hasNextPage"] is False
    assert len(json.loads(once.stdout)["timeEntries"]["nodes"]) == 2


def test_csv_has_a_column_for_each_value_and_no_formula(query):
    done = query(ALL, "--all-pages", "--format", "csv")

    rows = list(csv.reader(done.stdout.splitlines()))
    assert rows[0] == ["id", "note", "approved", "person.name", "task"]
    assert [row[1] for row in rows[1:]] == ["plain", "'=1+1", "", "a\x1b[31m b", "é"]
    assert {row[2] for row in rows[1:]} == {"false"}


@pytest.mark.parametrize(("value", "ids"), [("plain", ["1"]), ('"é"', ["5"]), ("nothing", [])])
def test_a_variable_is_json_where_it_can_be_and_else_text(query, value, ids):
    done = query(LIST, "--variable", f"note={value}", "--format", "json")

    nodes = json.loads(done.stdout)["timeEntries"]["nodes"]
    assert [node["id"].partition(":")[2] for node in nodes] == ids


def test_what_has_no_list_is_one_row(query):
    done = query("{ viewer { person { name } role } timeEntries { totalCount } }", "--format", "csv")

    assert list(csv.reader(done.stdout.splitlines())) == [
        ["viewer.person.name", "viewer.role", "timeEntries.totalCount"],
        ["Ana Kos", "ADMIN", "5"],
    ]


def test_a_query_is_asked_with_the_eyes_of_a_person(query):
    done = query("{ viewer { person { id } role } }", "--person", str(MEMBER), "--format", "json")

    assert json.loads(done.stdout) == {"viewer": {"person": {"id": f"Person:{MEMBER}"}, "role": "MEMBER"}}


def test_one_of_several_operations_is_asked_by_its_name(query):
    done = query("query A { viewer { role } } query B { viewer { id } }", "--operation", "A", "--format", "json")

    assert json.loads(done.stdout) == {"viewer": {"role": "ADMIN"}}


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        ("{ colour }", [], "Cannot query field 'colour' on type 'Query'"),
        ("{ timeEntries", [], "Syntax Error"),
        ('mutation { timeEntryDelete(id: "1") { deletedId } }', [], "A mutation is not a query; "),
        (ALL, ["--variable", "first"], "'first' is not a variable; write NAME=VALUE, such as first=10."),
        (ALL, ["--variable", "=3"], "'=3' is not a variable; write NAME=VALUE, such as first=10."),
        (ALL, ["--variable", "frist=3"], "The query has no variable $frist."),
        ("query A { viewer { role } } query B { viewer { role } }", ["--operation", "C"], "'C' is not one of"),
        (ALL, ["--variable", "first=-1"], "first: -1 is out of bounds"),
        ("{ viewer { role } }", ["--all-pages"], "The query has no variable $after; "),
        (
            "query ($after: String) { timeEntries(after: $after) { nodes { id } } }",
            ["--all-pages"],
            "No list of the query selects pageInfo { hasNextPage endCursor }",
        ),
        (ALL, ["--url", "http://127.0.0.1:9", "--person", "1"], "With --url the token decides what is visible"),
        (ALL, ["--url", "localhost:8000"], "'localhost:8000' is not the address of a gateway; write http://HOST:PORT"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(query, text, arguments, sentence):
    refused = query(text, *arguments)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert sentence in refused.stderr


@pytest.mark.sqlite_only
def test_a_gateway_that_serves_is_asked_by_its_address(query, url, token):
    here = query(ALL, "--all-pages", "--format", "json")
    with served(url) as (_, address):
        there = query(ALL, "--all-pages", "--format", "json", "--url", address, GATEWAY_TOKEN=token)
        wrong = query("{ colour }", "--url", f"{address}/graphql", GATEWAY_TOKEN=token)
        unknown = query(ALL, "--url", address, GATEWAY_TOKEN="nobody's")
    gone = query(ALL, "--url", address, GATEWAY_TOKEN=token)

    assert there.exit_code == 0, there.stderr
    assert there.stdout == here.stdout
    assert wrong.stderr.startswith("The gateway refuses it (400): Cannot query field 'colour'")
    assert unknown.stderr.startswith("The gateway refuses it (401): ")
    assert gone.stderr.startswith(f"The gateway at {address}/graphql cannot be asked: Connection refused.")
