"""Migrating a store from one schema revision to another, by Alembic, all steps in one transaction.

A new revision is a file in `versions` with the next number. It changes tables by `rebuilding.rebuilt`, Alembic's
batch mode with what that loses on SQLite. A revision that is there is never edited: 0001 is SQL, frozen for good, and
a test holds the newest revision and the tables together.
"""

import asyncio
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from gateway.store.databases.database import address_of, open_database
from gateway.store.databases.emptiness import has_store
from gateway.store.databases.failures import StoreFailure, StoreUnavailable
from gateway.store.databases.postgresql import LOCK_SCHEMA
from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.databases.sqlite_connection import BEGIN_WRITING
from gateway.store.schema.own import ALEMBIC_VERSION, STORED_REVISION

T = TypeVar("T")
FOLDER = Path(__file__).parent
LOCK_TIMEOUT_MS = 10_000


class UnknownRevision(StoreFailure):
    """A revision that this gateway does not know, or may not go to."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did; None is a store without tables."""

    before: str | None
    after: str | None
    copy: Path | None = None  # of the SQLite file as it was


def migrate_store(url: str, to: str = "head", *, down: bool = False, versions: Path | None = None) -> Migrated:
    """Bring a store to a revision, the newest one unless another is given; to an older one only if `down` allows it.

    A SQLite file is copied beside itself before anything changes. What fails leaves the store as it was.

    Raises:
        UnknownRevision: there is no such revision, it is older, or the store was made by a newer gateway.
        StoreUnavailable: the database cannot be opened or changed, or holds the tables of another program.
    """
    address, config = address_of(url), _config(versions)
    target = _resolve(config, to)

    def work(connection: Connection) -> Migrated:
        before = revision_of(connection)
        if before == target:
            return Migrated(before, target)
        _require_known(config, before)
        if _is_older(target, before) and not down:
            raise UnknownRevision(
                f"The store is at revision {before}. Going back to {target or 'base'} loses what came with the newer "
                "one; say --down if that is meant."
            )
        copy = None
        if before is not None and address.get_backend_name() == "sqlite":
            copy = copy_beside(Path(address.database or ""), before)
        _run(config, connection, target, before)
        return Migrated(before, revision_of(connection), copy)

    try:
        return _on_sqlite(address, work) if address.get_backend_name() == "sqlite" else _on_postgresql(url, work)
    except DBAPIError as error:
        raise StoreUnavailable(f"The store was not migrated and is as it was: {error.orig}") from error


def sql_of(url: str, to: str = "head", *, since: str | None = None) -> str:
    """Return the SQL that brings a store from one revision (None: no tables) to another, for somebody else to run."""
    config = _config(None)
    target = _resolve(config, to)
    config.output_buffer = io.StringIO()
    config.attributes["dialect"] = address_of(url).get_backend_name()
    walk = command.downgrade if _is_older(target, since) else command.upgrade
    try:
        walk(config, f"{since or 'base'}:{target or 'base'}", sql=True)
    except CommandError as error:
        raise UnknownRevision(f"This migration cannot be written as SQL: {error}") from error
    return config.output_buffer.getvalue()


def stored_revision(url: str) -> str | None:
    """Return the revision of a store; None when it has no tables."""
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        return _on_sqlite(address, revision_of)
    return _on_postgresql(url, revision_of)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a store; None when it has no tables.

    Raises:
        StoreUnavailable: its tables are another program's.
    """
    if not has_store(set(inspect(connection).get_table_names())):
        return None
    return connection.exec_driver_sql(STORED_REVISION).scalar()


def copy_beside(file: Path, revision: str) -> Path:
    """Copy a SQLite file, with what its write-ahead log holds, beside itself under a name that is free."""
    number = 0
    while (copy := file.with_name(f"{file.name}.{revision}" + (f".{number}" if number else ""))).exists():
        number += 1
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _config(versions: Path | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    places = [FOLDER / "versions", *([versions] if versions else [])]
    config.set_main_option("version_locations", ";".join(map(str, places)).replace("%", "%%"))
    config.set_main_option("version_path_separator", ";")
    config.set_main_option("path_separator", ";")
    return config


def _resolve(config: Config, to: str) -> str | None:
    if to == "base":
        return None
    scripts = ScriptDirectory.from_config(config)
    revision, known = scripts.get_current_head() if to == "head" else to, _known(config)
    if revision not in known:
        listed = ", ".join(sorted(known))
        raise UnknownRevision(f"There is no revision {to!r}; this gateway knows base, {listed} and head.")
    return revision


def _known(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _require_known(config: Config, revision: str | None) -> None:
    if revision is not None and revision not in _known(config):
        raise UnknownRevision(
            f"The store is at revision {revision}, which this gateway does not know: a newer one made it. Install that "
            "version, and go back by its `gateway migrate --down --to`."
        )


def _is_older(target: str | None, before: str | None) -> bool:
    return (target or "") < (before or "")  # revisions are numbers with leading zeros


def _run(config: Config, connection: Connection, target: str | None, before: str | None) -> None:
    config.attributes["connection"] = connection
    if before is None and not inspect(connection).has_table(ALEMBIC_VERSION.name):
        connection.execute(CreateTable(ALEMBIC_VERSION))
    walk = command.downgrade if _is_older(target, before) else command.upgrade
    walk(config, target or "base")


def _on_sqlite(address: URL, work: Callable[[Connection], T]) -> T:
    engine = create_engine(address.set(drivername="sqlite"), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(raw: sqlite3.Connection, _: object) -> None:
        raw.isolation_level = None  # the driver would commit before a CREATE TABLE
        raw.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT_MS}")
        # Rebuilding a table drops the old one, which would delete what refers to it.
        raw.execute("PRAGMA foreign_keys = OFF")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(BEGIN_WRITING)

    with engine.begin() as connection:
        answer = work(connection)
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise StoreUnavailable(
                f"The store was not migrated and is as it was: {len(broken)} rows would refer to nothing."
            )
        return answer


def _on_postgresql(url: str, work: Callable[[Connection], T]) -> T:
    def locked(connection: Connection) -> T:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        connection.exec_driver_sql(LOCK_SCHEMA)
        return work(connection)

    async def run() -> T:
        async with open_database(url):
            pass  # says in a sentence why the server cannot be reached, and whether it is too old
        # The driver reads the address, as it does everywhere: what SQLAlchemy takes of it is less.
        connect = partial(asyncpg.connect, dsn_of(address_of(url)))
        engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
        async with engine.begin() as connection:
            return await connection.run_sync(locked)

    return asyncio.run(run())
