"""Computing the cost of stored entries again. A change of a rate never does that by itself; this does, when asked."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.clock import Clock
from gateway.domain.changes import Kind
from gateway.domain.costs import bears_overhead, priced
from gateway.domain.errors import Fault
from gateway.domain.facts import References
from gateway.store.databases.database import Connection, Database
from gateway.store.writes.entry_writes import Author, update_entries
from gateway.store.writes.recalculation import Costed, costed_entries
from gateway.store.writes.reference_facts import references

ENTRIES_IN_A_TRANSACTION = 500
PAUSE_SECONDS = 0.02  # after each that wrote, in which another process that waits for SQLite's writer looks for it
REFERENCES_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Recalculated:
    """What became of one entry: what it cost, and what it costs, in the deal's currency then and now."""

    id: int
    before: tuple[int, str]  # minor units, currency
    after: tuple[int, str]
    faults: tuple[Fault, ...] = ()  # why its cost cannot be computed; it is left as it was


@dataclass(slots=True)
class Report:
    """Counts over all entries looked at."""

    seen: int = 0
    changed: int = 0
    failed: int = 0

    def add(self, seen: int, outcomes: Sequence[Recalculated]) -> None:
        """Count a batch that is committed."""
        failed = sum(bool(outcome.faults) for outcome in outcomes)
        self.seen += seen
        self.failed += failed
        self.changed += len(outcomes) - failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which entries: from a day on, of a person, of a deal."""

    since: dt.date
    person_id: int | None = None
    deal_id: int | None = None


@dataclass(slots=True)
class _Known:
    """References by what they depend on, so that a person's day is loaded once."""

    kept: dict[tuple[int, int, int, dt.date], References] = field(default_factory=dict)

    async def of(self, connection: Connection, entry: Costed) -> References:
        key = (entry.organization_id, entry.person_id, entry.service_id, entry.date)
        if key not in self.kept:
            if len(self.kept) >= REFERENCES_KEPT:
                self.kept.clear()
            self.kept[key] = await references(
                connection,
                organization_id=entry.organization_id,
                person_id=entry.person_id,
                service_id=entry.service_id,
                date=entry.date,
                lock=False,
            )
        return self.kept[key]


async def recalculate(
    database: Database, scope: Scope, report: Report, *, clock: Clock, dry_run: bool = False
) -> AsyncIterator[Recalculated]:
    """Compute the cost of the entries again and yield those that change, and those whose cost cannot be computed.

    A batch is read on a snapshot, and done again in a transaction of its own where something of it changes: a running
    server goes on writing meanwhile. An entry that comes out as it was is not written; a dry run writes none.
    """
    beyond = 0
    while True:

        async def batch(connection: Connection, beyond: int = beyond) -> tuple[list[int], list[Recalculated]]:
            return await _batch(connection, scope, beyond, clock=clock, writes=True)

        async with database.read(snapshot=True) as connection:
            numbers, outcomes = await _batch(connection, scope, beyond, clock=clock, writes=False)
        if not dry_run and any(not outcome.faults for outcome in outcomes):
            numbers, outcomes = await database.write(batch)
            await asyncio.sleep(PAUSE_SECONDS)
        if not numbers:
            return
        beyond = numbers[-1]
        report.add(len(numbers), outcomes)
        for outcome in outcomes:
            yield outcome


async def _batch(
    connection: Connection, scope: Scope, beyond: int, *, clock: Clock, writes: bool
) -> tuple[list[int], list[Recalculated]]:
    known = _Known()
    entries = await costed_entries(
        connection,
        since=scope.since,
        person_id=scope.person_id,
        deal_id=scope.deal_id,
        beyond=beyond,
        limit=ENTRIES_IN_A_TRANSACTION,
        lock=writes,
    )
    outcomes, now = [], clock()
    for entry in entries:
        changed, faults = _costs(entry, await known.of(connection, entry))
        if faults:
            outcomes.append(_outcome(entry, {}, faults))
        elif changed:
            outcomes.append(_outcome(entry, changed, ()))
            if writes:
                author = Author(entry.organization_id, None, now)
                columns = {**changed, "updated_at": now}
                await update_entries(connection, [entry.id], columns, Kind.RECALCULATED, author)
    return [entry.id for entry in entries], outcomes


def _costs(entry: Costed, found: References) -> tuple[dict[str, object], tuple[Fault, ...]]:
    """Return the columns to store, none where all stay as they are."""
    overhead = bears_overhead(found.rates)
    amounts, faults = priced(found, minutes=entry.time, date=entry.date, overhead=overhead)
    if faults:
        return {}, tuple(faults)
    columns = {"overhead": overhead, **amounts}
    differs = any(entry.stored[name] != value for name, value in columns.items() if name in entry.stored)
    return (columns if differs else {}), ()


def _outcome(entry: Costed, changed: Mapping[str, object], faults: tuple[Fault, ...]) -> Recalculated:
    after = {**entry.stored, **changed}
    return Recalculated(
        id=entry.id,
        before=(int(str(entry.stored["cost"])), str(entry.stored["currency"])),
        after=(int(str(after["cost"])), str(after["currency"])),
        faults=faults,
    )
