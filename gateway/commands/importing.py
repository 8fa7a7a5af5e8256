"""`gateway import`: bring JSON:API documents into the store."""

from typing import Annotated

import typer
from rich.progress import DownloadColumn

from gateway.commands.numbers import number_option
from gateway.commands.person import warn_of_leaderless
from gateway.commands.progress import progress_bar
from gateway.imports.records import ImportRefused, ImportReport
from gateway.jsonapi.importing import import_files
from gateway.settings import Settings

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE", help="Documents, one per file, or one per line of .jsonl; - is standard input."),
]
Person = Annotated[int | None, number_option("Person for entries whose documents name none.")]
Service = Annotated[int | None, number_option("Service for entries whose documents name none.")]
Replace = Annotated[bool, typer.Option("--replace", help="Overwrite records that the gateway made itself, too.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")]


def import_(
    files: Files, *, person: Person = None, service: Service = None, replace: Replace = False, dry_run: DryRun = False
) -> None:
    """Bring documents of the documented API, fetched with include=, into the store of GATEWAY_DATABASE_URL.

    All files are one import: everything is written, or nothing, and then each problem is reported with its place.
    """
    settings = Settings.load()
    url = settings.database_url
    try:
        with progress_bar("Reading documents", DownloadColumn()) as progress:
            report = import_files(
                url, files, person=person, service=service, replace=replace, dry_run=dry_run, progress=progress
            )
    except ImportRefused as refused:
        typer.echo(str(refused), err=True)
        count = "1 problem was" if refused.count == 1 else f"{refused.count:,} problems were"
        typer.echo(f"Nothing was imported: {count} found.", err=True)
        raise typer.Exit(1) from None
    _report(report)
    warn_of_leaderless(settings)


def _report(report: ImportReport) -> None:
    typer.echo(f"{'created':>10} {'updated':>10} {'unchanged':>10}")
    for table, count in report.counts.items():
        typer.echo(f"{count.created:>10,} {count.updated:>10,} {count.unchanged:>10,}  {table}")
    if report.followed:
        typer.echo(f"{'':>10} {report.followed:>10,} {'':>10}  time_entries that follow a changed record")
    for name, times in sorted(report.unknown.items()):
        typer.echo(f"Left out, not known here: {name} ({times:,} {'time' if times == 1 else 'times'})", err=True)
    if report.dry_run:
        typer.echo("This was a dry run: nothing was written.")
