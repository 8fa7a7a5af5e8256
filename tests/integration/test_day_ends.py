"""The first and the last entry of each day, as SQLite keeps them: right after every write, of whatever kind."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.kept import TimeEntryDayEndsRow
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import ApprovalStatusRow
from tests.support.worlds.office import table_rows

LEDGER = {"seed": 7, "entries": 40}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.sqlite_only]
ENTRIES = table_of(TimeEntryRow)
DAYS = [dt.date(2025, 7, day) for day in (29, 30, 31)]  # so few that days have several entries, and lose all of them
WRITTEN = [column.name for column in ENTRIES.columns if column.computed is None]


async def ends(asked):
    rows = await table_rows(asked.database, TimeEntryDayEndsRow)
    return {(row["organization_id"], row["date"]): (row["first_id"], row["last_id"]) for row in rows}


async def expected_ends(asked):
    found: dict[tuple[int, dt.date], list[int]] = {}
    for row in await table_rows(asked.database, TimeEntryRow):
        found.setdefault((row["organization_id"], row["date"]), []).append(row["id"])
    return {day: (min(numbers), max(numbers)) for day, numbers in found.items()}


async def test_ends_are_there_of_the_entries_that_a_store_begins_with(asked):
    assert await ends(asked) == await expected_ends(asked)
    assert len(await ends(asked)) > 10


moves = st.tuples(st.just("move"), st.integers(0, 60), st.sampled_from(DAYS))
removals = st.tuples(st.just("remove"), st.integers(0, 60), st.none())
additions = st.tuples(st.just("add"), st.integers(-30, 30), st.sampled_from(DAYS))
renumberings = st.tuples(st.just("renumber"), st.integers(0, 60), st.integers(2_000, 2_100))


@settings(max_examples=60)
@given(st.lists(moves | removals | additions | renumberings, min_size=1, max_size=12))
async def test_ends_follow_every_write(asked, writes):
    async def write(connection: Any) -> None:
        await connection.fetch(delete(table_of(ApprovalStatusRow)))  # which refer to entries
        for kind, place, value in writes:
            rows = await connection.fetch(ENTRIES.select().order_by(ENTRIES.c.id))
            chosen = dict(zip(ENTRIES.c.keys(), rows[place % len(rows)], strict=True))
            is_chosen = ENTRIES.c.id == chosen["id"]
            numbers = {row[0] for row in rows}
            if kind == "move":
                await connection.fetch(update(ENTRIES).where(is_chosen).values(date=value))
            elif kind == "renumber" and value not in numbers:
                await connection.fetch(update(ENTRIES).where(is_chosen).values(id=value))
            elif kind == "remove" and len(rows) > 5:
                await connection.fetch(delete(ENTRIES).where(is_chosen))
            elif kind == "add":
                number = min(numbers) - 1 if place < 0 and min(numbers) > 1 else max(numbers) + 1
                values = {name: chosen[name] for name in WRITTEN} | {"id": number, "date": value}
                await connection.fetch(insert(ENTRIES).values(values))

    await asked.database.write(write)

    assert await ends(asked) == await expected_ends(asked)
