"""The guard: looks every so often whether those who watch still may, and ends what a credential is not good for."""

import asyncio
import logging
from collections.abc import Callable

from gateway.clock import system_clock
from gateway.domain.access import Role, Viewer
from gateway.store.databases.database import Database
from gateway.store.tokens import Credential, find_credentials

PAUSE_SECONDS = 0.4  # so that a revocation holds within a second
RANKS = {Role.MEMBER: 0, Role.MANAGER: 1, Role.ADMIN: 2}

_log = logging.getLogger(__name__)


class NotAllowed(Exception):
    """The credential is not good any more, or for less than it was."""


End = Callable[[NotAllowed], None]


class Guard:
    """Those who watch, by their tokens; it looks only while there are any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # By token and by who it stood for: most of a token's are alike.
        self._watched: dict[int, dict[Viewer, set[End]]] = {}
        self._looking: asyncio.Task[None] | None = None

    def enter(self, credential: Credential, end: End) -> None:
        """Call `end` as soon as the credential is not good for as much as now."""
        self._watched.setdefault(credential.token_id, {}).setdefault(credential.viewer, set()).add(end)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_for_ever())

    def leave(self, credential: Credential, end: End) -> None:
        """Forget one who watches."""
        of_token = self._watched[credential.token_id]
        of_token[credential.viewer].discard(end)
        if not of_token[credential.viewer]:
            del of_token[credential.viewer]
        if not of_token:
            del self._watched[credential.token_id]
        if not self._watched and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                async with self._database.look_up() as connection:
                    found = await find_credentials(connection, [*self._watched])
            except Exception as failure:  # noqa: BLE001 - whatever it is, it looks again
                _log.warning("tokens cannot be looked up: %r", failure)
                continue
            now = system_clock()
            for token_id, watching in self._watched.items():
                for viewer, ends in watching.items():
                    if (reason := _why_not(viewer, found.get(token_id), now)) is not None:
                        for end in ends:
                            end(reason)

    async def close(self) -> None:
        """End the looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)


def _why_not(before: Viewer, after: Credential | None, now: int) -> NotAllowed | None:
    if after is None or not after.good_at(now):
        return NotAllowed("The token is not valid any more: it has expired or was revoked.")
    if _is_less(before, after.viewer):
        return NotAllowed("The person behind the token may see less than before; subscribe again.")
    return None


def _is_less(before: Viewer, after: Viewer) -> bool:
    return RANKS[after.role] < RANKS[before.role] or (before.sees_costs and not after.sees_costs)
