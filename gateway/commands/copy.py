"""`gateway copy`: all of a store into an empty one, such as from SQLite to PostgreSQL."""

from typing import Annotated

import typer

from gateway.commands.progress import progress_bar
from gateway.store.bulk.copying import copy_store

From = Annotated[str, typer.Option("--from", help="Address of the store to read, as GATEWAY_DATABASE_URL has it.")]
To = Annotated[str, typer.Option(help="Address of the empty store to fill.")]


def copy(from_: From, to: To) -> None:
    """Copy a whole store into an empty one of either kind, and compare the two row by row."""
    with progress_bar("Copying and comparing rows") as progress:
        report = copy_store(from_, to, progress=progress)
    for table, sum_ in report.items():
        typer.echo(f"{sum_.rows:>12,} {table:<22} {sum_.digest}")
    typer.echo("All rows were copied; counts and digests agree.")
