"""`gateway migrate`: bring a store to another schema revision."""

from typing import Annotated

import typer

from gateway.settings import Settings
from gateway.store.databases.failures import StoreFailure
from gateway.store.upkeep.migrations.migrating import UnknownRevision, migrate_store, sql_of, stored_revision

To = Annotated[str, typer.Option(help="Revision to go to, such as 0001; `base` is a store without tables.")]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL instead of running it.")]
Down = Annotated[bool, typer.Option("--down", help="Allow an older revision, which loses what the newer one brought.")]


def migrate(to: To = "head", *, sql: Sql = False, down: Down = False) -> None:
    """Bring the store of GATEWAY_DATABASE_URL to the schema of this gateway; a file is copied beside itself before."""
    url = Settings.load().database_url
    if sql:
        typer.echo(sql_of(url, to, since=_revision_if_any(url)), nl=False)
        return
    done = migrate_store(url, to, down=down)
    if done.before == done.after:
        typer.echo(f"The store is at {_named(done.after)} already.")
        return
    typer.echo(f"The store went from {_named(done.before)} to {_named(done.after)}.")
    if done.copy is not None:
        typer.echo(f"The file as it was before is kept as {done.copy}.")


def _revision_if_any(url: str) -> str | None:
    """Return where the SQL has to begin; at the beginning, where there is no store to ask."""
    try:
        return stored_revision(url)
    except UnknownRevision:
        raise
    except StoreFailure:
        return None


def _named(revision: str | None) -> str:
    return "no tables" if revision is None else f"revision {revision}"
