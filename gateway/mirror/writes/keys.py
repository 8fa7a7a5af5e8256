"""Keys of writes that make something: at most one of each in the account, whatever becomes of requests and processes.

What is about to be sent is noted first, with the entries that were there before. Whoever comes with the same key later
looks for what came of it before anything is sent again.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

import orjson

from gateway.domain.access import Viewer
from gateway.domain.errors import KeyReused
from gateway.mirror.clock import Clock
from gateway.mirror.writes.refusals import failed
from gateway.operations.idempotency import PATH, Key
from gateway.store.databases.database import Connection, Database
from gateway.store.mirror import forwarded
from gateway.store.mirror.forwarded import Forwarded, Named
from gateway.store.schema.mirror import DONE, NOT_DONE, SENT
from gateway.store.writes.idempotency import remember_made

# After so long nothing that was sent can still be done: an exchange ends after 60 s.
SETTLED_MS = 120_000
TURN_S = 10.0  # for which an entry waits until others of its person are made
BUSY = "Nothing was written: other entries of person {person} are on their way to the account; try again."
PAUSE_S, PAUSES = 0.25, 60  # while another request under the same key is on its way


@dataclass(frozen=True, slots=True)
class Sent:
    """What is noted of a write that is sent: when, and which entries were there before."""

    at: int
    before: frozenset[int]

    @classmethod
    def read(cls, document: str | None) -> "Sent":
        """Read the note."""
        noted = orjson.loads(document or '{"at": 0, "before": []}')
        return cls(noted["at"], frozenset(noted["before"]))

    def written(self) -> str:
        """Return the note."""
        return orjson.dumps({"at": self.at, "before": sorted(self.before)}).decode()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A key that is ours now: what was there before, and whether an earlier request may have sent it already."""

    sent: Sent
    attempt: int = 1
    is_unclear: bool = False
    made: int | None = None  # the entry that an earlier request made


class Keys:
    """The keys of one organization."""

    def __init__(self, database: Database, organization_id: int, clock: Clock) -> None:
        self._database, self._organization_id, self._clock = database, organization_id, clock
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, person_id: int) -> AsyncIterator[None]:
        """Let one entry of a person be made at a time, so that none is taken for another.

        Raises:
            HttpError: UPSTREAM_FAILED: others are not made in time; nothing was sent, and nothing will be.
        """
        lock = self._turns.setdefault(person_id, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), TURN_S)
        except TimeoutError:
            raise failed(BUSY.format(person=person_id)) from None
        try:
            yield
        finally:
            lock.release()

    async def claim(self, viewer: Viewer, key: Key, before: Collection[int]) -> Claimed:
        """Note that a write is sent under a key, with the entries that were there before.

        Raises:
            KeyReused: it was used with other arguments.
        """
        named, sent = self._named(viewer, key), Sent(self._clock.now(), frozenset(before))
        noted: Forwarded | None = None
        for _ in range(PAUSES):
            noted = await self._database.write(
                lambda connection: forwarded.claim(
                    connection, named, digest=key.digest, document=sent.written(), now=sent.at
                )
            )
            if noted is None:
                return Claimed(sent)
            if noted.digest != key.digest:
                raise KeyReused(
                    "This key was used with other arguments in the last 24 hours; choose a new one.", path=PATH
                )
            if noted.state != SENT or self._is_over(noted):
                return await self._after(named, noted, sent)
            await self._clock.sleep(PAUSE_S)
        return Claimed(Sent.read(None if noted is None else noted.document), is_unclear=True)

    def is_settled(self, claimed: Claimed) -> bool:
        """Tell whether what an earlier request sent can no longer be done."""
        return self._clock.now() - claimed.sent.at > SETTLED_MS

    async def send_again(self, viewer: Viewer, key: Key, claimed: Claimed) -> bool:
        """Note that a write which was not done is sent once more; False where another request was quicker."""
        named, sent = self._named(viewer, key), Sent(self._clock.now(), claimed.sent.before)
        return await self._database.write(
            lambda connection: forwarded.claim_again(
                connection, named, attempt=claimed.attempt, document=sent.written()
            )
        )

    async def made(self, viewer: Viewer, key: Key, entry_id: int) -> None:
        """Note the entry that was made; it is in the store by now, and a retry is answered without the account."""

        async def work(connection: Connection) -> None:
            if not await forwarded.settle(connection, self._named(viewer, key), DONE, entry_id):
                return
            await remember_made(
                connection,
                now=self._clock.now(),
                person_id=viewer.person_id,
                field=key.field,
                key=key.text,
                digest=key.digest,
                time_entry_id=entry_id,
            )

        await self._database.write(work)

    async def settle(self, viewer: Viewer, key: Key, state: str) -> None:
        """Note that nothing was made, or that it is not known."""
        await self._database.write(lambda connection: forwarded.settle(connection, self._named(viewer, key), state))

    async def _after(self, named: Named, noted: Forwarded, sent: Sent) -> Claimed:
        """Go on after an earlier request under the key."""
        if noted.state == DONE:
            return Claimed(Sent.read(noted.document), noted.attempt, made=noted.time_entry_id)
        if noted.state == NOT_DONE:
            again = await self._database.write(
                lambda connection: forwarded.claim_again(
                    connection, named, attempt=noted.attempt, document=sent.written()
                )
            )
            if again:
                return Claimed(sent, noted.attempt + 1)
        return Claimed(Sent.read(noted.document), noted.attempt, is_unclear=True)

    def _is_over(self, noted: Forwarded) -> bool:
        return self._clock.now() - Sent.read(noted.document).at > SETTLED_MS

    def _named(self, viewer: Viewer, key: Key) -> Named:
        digest = hashlib.sha256(key.text.encode()).hexdigest()
        return Named(self._organization_id, viewer.person_id, key.field, digest)
