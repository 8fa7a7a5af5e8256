"""An upstream that is asked again, later and later, where it fails."""

import logging

from gateway.mirror.clock import Clock
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, Purpose
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page
from gateway.mirror.upstream.errors import Malformed, ServerFailure, TooLarge, Unreachable

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before a page is tried again
TOLD_AT = WAITS[1]  # by then it failed twice, and whoever waits wants to know why

_log = logging.getLogger(__name__)


class PatientUpstream(Upstream):
    """Tries a page that the mirror reads again, with growing waits. People's own requests are never repeated."""

    def __init__(self, account: Account, limiter: Limiter, clock: Clock) -> None:
        super().__init__(account, limiter)
        self._clock = clock

    async def page(
        self,
        path: str,
        parameters: calls.Parameters = (),
        *,
        purpose: Purpose = Purpose.MIRROR,
        token: str | None = None,
    ) -> Page:
        """Read one page, or one record."""
        if purpose is Purpose.MIRROR:
            for wait in WAITS:
                try:
                    return await super().page(path, parameters, purpose=purpose, token=token)
                except TooLarge:
                    raise  # as it would be again
                except (Malformed, ServerFailure, Unreachable) as error:
                    if wait == TOLD_AT:
                        _log.warning("%s It is asked again for half a minute.", error.sentence)
                    await self._clock.sleep(wait)
        return await super().page(path, parameters, purpose=purpose, token=token)
