"""The command line: `gateway` and `python -m gateway`.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a wrong setting. Refusals are one sentence on
standard error; what a program may want to read is on standard output.
"""

import asyncio
import datetime as dt
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from gateway import server
from gateway.app import GRAPHQL_PATH
from gateway.commands.copy import copy
from gateway.commands.doctor import doctor
from gateway.commands.importing import import_
from gateway.commands.migrate import migrate
from gateway.explorer import fetch
from gateway.graphql.schema import print_schema
from gateway.operations.recalculation import Recalculated
from gateway.operations.recalculation import Report as RecalculationReport
from gateway.operations.recalculation import Scope as RecalculationScope
from gateway.operations.recalculation import recalculate as recalculate_costs
from gateway.operations.seeding import SeedReport
from gateway.operations.seeding import seed as make_data
from gateway.settings import SettingError, Settings
from gateway.store import tokens
from gateway.store.batches import StoreNotEmpty
from gateway.store.engine import Connection, Database, UnsupportedDatabase, open_database
from gateway.store.failures import StoreFailure
from gateway.store.health import require_file, why_not_ready
from gateway.workers import WorkersFailed, serve_many, serve_one

T = TypeVar("T")
FAILED, WRONG = 1, 2
DAY = 86_400_000  # milliseconds


class Refusal(Exception):
    """What was asked for cannot be done; the text is the sentence for the terminal."""


REFUSALS = (
    Refusal,
    server.CannotListen,
    StoreFailure,
    StoreNotEmpty,
    UnsupportedDatabase,
    tokens.NoSuchPerson,
    WorkersFailed,
)


class Commands(TyperGroup):
    """Commands whose refusals are sentences and exit codes, never tracebacks."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the types that typer has for these are private
        try:
            return super().invoke(ctx)
        except SettingError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(WRONG) from None
        except REFUSALS as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(FAILED) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A GraphQL gateway over time entries. Settings are GATEWAY_* variables; the README lists them.",
)
token_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens by which people are known.")
app.add_typer(token_app, name="token")
app.command("import")(import_)
for command in (migrate, copy, doctor):
    app.command()(command)

Entries = Annotated[int, typer.Option(min=1, max=100_000_000, help="How many time entries.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Processes to serve by; GATEWAY_WORKERS.")]
Seed = Annotated[int, typer.Option(help="Another number makes other data; the same one the same.")]


@app.command()
def serve(host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """Serve the store of GATEWAY_DATABASE_URL."""
    settings = Settings.load(host=host, port=port, workers=workers)
    require_file(settings.database_url)
    reason = asyncio.run(_with_database(settings, why_not_ready))
    if reason is not None:
        raise Refusal(f"The gateway cannot serve {_place(settings)}: {reason}")
    with server.listen(settings.host, settings.port) as listening:
        address = server.address_of(listening)
        _serve(settings, listening, lambda: typer.echo(f"The gateway answers at {address}{GRAPHQL_PATH}"))


@app.command()
def demo(
    entries: Entries = 2_000,
    port: Port = None,
    host: Host = None,
    directory: Annotated[
        Path | None, typer.Option(help="Folder to keep the store in; without it, it is gone at the end.")
    ] = None,
) -> None:
    """Make a fresh store of made-up time entries and serve it; print tokens and the explorer's address."""
    given = Settings.load(host=host, port=port)
    with server.listen(given.host, given.port) as listening, tempfile.TemporaryDirectory(prefix="gateway-") as folder:
        file = (directory or Path(folder)) / "demo.db"
        _make_folder(file.parent)
        settings = given.model_copy(update={"database_url": f"sqlite+aiosqlite:///{file}"})
        report = _make_data(settings.database_url, entries, seed=1, until=dt.date.today())  # noqa: DTZ011 - the reader's own day
        made = asyncio.run(_with_database(settings, lambda database: _demo_tokens(database, report)))
        address = server.address_of(listening)

        def announce() -> None:
            typer.echo(f"{entries:,} time entries are served; stop with Ctrl+C.\n")
            typer.echo(f"Explorer  {address}{GRAPHQL_PATH}#token={made['admin']}\n")
            for name, token in made.items():
                typer.echo(f"{name.title():<9} {token}")

        _serve(settings, listening, announce)


@app.command()
def seed(
    entries: Entries,
    seed: Seed = 1,
    until: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the five years; today without it.")
    ] = None,
) -> None:
    """Fill the empty store of GATEWAY_DATABASE_URL with made-up data."""
    settings = Settings.load()
    last_day = dt.date.today() if until is None else until.date()  # noqa: DTZ011 - the reader's own day
    report = _make_data(settings.database_url, entries, seed=seed, until=last_day)
    for table, count in report.counts.items():
        typer.echo(f"{count:>12,} {table}")
    typer.echo(
        f"Person {report.admin_id} is an admin, {report.manager_id} a manager, {report.member_id} a member; "
        f"make a token by: gateway token create --person {report.admin_id}"
    )


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option(help="File to write; standard output without it.")] = None,
) -> None:
    """Print the GraphQL schema."""
    if output is None:
        typer.echo(print_schema(), nl=False)
        return
    try:
        output.write_text(print_schema(), encoding="utf-8")
    except OSError as error:
        raise Refusal(f"The schema cannot be written to {output}: {error.strerror}.") from error


