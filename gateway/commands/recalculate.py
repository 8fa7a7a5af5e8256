"""`gateway recalculate`: the cost of stored entries, from the rates that are known now."""

import datetime as dt
from typing import Annotated

import typer

from gateway.clock import system_clock
from gateway.commands.days import day_option
from gateway.commands.failures import CommandFailed
from gateway.commands.numbers import number_option
from gateway.commands.stores import in_store
from gateway.operations import recalculation
from gateway.settings import Settings
from gateway.store.databases.database import Database

Since = Annotated[dt.date, day_option("First day of the entries to look at.")]
Person = Annotated[int | None, number_option("Only entries of the person with this number.")]
Deal = Annotated[int | None, number_option("Only entries on the deal with this number.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")]


def recalculate(since: Since, person: Person = None, deal: Deal = None, *, dry_run: DryRun = False) -> None:
    """Compute the cost of stored entries again, from the rates that are known now, and say what changed.

    An entry whose exchange rate is not known is named and left as it was; the exit code is then 1.
    """
    scope = recalculation.Scope(since=since, person_id=person, deal_id=deal)
    report = recalculation.Report()

    async def run(database: Database) -> None:
        async for entry in recalculation.recalculate(database, scope, report, clock=system_clock, dry_run=dry_run):
            typer.echo(_line(entry))

    in_store(Settings.load(), run)
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{report.seen:,} entries were looked at; the cost of {report.changed:,} {verb}.")
    if report.failed:
        raise CommandFailed(f"The cost of {report.failed:,} entries cannot be computed; they were left as they were.")


def _line(entry: recalculation.Recalculated) -> str:
    if entry.faults:
        return f"{entry.id}: {' '.join(fault.message for fault in entry.faults)}"
    (before, was), (after, now) = entry.before, entry.after
    return f"{entry.id}: {before:,} {was} -> {after:,} {now} (minor units)"
