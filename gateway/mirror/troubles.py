"""What is left out: records that cannot be taken or wait for others, and lists that the account fails to answer.

All of it is tried again, later and later, until it is whole; it is bounded, and what is beyond is found by sweeps.
"""

import logging
from collections.abc import Callable, Collection, Mapping

from gateway.domain.instants import LATEST, MINUTE
from gateway.mirror.batches import Key, by_type, key_named, name_of
from gateway.mirror.clock import Clock
from gateway.mirror.merging import Merged
from gateway.mirror.upstream.errors import UpstreamError
from gateway.store.databases.database import Connection, Database
from gateway.store.mirror.troubles import (
    Trouble,
    Waiting,
    count_waiting,
    forget_troubles,
    forget_waiting,
    list_troubles,
    list_waiting,
    put_troubles,
    put_waiting,
)

LONGEST_WAIT = 60 * MINUTE  # between two tries
MOST_TRIES = 1_000  # that are counted
MOST_WAITING = 10_000  # records
MOST_AT_ONCE = 100  # of them that are read again before the next round
MOST_NAMED = 1_000  # records that cannot be taken
BEYOND = "other records"
Known = Mapping[Key, Waiting]
NOTHING: Known = {}

_log = logging.getLogger(__name__)


class Troubles:
    """What is left out of one account."""

    def __init__(self, database: Database, organization_id: int, clock: Clock) -> None:
        self._database, self._organization_id, self._clock = database, organization_id, clock

    async def keep(self, merged: Merged, known: Known = NOTHING) -> None:
        """Keep what of some records is left out, `known` of which waited already, and forget what is whole."""
        for name, sentence in merged.refused.items():
            _log.warning("%s of the account cannot be taken: %s", name, sentence)
        async with self._database.read(snapshot=False) as connection:
            is_whole = not await list_troubles(connection, self._organization_id)
            is_whole = is_whole and not await count_waiting(connection, self._organization_id)
        if not is_whole or merged.refused or merged.waiting:
            await self._database.write(lambda connection: self._keep(connection, merged, known))

    async def _keep(self, connection: Connection, merged: Merged, known: Known) -> None:
        number, now = self._organization_id, self._clock.now()
        troubles = await list_troubles(connection, number)
        await forget_troubles(connection, number, [name for key in merged.taken if (name := name_of(key)) in troubles])
        for type_, ids in by_type(merged.taken).items():
            await forget_waiting(connection, number, type_, ids)
        broken = [trouble_of(troubles.get(name), name, text, now) for name, text in merged.refused.items()]
        waiting = [_waiting(known.get(key), key, lacks, now) for key, lacks in _left(merged).items()]
        room = max(MOST_NAMED - len(troubles), sum(each.what in troubles for each in broken))
        free = max(MOST_WAITING - await count_waiting(connection, number), len(known))
        if len(broken) > room or len(waiting) > free:
            text = "More records cannot be taken, or wait, than are listed; a sweep will find them."
            broken = [*broken[:room], trouble_of(troubles.get(BEYOND), BEYOND, text, now)]
        await put_troubles(connection, number, broken)
        await put_waiting(connection, number, waiting[:free])

    async def read_soon(self, keys: Collection[Key]) -> None:
        """Have records read again by their numbers soon."""
        now = self._clock.now()
        soon = [Waiting(type=key[0], id=key[1], lacks="", tries=0, next_try_at=now, since=now) for key in sorted(keys)]
        if soon:
            await self._database.write(lambda connection: put_waiting(connection, self._organization_id, soon))

    async def due(self, *, all_of_them: bool) -> dict[Key, Waiting]:
        """Return records that are to be read by their numbers, now or at any time."""
        until, most = (LATEST, MOST_WAITING) if all_of_them else (self._clock.now(), MOST_AT_ONCE)
        async with self._database.read(snapshot=False) as connection:
            rows = await list_waiting(connection, self._organization_id, due=until, most=most)
        return {(row.type, row.id): row for row in rows}

    async def forget(self, keys: Collection[Key]) -> None:
        """Records that are nowhere are no trouble, and wait no more."""

        async def write(connection: Connection) -> None:
            await forget_troubles(connection, self._organization_id, [name_of(key) for key in keys])
            for type_, ids in by_type(keys).items():
                await forget_waiting(connection, self._organization_id, type_, ids)

        if keys:
            await self._database.write(write)

    async def broken(self, name: str, error: UpstreamError, *, is_skipped: bool = False) -> None:
        """Keep that a list is not answered."""
        _log.warning("%s: %s", name, error.sentence)

        async def write(connection: Connection) -> None:
            known = (await list_troubles(connection, self._organization_id)).get(name)
            trouble = trouble_of(known, name, error.sentence, self._clock.now(), is_skipped=is_skipped)
            await put_troubles(connection, self._organization_id, [trouble])

        await self._database.write(write)

    async def mended(self, name: str) -> None:
        """A list was answered."""
        await self._forget_lists(lambda trouble: trouble.what == name)

    async def mended_all(self, prefix: str) -> None:
        """Lists whose names begin so were answered, or have nothing left to ask for; what was skipped stays named."""
        await self._forget_lists(lambda trouble: trouble.what.startswith(prefix) and not trouble.is_skipped)

    async def _forget_lists(self, is_mended: Callable[[Trouble], bool]) -> None:
        async with self._database.read(snapshot=False) as connection:
            known = await list_troubles(connection, self._organization_id)
        names = [name for name, trouble in known.items() if is_mended(trouble)]
        if names:
            await self._database.write(lambda c: forget_troubles(c, self._organization_id, names))

    async def not_due(self) -> set[str]:
        """Return the lists that are not to be asked for again yet."""
        async with self._database.read(snapshot=False) as connection:
            troubles = await list_troubles(connection, self._organization_id)
        return {trouble.what for trouble in troubles.values() if trouble.next_try_at > self._clock.now()}


def _left(merged: Merged) -> dict[Key, str]:
    """Return what is to be read again, with what it lacks; what was refused may be whole another time."""
    left = {key: "" for name in merged.refused if (key := key_named(name)) is not None}
    return left | {key: name_of(lacks) for key, lacks in merged.waiting.items()}


def trouble_of(known: Trouble | None, name: str, sentence: str, now: int, *, is_skipped: bool = False) -> Trouble:
    """Return a trouble as it is after one more try."""
    tries = 1 if known is None else min(known.tries + 1, MOST_TRIES)
    return Trouble(
        what=name,
        sentence=sentence,
        tries=tries,
        next_try_at=now + wait_after(tries),
        first_at=now if known is None else known.first_at,
        is_skipped=is_skipped,
    )


def _waiting(known: Waiting | None, key: Key, lacks: str, now: int) -> Waiting:
    tries = 1 if known is None else min(known.tries + 1, MOST_TRIES)
    since = now if known is None else known.since
    return Waiting(type=key[0], id=key[1], lacks=lacks, tries=tries, next_try_at=now + wait_after(tries), since=since)


def wait_after(tries: int) -> int:
    """Return for how many milliseconds nothing is tried again after so many tries."""
    return int(min(MINUTE * 2 ** min(tries - 1, 10), LONGEST_WAIT))
