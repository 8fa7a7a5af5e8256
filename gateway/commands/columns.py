"""Lines in columns, for a terminal: whatever a name has in it, no cell is taken for a command."""

from collections.abc import Callable, Sequence

import typer

from gateway.domain.texts import printable

Align = Callable[[str, int], str]


def echo_columns(lines: Sequence[Sequence[str]], align: Align = str.ljust) -> None:
    """Write lines of as many cells each, a heading among them."""
    cells = [[printable(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        typer.echo("  ".join(align(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip())
