"""Recalculation: rates that changed since change stored entries only when asked to."""

import datetime as dt
import json

import pytest
from sqlalchemy import update

from gateway.operations.recalculation import Report, Scope, recalculate
from gateway.store.databases.database import Connection, Database
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import SalaryRow
from tests.support.worlds.office import DAY, NOW, OTHER, entry, everything_written, furnish, logged, stored

SALARIES = table_of(SalaryRow)
LATER = dt.date(2016, 10, 2)


async def raise_salary(database: Database, cost: int, currency: str = "EUR") -> None:
    async def change(connection: Connection) -> None:
        await connection.fetch(update(SALARIES).values(cost=cost, currency=currency), {})

    await database.write(change)


async def run(database: Database, *, dry_run: bool = False, **scope) -> tuple[list[int], Report]:
    report = Report()
    wanted = Scope(**{"since": DAY, **scope})
    changed = [
        outcome.id async for outcome in recalculate(database, wanted, report, clock=lambda: NOW, dry_run=dry_run)
    ]
    return changed, report


async def test_a_changed_rate_changes_stored_entries_when_asked(database):
    await furnish(database, entry(1), entry(2, date=LATER), entry(3, person_id=OTHER, **_free()))
    await raise_salary(database, 2400)

    changed, report = await run(database)

    assert (changed, report) == ([1, 2], Report(seen=3, changed=2, failed=0))
    row = await stored(database, 1)
    assert (row["cost"], row["cost_default"], row["cost_unrounded"]) == (19200, 24000, 480 * 2400 * 1000)
    assert (row["revision"], row["updated_at"], row["last_actor_id"], row["updater_id"]) == (2, NOW, 4, None)
    assert json.loads(row["rates"])["work"] == {"minor": 2400, "currency": "EUR"}
    log = await logged(database)
    assert [(change["time_entry_id"], change["kind"], change["actor_id"]) for change in log] == [
        (1, "RECALCULATED", None),
        (2, "RECALCULATED", None),
    ]


def _free() -> dict[str, int]:
    amounts = ("cost", "work_cost")
    suffixes = ("", "_default", "_normalized")
    return {f"{amount}{suffix}": 0 for amount in amounts for suffix in suffixes}


async def test_a_second_recalculation_changes_nothing(database):
    await furnish(database, entry(1))
    await raise_salary(database, 2400)
    await run(database)
    before = await everything_written(database)

    changed, report = await run(database)

    assert (changed, report.seen) == ([], 1)
    assert await everything_written(database) == before


@pytest.mark.parametrize(
    ("scope", "expected"),
    [({"since": LATER}, [2]), ({"person_id": OTHER}, []), ({"deal_id": 1}, [1, 2]), ({"deal_id": 2}, [])],
)
async def test_only_the_entries_asked_for_are_looked_at(database, scope, expected):
    await furnish(database, entry(1), entry(2, date=LATER))
    await raise_salary(database, 2400)

    changed, _ = await run(database, **scope)

    assert changed == expected


async def test_a_dry_run_says_what_would_change_and_writes_nothing(database):
    await furnish(database, entry(1))
    await raise_salary(database, 2400)
    before = await everything_written(database)

    changed, report = await run(database, dry_run=True)

    assert (changed, report.changed) == ([1], 1)
    assert await everything_written(database) == before


@pytest.mark.parametrize(("raised", "dry_run"), [(True, True), (False, False)])
async def test_the_writer_is_not_asked_for_where_nothing_is_written(database, monkeypatch, raised, dry_run):
    async def write(_):
        pytest.fail("held the writer")

    await furnish(database, entry(1), entry(2))
    await raise_salary(database, 2400)
    if not raised:
        await run(database)
    monkeypatch.setattr(database, "write", write)

    changed, report = await run(database, dry_run=dry_run)

    assert (len(changed), report.seen) == (2 if raised else 0, 2)


async def test_an_entry_whose_exchange_rate_is_unknown_is_named_and_left_alone(database):
    await furnish(database, entry(1))
    await raise_salary(database, 2400, "GBP")
    before = await everything_written(database)

    changed, report = await run(database)

    assert (changed, report.failed, report.changed) == ([1], 1, 0)
    assert await everything_written(database) == before


async def test_more_entries_than_a_batch_holds_are_all_reached(database):
    await furnish(database, *(entry(number) for number in range(1, 1102)))
    await raise_salary(database, 2400)

    changed, report = await run(database, dry_run=True)

    assert (len(changed), report.seen) == (1101, 1101)
