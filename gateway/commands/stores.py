"""The store of GATEWAY_DATABASE_URL, opened for a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.commands.failures import CommandFailed
from gateway.settings import Settings
from gateway.store.databases.database import Database, open_database
from gateway.store.upkeep.health import require_file, why_not_ready

T = TypeVar("T")


def in_store(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Run work on a store that is there already and has this gateway's schema, opened as the settings say.

    Raises:
        StoreUnavailable: there is none, or it cannot be opened.
        CommandFailed: it has another schema, or none.
    """
    require_file(settings.database_url)

    async def run() -> T:
        async with open_database(settings.database_url, settings) as database:
            await require_ready(settings, database)
            return await work(database)

    return asyncio.run(run())


def require_store(settings: Settings) -> None:
    """Refuse to begin where there is no store to work with, as `in_store` does."""

    async def nothing(_: Database) -> None: ...

    in_store(settings, nothing)


async def require_ready(settings: Settings, database: Database) -> None:
    """Refuse a store that this gateway cannot work with.

    Raises:
        CommandFailed: it has another schema, or none.
    """
    reason = await why_not_ready(database)
    if reason is not None:
        place = settings.database_url.rpartition("@")[2].removeprefix("sqlite+aiosqlite:///")
        raise CommandFailed(f"The gateway cannot use {place}: {reason}")
