"""A mirror that sends writes to its account: the rules first, here; then the account; then what it made of it is read.

A write that is on its way goes on when its client is gone, or its request's time is up: its end is found out, and kept.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Any, Generic, cast

from gateway.clock import Clock
from gateway.domain.access import Viewer
from gateway.domain.errors import AccessDenied, Refusal
from gateway.mirror.clock import Clock as MirrorClock
from gateway.mirror.secrets import NoKey, Vault
from gateway.mirror.tokens import find_token
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.mirror.upstream.checking import Checking
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.errors import UpstreamError
from gateway.mirror.writes.delivery import Delivery
from gateway.mirror.writes.keys import Keys
from gateway.mirror.writes.readback import Readback, Unread
from gateway.mirror.writes.refusals import NO_CALL, NOT_KEPT, UNREADABLE, failed, not_sent, on_its_way, too_many
from gateway.mirror.writes.sending import NEEDS, SENDERS, depends_on_plan
from gateway.operations.bulk import Outcome
from gateway.operations.commands import (
    ChangeMany,
    ChangeState,
    Command,
    DeleteEntry,
    Done,
    SubmitDay,
    UpdateEntry,
)
from gateway.operations.work import Work
from gateway.operations.writing import MakeAnswer, T, Writer, only_looks, outcome
from gateway.store.databases.database import Connection, Database
from gateway.store.mirror.accounts import find_account, note
from gateway.store.mirror.forwarded import newest_change
from gateway.store.mirror.known import stored_among
from gateway.store.schema.entries import ENTRIES

MOST_RUNNING = 200  # writes that are on their way, their clients there or gone
CLOSING_S = 5  # a server is given eight to end

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rehearsed(Generic[T]):
    """What a command would do here, the answer to it, and whether it would write anything."""

    found: Done | Refusal
    answer: T
    writes: bool


class _TakenBack(Exception):
    """Takes back what a rehearsal wrote."""

    def __init__(self, rehearsed: _Rehearsed[Any]) -> None:
        super().__init__()
        self.rehearsed = rehearsed


class ForwardingWriter:
    """Sends the writes of the mirrored organization to its account, and leaves those of others to another writer."""

    def __init__(
        self,
        database: Database,
        upstream: Upstream,
        vault: Vault,
        clock: MirrorClock,
        others: Writer,
        *,
        is_shared: bool,
        patience_s: float,
    ) -> None:
        self._database, self._upstream, self._vault, self._clock = database, upstream, vault, clock
        self._organization_id = upstream.account.organization_id
        self._others, self._is_shared, self._patience_s = others, is_shared, patience_s
        self._readback = Readback(database, upstream, clock)
        self._keys = Keys(database, self._organization_id, clock)
        self._running: set[asyncio.Task[object]] = set()

    def as_writer(self, viewer: Viewer) -> Viewer:
        """Return the viewer as they are: the account's own rules are told when it is asked."""
        return viewer

    async def write(self, command: Command, viewer: Viewer, clock: Clock, make_answer: MakeAnswer[T]) -> T:
        """Do what a viewer commands in the account, and tell of it once the store has it.

        Raises:
            HttpError: UPSTREAM_FAILED; INDETERMINATE, also where the account takes longer than a request may.
        """
        if viewer.organization_id != self._organization_id or only_looks(command):
            return await self._others.write(command, viewer, clock, make_answer)
        if len(self._running) >= MOST_RUNNING:
            raise too_many(len(self._running))
        task = asyncio.create_task(self._write(command, viewer, clock, make_answer))
        self._running.add(task)
        task.add_done_callback(self._note_end)
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        if not done:
            raise on_its_way("what it changes, in a minute")
        return task.result()

    async def close(self) -> None:
        """Wait for the writes that are on their way, but not for ever: a key finds out later what became of one."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=CLOSING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _note_end(self, task: "asyncio.Task[object]") -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.info("a write to the account ended by %s", type(task.exception()).__name__)

    async def _write(self, command: Command, viewer: Viewer, clock: Clock, make_answer: MakeAnswer[T]) -> T:
        since = await self._readback.fence()
        await self._refresh(command)
        rehearsed = await self._rehearse(command, viewer, clock, make_answer)
        if isinstance(rehearsed.found, Refusal) or not rehearsed.writes:
            return rehearsed.answer
        found: Done | Refusal
        try:
            found = await self._send(command, viewer, rehearsed.found)
        except Refusal as refusal:
            found = refusal

        async def answer(connection: Connection) -> T:
            ids = _written(found)
            newest = await newest_change(connection, self._organization_id, ids, since) if ids else None
            return await make_answer(connection, found, newest)

        return await self._database.answer(answer, snapshot=True)

    async def _send(self, command: Command, viewer: Viewer, would: Done) -> Done:
        """Have the account do it.

        Raises:
            Refusal: nobody was asked, or the account refused it.
        """
        can = await self._found(command)
        needed = NEEDS.get(type(command))
        if needed is not None and not getattr(can, needed):
            raise AccessDenied(NO_CALL.format(call=needed), path=())
        token = await self._token_of(viewer)
        if token is None and not self._is_shared:
            raise AccessDenied(NOT_KEPT.format(person=viewer.person_id), path=())
        delivery = Delivery(self._database, self._upstream, self._readback, self._keys, self._clock, viewer, token, can)
        return await SENDERS[type(command)](delivery, command, would)

    async def _token_of(self, viewer: Viewer) -> str | None:
        try:
            return await find_token(self._database, self._vault, viewer.person_id)
        except NoKey as error:
            _log.error("a token of the account cannot be read: %s", error)
            raise AccessDenied(UNREADABLE, path=()) from None

    async def _found(self, command: Command) -> Capabilities:
        """Return what the account was found to have; where nobody looked yet and it matters, look."""
        async with self._database.look_up() as connection:
            account = await find_account(connection, self._organization_id)
        if account is None or account.capabilities is not None or not depends_on_plan(command):
            return Capabilities.read(None if account is None else account.capabilities)
        try:
            found = await Checking(self._upstream, self._clock.now).look()
        except UpstreamError as error:
            raise not_sent(error) from None
        await self._database.write(
            lambda connection: note(connection, self._organization_id, capabilities=found.written())
        )
        return found

    async def _refresh(self, command: Command) -> None:
        """Read entries anew whose revision the caller relies on: others may have written them in the account."""
        ids: list[int] = []
        if isinstance(command, UpdateEntry | DeleteEntry | ChangeState) and command.if_revision is not None:
            ids = [command.entry_id]
        elif isinstance(command, ChangeMany):
            ids = [asked.entry_id for asked in command.request.ids or () if asked.revision is not None]
        ids = [number for number in ids if number > 0]
        if ids:
            async with self._database.look_up() as connection:
                ids = sorted(await stored_among(connection, self._organization_id, ENTRIES, ids))
            try:
                await self._readback.entries(ids)
            except Unread as unread:
                raise failed(f"Nothing was written: {unread}.") from None

    async def _rehearse(
        self, command: Command, viewer: Viewer, clock: Clock, make_answer: MakeAnswer[T]
    ) -> _Rehearsed[T]:
        """Do it here and take it back: the rules refuse what they ever refuse, and the answer has its length."""
        looks = _only_looking(command)

        async def unit(connection: Connection) -> _Rehearsed[T]:
            work = Work(connection, viewer, clock)
            found = await outcome(looks, work)
            answer = await make_answer(connection, found, work.last_event_id)
            return _Rehearsed(found, answer, _writes(command, found, work))

        async def taken_back(connection: Connection) -> None:
            raise _TakenBack(await unit(connection))

        if only_looks(looks):
            return await self._database.answer(unit, snapshot=True)
        try:
            await self._database.write(taken_back)
        except _TakenBack as back:
            return cast("_Rehearsed[T]", back.rehearsed)
        raise RuntimeError("A rehearsal was not taken back.")


def _only_looking(command: Command) -> Command:
    """Return a command that decides the same; one for many entries on a snapshot, which holds nobody up."""
    if isinstance(command, ChangeMany):
        return replace(command, request=replace(command.request, dry_run=True))
    return command


def _writes(command: Command, found: Done | Refusal, work: Work) -> bool:
    """Tell whether a command changes anything that the account has."""
    if isinstance(found, Refusal):
        return False
    if isinstance(command, ChangeMany):
        return not found.bulk.faults and bool(found.bulk.ids(Outcome.APPLIED))
    # A submitted day may have no entries that change.
    return work.last_event_id is not None or (isinstance(command, SubmitDay) and not found.entry_ids)


def _written(found: Done | Refusal) -> list[int]:
    """Return the entries that a command changed."""
    if isinstance(found, Refusal):
        return []
    ids = [found.entry_id, *found.entry_ids, *found.bulk.ids(Outcome.APPLIED)]
    return [number for number in (*ids, found.stopped_id or 0) if number > 0]
