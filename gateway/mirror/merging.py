"""Records of the upstream into the store, through the import's staging and merge: so logs, months and rights follow.

What they point to and the store lacks is fetched by its number first. What cannot be taken is left out and named, and
all else is written nevertheless.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import UniqueConstraint

from gateway.imports.importing import import_records
from gateway.imports.preparing import ImportOptions
from gateway.imports.records import ImportRefused
from gateway.imports.rows import TABLES, brought_values
from gateway.mirror.batches import ENTRIES, STATUSES, Batch, Columns, Key, by_type, key_of
from gateway.mirror.upstream.calls import TIMESHEETS
from gateway.mirror.upstream.documents import Resource
from gateway.store.databases.database import Connection, Database
from gateway.store.imports.merging import Done
from gateway.store.mirror.fences import written_since
from gateway.store.mirror.known import (
    drop_statuses,
    remove_records,
    stored_among,
    stored_twins,
    timesheets_of,
    written_at,
)

Fetch = Callable[[str, Collection[int]], Awaitable[list[Resource]]]
Step = Callable[[Connection], Awaitable[None]]
# What records point to is fetched, and what that points to, so many times; and so many records at most.
MOST_STEPS, MOST_FETCHED = 20, 20_000
NOTHING_KNOWN: Mapping[int, Done] = {}
# By table, the columns that only one record has together.
KEYS: dict[str, tuple[str, ...]] = {
    name: tuple(column.name for column in constraint.columns)
    for name, table in TABLES.items()
    for constraint in table.constraints
    if isinstance(constraint, UniqueConstraint)
}


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the records."""

    changed: int = 0  # of all types
    changed_entries: int = 0
    taken: frozenset[Key] = frozenset()  # what is stored now as it came
    refused: dict[str, str] = field(default_factory=dict)  # by name: what is wrong with it
    waiting: dict[Key, Key] = field(default_factory=dict)  # what lacks what
    overtaken: frozenset[int] = frozenset()  # entries that were written since they were read


class _Overtaken(Exception):
    """Entries were written after the request was sent that brought them."""

    def __init__(self, entries: set[int]) -> None:
        super().__init__()
        self.entries = entries


async def _unguarded(_: Connection) -> None:
    pass


