"""`gateway doctor` on stores that are well and stores that are not: what it says, and how it ends."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Self

import pytest
from sqlalchemy import make_url

from gateway.store.databases.database import open_database
from tests.support.harness.stores import SQLITE, empty_store_url
from tests.support.worlds.office import NOW, furnish


@pytest.fixture(autouse=True)
def _furnished(url: str) -> None:
    change(url)


def change(url: str, *statements: str) -> None:
    """Furnish a store, or run statements on it."""

    async def work(connection: Any) -> None:
        for statement in statements:
            await connection.execute(statement)

    async def run() -> None:
        async with open_database(url) as database:
            await (database.write(work) if statements else furnish(database))

    asyncio.run(run())


def findings(result: Any) -> dict[str, tuple[str, str]]:
    """Grade and text by subject."""
    lines = [line.split(maxsplit=2) for line in result.stdout.replace("time zones", "time_zones").splitlines()]
    return {subject: (grade, text) for grade, subject, text in lines}


def test_a_store_that_is_well_is_called_so(gateway, url):
    result = gateway("doctor", GATEWAY_DATABASE_URL=url)

    found = findings(result)
    assert result.exit_code == 0, result.output
    assert {subject for subject, (grade, _) in found.items() if grade == "error"} == set()
    assert {"settings", "database", "schema", "indexes", "clock", "explorer", "time_zones"} <= found.keys()


LATER = f"INSERT INTO time_entry_changes VALUES (1, 1, 1, 'CREATED', NULL, {NOW + 10**12}, 1, NULL, NULL)"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "schema error run `gateway migrate`"),
        ("UPDATE alembic_version SET version_num = '9999'", "schema error a newer gateway made it"),
        ("DROP INDEX ix_time_entries__organization_id_date_id", "indexes error 1 are missing"),
        (LATER, "clock warning this clock has been set back"),
    ],
)
def test_what_is_wrong_is_reported_with_what_to_do(gateway, tmp_path, statement, said):
    subject, grade, words = said.split(maxsplit=2)
    url = empty_store_url(tmp_path, "other.db")
    change(url)
    change(url, statement)

    result = gateway("doctor", GATEWAY_DATABASE_URL=url)

    assert result.exit_code == (1 if grade == "error" else 0), result.output
    assert findings(result)[subject][0] == grade
    assert words in findings(result)[subject][1]


def test_a_database_without_tables_is_reported_how_to_get_them(gateway, tmp_path):
    url = empty_store_url(tmp_path, "other.db")
    (tmp_path / "other.db").touch()

    result = gateway("doctor", GATEWAY_DATABASE_URL=url)

    assert result.exit_code == 1
    assert "run `gateway migrate`" in findings(result)["schema"][1]


def test_more_connections_than_a_server_takes_are_an_error(gateway, url, store_kind):
    result = gateway("doctor", GATEWAY_DATABASE_URL=url, GATEWAY_WORKERS="200")

    assert ("connections" in findings(result)) == (store_kind != SQLITE)
    assert result.exit_code == (0 if store_kind == SQLITE else 1)


def test_settings_that_contradict_each_other_are_doubted(gateway, url):
    result = gateway("doctor", GATEWAY_DATABASE_URL=url, GATEWAY_REQUEST_TIMEOUT_MS="5000")

    assert findings(result)["settings"][0] == "warning"
    assert result.exit_code == 0


@pytest.mark.sqlite_only
def test_a_database_that_cannot_be_reached_is_reported_in_a_sentence(gateway):
    result = gateway(
        "doctor",
        GATEWAY_DATABASE_URL="postgresql+asyncpg://me:secret@127.0.0.1:1/office",
        GATEWAY_CONNECT_TIMEOUT_MS="200",
    )

    assert result.exit_code == 1
    assert "cannot be reached" in findings(result)["database"][1]
    assert "secret" not in result.output


ROLE = "gateway_doctor_role"
GRANTS = (
    f"GRANT USAGE ON SCHEMA public TO {ROLE}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}",
    f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
)


@pytest.fixture
def as_role(url: str) -> Iterator[str]:
    """The address of the store for a role without any right."""
    change(url, f"CREATE ROLE {ROLE} LOGIN", "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    yield make_url(url).set(username=ROLE).render_as_string(hide_password=False)
    change(url, f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}", "GRANT USAGE ON SCHEMA public TO PUBLIC")


@pytest.mark.postgresql_only
@pytest.mark.parametrize(
    ("grants", "said"),
    [
        (GRANTS, "ok may read and write all tables, and take numbers from all sequences"),
        (GRANTS[:2], "error lacks USAGE on sequence approval_statuses_id_seq: GRANT USAGE, SELECT, UPDATE ON ALL"),
        (GRANTS[::2], "error lacks SELECT on table alembic_version: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL"),
        ((), f"error may look into no schema: GRANT USAGE ON SCHEMA public TO {ROLE};"),
    ],
)
def test_a_role_that_lacks_a_right_is_reported_the_grant(gateway, url, as_role, grants, said):
    grade, words = said.split(maxsplit=1)
    change(url, "SELECT 1", *grants)

    result = gateway("doctor", GATEWAY_DATABASE_URL=as_role)

    assert findings(result)["privileges"][0] == grade, result.output
    assert words in findings(result)["privileges"][1]
    assert result.exit_code == (0 if grade == "ok" else 1)


@pytest.mark.postgresql_only
@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        ({}, "error GATEWAY_READ_URL names a primary"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "warning Reads go to the primary: The database at 127.0.0.1:1"),
    ],
)
def test_a_replica_that_cannot_be_read_is_reported(gateway, url, replaced, said):
    standby = make_url(url).set(**replaced).render_as_string(hide_password=False)

    result = gateway("doctor", GATEWAY_DATABASE_URL=url, GATEWAY_READ_URL=standby, GATEWAY_CONNECT_TIMEOUT_MS="1000")

    assert " ".join(findings(result)["replica"]).startswith(said), result.output


@pytest.mark.sqlite_only
@pytest.mark.parametrize("command", ["token list", "doctor"])
def test_a_command_waits_for_a_server_as_long_as_the_settings_say(gateway, command):
    with Refusing() as server:
        result = gateway(
            *command.split(),
            GATEWAY_DATABASE_URL=f"postgresql+asyncpg://me@127.0.0.1:{server.port}/office?ssl=disable",
            GATEWAY_CONNECT_TIMEOUT_MS="0",
        )

    assert result.exit_code == 1
    assert "cannot be reached" in result.output
    assert server.met == 1


class Refusing:
    """A server that hangs up on whoever comes, and counts them."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.met = 0
        self._thread = threading.Thread(target=self._hang_up)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._listening.accept()[0].close()
                self.met += 1
