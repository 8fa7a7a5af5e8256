"""The first connection: who answers at an address, and what it takes; a pooler takes less than a server."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import URL

from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql_failures import is_passing, why_not_connected

T = TypeVar("T")
OLDEST_SUPPORTED = 16
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0  # seconds; doubled from one attempt to the next
ANSWERS_SOON = 2.0  # seconds
PREPARED = "SELECT 1"  # in one session, and run in another
NOT_CONNECTED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True)
class Server:
    """What answers at an address."""

    is_pooled: bool  # by a pooler: settings hold for a transaction at most, as another one runs on another session
    keeps_prepared: bool  # whether a statement that was prepared is there in the next transaction, too


def session_settings(options: StoreOptions) -> dict[str, str]:
    """Return the settings that all sessions have, or all transactions of a pooler."""
    return {
        "statement_timeout": str(options.statement_timeout_ms),
        # A worker that hangs in the middle of a transaction does not keep its locks.
        "idle_in_transaction_session_timeout": str(options.statement_timeout_ms * 6),
        "jit": "off",  # compiling a statement takes longer than running it
    }


async def patiently(address: URL, options: StoreOptions, attempt: Callable[[], Awaitable[T]]) -> T:
    """Try to connect, with growing pauses while the server is not there yet, or full.

    Raises:
        StoreUnavailable: with a sentence that says why there is no connection, and what to do.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + options.connect_timeout_ms / 1000
    pause = FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except NOT_CONNECTED as error:
            if not is_passing(error) or loop.time() + pause > until:
                raise StoreUnavailable(why_not_connected(address, error)) from error
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def greet(address: URL, options: StoreOptions) -> Server:
    """Connect for the first time; find out whether it is a server of a version that will do, or a pooler before one.

    Raises:
        StoreUnavailable: with a sentence that says why it cannot be used, and what to do.
    """
    wanted = session_settings(options)
    dsn, within = dsn_of(address), max(1, options.connect_timeout_ms / 1000)

    async def connect() -> tuple[Any, bool]:
        try:
            raw = await asyncpg.connect(dsn, timeout=within, server_settings=wanted)
        except asyncpg.ProtocolViolationError as error:
            if "unsupported startup parameter" not in str(error):
                raise
            return await asyncpg.connect(dsn, timeout=within, statement_cache_size=0), True
        # A pooler may also be told to ignore them.
        return raw, await _lacks(raw, options)

    raw, is_pooled = await patiently(address, options, connect)
    try:
        major, version = raw.get_server_version().major, raw.get_settings().server_version
        if major < OLDEST_SUPPORTED:
            raise StoreUnavailable(f"PostgreSQL {version} is too old: {OLDEST_SUPPORTED} or newer is needed.")
        return Server(is_pooled, keeps_prepared=not is_pooled or await _keeps_prepared(dsn, within))
    finally:
        await raw.close()


async def _lacks(raw: Any, options: StoreOptions) -> bool:  # noqa: ANN401 - the driver's type is untyped
    found = await raw.fetchrow("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")
    return int(found[0]) != options.statement_timeout_ms


async def _keeps_prepared(dsn: str, within: float) -> bool:
    """Find out whether a pooler takes a prepared statement along to another session of the server."""
    here, there = [await asyncpg.connect(dsn, timeout=within) for _ in range(2)]
    try:
        await here.fetch(PREPARED)
        await there.execute("BEGIN")  # on the session that was used last, so the next statement needs another
        async with asyncio.timeout(ANSWERS_SOON):
            await here.fetch(PREPARED)
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError, TimeoutError):
        return False
    finally:
        with contextlib.suppress(*NOT_CONNECTED):
            await there.execute("ROLLBACK")
        for raw in (here, there):
            raw.terminate()
    return True


def dsn_of(address: URL) -> str:
    """Return the address as the driver takes it; `ssl` is what SQLAlchemy calls sslmode."""
    query = {("sslmode" if name == "ssl" else name): value for name, value in address.query.items()}
    return address.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
