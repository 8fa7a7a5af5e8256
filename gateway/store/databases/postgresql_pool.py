"""Connections to a PostgreSQL server: lent by turns, as many as there are, each in the transaction that it needs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import URL

from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql_cancelling import CancellingConnection
from gateway.store.databases.postgresql_failures import translated_errors
from gateway.store.databases.postgresql_start import Server, dsn_of, session_settings
from gateway.store.databases.turns import Turns
from gateway.store.databases.usage import caller

STATEMENTS_KEPT = 512  # prepared, by connection
# Characters of a text that is kept prepared; a longer one is planned anew each time. asyncpg would say 15,360, which a
# list with all fields of its records and a filter by 16 values may have.
LONGEST_KEPT = 32_768
# The server ends a statement in time; the client waits this much longer for a server that does not answer at all.
GRACE = 2.0
NO_TRANSACTION = nullcontext()
ASK_AGAIN = 5.0  # seconds until a server that had no connection left is asked for one more


class NoConnectionLeft(StoreUnavailable):
    """The server takes no more connections, and none of this pool is open."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A connection that was borrowed, of whom, in whose turn, and by which token; given back as the block ends."""

    connections: "Connections"
    raw: Any
    turns: Turns
    token: int | None

    async def __aenter__(self) -> Any:  # noqa: ANN401 - the driver's type is untyped
        return self.raw

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is not None:
                await self._roll_back()
        finally:
            self.connections.take_back(self)

    async def _roll_back(self) -> None:
        """End what failed or was left: a transaction, or half a statement; where that fails, the connection ends.

        A caller may leave while BEGIN or COMMIT is on its way, or between PREPARE and what it prepares.
        """
        try:
            await self.raw.execute("ROLLBACK")
        except BaseException as error:
            self.raw.terminate()
            if not isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
                raise


class Connections:
    """Connections to one address, opened when they are needed; there are as many as the turns of their users."""

    def __init__(self, address: URL, options: StoreOptions, server: Server, *, read_only: bool) -> None:
        settings = session_settings(options)
        if read_only:
            settings["default_transaction_read_only"] = "on"
        self._is_pooled, self._access = server.is_pooled, " READ ONLY" if read_only else ""
        self._local = "".join(f"; SET LOCAL {name} = '{value}'" for name, value in settings.items())
        self._how = {
            "connection_class": CancellingConnection,
            "timeout": options.connect_timeout_ms / 1000,
            "command_timeout": options.statement_timeout_ms / 1000 + GRACE,
            "statement_cache_size": STATEMENTS_KEPT if server.keeps_prepared else 0,
            "max_cached_statement_lifetime": 0,
            "max_cacheable_statement_size": LONGEST_KEPT,
            "server_settings": {
                "application_name": options.application_name,
                **({} if server.is_pooled else settings),
            },
        }
        self._dsn = dsn_of(address)
        self._idle: list[Any] = []  # the last one used is lent first
        self._lent = 0
        self._all_back = asyncio.Event()
        self._all_back.set()
        self._full_until = 0.0  # by the loop's clock; until then the server is not asked for one more

    async def connect_once(self) -> None:
        """Have one connection from now on.

        Raises:
            asyncpg.PostgresError, OSError, TimeoutError: as the driver says it.
        """
        self._idle.append(await asyncpg.connect(self._dsn, **self._how))

    async def borrow(self, turns: Turns) -> Lent:
        """Take a connection in its turn; what the server refuses is waited for among those that are open.

        Raises:
            NoConnectionLeft: there is none open, either.
            StoreUnavailable: the server cannot be reached.
        """
        token = caller()
        raw = await self._take(turns, token)
        self._lent += 1
        turns.used += 1
        self._all_back.clear()
        return Lent(self, raw, turns, token)

    def take_back(self, lent: Lent) -> None:
        """Have a connection that was borrowed again."""
        if not lent.raw.is_closed():
            self._idle.append(lent.raw)
        self._lent -= 1
        lent.turns.used -= 1
        if not self._lent:
            self._all_back.set()
        lent.turns.give_back(lent.token)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Any]:
        """Open a connection beside those that are lent, and close it in the end.

        Raises:
            StoreUnavailable: the server cannot be reached, or has none left.
        """
        with translated_errors():
            raw = await asyncpg.connect(self._dsn, **self._how)
        try:
            yield raw
        finally:
            with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, OSError):
                await raw.close(timeout=GRACE)

    async def _take(self, turns: Turns, token: int | None) -> Any:  # noqa: ANN401 - the driver's type is untyped
        while True:
            await turns.take(token)
            try:
                return await self._idle_or_new()
            except NoConnectionLeft:
                if turns.used:
                    # Those of its kind that are lent are waited for, and one more is asked for after a while.
                    turns.shrink()
                    asyncio.get_running_loop().call_later(ASK_AGAIN, turns.grow)
                turns.give_back(token)
                if not turns.used:
                    raise
            except BaseException:
                turns.give_back(token)
                raise

    async def _idle_or_new(self) -> Any:  # noqa: ANN401
        while self._idle:
            raw = self._idle.pop()
            if not raw.is_closed():
                return raw
        now = asyncio.get_running_loop().time()
        try:
            if now >= self._full_until:
                with translated_errors():
                    return await asyncpg.connect(self._dsn, **self._how)
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, asyncpg.TooManyConnectionsError):
                raise
            self._full_until = now + ASK_AGAIN
        if self._idle:  # given back meanwhile
            return await self._idle_or_new()
        raise NoConnectionLeft("The server has no connection left.")

    @asynccontextmanager
    async def transaction(self, raw: Any, *, snapshot: bool = False) -> AsyncIterator[None]:  # noqa: ANN401
        """Be in a transaction; with `snapshot`, one that reads a single state of the data.

        Where it fails, it ends as the connection is given back or closed.
        """
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if snapshot else f"BEGIN{self._access}"
        with translated_errors():
            await raw.execute(begin + self._local if self._is_pooled else begin)
        yield
        with translated_errors():
            await raw.execute("COMMIT")

    def reading(self, raw: Any, *, snapshot: bool) -> AbstractAsyncContextManager[None]:  # noqa: ANN401
        """Be where a read may run: in a snapshot, in a transaction that a pooler needs for the settings, or in none."""
        return self.transaction(raw, snapshot=snapshot) if snapshot or self._is_pooled else NO_TRANSACTION

    async def close(self) -> None:
        """Let what runs end, then close all connections."""
        await self._all_back.wait()
        for raw in self._idle:
            await raw.close()
