"""A standby that answers reads, as long as it has what was written before they began.

Before a read goes there, the primary is asked how far its log is, and the standby waited for until it has replayed
that: so whoever reads sees every write that was answered before, by this gateway or another. Reads that come while
a question is on its way share the next one. A standby that does not catch up in time is left alone for a while.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import URL

from gateway.store.databases.failures import StoreFailure, StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.databases.postgresql_failures import translated_errors
from gateway.store.databases.postgresql_pool import Connections
from gateway.store.databases.postgresql_start import greet
from gateway.store.databases.turns import Turns

_log = logging.getLogger(__name__)

# Bytes of the log. Where commits do not wait for the disk, what was committed may be beyond what is flushed.
WRITTEN = (
    "SELECT pg_wal_lsn_diff(CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() "
    "ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint"
)
REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"
PAUSE = 0.001  # seconds between two looks at a standby that is behind
SHORT_REST, LONG_REST = 0.5, 5.0  # seconds without it: after it was too far behind, or could not be asked


class Replica:
    """A standby, and what is known of it."""

    def __init__(self, address: URL, options: StoreOptions, ask_primary: Callable[[str], Awaitable[Any]]) -> None:
        self._address, self._options, self._ask_primary = address, options, ask_primary
        self._patience = options.max_replica_lag_ms / 1000
        self.connections: Connections | None = None
        self._asking = Turns(1)
        self._replayed = -1  # bytes of the log, at least
        self._rests_until = 0.0  # by the loop's clock
        self._running: asyncio.Task[bool] | None = None
        self._next: asyncio.Task[bool] | None = None

    async def is_current(self) -> bool:
        """Tell whether it has everything that was written until now, waiting for it no longer than it may be behind."""
        if asyncio.get_running_loop().time() < self._rests_until:
            return False
        if self._next is None:
            self._next = asyncio.create_task(self._look_after(self._running))
        return await asyncio.shield(self._next)

    async def _look_after(self, before: asyncio.Task[bool] | None) -> bool:
        """Look once the look before has ended; whoever comes from then on waits for another one."""
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        try:
            return await self._has_caught_up()
        except StoreFailure as error:
            self.rest(LONG_REST)
            _log.warning("the replica cannot be read, so the primary is: %s", error)
            return False

    async def _has_caught_up(self) -> bool:
        loop = asyncio.get_running_loop()
        wanted = int(await self._ask_primary(WRITTEN))
        until = loop.time() + self._patience
        while self._replayed < wanted:
            replayed = await self._ask(REPLAYED)
            if replayed is None:
                raise StoreUnavailable("it is not a standby; GATEWAY_READ_URL has to name one")
            self._replayed = int(replayed)
            if self._replayed >= wanted:
                break
            if loop.time() >= until:
                self.rest(SHORT_REST)
                return False
            await asyncio.sleep(PAUSE)
        return True

    async def _ask(self, text: str) -> Any:  # noqa: ANN401 - a value of the driver's
        if self.connections is None:
            at_once = self._options.model_copy(update={"connect_timeout_ms": 1_000})
            server = await greet(self._address, at_once)
            self.connections = Connections(self._address, self._options, server, read_only=True)
        async with await self.connections.borrow(self._asking) as raw:
            with translated_errors():
                return await raw.fetchval(text)

    def rest(self, seconds: float) -> None:
        """Leave it alone for a while; it may be another one afterwards."""
        self._rests_until = asyncio.get_running_loop().time() + seconds
        self._replayed = -1

    async def close(self) -> None:
        """Let what runs end, then close all connections."""
        for task in (self._running, self._next):
            if task is not None:
                await asyncio.wait([task])
        if self.connections is not None:
            await self.connections.close()