@app.command()
def recalculate(
    since: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="First day of the entries to look at.")],
    person: Annotated[int | None, typer.Option(min=1, help="Only entries of the person with this number.")] = None,
    deal: Annotated[int | None, typer.Option(min=1, help="Only entries on the deal with this number.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,  # noqa: FBT002 - an option by its name
) -> None:
    """Compute the cost of stored entries anew, from the rates that are known now, and say what changed.

    An entry whose exchange rate is not known is named and left as it was; the exit code is then 1.
    """
    settings = Settings.load()
    require_file(settings.database_url)
    scope = RecalculationScope(since=since.date(), person_id=person, deal_id=deal)
    report = RecalculationReport()

    async def run(database: Database) -> None:
        async for entry in recalculate_costs(database, scope, report, now=tokens.wall_clock(), dry_run=dry_run):
            typer.echo(_recalculated(entry))

    asyncio.run(_with_database(settings, run))
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{report.seen:,} entries were looked at; the cost of {report.changed:,} {verb}.")
    if report.failed:
        raise Refusal(f"The cost of {report.failed:,} entries cannot be told; they were left as they were.")


def _recalculated(entry: Recalculated) -> str:
    if entry.faults:
        return f"{entry.id}: {' '.join(fault.message for fault in entry.faults)}"
    (before, was), (after, now) = entry.before, entry.after
    return f"{entry.id}: {before:,} {was} -> {after:,} {now} (minor units)"


@app.command()
def explorer() -> None:
    """Fetch and check the explorer's files, where they are not there yet."""
    try:
        if not fetch.is_complete():
            fetch.fetch()
    except fetch.NotFetched as error:
        raise Refusal(str(error)) from error
    typer.echo("The explorer's files are complete.")


@token_app.command()
def create(
    person: Annotated[int, typer.Option(min=1, help="Number of the person whom the token stands for.")],
    name: Annotated[str, typer.Option(help="What the token is for, to know it again.")] = "command line",
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Days until it expires; never without it.")
    ] = None,
) -> None:
    """Make a token and print it, alone on the last line; it is kept nowhere and shown this once."""
    settings = Settings.load()
    require_file(settings.database_url)
    now = tokens.wall_clock()
    expires_at = None if expires_in_days is None else now + expires_in_days * DAY

    async def make(database: Database) -> str:
        return await database.write(
            lambda connection: tokens.create_token(
                connection, person_id=person, name=name, now=now, expires_at=expires_at
            )
        )

    token = asyncio.run(_with_database(settings, make))
    typer.echo(f"A token for person {person}, named {name!r}; send it as Authorization: Bearer TOKEN.")
    typer.echo(token)


@token_app.command("list")
def list_() -> None:
    """List all tokens: whose they are, until when, last use. The tokens themselves are not kept."""
    settings = Settings.load()
    require_file(settings.database_url)

    async def read(database: Database) -> list[tokens.TokenLine]:
        async with database.read(snapshot=False) as connection:
            return await tokens.list_tokens(connection)

    lines: list[tuple[str, ...]] = [("ID", "NAME", "PERSON", "ROLE", "CREATED", "EXPIRES", "LAST USED", "STATE")]
    now = tokens.wall_clock()
    for token in asyncio.run(_with_database(settings, read)):
        instants = (_day(at) for at in (token.created_at, token.expires_at, token.last_used_at))
        person = f"{token.person} ({token.person_id})"
        lines.append((str(token.id), token.name, person, token.role.value, *instants, token.state(now)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@token_app.command()
def revoke(token_id: Annotated[int, typer.Argument(metavar="ID", help="Number of the token, from the list.")]) -> None:
    """Revoke a token; it is refused within a second, wherever the store is served."""
    settings = Settings.load()
    require_file(settings.database_url)

    async def end(database: Database) -> bool:
        return await database.write(
            lambda connection: tokens.revoke_token(connection, token_id=token_id, now=tokens.wall_clock())
        )

    if not asyncio.run(_with_database(settings, end)):
        raise Refusal(f"There is no token {token_id} that could be revoked; see: gateway token list")
    typer.echo(f"Token {token_id} is revoked.")


async def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async with open_database(settings.database_url) as database:
        return await work(database)


async def _demo_tokens(database: Database, report: SeedReport) -> dict[str, str]:
    people = {"admin": report.admin_id, "manager": report.manager_id, "member": report.member_id}
    now = tokens.wall_clock()

    async def make(connection: Connection) -> dict[str, str]:
        return {
            name: await tokens.create_token(connection, person_id=person, name="demo", now=now)
            for name, person in people.items()
        }

    return await database.write(make)


def _make_data(url: str, entries: int, *, seed: int, until: dt.date) -> SeedReport:
    console = Console(stderr=True)
    columns = (TextColumn("Making time entries"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=entries)
        return make_data(
            url,
            entries,
            seed,
            today=until,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _serve(settings: Settings, listening: socket.socket, started: Callable[[], None]) -> None:
    if settings.workers == 1:
        serve_one(settings, listening, started)
    else:
        serve_many(settings, listening, started, workers=settings.workers)


def _place(settings: Settings) -> str:
    return settings.database_url.rpartition("@")[2].removeprefix("sqlite+aiosqlite:///")


def _day(instant: int | None) -> str:
    return "-" if instant is None else time.strftime("%Y-%m-%d %H:%M", time.gmtime(instant / 1000))
