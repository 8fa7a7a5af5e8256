"""Pages on SQLite: what each way reads, wherever it begins, is what plain Python finds in the same rows."""

import datetime as dt
from contextlib import closing

import pytest

from gateway.store.databases.statements import SQLITE
from gateway.store.pages.parents import Level, Parents
from tests.support.judges.lists import APPROVED, ASKED, DATE, IDS, ISSUE, PARENTS, PEOPLE, SHORT, SINCE, TIME, Lists
from tests.support.worlds.in_memory import InMemory, in_memory
from tests.support.worlds.ledger import MEMBER, make_ledger

STORE = in_memory(seed=6, entries=160)


def check(reads, *places, store=STORE):
    for statement, values, expected in reads:
        rows = store.run(statement, values)
        assert [tuple(row[place] for place in places) for row in rows] == expected, values


@pytest.mark.parametrize(("asked", "orders"), ASKED, ids=str)
@pytest.mark.parametrize("few", [4_000, 9], ids=["few", "many"])
def test_each_page_follows_the_one_before_it(monkeypatch, asked, orders, few):
    monkeypatch.setattr("gateway.store.pages.seeking.FEW", few)

    for keys in orders:
        check(Lists(STORE.ledger, SQLITE, asked, keys).pages(), 0)


def test_each_page_of_days_with_an_entry_each_follows_the_one_before_it():
    ledger = make_ledger(seed=6, entries=60)
    for row in ledger.time_entries:
        row.date = dt.date(2025, 1, 1) + dt.timedelta(days=row.id)
    with closing(InMemory(ledger)) as store:
        for asked in ({"after": "2025-01-15"}, {"before": "2025-02-15"}):
            check(Lists(ledger, SQLITE, asked, IDS).pages(), 0, store=store)


@pytest.mark.parametrize("asked", [None, PEOPLE, APPROVED, SINCE | SHORT], ids=str)
def test_each_page_of_ones_own_entries_follows_the_one_before_it(asked):
    for keys in (IDS, *DATE, *TIME):
        check(Lists(STORE.ledger, SQLITE, asked, keys, MEMBER).pages(), 0)


@pytest.mark.parametrize(("links", "keys"), PARENTS, ids=str)
@pytest.mark.parametrize("asked", [None, SINCE | SHORT], ids=str)
def test_each_parent_has_a_page_of_its_own(links, keys, asked):
    level = Level(Parents(links, SQLITE), keys)
    for order in (IDS, *DATE, TIME[1], ISSUE[0]):
        check(Lists(STORE.ledger, SQLITE, asked, order).pages_of_parents(level), 0, -1)
