"""The command line: `gateway` and `python -m gateway`.

Each command is a module of `gateway.commands`, imported when it is called, as serving needs nothing of what seeding or
migrating import. Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a wrong setting. Refusals are one sentence
on standard error; what a program may want to read is on standard output.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.serving.starting import import_for_good

# By name, in the order of the help: the module, and in it the function, or the Typer of several.
COMMANDS = {
    "serve": ("serve", "serve"),
    "demo": ("demo", "demo"),
    "seed": ("seed", "seed"),
    "import": ("importing", "import_"),
    "query": ("query", "query"),
    "export": ("export", "export"),
    "mirror": ("mirror", "app"),
    "person": ("person", "app"),
    "token": ("token", "app"),
    "documents": ("documents", "app"),
    "recalculate": ("recalculate", "recalculate"),
    "migrate": ("migrate", "migrate"),
    "copy": ("copy", "copy"),
    "doctor": ("doctor", "doctor"),
    "explain": ("explain", "explain"),
    "schema": ("schema", "schema"),
    "explorer": ("explorer", "explorer"),
}


def _open_closed_streams() -> None:
    """Give what is printed a place where the caller closed a stream; else the first file that is opened would be it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM end a command as an exception does, so that nothing is left behind of what it was making."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _written_in_the_end() -> Iterator[None]:
    """Write what waits for it while a failure can still be told: Python would only end with another exit code."""
    try:
        yield
    finally:
        sys.stdout.flush()


def _write_nothing_more() -> None:
    """Leave out what a command that failed had not written yet: where it could not be, it cannot be now."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Commands(TyperGroup):
    """Commands that are found when they are called, and whose refusals are sentences and exit codes, no tracebacks."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer's business
        super().__init__(**attributes)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]  # typer lists and suggests these names

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - the types that typer has are private
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found = getattr(import_for_good(f"gateway.commands.{module}"), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command(cmd_name)(found)
            found = alone
        return typer.main.get_command(found)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        _open_closed_streams()
        try:
            with _ending_in_order(), _written_in_the_end():
                return super().invoke(ctx)
        except Exception as error:
            exit_codes = import_module("gateway.commands.exit_codes")
            if (code := exit_codes.exit_code_of(error)) is None:
                raise
            typer.echo(exit_codes.sentence_of(error), err=True)
            _write_nothing_more()
            raise typer.Exit(code) from None


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - how typer calls it
    if wanted:
        typer.echo(f"gateway {version('time-entries-gateway')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")]


@app.callback()
def gateway(*, version: Version = False) -> None:
    """A GraphQL gateway over time entries. Settings are GATEWAY_* variables; the README lists them."""
