"""Pages on PostgreSQL: what each way reads, wherever it begins, is what plain Python finds in the same rows."""

import datetime as dt

import pytest

from gateway.store.databases.statements import POSTGRESQL
from gateway.store.pages.parents import Level, Parents
from tests.support.harness.asking import asking
from tests.support.judges.lists import APPROVED, ASKED, DATE, IDS, ISSUE, PARENTS, PEOPLE, SHORT, SINCE, TIME, Lists
from tests.support.worlds.ledger import MEMBER, make_ledger

LEDGER = {"seed": 6, "entries": 160}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgresql_only]


async def check(asked, reads, *places):
    async with asked.database.look_up() as connection:
        for statement, values, expected in reads:
            rows = await connection.run(statement, values)
            assert [tuple(row[place] for place in places) for row in rows] == expected, values


@pytest.mark.parametrize(("filter", "orders"), ASKED, ids=str)
async def test_each_page_follows_the_one_before_it(asked, filter, orders):
    for keys in orders:
        await check(asked, Lists(asked.ledger, POSTGRESQL, filter, keys).pages(), 0)


@pytest.mark.parametrize("filter", [SINCE, SINCE | APPROVED], ids=str)
async def test_each_page_of_days_follows_the_one_before_it_where_none_is_near(asked, monkeypatch, filter):
    monkeypatch.setattr("gateway.store.pages.days.NEAR", 2)

    await check(asked, Lists(asked.ledger, POSTGRESQL, filter, IDS).pages(), 0)


@pytest.mark.parametrize("filter", [None, PEOPLE, APPROVED, SINCE | SHORT], ids=str)
async def test_each_page_of_ones_own_entries_follows_the_one_before_it(asked, filter):
    for keys in (IDS, *DATE, *TIME):
        await check(asked, Lists(asked.ledger, POSTGRESQL, filter, keys, MEMBER).pages(), 0)


@pytest.mark.parametrize(("links", "keys"), PARENTS, ids=str)
@pytest.mark.parametrize("filter", [None, SINCE | SHORT], ids=str)
async def test_each_parent_has_a_page_of_its_own(asked, filter, links, keys):
    level = Level(Parents(links, POSTGRESQL), keys)
    for order in (IDS, *DATE, TIME[1], ISSUE[0]):
        await check(asked, Lists(asked.ledger, POSTGRESQL, filter, order).pages_of_parents(level), 0, -1)


def with_a_day_each():
    """Entries of a day each, of which one is the last of a zone of ids and the next the first of another."""
    ledger = make_ledger(seed=6, entries=120)
    ledger.approval_statuses.clear()
    own = [row.id for row in ledger.time_entries if row.organization_id == 1]
    last = next(number for number in own[len(own) // 2 :] if number + 1 in own)
    for row in ledger.time_entries:
        row.id += 4_095 - last
        row.date = dt.date(2025, 1, 1) + dt.timedelta(days=row.id)
    return ledger


@pytest.mark.parametrize("near", [4_096, 2])
async def test_each_page_of_days_begins_with_the_first_entry_of_a_zone_or_the_last(tmp_path, monkeypatch, near):
    monkeypatch.setattr("gateway.store.pages.days.NEAR", near)
    ledger = with_a_day_each()
    last, first = ((dt.date(2025, 1, 1) + dt.timedelta(days=number)).isoformat() for number in (4_095, 4_096))

    async with asking(tmp_path, ledger) as asked:
        for filter in ({"after": first}, {"before": last}, {"before": last} | APPROVED):
            await check(asked, Lists(ledger, POSTGRESQL, filter, IDS).pages(), 0)
