"""All connections of a process: how many there may be, how long each may wait, and what they leave unread.

One timer looks at all of them: a timer for each would be set and cancelled in vain with nearly every request.
"""

import asyncio
import math
import resource
from collections import Counter
from ipaddress import IPv6Address
from typing import Protocol

from gateway.http.origins import is_within, plain_address
from gateway.settings import Settings

LONGEST_BETWEEN_LOOKS = 1.0  # seconds
# Connections beyond the most are let in as far as their first head, which may be that of a health probe.
MOST_SURPLUS = 64
SURPLUS_SECONDS = 1.0
# Descriptors that are not connections of clients: the store's files, pipes, the log.
OTHER_DESCRIPTORS = 128
MOST_CONNECTIONS = 100_000  # where descriptors have no limit
SUBNET_BITS = 64  # one customer's addresses in IPv6


class Progress:
    """How a client reads what is kept for it."""

    __slots__ = ("_most_seconds", "_unread", "last")

    def __init__(self, settings: Settings) -> None:
        self._most_seconds = settings.write_timeout_ms / 1000
        self._unread = 0
        self.last = math.inf  # when it last read something, by the loop's clock

    def is_stalled(self, unread: int, now: float) -> bool:
        """Look at how many bytes are unread; tell whether nothing of them was read for too long."""
        if unread < self._unread or not self._unread:
            self.last = now
        self._unread = unread
        return unread > 0 and now - self.last >= self._most_seconds


class Connection(Protocol):
    """What is asked of a connection."""

    client: tuple[str, int] | None  # address and port; None where it has none

    @property
    def unread_bytes(self) -> int: ...

    @property
    def progress(self) -> Progress: ...

    def look(self, now: float) -> None: ...

    def turn_away(self) -> None: ...

    def abort(self) -> None: ...


class Connections:
    """The connections of a process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.most = _most_connections(settings)
        self.most_of_an_address = settings.max_connections_per_address or max(1, self.most // 2)
        self._all: set[Connection] = set()
        # Those that were taken, by where they come from; None has no share.
        self._taken: dict[Connection, object] = {}
        self._of_source: Counter[object] = Counter()
        self._surplus: dict[Connection, None] = {}
        shortest = min(settings.head_timeout_ms, settings.write_timeout_ms, settings.keep_alive_timeout_ms) / 1000
        self._between_looks = min(LONGEST_BETWEEN_LOOKS, shortest / 4)
        self._timer: asyncio.TimerHandle | None = None
        self._is_summing = False

    def enter(self, connection: Connection) -> bool:
        """Take note of a connection; False where it is beyond those that are taken.

        The last `MOST_SURPLUS` of these may send one request; older ones are turned away at once.
        """
        self._all.add(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._between_looks, self._look)
        if self.take(connection):
            return True
        self._surplus[connection] = None
        if len(self._surplus) > MOST_SURPLUS:
            oldest = next(iter(self._surplus))
            del self._surplus[oldest]
            oldest.turn_away()
        return False

    def take(self, connection: Connection) -> bool:
        """Take a connection where there is room, by now, for it and in its address's share."""
        source = self._source_of(connection.client[0] if connection.client else None)
        if len(self._taken) >= self.most or (source is not None and self._of_source[source] >= self.most_of_an_address):
            return False
        self._surplus.pop(connection, None)
        self._taken[connection] = source
        self._of_source[source] += 1
        return True

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is gone."""
        self._all.discard(connection)
        self._surplus.pop(connection, None)
        if connection in self._taken:
            source = self._taken.pop(connection)
            self._of_source[source] -= 1
            if not self._of_source[source]:
                del self._of_source[source]

    def bound_unread(self) -> None:
        """See to the sum of what is unread in the next round of the event loop."""
        if not self._is_summing:
            self._is_summing = True
            asyncio.get_running_loop().call_soon(self._bound_unread)

    def _bound_unread(self) -> None:
        """End connections until the others leave no more unread than all may: first what has stalled longest."""
        self._is_summing = False
        unread = {connection: size for connection in self._all if (size := connection.unread_bytes)}
        excess = sum(unread.values()) - self.settings.max_unread_bytes_in_all
        if excess > 0:
            for connection in sorted(unread, key=lambda one: one.progress.last):
                connection.abort()
                excess -= unread[connection]
                if excess <= 0:
                    break

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in list(self._all):
            connection.look(now)
        self._bound_unread()
        self._timer = loop.call_later(self._between_looks, self._look) if self._all else None

    def _source_of(self, address: str | None) -> object:
        """Return what shares a share; None for what has none."""
        if address is None:
            return None
        parsed = plain_address(address)
        if is_within(parsed, self.settings.trusted_proxies):
            return None
        return int(parsed) >> (128 - SUBNET_BITS) if isinstance(parsed, IPv6Address) else parsed


def _most_connections(settings: Settings) -> int:
    """Return how many connections the settings and the limit of descriptors allow."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = settings.read_connections + settings.write_connections + settings.max_exports
    others = OTHER_DESCRIPTORS + MOST_SURPLUS + connections
    allowed = MOST_CONNECTIONS if limit == resource.RLIM_INFINITY else max(1, limit - others)
    return min(settings.max_connections or MOST_CONNECTIONS, allowed)
