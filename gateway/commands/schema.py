"""`gateway schema`: the GraphQL schema as text."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.failures import CommandFailed
from gateway.graphql.schema import print_schema

Output = Annotated[Path | None, typer.Option(help="File to write; standard output if not given.")]


def schema(output: Output = None) -> None:
    """Print the GraphQL schema."""
    if output is None:
        typer.echo(print_schema(), nl=False)
        return
    try:
        output.write_text(print_schema(), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"The schema cannot be written to {output}: {error.strerror}.") from error
