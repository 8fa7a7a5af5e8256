"""`gateway explain` as a person meets it, on both databases."""

import asyncio
import json

import pytest

from gateway.store import tokens
from gateway.store.databases.database import open_database
from tests.support.harness.stores import empty_store_url
from tests.support.worlds.office import MANAGER, OWNER, entry, furnish

LIST = (
    "query Week($after: Date) { timeEntries(filter: {after: $after}, first: 2) { nodes { id cost person { name } } } }"
)
AFTER = '{"after": "2016-09-01"}'
NINES = "9" * 23


@pytest.fixture
def explain(gateway, url):
    """Run `gateway explain` on a store of one entry."""

    async def fill() -> None:
        async with open_database(url) as database:
            await furnish(database, entry(225))

    asyncio.run(fill())

    def run(*arguments, **settings):
        return gateway("explain", *arguments, **{"GATEWAY_DATABASE_URL": url} | settings)

    return run


def token_of(url, person):
    async def make() -> str:
        async with open_database(url) as database:
            return await database.write(
                lambda connection: tokens.create_token(connection, person_id=person, name="test", now=1)
            )

    return asyncio.run(make())


def test_selection_cost_sql_values_and_plan_are_printed(explain):
    explained = explain(LIST, "--variables", AFTER)

    lines = [line.rstrip() for line in explained.stdout.splitlines()]
    assert explained.exit_code == 0, explained.stderr
    assert lines[0].startswith("Week, as person ")
    assert lines[0].endswith(", ADMIN: 11 of 500,000 points")
    assert "      id       time_entries.id" in lines
    assert "      person   people by time_entries.person_id" in lines
    assert "        name   people.first_name, people.last_name" in lines
    assert any(line.startswith("Statement 1 of 1: 1 row in ") for line in lines)
    assert "LEFT OUTER JOIN people AS person_1 ON person_1.id = time_entries.person_id" in explained.stdout
    values = [line.split(maxsplit=1)[1] for line in lines[lines.index("values, in order") + 1 :] if " = " in line]
    assert {"organization_id = 1", "f0 = '2016-09-01'"} <= set(values)
    assert "time_entries" in explained.stdout.partition("plan of the database")[2]


def test_a_nested_list_is_shown_with_its_statements_whatever_the_number_of_parents(explain):
    walk = "{ people(first: 5) { nodes { name timeEntries(first: 2) { totalCount nodes { id } } } } }"

    explained = explain(walk).stdout

    lines = [line.rstrip() for line in explained.splitlines()]
    assert "      timeEntries   time_entries, one statement for all people" in lines
    assert "        nodes       time_entries" in lines
    assert [line.partition(":")[0] for line in lines if line.startswith("Statement ")] == [
        "Statement 1 of 3",
        "Statement 2 of 3",
        "Statement 3 of 3",
    ]


def test_json_has_what_an_admin_gets_in_the_extensions(explain):
    explained = json.loads(explain(LIST, "--variables", AFTER, "--json").stdout)

    assert explained["operation"] == "Week"
    assert explained["viewer"]["role"] == "ADMIN"
    assert explained["cost"] == {"requested": 11, "limit": 500_000}
    assert [part["reads"] for part in explained["plan"]["selection"]] == ["time_entries"]
    [statement] = explained["plan"]["statements"]
    assert statement["rows"] == 1
    assert {"name": "f0", "value": "2016-09-01"} in statement["parameters"]
    assert statement["plan"]


def test_the_query_comes_from_a_file_or_from_standard_input_too(explain, tmp_path):
    (tmp_path / "week.graphql").write_text(LIST + "query Me { viewer { role } }", encoding="utf-8")

    from_file = explain(str(tmp_path / "week.graphql"), "--operation", "Me")
    from_input = explain("-", given="{ viewer { role } }")

    assert from_file.stdout.startswith("Me, as person ")
    assert from_input.stdout.startswith("The query, as person ")
    assert (from_file.exit_code, from_input.exit_code) == (0, 0)


def test_it_is_planned_for_whoever_is_named(explain, url):
    hidden = "hidden from the caller"
    as_member = explain(LIST, "--as", "member")
    by_number = explain(LIST, "--as", str(MANAGER))
    by_token = explain(LIST, "--as", token_of(url, OWNER))

    assert hidden in as_member.stdout
    assert "MEMBER who sees no costs" in as_member.stdout
    assert by_number.stdout.startswith(f"Week, as person {MANAGER}, ")
    assert by_token.stdout.startswith(f"Week, as person {OWNER}, ")


@pytest.mark.parametrize(
    ("sentence", "arguments"),
    [
        ("Syntax Error: Expected Name, found '}'.", ["{ }"]),
        ("Cannot query field 'timeEntry_' on type 'Query'.", ["{ timeEntry_ }"]),
        ("The operation may cost ", ["{ timeEntries(first: 200) { nodes { id date } } }"]),
        ("Unsupported value '10/21/19' for filter 'after'.", [LIST, "--variables", '{"after": "10/21/19"}']),
        ("The parameter 'variables' is not JSON: ", [LIST, "--variables", "{after"]),
        ("The parameter 'variables' has to be an object, not a list.", [LIST, "--variables", "[]"]),
        ("operationName: 'Month' is not one of the document's operations: Week.", [LIST, "--operation", "Month"]),
        ("The query cannot be read from no.graphql: No such file or directory.", ["no.graphql"]),
        ("The token is not valid: unknown, expired or revoked.", [LIST, "--as", "teg_x"]),
        ("There is no person 999 in the store.", [LIST, "--as", "999"]),
        ("There is no person 999 in the store.", [LIST, "--as", "Person:999"]),
        (f"There is no person {NINES} in the store.", [LIST, "--as", NINES]),
        ("A mutation is not explained, since it would write", ['mutation { timeEntryDelete(id: "1") { deletedId } }']),
        ("first and last contradict each other; ", ["{ timeEntries(first: 1, last: 1) { nodes { id } } }"]),
    ],
)
def test_what_cannot_be_explained_is_refused_by_the_sentence_that_clients_get(explain, sentence, arguments):
    refused = explain(*arguments, GATEWAY_MAX_COST="300")

    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_the_schema_answers_runs_no_statement(explain):
    explained = explain("{ __schema { queryType { name } } }")

    assert explained.exit_code == 0
    assert "No statement was run" in explained.stdout


def test_without_a_store_or_tables_it_says_what_to_do(explain, tmp_path):
    nowhere = explain(LIST, GATEWAY_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/none.db")
    (tmp_path / "bare.db").touch()
    bare = explain(LIST, GATEWAY_DATABASE_URL=empty_store_url(tmp_path, "bare.db"))

    assert (nowhere.exit_code, bare.exit_code) == (1, 1)
    assert "There is no database at " in nowhere.stderr
    assert "`gateway migrate` makes the tables of an empty one" in bare.stderr
    assert not (tmp_path / "none.db").exists()
