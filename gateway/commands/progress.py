"""A progress bar on standard error, where that is a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn


class Bar(Protocol):
    """A bar that is shown."""

    def __call__(self, done: int, total: int | None, title: str = ...) -> None:
        """Show what is done, all there is where that is known, and another title."""


@contextmanager
def progress_bar(title: str, amount: ProgressColumn | None = None) -> Iterator[Bar]:
    """Show a bar for as long as the context lasts; call what is yielded with what is done and all there is.

    `amount` shows these two; as plain numbers, unless it is given.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), amount or MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)

        def update(done: int, total: int | None, title: str = title) -> None:
            progress.update(task, completed=done, total=total, description=title)

        yield update
