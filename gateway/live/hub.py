"""The hub: opens subscriptions of a process, as many of a token as there may be, and has them end."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.live.guard import Guard
from gateway.live.keeping import Keeping
from gateway.live.options import LiveOptions
from gateway.live.rounds import Rounds
from gateway.live.subscriptions import Pay, Subscription
from gateway.live.tailer import Tailer
from gateway.live.watches import Showing, Watch
from gateway.querying.errors import InvalidCursor
from gateway.store.databases.database import Database
from gateway.store.tokens import Credential


class TooManySubscriptions(Exception):
    """The token has as many as it may have."""


class Hub:
    """The subscriptions of a process."""

    def __init__(self, database: Database, options: LiveOptions) -> None:
        self._most = options.max_subscriptions
        self._keeping = Keeping(database, options.events_kept_days)
        self._tailer = Tailer(database, self._keeping)
        self._guard = Guard(database)
        self._rounds = Rounds()
        self._open: Counter[int] = Counter()

    def open_subscriptions(self) -> int:
        """Return how many subscriptions are open."""
        return self._open.total()

    def start(self) -> None:
        """Begin what is done whether somebody watches or not."""
        self._keeping.start()

    @asynccontextmanager
    async def subscription(
        self, credential: Credential, watch: Watch, showing: Showing, since: int | None, pay: Pay
    ) -> AsyncIterator[Subscription]:
        """Subscribe for a while: after the event `since`, or to whatever commits from now on.

        `pay` is asked for what looking through changes takes, also where none is sent.

        Raises:
            TooManySubscriptions: the token has as many as it may have.
            InvalidCursor: the event is ahead of the change log.
            EventsExpired: some of those after it are not kept any more.
        """
        token_id = credential.token_id
        if self._open[token_id] >= self._most:
            raise TooManySubscriptions(
                f"This token has {self._most:,} subscriptions here, as many as it may have; end one of them first."
            )
        self._open[token_id] += 1
        try:
            feed, head = await self._tailer.join(credential.viewer.organization_id, since)
            try:
                if since is not None and since > head:
                    raise InvalidCursor(f"since: {since} is ahead of the newest event, which is {head}.")
                position = head if since is None else since
                with Subscription(feed, watch, showing, position, pay=pay, rounds=self._rounds) as opened:
                    self._guard.enter(credential, opened.end)
                    try:
                        yield opened
                    finally:
                        self._guard.leave(credential, opened.end)
            finally:
                self._tailer.leave(feed)
        finally:
            self._open[token_id] -= 1
            if not self._open[token_id]:
                del self._open[token_id]

    async def close(self) -> None:
        """End what reads the store."""
        await self._tailer.close()
        await self._guard.close()
        await self._keeping.close()
