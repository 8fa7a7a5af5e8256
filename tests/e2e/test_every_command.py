"""What holds for every command: which stores it refuses, and that no value of an option ends it by a traceback."""

import datetime as dt
import itertools
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli import COMMANDS, app
from gateway.seeding.filling import seed

pytestmark = pytest.mark.sqlite_only

STORE = "gateway.db"
ACCOUNT = {
    "GATEWAY_MIRROR_URL": "http://127.0.0.1:9/api/v2",
    "GATEWAY_MIRROR_TOKEN": "token",
    "GATEWAY_MIRROR_ORGANIZATION_ID": "1",
}
# What each needs to be understood: options, then arguments.
NEEDED: dict[str, tuple[list[str], list[str]]] = {
    "serve": ([], []),
    "demo": ([], []),
    "seed": (["--entries", "5"], []),
    "import": ([], ["people.json"]),
    "query": ([], ["{ viewer { role } }"]),
    "export": (["--output", "a.csv"], []),
    "mirror": (["--once"], []),
    "mirror check": ([], []),
    "mirror status": ([], []),
    "person list": ([], []),
    "person role": ([], ["1", "admin"]),
    "token create": (["--person", "1"], []),
    "token forget-upstream": (["--person", "1"], []),
    "token encrypt-again": ([], []),
    "token list": ([], []),
    "token revoke": ([], ["1"]),
    "documents add": ([], ["me.graphql"]),
    "documents list": ([], []),
    "documents remove": ([], ["me"]),
    "recalculate": (["--since", "2026-11-01"], []),
    "migrate": ([], []),
    "copy": (["--from", "sqlite+aiosqlite:///gateway.db", "--to", "sqlite+aiosqlite:///copy.db"], []),
    "doctor": ([], []),
    "explain": ([], ["{ viewer { role } }"]),
    "schema": ([], []),
    "explorer": ([], []),
}
WITHOUT_THE_STORE = {"demo", "mirror check", "schema", "explorer"}  # `check` only looks whether it is there
BY_ITSELF = {"seed", "copy", "migrate", "doctor"}  # say in their own words what they make of another schema


OTHERS = {"0001": "run `gateway migrate`", "9999": "a newer gateway made it"}  # revisions, and what is said of them
VALUES = ("", "9" * 30, "-1", "\N{NO-BREAK SPACE}", "http://[")


def parameters(command: str) -> Iterator[Any]:
    """The options and arguments that a command takes a value for."""
    found = typer.main.get_command(app)
    for word in command.split():
        found = found.get_command(None, word)  # type: ignore[attr-defined]  # of groups
    return (each for each in found.params if not getattr(each, "is_flag", False) and each.name != "help")


def leaves() -> Iterator[str]:
    """All commands that do something: those below a group, and a group that does something by itself."""
    for name in COMMANDS:
        found = typer.main.get_command(app).get_command(None, name)  # type: ignore[attr-defined]
        yield from (f"{name} {below}" for below in getattr(found, "commands", ()))
        if not getattr(found, "commands", None) or found.invoke_without_command:
            yield name


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = Path(tmp_path_factory.mktemp("seeded")) / STORE
    seed(f"sqlite+aiosqlite:///{file}", 5, 1, today=dt.date(2026, 11, 24))
    return file


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the store is, in the folder in which commands run; beside it is what their arguments name."""
    (tmp_path / "people.json").write_text('{"data": []}', encoding="utf-8")
    (tmp_path / "me.graphql").write_text("{ viewer { role } }", encoding="utf-8")
    return tmp_path / STORE


@pytest.fixture
def run(gateway, store):  # noqa: ARG001 - the files beside it
    """Run a command with what it needs, in front of an account that is not there."""

    def of(command: str, **settings: str) -> Any:
        options, arguments = NEEDED[command]
        return gateway(*command.split(), *options, *arguments, **ACCOUNT, **settings)

    return of


@pytest.fixture
def taken_port() -> Iterator[str]:
    """What keeps a command that serves from serving."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [*connection.iterdump()]


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


def test_every_command_is_looked_at():
    assert {*leaves()} == NEEDED.keys()


@pytest.mark.parametrize("revision", OTHERS)
@pytest.mark.parametrize("command", sorted(NEEDED.keys() - WITHOUT_THE_STORE - BY_ITSELF))
def test_a_store_of_another_schema_is_refused_and_left_as_it_is(run, store, seeded, command, revision):
    shutil.copy(seeded, store)
    change(store, f"UPDATE alembic_version SET version_num = '{revision}'")
    before = dump(store)

    refused = run(command)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert OTHERS[revision] in refused.stderr
    assert dump(store) == before


@pytest.mark.parametrize("command", sorted(NEEDED.keys() - WITHOUT_THE_STORE))
def test_the_tables_of_another_program_are_left_alone(run, store, command):
    change(store, "CREATE TABLE guests (name TEXT)")

    refused = run(command)

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert dump(store) == ["BEGIN TRANSACTION;", "CREATE TABLE guests (name TEXT);", "COMMIT;"]


@pytest.mark.parametrize("command", sorted(NEEDED.keys() - WITHOUT_THE_STORE))
def test_a_folder_in_the_place_of_the_store_is_refused(run, store, command):
    store.mkdir()

    refused = run(command)

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert not [*store.iterdir()]


@pytest.mark.parametrize("command", sorted(NEEDED.keys() - WITHOUT_THE_STORE))
def test_a_store_where_nothing_can_be_made_is_refused(run, command):
    refused = run(command, GATEWAY_DATABASE_URL="sqlite+aiosqlite:////proc/x.db")

    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)


@pytest.mark.parametrize("command", NEEDED)
def test_no_value_ends_a_command_by_a_traceback(gateway, store, seeded, taken_port, command):
    options, arguments = NEEDED[command]
    port = ["--port", taken_port] if command in {"serve", "demo"} else []
    for parameter, value in itertools.product(parameters(command), VALUES):
        shutil.copy(seeded, store)
        if parameter.param_type_name == "argument":
            given = [*options, *(value for _ in arguments)]
        else:
            given = [*port, *options, f"{max(parameter.opts, key=len)}={value}", *arguments]

        done = gateway(*command.split(), *given, given="", GATEWAY_TOKEN="token")

        assert done.exception is None or isinstance(done.exception, SystemExit), (given, done.exception)
        assert done.exit_code in {0, 1, 2}, given


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["schema", "person list", "query", "export"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_is_full_is_told_in_a_sentence(store, seeded, environment, command, unbuffered):
    shutil.copy(seeded, store)
    arguments = ["--output", "-", "--format", "csv"] if command == "export" else NEEDED[command][1]

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *command.split(), *arguments],
            check=False,
            cwd=store.parent,
            env=environment | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert (done.returncode, done.stderr) == (1, "Not all could be written: No space left on device.\n")
