"""`gateway demo`: a fresh store of made-up data, served at once."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.clock import system_clock
from gateway.commands.failures import CommandFailed
from gateway.commands.seed import Entries, Until, last_day, make_data
from gateway.commands.serve import Host, Port, serve_on
from gateway.commands.stores import in_store
from gateway.graphql.http.inbox import INBOX_PATH
from gateway.graphql.options import GRAPHQL_PATH
from gateway.seeding.directory import Cast
from gateway.serving.listening import address_of, listen
from gateway.settings import Settings
from gateway.store import tokens
from gateway.store.databases.database import Connection, Database

INBOX = Path(__file__).parents[2] / "examples" / "approval-inbox" / "dist"
Cors = Annotated[
    str | None, typer.Option(metavar="ORIGINS", help="Origins whose pages may call, such as http://localhost:5173.")
]
Inbox = Annotated[bool, typer.Option("--inbox", help="Serve the approval inbox, too, as scripts/example builds it.")]
Directory = Annotated[
    Path | None, typer.Option(help="Folder to keep the store in; if not given, it is deleted at the end.")
]


def demo(
    *,
    entries: Entries = 2_000,
    until: Until = None,
    port: Port = None,
    host: Host = None,
    cors: Cors = None,
    inbox: Inbox = False,
    directory: Directory = None,
) -> None:
    """Make a fresh store of made-up time entries and serve it; print tokens and the explorer's address."""
    given = Settings.load(host=host, port=port, cors_origins=cors, inbox=_built_inbox() if inbox else None)
    with listen(given.host, given.port) as listening, tempfile.TemporaryDirectory(prefix="gateway-") as folder:
        file = (directory or Path(folder)) / "demo.db"
        _make_folder(file.parent)
        settings = given.model_copy(update={"database_url": f"sqlite+aiosqlite:///{file}"})
        report = make_data(settings.database_url, entries, seed=1, until=last_day(until))
        made = in_store(settings, lambda database: _make_tokens(database, report.casts))
        address = address_of(listening)

        def announce() -> None:
            typer.echo(f"{entries:,} time entries of {len(made)} organizations are served; stop with Ctrl+C.\n")
            typer.echo(f"Explorer  {address}{GRAPHQL_PATH}#token={made[0]['Admin']}")
            if inbox:
                typer.echo(f"Inbox     {address}{INBOX_PATH}/#token={made[0]['Manager']}")
            for cast, by_role in zip(report.casts, made, strict=True):
                typer.echo(f"\n{cast.organization}, {cast.entries:,} time entries")
                for role, token in by_role.items():
                    typer.echo(f"  {role:<7} {token}")

        serve_on(settings, listening, announce)


async def _make_tokens(database: Database, casts: tuple[Cast, ...]) -> list[dict[str, str]]:
    """Return tokens by role: of the first organization for each, of the others for the admin, who sees theirs alone."""
    first, *others = casts
    people = [{"Admin": first.admin_id, "Manager": first.manager_id, "Member": first.member_id}]
    people += [{"Admin": cast.admin_id} for cast in others]
    now = system_clock()

    async def make(connection: Connection) -> list[dict[str, str]]:
        return [
            {
                role: await tokens.create_token(connection, person_id=person, name="demo", now=now)
                for role, person in by_role.items()
            }
            for by_role in people
        ]

    return await database.write(make)


def _built_inbox() -> str:
    if not (INBOX / "index.html").exists():
        raise CommandFailed("The approval inbox is not built; in a clone of the repository, run scripts/example.")
    return str(INBOX)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"The folder {folder} cannot be made: {error.strerror}.") from error
