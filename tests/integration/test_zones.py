"""Zone maps: whatever is written, and however, the zones of an entry say that it can be there."""

import datetime as dt
from itertools import cycle, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, update

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.codes import TimeEntryStatus
from gateway.domain.instants import EPOCH
from gateway.querying import matching
from gateway.querying.cursors import Cursors
from gateway.querying.operands import FilterContext
from gateway.querying.pages import Page
from gateway.store.databases.statements import POSTGRESQL
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.pages.selects import select_columns
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.kept import TimeEntryZoneRow
from gateway.store.schema.rows import table_of
from gateway.store.schema.zones import NO_GREATEST, NO_LEAST
from gateway.store.visibility import viewer_values, visibility
from tests.support.harness.asking import asking
from tests.support.worlds.ledger import ADMIN, make_ledger, viewer
from tests.support.worlds.office import table_rows

LEDGER = {"seed": 7, "entries": 60}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgresql_only]
ENTRIES = table_of(TimeEntryRow)
DAY = 86_400_000
BEGINNING = dt.date(1970, 1, 1).toordinal() - 1  # days from the first of January of the year 1


def day_of(instant):
    return None if instant is None else BEGINNING + instant // DAY


def zones_of(row):
    """The zones that an entry lies in."""
    day = row["date"].toordinal() - 1
    return [
        (row["organization_id"], 0, row["id"] // 4_096),
        (row["organization_id"], 1, day // 4),
        (row["organization_id"], 2, day_of(row["updated_at"]) // 4),
        (row["organization_id"], 3, day_of(row["created_at"]) // 4),
    ]


def values_of(row):
    """What zones know of an entry, in the order of their arrays."""
    instants = (row[f"{name}_at"] for name in ("updated", "last_activity", "approved", "started"))
    codes = (row[name] for name in ("invoicing_status_id", "status_id", "invoice_id", "invoice_attribution_id"))
    return [row["date"].toordinal() - 1, *map(day_of, instants), *codes]


async def zones(asked):
    rows = await table_rows(asked.database, TimeEntryZoneRow)
    return {(row["organization_id"], row["kind"], row["place"]): (row["least"], row["greatest"]) for row in rows}


async def test_a_zone_holds_the_least_and_the_greatest_of_its_entries(tmp_path):
    async with asking(tmp_path, make_ledger(**LEDGER)) as fresh:  # once something was written it may hold more
        entries, found = await table_rows(fresh.database, TimeEntryRow), await zones(fresh)
    expected: dict[tuple[int, int, int], list[Any]] = {}
    for row in entries:
        for zone in zones_of(row):
            expected.setdefault(zone, []).append(values_of(row))

    assert found == {zone: ends_of(rows) for zone, rows in expected.items()}


def ends_of(rows):
    """The least and the greatest of each column."""
    columns = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    least = [min(column, default=NO_LEAST) for column in columns]
    return least, [max(column, default=NO_GREATEST) for column in columns]


def bounds():
    """Yield columns, their filters and operations, of each kind of values that zones know."""
    for operation in ("eq", "gt", "gtEq", "lt", "ltEq"):
        yield "date", "date", operation
        yield "approved_at", "approvedAt", operation
    yield from (("status_id", "status", operation) for operation in ("eq", "in"))
    yield from (("invoice_id", "invoiceId", operation) for operation in ("eq", "notEq", "in"))


def operand_of(column, operation, value):
    """A value as GraphQL hands it over, or a list of nothing else."""
    if column == "approved_at":
        return (EPOCH + dt.timedelta(milliseconds=value)).isoformat()
    operand = TimeEntryStatus(value) if column == "status_id" else str(value)
    return [operand, operand] if operation == "in" else operand


async def ids_of(connection, condition, keys):
    """The ids of all entries that meet a condition, in an order."""
    order = SORTS.order(keys)
    start = Start(Page(200), order, Cursors("", condition, order), None)
    everything = visibility("time_entries", sees_everything=True)
    pages = PageStatements(ENTRIES, everything, POSTGRESQL, lambda more: select_columns(more, ENTRIES))
    statement, values = pages.of(condition, start)
    return [row[-1] for row in await connection.run(statement, values | viewer_values(viewer(ADMIN)))]


def condition_of(name, operation, operand):
    return FILTERS.condition({name: {operation: operand}}, FilterContext(viewer(ADMIN)))


async def test_no_page_begins_behind_the_first_entry_that_is_asked_for(asked):
    entries = [row for row in await table_rows(asked.database, TimeEntryRow) if row["organization_id"] == 1]
    orders = cycle(([], [("DATE", True)], [("UPDATED_AT", False)]))

    async with asked.database.read(snapshot=False) as connection:
        for (column, name, operation), end in product(bounds(), (min, max)):
            value = end(row[column] for row in entries if row[column] is not None)
            condition = condition_of(name, operation, operand_of(column, operation, value))

            numbers = await ids_of(connection, condition, next(orders))

            passes = matching.test_of(condition)
            expected = [row["id"] for row in entries if passes(row | {"date": row["date"].isoformat()})]
            assert sorted(numbers) == expected, (name, operation, value)


@pytest.mark.parametrize("zone", [0, 820_000, 913_014])  # without entries: the first of all days, one, the last of all
async def test_a_page_may_begin_with_the_first_day_of_a_zone_and_with_the_last(asked, zone):
    first = dt.date.fromordinal(4 * zone + 1)
    last = min(first, dt.date.max - dt.timedelta(days=3)) + dt.timedelta(days=3)
    late = (dt.date(2100, 1, 1).toordinal() + zone - BEGINNING) * DAY  # later than what was written to a zone before
    one, other = sorted(row.id for row in asked.ledger.time_entries if row.organization_id == 1)[:2]

    async def write(connection: Any) -> None:
        statement = update(ENTRIES).where(ENTRIES.c.id == bindparam("number"))
        for number, date in ((one, first), (other, last)):
            await connection.fetch(statement.values(date=date, approved_at=late), {"number": number})

    await asked.database.write(write)

    condition = condition_of("approvedAt", "gtEq", operand_of("approved_at", "gtEq", late))
    async with asked.database.read(snapshot=False) as connection:
        assert await ids_of(connection, condition, [("DATE", False)]) == [one, other]
        assert await ids_of(connection, condition, [("DATE", True)]) == [other, one]


instants = st.none() | st.integers(-DAY * 365 * 100, DAY * 365 * 200)
writes = st.fixed_dictionaries(
    {"updated_at": st.integers(1_700_000_000_000, 1_900_000_000_000)},
    optional={
        "date": st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
        "created_at": st.integers(1_000_000_000_000, 1_900_000_000_000),
        "last_activity_at": st.integers(1_000_000_000_000, 1_900_000_000_000),
        "started_at": instants,
        "approved_at": instants,
        "invoicing_status_id": st.integers(1, 3),
        "approved": st.just(False),
    },
)


@settings(max_examples=60)
@given(writes, st.lists(st.integers(0, 59), min_size=1, max_size=5))
async def test_zones_follow_every_write(asked, values, places):
    numbers = [sorted(row.id for row in asked.ledger.time_entries)[place] for place in places]

    async def write(connection: Any) -> None:
        statement = update(ENTRIES).where(ENTRIES.c.id == bindparam("number")).values(values)
        for number in numbers:
            await connection.fetch(statement, {"number": number})

    await asked.database.write(write)

    found = await zones(asked)
    for row in await table_rows(asked.database, TimeEntryRow):
        for zone in zones_of(row):
            least, greatest = found[zone]
            for value, low, high in zip(values_of(row), least, greatest, strict=True):
                assert value is None or low <= value <= high
