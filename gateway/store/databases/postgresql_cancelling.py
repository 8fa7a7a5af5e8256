"""A connection whose statement ends on the server when nobody waits for it any more, however early that is.

A server that is told to cancel while it has no statement forgets that it was told. asyncpg tells it once, so that a
statement that was still on its way would run to its timeout, and whoever is lent the connection next would wait for it.
"""

import asyncio

import asyncpg

from gateway.store.databases.postgresql_start import FIRST_PAUSE, LONGEST_PAUSE


class CancellingConnection(asyncpg.Connection):  # type: ignore[misc]  # untyped
    """A connection that tells the server to cancel until it has."""

    async def _cancel(self, waiter: asyncio.Future[None], cancel_waiter: asyncio.Future[None] | None = None) -> None:
        """Cancel what runs; `waiter` is done when no request is on its way, `cancel_waiter` when the statement ended.

        The next statement waits for both, so that none of the requests meets it, for as long as a statement may take;
        then it ends the connection, with which both are done.
        """
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        try:
            await super()._cancel(loop.create_future())
            while cancel_waiter is not None and not cancel_waiter.done():
                await asyncio.wait([cancel_waiter], timeout=pause)
                if not cancel_waiter.done():
                    await super()._cancel(loop.create_future())
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            if not waiter.done():
                waiter.set_result(None)
