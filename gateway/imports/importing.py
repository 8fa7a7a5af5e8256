"""The import: records are staged outside the store, checked, and merged in one short transaction, or not at all.

What was checked is remembered, so that the transaction only has to see that it still holds; where somebody
wrote in between, the check is made again inside it.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from gateway.imports.entries import prepare_entries
from gateway.imports.intake import Intake
from gateway.imports.plain import prepare_plain
from gateway.imports.preparing import ImportOptions, Preparation
from gateway.imports.records import Counts, ImportRefused, ImportReport, Problems
from gateway.imports.rows import ORDER, TABLES
from gateway.store.databases.database import Connection, Database, write_alone
from gateway.store.imports.finished import Outcome
from gateway.store.imports.following import follow
from gateway.store.imports.merging import merge_table
from gateway.store.imports.overlay import Overlay, still_holds
from gateway.store.imports.staging import Staging

Fill = Callable[[Intake], bool]
Step = Callable[[Connection], Awaitable[None]]


class _DryRun(Exception):
    """Takes everything back that the transaction wrote."""


async def _nothing(_: Connection) -> None:
    pass


async def import_records(
    database: Database,
    fill: Fill,
    options: ImportOptions,
    *,
    dry_run: bool = False,
    first: Step = _nothing,
    last: Step = _nothing,
) -> ImportReport:
    """Import what `fill` takes in; it answers whether all documents were read to their end.

    `first` and `last` are done in the transaction that merges, before and after; what they raise takes all back.

    Raises:
        ImportRefused: with every problem found; nothing was written.
    """
    with Staging() as staging:
        problems = Problems()
        are_complete = fill(Intake(staging, problems))
        async with database.read(snapshot=True) as connection:
            await _prepare(connection, staging, problems, options, are_complete=are_complete)
        if problems.count:
            raise ImportRefused(problems)
        report = ImportReport(dry_run)

        async def merge(connection: Connection) -> None:
            await first(connection)
            if not await still_holds(connection, staging):
                staging.forget_rows()
                found = Problems()
                await _prepare(connection, staging, found, options, are_complete=True)
                if found.count:
                    raise ImportRefused(found)
            report.followed = await _merge(connection, staging, options)
            await last(connection)
            if dry_run:
                raise _DryRun

        with suppress(_DryRun):
            await write_alone(database, merge)
        report.counts = _counts(staging)
        return report


async def _prepare(
    connection: Connection, staging: Staging, problems: Problems, options: ImportOptions, *, are_complete: bool
) -> None:
    overlay = Overlay(connection, staging)
    preparation = Preparation(overlay, staging, problems, options, are_complete=are_complete)
    for name in ORDER:
        if name == "time_entries":
            await prepare_entries(preparation)
        else:
            await prepare_plain(preparation, TABLES[name])


async def _merge(connection: Connection, staging: Staging, options: ImportOptions) -> int:
    for name in ORDER:
        await merge_table(connection, staging, TABLES[name], now=options.now, done=options.done)
    return await follow(connection, staging, now=options.now, is_mirrored=options.is_mirrored)


def _counts(staging: Staging) -> dict[str, Counts]:
    counts = {}
    for name, table in TABLES.items():
        found = staging.finished.outcomes(table)
        if found:
            counts[name] = Counts(*(found.get(outcome, 0) for outcome in Outcome))
    return counts
