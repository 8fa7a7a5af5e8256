"""How long events are kept: what is older is refused at once, and removed within a minute, in small steps."""

import asyncio
import logging

from gateway.clock import system_clock
from gateway.domain.instants import DAY
from gateway.store.databases.database import Connection, Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.retention import EVENTS_AT_ONCE, counted_events, is_kept, last_before, oldest_since, remove_through

PAUSE_SECONDS = 20.0

_log = logging.getLogger(__name__)


class EventsExpired(Exception):
    """Events after a position are not kept any more; `oldest` is the first position after which nothing is missing."""

    def __init__(self, since: int, oldest: int) -> None:
        super().__init__(
            f"since: events after {since} are not kept any more; read a list again and go on after its lastEventId. "
            f"The oldest since from which nothing is missing is {oldest}."
        )
        self.oldest = oldest


class Keeping:
    """The events of a store, as long as they are kept; 0 days keep all of them for good."""

    def __init__(self, database: Database, days: int) -> None:
        self._database, self._days = database, days
        self._removing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to remove what is too old, every so often."""
        if self._days:
            self._removing = asyncio.create_task(self._remove_for_ever())

    async def check(self, connection: Connection, organization_id: int, position: int) -> None:
        """Make sure that nothing is missing after a position.

        Raises:
            EventsExpired: something is.
        """
        if not await is_kept(connection, organization_id, position, before=self._limit):
            oldest = await oldest_since(connection, organization_id, before=self._limit)
            raise EventsExpired(position, oldest)

    @property
    def _limit(self) -> int | None:
        """The instant before which events are not kept."""
        return system_clock() - self._days * DAY if self._days else None

    async def _remove_for_ever(self) -> None:
        while True:
            try:
                await self.remove()
            except StoreFailure as failure:
                _log.warning("events that are too old cannot be removed: %s", failure)
            await asyncio.sleep(PAUSE_SECONDS)

    async def remove(self) -> None:
        """Remove what is too old by now, some events at a time."""
        limit = self._limit
        if limit is None:
            return
        async with self._database.look_up() as connection:
            organizations = await counted_events(connection)
        for organization_id, newest, gone in organizations:
            if gone < newest:
                async with self._database.look_up() as connection:
                    last = await last_before(connection, organization_id, limit, beyond=gone)
                await self._remove_of(organization_id, gone, min(last, newest))

    async def _remove_of(self, organization_id: int, gone: int, last: int) -> None:
        while gone < last:
            gone = through = min(gone + EVENTS_AT_ONCE, last)

            async def step(connection: Connection, through: int = through) -> None:
                await remove_through(connection, organization_id, through)

            await self._database.write(step)

    async def close(self) -> None:
        """End the removal."""
        if self._removing is not None:
            self._removing.cancel()
            await asyncio.gather(self._removing, return_exceptions=True)
