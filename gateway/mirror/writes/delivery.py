"""One command of one person on its way to the account: what it is sent by, and what its end is found out by."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.access import Viewer
from gateway.domain.changes import Kind
from gateway.http.refusals import HttpError
from gateway.mirror.clock import Clock
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.errors import Conflict, Invalid, NotThere, Unreachable, UpstreamError
from gateway.mirror.upstream.exchange import Received
from gateway.mirror.writes.keys import Keys
from gateway.mirror.writes.readback import Readback, Resources, Unread
from gateway.mirror.writes.refusals import failed, indeterminate, not_done, unseen
from gateway.store.databases.database import Database
from gateway.store.imports.merging import Done

PAUSES_S = (0.0, 1.0, 3.0)  # before each look for what became of a write
NOT_DONE = "The account failed, and this was not written; send it again. {why}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What sending a command takes."""

    database: Database
    upstream: Upstream
    readback: Readback
    keys: Keys
    clock: Clock
    viewer: Viewer
    token: str | None  # None is the account's own
    can: Capabilities  # what the account was found to have

    async def send(self, sending: calls.Sending) -> Received:
        """Send it once.

        Raises:
            UpstreamError: it was refused, or its outcome is not known.
        """
        return await self.upstream.send(*sending, token=self.token)

    def did(self, kind: Kind) -> Done:
        """Return what the log is to say: what was done, and by whom, unless it was by the account's own token."""
        return Done(kind, None if self.token is None else self.viewer.person_id)

    async def read(self, ids: Sequence[int], kind: Kind) -> Resources:
        """Read entries anew that the account has written.

        Raises:
            HttpError: INDETERMINATE: they cannot be read, so there is nothing to show.
        """
        try:
            return await self.readback.entries(ids, self.did(kind))
        except Unread as unread:
            raise unseen(str(unread), _entries(ids)) from None

    async def change(
        self, sending: calls.Sending, ids: Sequence[int], kind: Kind, is_done: Callable[[Resources], bool]
    ) -> Resources:
        """Send what changes some entries, and return them as they are then; those that are gone are not among them.

        Raises:
            Refusal: by the account; the store has the entries as they are there.
            HttpError: UPSTREAM_FAILED: nothing was written; INDETERMINATE: that is not known.
        """
        try:
            await self.send(sending)
        except UpstreamError as error:
            if isinstance(error, Conflict | Invalid | NotThere):
                with suppress(Unread):
                    await self.readback.entries(ids)
            if (reason := not_done(error)) is not None:
                raise reason from None
            return await self._settled(error, ids, kind, is_done)
        return await self.read(ids, kind)

    async def _settled(
        self, error: UpstreamError, ids: Sequence[int], kind: Kind, is_done: Callable[[Resources], bool]
    ) -> Resources:
        for pause in PAUSES_S:
            await self.clock.sleep(pause)
            try:
                found = await self.readback.entries(ids, self.did(kind))
            except Unread:
                raise indeterminate(error.sentence, _entries(ids)) from None
            if is_done(found):
                return found
        raise self.not_found(error, _entries(ids))

    def not_found(self, error: UpstreamError, look_at: str) -> HttpError:
        """Return what is said of a write that ended so, and of which nothing is to be seen."""
        if isinstance(error, Unreachable) and error.may_come:
            return indeterminate(error.sentence, look_at)
        return failed(NOT_DONE.format(why=error.sentence))


def _entries(ids: Sequence[int]) -> str:
    shown = ", ".join(map(str, ids[:5]))
    return f"time entries {shown}{' and others' if len(ids) > 5 else ''}"  # noqa: PLR2004 - of a sentence
