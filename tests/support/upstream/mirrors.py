"""A mirror of a live account, and what it differs in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from gateway.domain.attributes import ATTRIBUTES
from gateway.mirror.clock import Clock
from gateway.mirror.lease import held_lease, new_holder
from gateway.mirror.patience import PatientUpstream
from gateway.mirror.reading import Reading
from gateway.mirror.running import Mirror
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import Limiter, StoredState, budget_of
from gateway.mirror.upstream.client import Upstream
from gateway.store.databases.database import Database
from gateway.store.mirror.fences import fence
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import ApprovalStatusRow
from tests.support.upstream.accounts import ORGANIZATION, LiveAccount

STATUSES = table_of(ApprovalStatusRow)
COMPARED = ("id", "organization_id", "invoicing_status_id", *(attribute.name for attribute in ATTRIBUTES))


@asynccontextmanager
async def mirroring(
    account: LiveAccount, database: Database, clock: Clock | None = None, **options: Any
) -> AsyncIterator[Mirror]:
    """Mirror an account into a store, by the account's own clock unless another is given."""
    clock = clock or account.proxy.clock
    async with _asked(account, database, clock) as (upstream, holder):
        yield Mirror(database, upstream, clock, holder=holder, **options)


@asynccontextmanager
async def reading(account: LiveAccount, database: Database) -> AsyncIterator[Reading]:
    """Read an account into a store, by the account's own clock."""
    clock = account.proxy.clock
    async with _asked(account, database, clock) as (upstream, holder):
        yield Reading(database, upstream, clock, organization_id=ORGANIZATION, holder=holder)


@asynccontextmanager
async def _asked(account: LiveAccount, database: Database, clock: Clock) -> AsyncIterator[tuple[Upstream, str]]:
    settings, holder = account.options(), new_holder()
    limiter = Limiter(budget_of(settings.budget_windows), StoredState(database, ORGANIZATION), clock)
    async with (
        held_lease(database, ORGANIZATION, holder),
        PatientUpstream(Account.of(settings), limiter, clock) as upstream,
    ):
        yield upstream, holder


async def entries_of(database: Database) -> dict[int, dict[str, Any]]:
    """Return what every entry says of itself, and its approval statuses."""
    async with database.read(snapshot=True) as connection:
        rows = await connection.fetch(
            select(*(ENTRIES.c[name] for name in COMPARED)).where(ENTRIES.c.organization_id == ORGANIZATION)
        )
        statuses = await connection.fetch(select(STATUSES.c.time_entry_id, STATUSES.c.id))
    entries = {row[0]: dict(zip(COMPARED, row, strict=True)) | {"statuses": set()} for row in rows}
    for entry, status in statuses:
        entries[entry]["statuses"].add(status)
    return entries


async def differences(ours: Database, theirs: Database) -> list[str]:
    """Say in what the entries of two stores differ."""
    here, there = await entries_of(ours), await entries_of(theirs)
    found = [f"{number} is {'missing' if number in there else 'too much'}" for number in sorted(here.keys() ^ there)]
    for number in sorted(here.keys() & there.keys()):
        for name, value in there[number].items():
            if here[number][name] != value:
                found.append(f"{number}.{name} is {here[number][name]!r}, not {value!r}")
    return found


async def deletions_of(database: Database) -> dict[int, tuple[int | None, int]]:
    """Return who deleted which entry last, and when."""
    async with database.read(snapshot=True) as connection:
        rows = await connection.fetch(
            select(CHANGES.c.time_entry_id, CHANGES.c.actor_id, CHANGES.c.at)
            .where(CHANGES.c.organization_id == ORGANIZATION, CHANGES.c.kind == "DELETED")
            .order_by(CHANGES.c.id)
        )
    return {number: (actor, at) for number, actor, at in rows}


async def newest_change(database: Database) -> int:
    """Return the number of the last row of the log."""
    async with database.read(snapshot=True) as connection:
        return await fence(connection, ORGANIZATION)


async def acts_of(database: Database, *, since: int) -> dict[int, tuple[str, int | None]]:
    """Return what was done to entries after a row of the log, and by whom."""
    async with database.read(snapshot=True) as connection:
        rows = await connection.fetch(
            select(CHANGES.c.time_entry_id, CHANGES.c.kind, CHANGES.c.actor_id)
            .where(CHANGES.c.organization_id == ORGANIZATION, CHANGES.c.id > since)
            .order_by(CHANGES.c.id)
        )
    return {number: (kind, actor) for number, kind, actor in rows}
