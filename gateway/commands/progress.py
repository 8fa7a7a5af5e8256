"""A progress bar on standard error, where that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(title: str, amount: ProgressColumn | None = None) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar for as long as the context lasts; call what is yielded with what is done and all there is.

    `amount` shows these two; as plain numbers, unless it is given.
    """
    console = Console(stderr=True)
    columns = (TextColumn(title), BarColumn(), amount or MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
