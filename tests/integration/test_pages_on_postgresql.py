"""Pages on PostgreSQL: what each way reads, wherever it begins, is what plain Python finds in the same rows."""

import datetime as dt
from typing import Any

import pytest

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.querying.conditions import bound_values
from gateway.querying.dialects import in_text
from gateway.querying.operands import FilterContext
from gateway.store.databases.statements import POSTGRESQL
from gateway.store.pages.days import walked
from gateway.store.pages.parents import Level, Parents
from gateway.store.pages.selects import Cut
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.entries import ENTRIES
from gateway.store.visibility import viewer_values, visibility
from tests.support.harness.asking import asking
from tests.support.judges.lists import APPROVED, ASKED, DATE, IDS, ISSUE, PARENTS, PEOPLE, SHORT, SINCE, TIME, Lists
from tests.support.judges.predicate import holds, words_of
from tests.support.worlds.ledger import ADMIN, MEMBER, make_ledger, viewer

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


@pytest.mark.parametrize("near", [4_096, 5])
@pytest.mark.parametrize("backward", [False, True])
async def test_a_walk_finds_the_first_entries_of_a_span_within_its_reach(tmp_path, monkeypatch, near, backward):
    monkeypatch.setattr("gateway.store.pages.days.NEAR", in_text(near))
    ledger, order, who = with_a_day_each(), SORTS.order([]), viewer(ADMIN)
    everything, cut = visibility("time_entries", sees_everything=True), Cut.of(8, 0, dialect="postgresql")
    last, first = ((dt.date(2025, 1, 1) + dt.timedelta(days=number)).isoformat() for number in (4_095, 4_096))
    spans: list[tuple[dict[str, Any], int, int]] = [  # and the ends of the zone that has them
        ({"after": first}, 4_096, 8_191), ({"before": last}, 0, 4_095), ({"before": last} | APPROVED, 0, 4_095),
    ]  # fmt: skip

    async with asking(tmp_path, ledger) as asked, asked.database.read(snapshot=False) as connection:
        for filter, least, greatest in spans:
            condition, reach = FILTERS.condition(filter, FilterContext(who)), near * (4 if "status" in filter else 1)
            own = [row for row in ledger.entries_of(1) if holds(words_of(filter), row, who.time_zone)]
            numbers = [row["id"] for row in own]
            for cursor in (None, *numbers):
                nulls = None if cursor is None else (False,)
                walk = walked(Wanted(ENTRIES, everything, condition, order, backward, cut, nulls, POSTGRESQL))
                found = await connection.fetch(walk, bound_values(condition) | viewer_values(who) | {"c0": cursor})

                begin = cursor if cursor is not None else greatest if backward else least
                near_ones = [number for number in numbers if number != cursor and 0 <= number - begin < reach]
                if backward:
                    near_ones = [number for number in numbers[::-1] if number != cursor and 0 <= begin - number < reach]
                assert [number for (number,) in found] == near_ones[:8], (filter, cursor)
