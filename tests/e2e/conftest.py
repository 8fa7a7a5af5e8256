"""A gateway over a store of its own for every test, and its commands."""

import os
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.store.databases.database import Database
from tests.support.harness.mutating import Asked


@pytest.fixture
def asked(database: Database) -> Asked:
    return Asked(database)


@pytest.fixture
def gateway(tmp_path, monkeypatch):
    """Run a command in an empty folder, in this process, with no settings but those that are given."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, given: str | None = None, **settings: str) -> Any:
        return CliRunner().invoke(app, arguments, input=given, env={**settings, "COLUMNS": "200"})

    return run
