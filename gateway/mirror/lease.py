"""Holding the lease of an organization: one mirror at a time, and another one soon after it has ended."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.mirror.lease import HELD_FOR, give_back_lease, holder_of, take_lease

RENEWED_AFTER = HELD_FOR / 3_000  # seconds
ASKED_AFTER = 1.0  # seconds

_log = logging.getLogger(__name__)


def new_holder() -> str:
    """Name this process, so that people find it and no two have one name."""
    return f"{socket.gethostname()} process {os.getpid()} ({secrets.token_hex(4)})"


@asynccontextmanager
async def held_lease(
    database: Database, organization_id: int, holder: str, waiting: Callable[[str], None] = lambda _: None
) -> AsyncIterator[None]:
    """Wait for the lease and keep it for as long as the context lasts; `waiting` is told who has it meanwhile.

    Writes make sure by themselves that it is still ours (`require_lease`).
    """
    is_told = False
    while not await database.write(lambda connection: take_lease(connection, organization_id, holder)):
        if not is_told:
            async with database.read(snapshot=False) as connection:
                waiting(await holder_of(connection, organization_id) or "another process")
            is_told = True
        await asyncio.sleep(ASKED_AFTER)
    renewing = asyncio.create_task(_renew(database, organization_id, holder))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await database.write(lambda connection: give_back_lease(connection, organization_id, holder))


async def _renew(database: Database, organization_id: int, holder: str) -> None:
    while True:
        await asyncio.sleep(RENEWED_AFTER)
        try:
            await database.write(lambda connection: take_lease(connection, organization_id, holder))
        except StoreFailure as failure:
            _log.warning("the lease of the mirror could not be renewed: %s", failure)
