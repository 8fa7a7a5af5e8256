"""`gateway migrate` and `gateway copy` as a person meets them, and what `serve` says of a store it cannot serve."""

import asyncio
from pathlib import Path

import pytest

from gateway.store.databases.database import open_database
from gateway.store.schema.rows import SCHEMA_REVISION
from tests.support.harness.stores import empty_store_url, store_url
from tests.support.worlds.office import entry, furnish


def change(url: str, statement: str) -> None:
    async def run() -> None:
        async with open_database(url) as database:
            await database.write(lambda one: one.execute(statement))  # type: ignore[attr-defined]  # both kinds have it

    asyncio.run(run())


def furnished(url: str) -> str:
    async def run() -> None:
        async with open_database(url) as database:
            await furnish(database, entry(225))

    asyncio.run(run())
    return url


def test_an_empty_store_gets_its_tables_and_loses_them_only_if_that_is_meant(gateway, tmp_path):
    url = empty_store_url(tmp_path)

    made, again, refused, gone = (
        gateway("migrate", *arguments, GATEWAY_DATABASE_URL=url)
        for arguments in ([], [], ["--to", "base"], ["--to", "base", "--down"])
    )

    assert (made.exit_code, made.stdout) == (0, f"The store went from no tables to revision {SCHEMA_REVISION}.\n")
    assert (again.exit_code, again.stdout) == (0, f"The store is at revision {SCHEMA_REVISION} already.\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "say --down if that is meant" in refused.stderr
    assert gone.exit_code == 0
    assert gone.stdout.splitlines()[0] == f"The store went from revision {SCHEMA_REVISION} to no tables."


def test_a_migration_is_printed_instead_of_run(gateway, tmp_path):
    url = empty_store_url(tmp_path)

    printed = gateway("migrate", "--sql", GATEWAY_DATABASE_URL=url)
    done = gateway("migrate", GATEWAY_DATABASE_URL=url)
    nothing = gateway("migrate", "--sql", GATEWAY_DATABASE_URL=url)

    assert printed.stdout.count("CREATE TABLE time_entries ") == 1
    assert done.stdout.startswith("The store went from no tables")
    assert "CREATE TABLE" not in nothing.stdout


@pytest.mark.parametrize(
    ("revision", "words"), [("0000", "run `gateway migrate`"), ("9999", "a newer gateway made it")]
)
def test_a_store_of_another_schema_is_not_served(gateway, tmp_path, revision, words):
    url = furnished(store_url(tmp_path))
    change(url, f"UPDATE alembic_version SET version_num = '{revision}'")

    result = gateway("serve", "--port", "0", GATEWAY_DATABASE_URL=url)

    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_a_copy_tells_what_it_copied_and_refuses_a_store_with_data(gateway, tmp_path):
    source, target = furnished(store_url(tmp_path, "source.db")), f"sqlite+aiosqlite:///{tmp_path}/target.db"

    done = gateway("copy", "--from", source, "--to", target)
    refused = gateway("copy", "--from", source, "--to", target)

    assert done.exit_code == 0, done.output
    assert [line.split()[:2] for line in done.stdout.splitlines() if " time_entries " in line] == [
        ["1", "time_entries"]
    ]
    assert done.stdout.splitlines()[-1] == "All rows were copied; counts and digests agree."
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "already has" in refused.stderr


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("mysql://here/office", "'mysql' is not supported; use sqlite+aiosqlite:///FILE or postgresql+asyncpg://"),
        ("what", "This is not a database address; write sqlite+aiosqlite:///FILE"),
        ("sqlite+aiosqlite:////proc/none/x.db", "cannot be read"),
    ],
)
def test_what_cannot_be_copied_is_reported_in_a_sentence(gateway, tmp_path, source, words):
    result = gateway("copy", "--from", source, "--to", f"sqlite+aiosqlite:///{tmp_path}/target.db")

    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert not Path(tmp_path / "target.db").exists()


@pytest.mark.postgresql_only
@pytest.mark.parametrize("parameter", ["sslmode=prefer", "ssl=prefer", "application_name=me"])
def test_every_command_takes_what_the_driver_takes_of_an_address(gateway, tmp_path, parameter):
    url, source = f"{empty_store_url(tmp_path)}&{parameter}", furnished(store_url(tmp_path, "source.db"))
    settings = {"GATEWAY_DATABASE_URL": url}

    done = [
        gateway("migrate", **settings),
        gateway("migrate", "--sql", **settings),
        gateway("copy", "--from", f"{source}&{parameter}", "--to", url),
        gateway("doctor", **settings),
        gateway("token", "list", **settings),
    ]

    assert [each.exit_code for each in done] == [0] * len(done), [each.output for each in done]


@pytest.mark.postgresql_only
@pytest.mark.parametrize("parameter", ["sslmode=bogus", "hots=x"])
@pytest.mark.parametrize("command", ["migrate", "seed --entries 5", "doctor", "token list"])
def test_what_an_address_cannot_say_is_told_in_a_sentence(gateway, tmp_path, command, parameter):
    refused = gateway(*command.split(), GATEWAY_DATABASE_URL=f"{empty_store_url(tmp_path)}&{parameter}")

    assert refused.exit_code == 1
    assert "The address of the database at" in refused.output
    assert parameter.partition("=")[0] in refused.output
