"""Steps: a page takes SQLite no more of them where there are more entries to choose from."""

import datetime as dt
from contextlib import closing
from itertools import islice

import pytest

from gateway.store.databases.statements import SQLITE
from tests.support.judges.lists import (
    APPROVED,
    DATE,
    DECIDED,
    EITHER,
    IDS,
    ISSUE,
    MANAGER,
    PEOPLE,
    PERSON,
    SHORT,
    SINCE,
    TIME,
    UPDATED,
    UPDATED_AT,
    Lists,
)
from tests.support.worlds.in_memory import InMemory, in_memory
from tests.support.worlds.ledger import make_ledger

SMALL, LARGE = in_memory(seed=6, entries=300), in_memory(seed=6, entries=900)


def steps(store, asked, keys):
    """The steps of the first page, and of some beyond an entry."""
    reads = Lists(store.ledger, SQLITE, asked, keys).pages()
    return [store.steps(statement, values) for statement, values, _ in islice(reads, 0, 18, 6)]


@pytest.mark.parametrize(
    ("asked", "orders"),
    [
        (None, [IDS, *DATE, *TIME, *UPDATED_AT, *ISSUE]),
        (SINCE, [IDS, *DATE, *TIME]),
        (SINCE | APPROVED, [*DATE]),
        (APPROVED, [IDS, *TIME]),
        (DECIDED, [IDS, *DATE]),
        (PERSON, [DATE[0]]),
        (PEOPLE, [IDS, *DATE, *TIME]),
        (EITHER, [*DATE]),
        (MANAGER, [IDS, *DATE]),
        (UPDATED, [IDS, *DATE, *UPDATED_AT]),
        (SHORT, [IDS, *DATE, *TIME]),
        ({"updatedAt": {"gt": "2099-01-01"}}, [IDS, *DATE]),
    ],
    ids=str,
)
def test_a_page_takes_as_many_steps_among_three_times_the_entries(monkeypatch, asked, orders):
    monkeypatch.setattr("gateway.store.pages.seeking.FEW", 9)  # so that all that is asked for are many, but the last

    for keys in orders:
        few, many = steps(SMALL, asked, keys), steps(LARGE, asked, keys)
        assert max(many) < 1.5 * max(few), (keys, few, many)


def of_two_days(entries):
    """A store whose entries are of two days, by turns."""
    ledger = make_ledger(seed=6, entries=entries)
    for row in ledger.time_entries:
        row.date = dt.date(2025, 3, 1 + row.id % 2)
    return InMemory(ledger)


def test_a_page_takes_as_many_steps_where_a_day_has_three_times_the_entries():
    with closing(of_two_days(300)) as small, closing(of_two_days(900)) as large:
        for keys in (IDS, *DATE):
            few, many = steps(small, SINCE, keys), steps(large, SINCE, keys)
            assert max(many) < 1.5 * max(few), (keys, few, many)
