"""`gateway person` as a new user meets it: after an import everybody is a member, and somebody has to approve."""

import asyncio

import pytest

from gateway.store.databases.database import open_database
from tests.support.worlds.documents import document, entry, save
from tests.support.worlds.office import ADMIN, MANAGER, MEMBER, furnish

WARNING = "Nobody in {} may approve anything: all are members. See: gateway person list, gateway person role\n"
NUMBER = "of somebody"


def people(**attributes):
    """Return the document of the entry, its people with these attributes in place of theirs."""
    made = document(entry(1))
    for each in made["included"]:
        if each["type"] == "people":
            each["attributes"] = {
                name: value for name, value in each["attributes"].items() if name not in {"role", "can_see_costs"}
            } | attributes
    return made


@pytest.fixture
def imported(gateway, tmp_path):
    """A store of people without roles; the import's answer."""
    save(tmp_path / "a.json", people())
    return gateway("import", "a.json")


def rows(listed):
    """Return the cells of a list by the number of the person."""
    heading, *lines = [line.split("  ") for line in listed.stdout.splitlines()]
    names = [cell.strip() for cell in heading if cell.strip()]
    found = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return {cells[0]: dict(zip(names, cells, strict=True)) for cells in found}


@pytest.mark.sqlite_only
def test_an_import_without_roles_says_that_nobody_can_approve(imported, gateway):
    listed = rows(gateway("person", "list"))

    [organization] = {row["ORGANIZATION"] for row in listed.values()}
    assert imported.exit_code == 0
    assert imported.stderr.endswith(WARNING.format(organization))
    assert {row["ROLE"] for row in listed.values()} == {"member"}


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "arguments",
    [
        ["person", "list"],
        ["token", "list"],
        ["person", "role", NUMBER, "member"],
        ["query", "{ people { nodes { name email title } } }", "--person", NUMBER],
        ["import", "a.json"],
        ["import", "a.json", "b.json"],
    ],
)
def test_no_text_that_was_imported_is_a_command_of_the_terminal(gateway, tmp_path, arguments):
    command = "\x1b[2J\x07\x9b31m\r"
    made = people(first_name=f"Eve{command}", title=command, **{f"colour{command}": 1})
    for each in made["included"]:
        if each["type"] == "organizations":
            each["attributes"]["name"] = f"Adria{command}"
    save(tmp_path / "a.json", made)
    save(tmp_path / "b.json", {"data": [{"type": f"people{command}", "id": command, "attributes": {command: command}}]})
    gateway("import", "a.json")
    number = next(each["id"] for each in made["included"] if each["type"] == "people")
    gateway("token", "create", "--person", number, "--name", f"of{command}")

    shown = gateway(*(number if argument == NUMBER else argument for argument in arguments))

    assert "Eve" in shown.output or "Adria" in shown.output or "colour" in shown.output
    assert [letter for letter in shown.output if not letter.isprintable() and letter != "\n"] == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["admin"], ("admin", "yes")),
        (["manager"], ("manager", "no")),
        (["manager", "--sees-costs"], ("manager", "yes")),
        (["MEMBER", "--sees-costs"], ("member", "no")),
    ],
)
def test_a_role_is_set_and_no_import_changes_it(imported, gateway, tmp_path, arguments, shown):
    role, costs = shown
    assert imported.exit_code == 0
    number = min(rows(gateway("person", "list")))

    done = gateway("person", "role", number, *arguments)
    save(tmp_path / "b.json", people(role="member", can_see_costs=False, title="New title"))
    again = gateway("import", "b.json")

    listed = rows(gateway("person", "list"))
    assert (done.exit_code, again.exit_code) == (0, 0), (done.stderr, again.stderr)
    assert done.stdout == f"Person {number} is {role} now.\n"
    assert (listed[number]["ROLE"], listed[number]["COSTS"], listed[number]["SET HERE"]) == (role, costs, "yes")
    assert all(row["SET HERE"] == "no" for other, row in listed.items() if other != number)
    assert ("Nobody in" in done.stderr) is (role == "member")
    assert ("Nobody in" in again.stderr) is (role == "member")


@pytest.mark.sqlite_only
def test_people_are_searched_by_words_whatever_case_and_accents(imported, gateway):
    assert imported.exit_code == 0
    everybody = rows(gateway("person", "list"))
    name = next(iter(everybody.values()))["NAME"]

    found = rows(gateway("person", "list", "--search", " ".join(reversed(name.upper().split()))))
    nobody = gateway("person", "list", "--search", "zzz")

    assert {row["NAME"] for row in found.values()} == {name}
    assert len(nobody.stdout.splitlines()) == 1


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["999999", "admin"], "There is no person 999999; see: gateway person list\n"),
        (["11", "boss"], "'boss' is not a role; there are admin, manager, member.\n"),
    ],
)
def test_a_role_that_cannot_be_set_is_a_sentence(imported, gateway, arguments, sentence):
    assert imported.exit_code == 0

    refused = gateway("person", "role", *arguments)

    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", sentence)


def test_roles_are_set_and_seen_on_both_databases(gateway, url):
    async def fill() -> None:
        async with open_database(url) as database:
            await furnish(database)

    asyncio.run(fill())

    def run(*arguments):
        return gateway("person", *arguments, GATEWAY_DATABASE_URL=url)

    done = [run("role", str(MEMBER), "manager", "--sees-costs"), run("role", str(MANAGER), "member")]
    listed = rows(run("list"))

    assert [each.exit_code for each in done] == [0, 0], [each.stderr for each in done]
    assert (listed[str(MEMBER)]["ROLE"], listed[str(MEMBER)]["COSTS"]) == ("manager", "yes")
    assert (listed[str(MANAGER)]["ROLE"], listed[str(MANAGER)]["COSTS"]) == ("member", "no")
    assert next(iter(listed)) == str(ADMIN)
