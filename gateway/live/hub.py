"""The hub: opens subscriptions of a process, as many of a token as there may be."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.domain.access import Viewer
from gateway.live.options import LiveOptions
from gateway.live.subscriptions import Subscription
from gateway.live.tailer import Tailer
from gateway.live.watches import Showing, Watch
from gateway.querying.errors import InvalidCursor
from gateway.store.databases.database import Database


class TooManySubscriptions(Exception):
    """The token has as many as it may have."""


class Hub:
    """The subscriptions of a process."""

    def __init__(self, database: Database, options: LiveOptions) -> None:
        self._most = options.max_subscriptions
        self._tailer = Tailer(database)
        self._open: Counter[int] = Counter()

    @property
    def count(self) -> int:
        """How many subscriptions are open."""
        return self._open.total()

    @asynccontextmanager
    async def subscription(
        self, token_id: int, viewer: Viewer, watch: Watch, showing: Showing, since: int | None
    ) -> AsyncIterator[Subscription]:
        """Subscribe for a while: after the event `since`, or to whatever commits from now on.

        Raises:
            TooManySubscriptions: the token has as many as it may have.
            InvalidCursor: the event is ahead of the change log.
        """
        if self._open[token_id] >= self._most:
            raise TooManySubscriptions(
                f"This token has {self._most:,} subscriptions here, as many as it may have; end one of them first."
            )
        self._open[token_id] += 1
        try:
            feed, head = await self._tailer.join(viewer.organization_id)
            try:
                if since is not None and since > head:
                    raise InvalidCursor(f"since: {since} is ahead of the newest event, which is {head}.")
                with Subscription(feed, watch, showing, head if since is None else since) as opened:
                    yield opened
            finally:
                self._tailer.leave(feed)
        finally:
            self._open[token_id] -= 1
            if not self._open[token_id]:
                del self._open[token_id]

    async def close(self) -> None:
        """End what reads the change log."""
        await self._tailer.close()
