"""Numbers of records as a person writes them in a command."""

import typer

from gateway.domain.numbers import MAX_STORED

DIGITS = len(str(MAX_STORED))


def _read_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else 0
    if not 0 < number <= MAX_STORED:
        raise typer.BadParameter(f"{text!r} is not the number of a record; write a whole number such as 4.")
    return number


def number_option(sentence: str) -> object:
    """Return an option that takes a record's number."""
    return typer.Option(parser=_read_number, metavar="NUMBER", help=sentence)


def number_argument(sentence: str) -> object:
    """Return an argument that is a record's number, from a list that calls it ID."""
    return typer.Argument(parser=_read_number, metavar="ID", help=sentence)
