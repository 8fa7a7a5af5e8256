"""A gateway over a store of its own for every test, and its commands."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.store.databases.database import open_database
from tests.support.harness.mutating import Asked
from tests.support.harness.stores import store_url


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    async with open_database(store_url(tmp_path)) as database:
        yield Asked(database)


@pytest.fixture
def gateway(monkeypatch):
    """Run a command in this process, with no settings but those that are given."""
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, **settings: str) -> Any:
        return CliRunner().invoke(app, arguments, env={**settings, "COLUMNS": "200"})

    return run
