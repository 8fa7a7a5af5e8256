"""What may be wrong with a store, asked of the database itself; each finding says what to do."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import make_url

from gateway.store.databases.database import Connection, Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.own import ALEMBIC_VERSION, STORED_REVISION
from gateway.store.schema.rows import Row, indexes_of
from gateway.store.upkeep.health import why_not_revision

CLOCK_TOLERANCE = 2_000  # milliseconds
LITTLE_SPACE = 1_000_000_000  # bytes


class Grade(Enum):
    """How bad a finding is."""

    GOOD = "ok"
    DOUBTFUL = "warning"
    BAD = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it."""

    subject: str
    grade: Grade
    text: str


class RawConnection(Connection, Protocol):
    """A connection that takes SQL as written, as both kinds do."""

    async def execute(self, text: str) -> list[tuple[Any, ...]]:
        """Run SQL as written."""


def good(subject: str, text: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(subject, Grade.GOOD, text)


def doubtful(subject: str, text: str) -> Finding:
    """Say what works, but should be looked at."""
    return Finding(subject, Grade.DOUBTFUL, text)


def bad(subject: str, text: str) -> Finding:
    """Say what keeps the gateway from working."""
    return Finding(subject, Grade.BAD, text)


async def examine_store(database: Database, url: str, *, now: int, connections: int) -> AsyncIterator[Finding]:
    """Yield a finding for each thing looked at; `connections` is the most that this gateway would open."""
    is_postgresql = database.dialect.name == "postgresql"
    async with database.read(snapshot=False) as borrowed:
        connection: RawConnection = borrowed  # type: ignore[assignment]  # both kinds take SQL as written
        yield await (_postgresql_version(connection) if is_postgresql else _sqlite_version(connection))
        if is_postgresql:
            yield await _role(connection)
            privileges = await _privileges(connection)
            yield privileges
            if privileges.grade is Grade.BAD:
                return
        revision = await _revision(connection)
        yield revision
        if revision.grade is Grade.BAD:
            return
        yield await _indexes(connection, is_postgresql=is_postgresql)
        yield await _clock(connection, now, is_postgresql=is_postgresql)
        if is_postgresql:
            yield await _text(connection)
            yield await _connections(connection, connections)
        else:
            yield _file(Path(make_url(url).database or ""))


async def _postgresql_version(connection: RawConnection) -> Finding:
    [(version,)] = await connection.execute("SELECT current_setting('server_version')")
    return good("database", f"PostgreSQL {version} answers.")


async def _sqlite_version(connection: RawConnection) -> Finding:
    [(version, mode)] = await connection.execute("SELECT sqlite_version(), journal_mode FROM pragma_journal_mode")
    if mode not in {"wal", "memory"}:
        return doubtful("database", f"SQLite {version} keeps its journal as {mode}, so readers and the writer wait.")
    return good("database", f"SQLite {version} answers.")


async def _revision(connection: RawConnection) -> Finding:
    try:
        rows = await connection.execute(STORED_REVISION)
    except StoreFailure:
        return bad(
            "schema",
            "The database has no tables of the gateway: run `gateway migrate` on an empty one, or name another.",
        )
    reason = why_not_revision(rows[0][0] if rows else None)
    return good("schema", f"Revision {rows[0][0]} is this gateway's.") if reason is None else bad("schema", reason)


async def _indexes(connection: RawConnection, *, is_postgresql: bool) -> Finding:
    asked = (
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE c.relnamespace = current_schema()::regnamespace"
        if is_postgresql
        else "SELECT name, 1 FROM sqlite_schema WHERE type = 'index'"
    )
    known = dict(await connection.execute(asked))
    dialect = "postgresql" if is_postgresql else "sqlite"
    wanted = {str(index.name) for table in Row.metadata.sorted_tables for index in indexes_of(table, dialect)}
    if missing := sorted(wanted - known.keys()):
        return bad(
            "indexes",
            f"{len(missing)} are missing ({missing[0]}, ...): somebody dropped them. Make them as the SQL says that "
            "`gateway migrate --sql` prints for an empty store.",
        )
    if broken := sorted(name for name, valid in known.items() if not valid):
        return bad("indexes", f"{broken[0]} was not finished and is not used: run REINDEX INDEX {broken[0]}.")
    return good("indexes", f"All {len(wanted)} are there.")


async def _clock(connection: RawConnection, now: int, *, is_postgresql: bool) -> Finding:
    newest = (await connection.execute(f"SELECT max(at) FROM {CHANGES.name}"))[0][0]
    if is_postgresql:
        [(theirs,)] = await connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        if abs(theirs - now) > CLOCK_TOLERANCE:
            return doubtful(
                "clock", f"This machine and the server are {abs(theirs - now) / 1000:.1f} s apart: set both by NTP."
            )
    if newest is not None and newest > now + CLOCK_TOLERANCE:
        ahead = (newest - now) / 1000
        return doubtful("clock", f"The newest change was written {ahead:.0f} s from now: this clock has been set back.")
    return good("clock", "It agrees with the store.")


async def _role(connection: RawConnection) -> Finding:
    [(is_standby,)] = await connection.execute("SELECT pg_is_in_recovery()")
    if is_standby:
        return bad("server", "This is a standby, which takes no writes: name the primary by GATEWAY_DATABASE_URL.")
    return good("server", "It is a primary and takes writes.")


async def examine_standby(database: Database) -> Finding:
    """Look whether what GATEWAY_READ_URL names replays a primary."""
    async with database.look_up() as borrowed:
        connection: RawConnection = borrowed  # type: ignore[assignment]  # both kinds take SQL as written
        is_primary = (await _role(connection)).grade is Grade.GOOD
    if is_primary:
        return bad("replica", "GATEWAY_READ_URL names a primary, which is never read: name a standby of it, or none.")
    return good("replica", "It is a standby and can be read.")


# What the user may not do with what is in the schema: kind, name and the right that is missing. Trigger functions
# need none, as PostgreSQL looks at theirs when a trigger is made.
_LACKING = """
SELECT c.relkind::text, c.relname, p.name
FROM pg_class c, unnest(CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'UPDATE']
                        ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END) WITH ORDINALITY AS p (name, place)
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'S')
  AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, p.name)
                         ELSE has_table_privilege(c.oid, p.name) END
ORDER BY c.relkind = 'S', c.relname, p.place
"""
_GRANTS = {
    "r": "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {user};",
    "S": "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {user};",
}


async def _privileges(connection: RawConnection) -> Finding:
    """Look for a right that a gateway needs and the user lacks; a version's table is only read."""
    [(schema, user)] = await connection.execute("SELECT quote_ident(current_schema()), quote_ident(current_user)")
    if schema is None:
        return bad("privileges", f"The user may look into no schema: GRANT USAGE ON SCHEMA public TO {user};")
    tables = {table.name for table in Row.metadata.sorted_tables}
    version = ALEMBIC_VERSION.name
    for kind, name, right in await connection.execute(_LACKING):
        if (kind == "r" and name not in tables) or (name == version and right != "SELECT"):
            continue
        what = "sequence" if kind == "S" else "table"
        grant = _GRANTS[kind].format(schema=schema, user=user)
        return bad("privileges", f"The user lacks {right} on {what} {name}: {grant}")
    return good("privileges", "The user may read and write all tables, and take numbers from all sequences.")


async def _text(connection: RawConnection) -> Finding:
    [(encoding,)] = await connection.execute("SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        return bad(
            "text", f"The database's encoding is {encoding}: make it again by createdb --encoding UTF8, and copy."
        )
    return good("text", "The encoding is UTF8.")


async def _connections(connection: RawConnection, wanted: int) -> Finding:
    [(most, used)] = await connection.execute(
        "SELECT least("
        "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, "
        "(SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)), "
        "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())"
    )
    if wanted > most:
        return bad(
            "connections",
            f"This gateway may open {wanted}, the server takes {most}: lower GATEWAY_READ_CONNECTIONS, "
            "GATEWAY_WRITE_CONNECTIONS or GATEWAY_WORKERS, or raise max_connections or the role's CONNECTION LIMIT.",
        )
    if wanted + used > most:
        return doubtful("connections", f"This gateway may open {wanted}; {used} of the server's {most} are taken now.")
    return good("connections", f"This gateway opens {wanted} at most; the server takes {most}.")


def _file(path: Path) -> Finding:
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return bad("file", f"{path} or its folder cannot be written: give this user the right, or move the file.")
    free = shutil.disk_usage(path.parent).free
    if free < max(LITTLE_SPACE, path.stat().st_size):
        return doubtful("file", f"{free / 1e9:.1f} GB are free: a migration copies the file beside itself.")
    return good("file", f"It can be written, and {free / 1e9:,.0f} GB are free.")
