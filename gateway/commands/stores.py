"""The store of GATEWAY_DATABASE_URL, opened for a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.settings import Settings
from gateway.store.engine import Database, open_database
from gateway.store.health import require_file

T = TypeVar("T")


def in_store(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Run work on a store that is there already.

    Raises:
        StoreUnavailable: there is none, or it cannot be opened.
    """
    require_file(settings.database_url)

    async def run() -> T:
        async with open_database(settings.database_url) as database:
            return await work(database)

    return asyncio.run(run())


def place_of(settings: Settings) -> str:
    """Name the store without user and password."""
    return settings.database_url.rpartition("@")[2].removeprefix("sqlite+aiosqlite:///")
