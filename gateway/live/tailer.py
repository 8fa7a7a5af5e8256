"""The tailer: one task of a process that reads the change log once a commit, for all who watch it."""

import asyncio
import logging
from contextlib import suppress

from gateway.live.feeds import Feed, Ring
from gateway.live.keeping import Keeping
from gateway.store.databases.database import Database
from gateway.store.events import newest_events

PAUSE_SECONDS = 0.5  # after the store could not be read

_log = logging.getLogger(__name__)


class Tailer:
    """The feeds of the organizations that somebody watches; it runs only while there are any."""

    def __init__(self, database: Database, keeping: Keeping) -> None:
        self._database, self._keeping = database, keeping
        self._ring = Ring()
        self._feeds: dict[int, Feed] = {}
        self._changed = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def join(self, organization_id: int, since: int | None) -> tuple[Feed, int]:
        """Return the feed of an organization, and the newest event of it at this moment.

        Raises:
            EventsExpired: events after `since` are not kept any more.
        """
        async with self._database.look_up() as connection:
            head = (await newest_events(connection, [organization_id])).get(organization_id, 0)
            if since is not None and since < head:
                await self._keeping.check(connection, organization_id, since)
        feed = self._feeds.get(organization_id)
        if feed is None:
            feed = self._feeds[organization_id] = Feed(self._database, organization_id, head, self._ring, self._keeping)
        feed.users += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return feed, head

    def leave(self, feed: Feed) -> None:
        """Forget a feed that nobody watches any more."""
        feed.users -= 1
        if not feed.users:
            del self._feeds[feed.organization_id]
            self._ring.forget(feed)
        if not self._feeds and self._running is not None:
            self._running.cancel()
            self._running = None

    async def _run(self) -> None:
        with self._database.watch_commits(self._changed.set) as commits:
            while True:
                await self._changed.wait()
                self._changed.clear()
                try:
                    if await self._read_on():
                        commits.expect_more()
                except Exception as failure:  # noqa: BLE001 - whatever it is, those who watch are to be told later
                    _log.warning("the change log cannot be read: %r", failure)
                    await asyncio.sleep(PAUSE_SECONDS)
                    self._changed.set()

    async def _read_on(self) -> bool:
        """Read what was written since; tell whether there was anything."""
        async with self._database.look_up() as connection:
            heads = await newest_events(connection, [*self._feeds])
        behind = [feed for number, feed in self._feeds.items() if heads.get(number, 0) > feed.last]
        for feed in behind:
            await feed.follow(heads[feed.organization_id])
        return bool(behind)

    async def close(self) -> None:
        """End the task."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