class Merger:
    """Merges what was read of one organization."""

    def __init__(self, database: Database, organization_id: int, fetch: Fetch, guard: Step = _unguarded) -> None:
        """Take what fetches records by type and numbers, and what may end a transaction by what it raises."""
        self._database, self._organization_id = database, organization_id
        self._fetch, self._guard = fetch, guard

    async def merge(
        self,
        resources: Iterable[Resource],
        included: Iterable[Resource] = (),
        *,
        at: int,
        since: int | None = None,
        is_answer: bool = False,
        done: Mapping[int, Done] = NOTHING_KNOWN,
    ) -> Merged:
        """Merge records, and what came with them.

        `at` dates the log, by the upstream's clock; `done` says what it has of entries, in place of an import. `since`
        is the fence before the request: entries that were written after it are left out, unless this is the answer to
        a write and not older than what is stored.

        Raises:
            UpstreamError: something that they point to could not be fetched.
        """
        batch = Batch()
        batch.add(resources)
        spare = await self._add_included(batch, included)
        await self._complete(batch, spare)
        await self._make_room(batch)
        left = await self._sheets_before(batch)
        options = ImportOptions(
            now=at,
            replace=True,
            is_mirrored=True,
            done=await self._by_known(done),
            organization_id=self._organization_id,
        )
        merged = await self._import(batch, options, since, is_answer=is_answer)
        await self._remove_sheets(left)
        return merged

    async def _add_included(self, batch: Batch, included: Iterable[Resource]) -> dict[Key, Resource]:
        """Take in what came beside, where it is known: it has no relationships of its own. Return the rest.

        A status says all of itself, and comes with the entry that names it alone.
        """
        by_key = {key: resource for resource in included if (key := key_of(resource)) is not None}
        known = await self._stored(by_key) | {key for key in batch.records if key[0] == STATUSES}
        batch.add(resource for key, resource in by_key.items() if key in known)
        return {key: resource for key, resource in by_key.items() if key not in known}

    async def _stored(self, keys: Iterable[Key]) -> set[Key]:
        found: set[Key] = set()
        async with self._database.read(snapshot=False) as connection:
            for type_, ids in by_type(keys).items():
                found |= {
                    (type_, number)
                    for number in await stored_among(connection, self._organization_id, TABLES[type_], ids)
                }
        return found

    async def _lacking(self, batch: Batch) -> set[Key]:
        references = batch.references()
        return references - await self._stored(references)

    async def _complete(self, batch: Batch, spare: dict[Key, Resource]) -> None:
        """Fetch what is pointed to and not there, and what that points to; what still lacks something waits."""
        asked: set[Key] = set()
        for _ in range(MOST_STEPS):
            lacking = await self._lacking(batch)
            if not lacking:
                return
            lacking -= asked
            if not lacking or len(asked) + len(lacking) > MOST_FETCHED:
                break
            asked |= lacking
            for type_, ids in by_type(lacking - batch.records.keys()).items():
                if type_ != ENTRIES:
                    batch.add(await self._fetch(type_, ids))
            batch.add(spare[key] for key in lacking if key in spare)
        await self._let_wait(batch)

    async def _let_wait(self, batch: Batch) -> None:
        while lacking := await self._lacking(batch):
            batch.let_wait(lacking)

    async def _make_room(self, batch: Batch) -> None:
        """Remove records whose place others have now, such as the timesheet of a day, once the upstream lacks them."""
        for name, columns in KEYS.items():
            brought = batch.of_type(name)
            keys = {}
            for number, given in brought.items():
                values = brought_values(TABLES[name], given)
                if all(values.get(column) is not None for column in columns):
                    keys[tuple(values[column] for column in columns)] = number
            if keys:
                async with self._database.read(snapshot=False) as connection:
                    twins = await stored_twins(connection, self._organization_id, TABLES[name], columns, keys)
                await self._remove_gone(name, twins - brought.keys(), batch)

    async def _remove_gone(self, name: str, ids: Collection[int], batch: Batch | None = None) -> None:
        """Remove records that the upstream lacks; what it has instead goes into the batch."""
        if not ids:
            return
        found = await self._fetch(name, ids)
        if batch is not None:
            batch.add(found)
        gone = set(ids) - {key[1] for resource in found if (key := key_of(resource)) is not None}

        async def remove(connection: Connection) -> None:
            await self._guard(connection)
            await remove_records(connection, self._organization_id, TABLES[name], gone)

        if gone:
            await self._database.write(remove)

    async def _sheets_before(self, batch: Batch) -> set[int]:
        """Return the timesheets that entries are on and that the batch takes them off."""
        entries = batch.of_type(ENTRIES)
        if not entries:
            return set()
        async with self._database.read(snapshot=False) as connection:
            before = await timesheets_of(connection, self._organization_id, entries)
        after = {columns.get("timesheet_id") for columns in entries.values()}
        return {number for number in before if number not in after}

    async def _remove_sheets(self, left: set[int]) -> None:
        """Remove timesheets that entries were taken off, where the day was taken back: no version tells of it."""
        await self._remove_gone(TIMESHEETS, left)

    async def _by_known(self, done: Mapping[int, Done]) -> dict[int, Done]:
        """Leave out of what was done those who are not known here."""
        actors = {each.actor_id for each in done.values() if each.actor_id is not None}
        async with self._database.read(snapshot=False) as connection:
            known = await stored_among(connection, self._organization_id, TABLES["people"], actors) if actors else set()
        return {
            number: each if each.actor_id in known else replace(each, actor_id=None) for number, each in done.items()
        }

    async def _import(self, batch: Batch, options: ImportOptions, since: int | None, *, is_answer: bool) -> Merged:
        """Import what can be; each time something is found that cannot, it is left out and the rest begun again."""
        overtaken: set[int] = set()

        async def first(connection: Connection) -> None:
            await self._guard(connection)
            entries = batch.of_type(ENTRIES)
            if since is not None and (late := await self._late(connection, entries, since, is_answer=is_answer)):
                raise _Overtaken(late)

        async def last(connection: Connection) -> None:
            await drop_statuses(connection, self._organization_id, batch.statuses)

        while batch.records:
            try:
                report = await import_records(self._database, batch.fill, options, first=first, last=last)
            except _Overtaken as late:
                overtaken |= late.entries
                for number in late.entries:
                    batch.leave((ENTRIES, number))
            except ImportRefused as refused:
                count = len(batch.records)
                batch.refuse(refused.problems)
                if len(batch.records) == count:
                    raise
                await self._let_wait(batch)
            else:
                counts = {name: count.created + count.updated for name, count in report.counts.items()}
                return Merged(
                    sum(counts.values()),
                    counts.get(ENTRIES, 0),
                    frozenset(batch.records),
                    batch.refused,
                    batch.waiting,
                    frozenset(overtaken),
                )
        return Merged(refused=batch.refused, waiting=batch.waiting, overtaken=frozenset(overtaken))

    async def _late(
        self, connection: Connection, entries: Mapping[int, Columns], since: int, *, is_answer: bool
    ) -> set[int]:
        written = await written_since(connection, self._organization_id, since, entries)
        if not is_answer or not written:
            return written
        stored = await written_at(connection, self._organization_id, written)
        return {number for number in written if number not in stored or _is_older(entries[number], stored[number])}


def _is_older(columns: Columns, stored_at: int) -> bool:
    brought_at = columns.get("updated_at")
    return not isinstance(brought_at, int) or brought_at < stored_at
