"""A gateway over a store of its own for every test, and its commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.store.databases.database import Database
from tests.support.harness.mutating import Asked
from tests.support.harness.processes import Program
from tests.support.harness.stores import stores
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import NOW

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def gateway_of_the_module(database_of_the_module: tuple[Database, str]) -> tuple[Asked, str]:
    """A gateway whose store the tests of a module empty after each of them, and its address."""
    database, url = database_of_the_module
    return Asked(database), url


@pytest.fixture
def asked(gateway_of_the_module: tuple[Asked, str]) -> Iterator[Asked]:
    """The module's gateway over an empty store; its tests run in the module's loop."""
    asked, url = gateway_of_the_module
    yield asked
    asked.clock.now, asked.settings = NOW, {}
    stores.empty(url)


@pytest.fixture
def gateway(tmp_path, monkeypatch):
    """Run a command in an empty folder, in this process, with no settings but those that are given."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, given: str | None = None, **settings: str) -> Any:
        return CliRunner().invoke(app, arguments, input=given, env={**settings, "COLUMNS": "200"}, prog_name="gateway")

    return run


@pytest.fixture
def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    paths = filter(None, (os.environ.get("PYTHONPATH"), str(ROOT)))
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200"}


@pytest.fixture
def start(tmp_path, environment):
    """Start a command in a process of its own; it is ended with the test."""
    started = []

    def run(*arguments, stdin=None, **settings):
        process = Program(
            [sys.executable, "-u", "-m", "gateway", *arguments],
            cwd=tmp_path,
            env=environment | settings,
            stdin=stdin,
            stderr=subprocess.STDOUT,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait(TIMEOUT)
        for stream in filter(None, (process.stdin, process.stdout)):
            stream.close()
