"""`gateway demo`: a fresh store of made-up data, served at once."""

import datetime as dt
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.app import GRAPHQL_PATH
from gateway.commands.failures import CommandFailed
from gateway.commands.seed import Entries, make_data
from gateway.commands.serve import Host, Port, serve_on
from gateway.commands.stores import in_store
from gateway.seeding import SeedReport
from gateway.serving import server
from gateway.settings import Settings
from gateway.store import tokens
from gateway.store.databases.database import Connection, Database

Directory = Annotated[Path | None, typer.Option(help="Folder to keep the store in; without it, it is gone at the end.")]


def demo(entries: Entries = 2_000, port: Port = None, host: Host = None, directory: Directory = None) -> None:
    """Make a fresh store of made-up time entries and serve it; print tokens and the explorer's address."""
    given = Settings.load(host=host, port=port)
    with server.listen(given.host, given.port) as listening, tempfile.TemporaryDirectory(prefix="gateway-") as folder:
        file = (directory or Path(folder)) / "demo.db"
        _make_folder(file.parent)
        settings = given.model_copy(update={"database_url": f"sqlite+aiosqlite:///{file}"})
        report = make_data(settings.database_url, entries, seed=1, until=dt.date.today())  # noqa: DTZ011 - the reader's own day
        made = in_store(settings, lambda database: _make_tokens(database, report))
        address = server.address_of(listening)

        def announce() -> None:
            typer.echo(f"{entries:,} time entries are served; stop with Ctrl+C.\n")
            typer.echo(f"Explorer  {address}{GRAPHQL_PATH}#token={made['admin']}\n")
            for name, token in made.items():
                typer.echo(f"{name.title():<9} {token}")

        serve_on(settings, listening, announce)


async def _make_tokens(database: Database, report: SeedReport) -> dict[str, str]:
    people = {"admin": report.admin_id, "manager": report.manager_id, "member": report.member_id}
    now = tokens.wall_clock()

    async def make(connection: Connection) -> dict[str, str]:
        return {
            name: await tokens.create_token(connection, person_id=person, name="demo", now=now)
            for name, person in people.items()
        }

    return await database.write(make)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"The folder {folder} cannot be made: {error.strerror}.") from error
