"""`gateway mirror`: keep the store equal to a live account."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Annotated

import typer

from gateway.commands.columns import echo_columns
from gateway.commands.failures import CommandFailed
from gateway.commands.mirror_check import check
from gateway.commands.person import leaderless, warn_of_leaderless
from gateway.commands.progress import progress_bar
from gateway.commands.stores import in_store, require_ready
from gateway.mirror.clock import SystemClock
from gateway.mirror.lease import held_lease, new_holder
from gateway.mirror.patience import PatientUpstream
from gateway.mirror.running import LeftOut, Mirror, Progress
from gateway.mirror.status import MOST_LISTED, Status, read_status
from gateway.mirror.upstream.account import Account, BadAccount
from gateway.mirror.upstream.budget import Limiter, StoredState, budget_of
from gateway.serving.logs import configure_logs
from gateway.settings import Settings
from gateway.store.databases.database import Database, open_database
from gateway.store.mirror.lease import LeaseLost
from gateway.store.viewers import organizations_without_approver

LOOK_BESIDE = 1.0  # seconds between two looks whether the process beside is there

Once = Annotated[bool, typer.Option("--once", help="Finish the first load, read what changed, and exit.")]
Sweep = Annotated[bool, typer.Option("--sweep", help="Compare all entries with the account, too; with --once.")]
Beside = Annotated[int | None, typer.Option("--beside", hidden=True, help="The process to end with.")]
SkipBroken = Annotated[bool, typer.Option("--skip-broken", help="Leave out months that the account fails to answer.")]

app = typer.Typer(name="mirror", add_completion=False, help="Keep the store equal to a live account.")
app.command("check")(check)


@app.callback(invoke_without_command=True)
def mirror(
    context: typer.Context,
    *,
    once: Once = False,
    sweep: Sweep = False,
    skip_broken: SkipBroken = False,
    beside: Beside = None,
) -> None:
    """Keep the store of GATEWAY_DATABASE_URL equal to the account of GATEWAY_MIRROR_URL, continuously or once.

    One process at a time does; another one waits, and takes over. With --once it ends with 0 only if nothing was left
    out.
    """
    if context.invoked_subcommand is not None:
        return
    if sweep and not once:
        raise CommandFailed("--sweep goes with --once; without it sweeps have their own time.")
    settings = Settings.load()
    account = Account.of(settings)
    end_logs = configure_logs(settings.log_level, settings.log_format)
    try:
        if not once:
            asyncio.run(_for_ever(settings, account, skip_broken=skip_broken, beside=beside))
            return
        with progress_bar("Mirroring") as bar:
            left = asyncio.run(_once(settings, account, sweep=sweep, skip_broken=skip_broken, progress=bar))
    except asyncio.CancelledError:
        raise CommandFailed("Stopped; what was read is kept, and the next one goes on from there.") from None
    finally:
        end_logs()
    warn_of_leaderless(settings)
    _report(left)


def _report(left: LeftOut) -> None:
    if left.is_nothing:
        typer.echo("The store has all that the account has.")
        return
    for line in left.troubles[:MOST_LISTED]:
        typer.echo(f"Left out: {line}", err=True)
    if left.waiting:
        typer.echo(f"Left out: {left.waiting:,} records wait for others that the account does not give.", err=True)
    typer.echo("Something was left out; `gateway mirror status` lists it.", err=True)
    raise typer.Exit(1)


async def _once(settings: Settings, account: Account, *, sweep: bool, skip_broken: bool, progress: Progress) -> LeftOut:
    """Mirror once; SIGTERM gives the lease back, as SIGINT does by asyncio."""
    task = asyncio.current_task()
    if task is not None and threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with (
        _opened(settings) as database,
        _mirroring(settings, account, database, skip_broken=skip_broken, progress=progress) as mirror,
    ):
        return await mirror.once(sweep=sweep)


async def _for_ever(settings: Settings, account: Account, *, skip_broken: bool, beside: int | None) -> None:
    """Mirror until SIGTERM or SIGINT, or until the process beside is gone."""
    mirroring = asyncio.create_task(_again_and_again(settings, account, skip_broken=skip_broken))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, mirroring.cancel)
    while not mirroring.done():
        await asyncio.wait([mirroring], timeout=LOOK_BESIDE)
        if beside is not None and os.getppid() != beside:
            mirroring.cancel()
    with suppress(asyncio.CancelledError):
        mirroring.result()


async def _again_and_again(settings: Settings, account: Account, *, skip_broken: bool) -> None:
    """Mirror; where another process takes over, wait for the lease again."""
    async with _opened(settings) as database:
        while True:
            with suppress(LeaseLost):
                async with _mirroring(settings, account, database, skip_broken=skip_broken) as mirror:
                    typer.echo(f"Mirroring {account.url}.")
                    for name in await database.answer(organizations_without_approver, snapshot=False):
                        typer.echo(leaderless(name), err=True)
                    await mirror.for_ever()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the store; an empty database gets its tables."""
    async with open_database(settings.database_url, settings) as database:
        await database.create_tables()
        await require_ready(settings, database)
        yield database


@asynccontextmanager
async def _mirroring(
    settings: Settings,
    account: Account,
    database: Database,
    *,
    skip_broken: bool,
    progress: Progress = lambda _done, _all, _title: None,
) -> AsyncIterator[Mirror]:
    clock, holder = SystemClock(), new_holder()

    def waiting(other: str) -> None:
        typer.echo(f"The account is mirrored by {other}; waiting for it to end.", err=True)

    async with (
        held_lease(database, account.organization_id, holder, waiting),
        PatientUpstream(account, _limiter(settings, database), clock) as upstream,
    ):
        yield Mirror(database, upstream, clock, holder=holder, skip_broken=skip_broken, progress=progress)


def _limiter(settings: Settings, database: Database) -> Limiter:
    state = StoredState(database, settings.mirror_organization_id)
    return Limiter(budget_of(settings.budget_windows), state, SystemClock())


@app.command()
def status() -> None:
    """Show how far the mirror is, what it costs and what is broken; 0, or 1 where it is too far behind."""
    settings = Settings.load()
    if settings.lacking is not None:
        raise BadAccount(f"No account is mirrored: set {settings.lacking}.")
    found = in_store(settings, partial(_status, settings))
    for what, how in found.lines():
        typer.echo(f"{what:<13} {how}")
    if found.months:
        echo_columns(found.table(), str.rjust)
    if not found.is_well:
        raise typer.Exit(1)


async def _status(settings: Settings, database: Database) -> Status:
    async with database.read(snapshot=True) as connection:
        return await read_status(connection, settings, SystemClock().now())
