"""Days as a person writes them in a command."""

import datetime as dt

import typer

from gateway.domain.instants import parse_date


def _read_day(text: str) -> dt.date:
    try:
        return parse_date(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a calendar day; write YYYY-MM-DD, such as 2026-11-24.") from None


def day_option(sentence: str) -> object:
    """Return an option that takes a calendar day."""
    return typer.Option(parser=_read_day, metavar="YYYY-MM-DD", help=sentence)
