"""`gateway explorer`: fetch the explorer's files."""

import typer

from gateway.commands.failures import CommandFailed
from gateway.explorer import fetch


def explorer() -> None:
    """Fetch and check the explorer's files, where they are not there yet."""
    try:
        if not fetch.is_complete():
            fetch.fetch()
    except fetch.NotFetched as error:
        raise CommandFailed(str(error)) from error
    typer.echo("The explorer's files are complete.")
