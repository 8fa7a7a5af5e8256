"""`gateway recalculate` as a person meets it."""

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.store.databases.database import open_database
from tests.support.worlds.office import entry, furnish


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run the command in this process, on a store where an hour of person 4 has become dearer."""
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)
    url = f"sqlite+aiosqlite:///{tmp_path}/office.db"

    async def make() -> None:
        async with open_database(url) as database:
            await furnish(database, entry(1), entry(2, person_id=5, cost=0, work_cost=0))

    asyncio.run(make())
    with closing(sqlite3.connect(tmp_path / "office.db")) as connection, connection:
        connection.execute("UPDATE salaries SET cost = 2400")
    connection.close()

    def run(*arguments, salary=None):
        if salary is not None:
            with closing(sqlite3.connect(tmp_path / "office.db")) as connection, connection:
                connection.execute("UPDATE salaries SET currency = ?", (salary,))
            connection.close()
        settings = {"GATEWAY_DATABASE_URL": url, "COLUMNS": "200"}
        return CliRunner().invoke(app, ["recalculate", *arguments], env=settings)

    return run


def test_what_changed_is_said_line_by_line_and_a_second_run_changes_nothing(command):
    first = command("--since", "2016-01-01", "--person", "4")
    second = command("--since", "2016-01-01", "--person", "4")

    assert first.stdout.splitlines() == [
        "1: 16,000 EUR -> 19,200 EUR (minor units)",
        "1 entries were looked at; the cost of 1 changed.",
    ]
    assert second.stdout.splitlines() == ["1 entries were looked at; the cost of 0 changed."]
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_a_dry_run_can_be_repeated(command):
    runs = [command("--since", "2016-01-01", "--person", "4", "--dry-run") for _ in range(2)]

    assert [run.stdout.splitlines()[-1] for run in runs] == [
        "1 entries were looked at; the cost of 1 would change."
    ] * 2


def test_an_unknown_exchange_rate_is_named_and_the_command_fails(command):
    refused = command("--since", "2016-01-01", "--person", "4", salary="GBP")

    assert refused.exit_code == 1
    assert "No exchange rate from GBP to EUR is known on 2016-10-01 or before" in refused.stdout
    assert "The cost of 1 entries cannot be computed; they were left as they were." in refused.stderr
