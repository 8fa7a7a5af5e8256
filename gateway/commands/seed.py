"""`gateway seed`: made-up data for an empty store."""

import datetime as dt
from typing import Annotated

import typer

from gateway.commands.days import day_option
from gateway.commands.progress import progress_bar
from gateway.seeding import filling
from gateway.settings import Settings

Entries = Annotated[int, typer.Option(min=1, max=100_000_000, help="How many time entries.")]
Seed = Annotated[int, typer.Option(help="Seed of the random data; the same number makes the same data.")]
Until = Annotated[dt.date | None, day_option("Last day of the five years; today if not given.")]


def seed(entries: Entries, seed: Seed = 1, until: Until = None) -> None:
    """Fill the empty store of GATEWAY_DATABASE_URL with made-up data."""
    settings = Settings.load()
    report = make_data(settings.database_url, entries, seed=seed, until=last_day(until))
    for table, count in report.counts.items():
        typer.echo(f"{count:>12,} {table}")
    cast = report.casts[0]
    typer.echo(
        f"Person {cast.admin_id} is an admin, {cast.manager_id} a manager, {cast.member_id} a member; "
        f"make a token by: gateway token create --person {cast.admin_id}"
    )


def last_day(until: dt.date | None) -> dt.date:
    """Return the day that was asked for, or the reader's own today."""
    return until or dt.date.today()  # noqa: DTZ011


def make_data(url: str, entries: int, *, seed: int, until: dt.date) -> filling.SeedReport:
    """Fill an empty store, with a progress bar."""
    with progress_bar("Making time entries") as progress:
        return filling.seed(url, entries, seed, today=until, progress=progress)
