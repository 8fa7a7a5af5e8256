"""`gateway export`: all time entries of a period in one file."""

import asyncio
import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, BinaryIO
from urllib.parse import urlencode

import orjson
import typer
from rich.progress import DownloadColumn

from gateway.commands.days import day_option
from gateway.commands.failures import CommandFailed
from gateway.commands.numbers import number_option
from gateway.commands.progress import progress_bar
from gateway.commands.remote import Url, answered, refuse_person
from gateway.commands.stores import in_store
from gateway.commands.viewers import find_viewer
from gateway.domain.access import Role
from gateway.exports.known import FORMATS
from gateway.http.refusals import HttpError
from gateway.http.runs import Run
from gateway.jsonapi.errors import Refused
from gateway.jsonapi.exports import Export
from gateway.jsonapi.parameters import read_parameters
from gateway.operations.writing import StoreWriter
from gateway.settings import Settings
from gateway.store.databases.database import Database
from gateway.store.databases.usage import Usage, current_usage

Pairs = list[tuple[str, str]]
Kind = Enum("Kind", {each.suffix: each.suffix for each in FORMATS})  # type: ignore[misc]  # mypy wants them written out
MOST_PARAMETERS = 10_000
PIECE = 1_000_000  # bytes that are read at a time

FormatOption = Annotated[
    Kind | None, typer.Option("--format", help="Format of the file; by default what its name ends with.")
]
Output = Annotated[str, typer.Option(metavar="FILE", help="File to write; - is standard output.")]
Person = Annotated[int | None, number_option("Person to export as; by default the first admin.")]
Filter = Annotated[
    str | None,
    typer.Option(
        "--filter", metavar="JSON", help='As in a query string, nested: {"person_id": [4, 5], "time": {"gt": 60}}.'
    ),
]
Fields = Annotated[str | None, typer.Option(metavar="NAMES", help="Columns, with commas: date,person.name,time.")]
Sort = Annotated[str | None, typer.Option(metavar="NAMES", help="Sorts, with commas, - for descending: -date.")]


def export(
    output: Output,
    *,
    format_: FormatOption = None,
    person: Person = None,
    filter_: Filter = None,
    after: Annotated[dt.date | None, day_option("First day.")] = None,
    before: Annotated[dt.date | None, day_option("Last day.")] = None,
    fields: Fields = None,
    sort: Sort = None,
    url: Url = None,
) -> None:
    """Write all time entries that match into a file: csv, xlsx, jsonl or parquet.

    The file appears under its name once it is whole.
    """
    refuse_person(url, person)
    suffix = format_.value if format_ is not None else Path(output).suffix.removeprefix(".").lower()
    if suffix not in {each.suffix for each in FORMATS}:
        known = ", ".join(each.suffix for each in FORMATS)
        raise CommandFailed(f"The name of {output} tells no format; add --format with one of {known}.")
    given = {"filter[after]": after, "filter[before]": before, "fields": fields, "sort": sort}
    pairs = [*_filter_pairs(filter_), *((name, str(value)) for name, value in given.items() if value is not None)]
    if url is None:
        _from_store(suffix, output, pairs, person)
    else:
        _from_gateway(suffix, output, pairs, url)


def _filter_pairs(text: str | None) -> Pairs:
    """Take a filter apart as query strings have it."""
    if text is None:
        return []
    try:
        filter_ = orjson.loads(text)
    except ValueError:
        filter_ = None
    if not isinstance(filter_, dict):
        raise CommandFailed('The filter is not a JSON object; write it as {"person_id": [4, 5], "time": {"gt": 60}}.')
    return [*_pairs("filter", filter_)]


def _pairs(key: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, below in value.items():
                yield from _pairs(f"{key}[{name}]", below)
        case list():
            for each in value:
                yield from _pairs(f"{key}[]", each)
        case None:
            yield key, ""
        case bool():
            yield key, str(value).lower()
        case _:
            yield key, str(value)


def _from_store(suffix: str, output: str, pairs: Pairs, person: int | None) -> None:
    settings = Settings.load()
    [format_] = [each for each in FORMATS if each.suffix == suffix]

    async def make(database: Database) -> int:
        async with database.read(snapshot=False) as connection:
            viewer = await find_viewer(connection, Role.ADMIN.name if person is None else str(person))
        current_usage.set(Usage())  # so that what is read at a time is bounded
        try:
            parameters = read_parameters(urlencode(pairs, errors="surrogateescape").encode(), MOST_PARAMETERS)
            run = Run(database, viewer, writer=StoreWriter(database))
            made = Export.of(run, parameters, format_, settings)
        except Refused as refused:
            raise CommandFailed(" ".join(error.detail for error in refused.errors)) from None
        except HttpError as refused:
            raise CommandFailed(refused.message) from None
        total, done = await made.count(), 0
        with _whole(output) as file, progress_bar("Exporting") as note:

            def count_rows(rows: int) -> None:
                nonlocal done
                done += rows
                note(done, total)

            async with aclosing(made.pieces(count_rows)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
        return done

    count = in_store(settings, make)
    typer.echo(f"{count:,} time entries were written to {output}.", err=True)


def _from_gateway(suffix: str, output: str, pairs: Pairs, url: str) -> None:
    path = f"/api/v2/time_entries.{suffix}?{urlencode(pairs, errors='surrogateescape')}"
    done = 0
    with (
        answered(url, path) as answer,
        _whole(output) as file,
        progress_bar("Downloading", DownloadColumn()) as note,
    ):
        while piece := answer.read(PIECE):
            file.write(piece)
            done += len(piece)
            note(done, None)
    typer.echo(f"{done:,} bytes were written to {output}.", err=True)


@contextmanager
def _whole(output: str) -> Iterator[BinaryIO]:
    """Yield a file that gets its name once it is whole.

    Raises:
        CommandFailed: it cannot be written.
    """
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = Path(output)
    # A pipe or a device stays what it is.
    part = place if place.exists() and not place.is_file() else Path(f"{output}.part")
    try:
        with part.open("wb") as file:
            yield file
        if part is not place:
            part.replace(place)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        if part is not place:
            part.unlink(missing_ok=True)
