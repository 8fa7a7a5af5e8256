"""`gateway mirror check`: tries an account, before it is mirrored or while it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from gateway.mirror.clock import SystemClock
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, MemoryState, StoredState, budget_of
from gateway.mirror.upstream.checking import Checking, Finding, State, worst_of
from gateway.mirror.upstream.client import Upstream
from gateway.settings import Settings
from gateway.store.databases.database import Database, open_database
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.mirror.accounts import note
from gateway.store.upkeep.health import require_file, why_not_ready

ENDS = {
    State.HOLDS: (0, "The account can be mirrored, with all that it could have."),
    State.LACKING: (3, "The account can be mirrored, without what it lacks."),
    State.BROKEN: (1, "The account cannot be mirrored."),
}


def check() -> None:
    """Say what the account has of what a mirror needs: 0 for all of it, 3 where it lacks something, 1 if it cannot be.

    It takes some 30 requests and changes nothing there; the calls that write are tried with what no account accepts.
    """
    settings = Settings.load()
    account = Account.of(settings)
    findings = asyncio.run(_check(settings, account))
    code, sentence = ENDS[worst_of(findings)]
    typer.echo(sentence)
    raise typer.Exit(code)


async def _check(settings: Settings, account: Account) -> list[Finding]:
    clock, findings = SystemClock(), []
    async with _store(settings) as database:
        state = MemoryState() if database is None else StoredState(database, account.organization_id)
        async with Upstream(account, Limiter(budget_of(settings.budget_windows), state, clock)) as upstream:
            checking = Checking(upstream, clock.now)
            async for finding in checking.run():
                typer.echo(f"{finding.state.value:<6} {finding.fact:<34} {finding.sentence}")
                findings.append(finding)
        if database is not None and worst_of(findings) is not State.BROKEN:
            kept = checking.capabilities.written()
            await database.write(lambda one: note(one, account.organization_id, capabilities=kept))
    return findings


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Database | None]:
    """Open the store, whose budget others may be using; where there is none yet, this command has all of it."""
    try:
        require_file(settings.database_url)
    except StoreUnavailable:
        yield None
        return
    async with open_database(settings.database_url, settings) as database:
        yield None if await why_not_ready(database) else database
