"""A filter in GraphQL, in plain SQL and in plain Python finds the same entries."""

import random
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.judges.plain_sql import plain_database, select_ids
from tests.support.judges.predicate import FILTERS, OPERATIONS, holds
from tests.support.random.examples import examples
from tests.support.random.filters import Filters
from tests.support.worlds.ledger import ADMIN, viewer

LEDGER = {"seed": 1, "entries": 260}

pytestmark = pytest.mark.asyncio(loop_scope="module")
lots = st.builds(random.Random, st.integers(0, 2**32))
ZONES = ("Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "UTC")
FILTERS_ASKED_AT_ONCE = 6
QUERY = (
    f"query({', '.join(f'$f{n}: TimeEntryFilter' for n in range(FILTERS_ASKED_AT_ONCE))}) {{"
    + "".join(
        f"a{n}: timeEntries(filter: $f{n}, first: 200) {{ totalCount nodes {{ resourceId }} }} "
        for n in range(FILTERS_ASKED_AT_ONCE)
    )
    + "}"
)


@pytest.fixture(scope="module")
def plain(asked):
    with closing(plain_database(asked.ledger.entries_of(1))) as database:
        yield database


async def found(asked, filters, who):
    """The ids that each filter finds; the count beside them is theirs."""
    data = await asked.data(QUERY, who, **{f"f{n}": part for n, part in enumerate(filters)})
    lists = [[int(node["resourceId"]) for node in data[f"a{n}"]["nodes"]] for n in range(len(filters))]
    assert [data[f"a{n}"]["totalCount"] for n in range(len(filters))] == [len(numbers) for numbers in lists]
    return lists


async def check(asked, plain, filters, who):
    rows = asked.ledger.entries_of(1)

    answers = await found(asked, filters, who)

    for part, answer in zip(filters, answers, strict=True):
        expected = [row["id"] for row in rows if holds(part, row, who.time_zone)]
        assert answer == expected, part
        assert select_ids(plain, part, who.time_zone) == expected, part


@examples(15)
@given(lot=lots, zone=st.sampled_from(ZONES), submission=st.booleans())
async def test_random_filters_find_the_same_as_sql_and_python(asked, plain, lot, zone, submission):
    who = viewer(ADMIN, time_zone=zone, timesheet_submission=submission)
    make = Filters(asked.ledger.entries_of(1), lot, submission=submission)

    await check(asked, plain, [make.filter() for _ in range(FILTERS_ASKED_AT_ONCE)], who)


@pytest.mark.parametrize("name", FILTERS)
async def test_every_operation_of_every_filter_finds_the_same_as_sql_and_python(asked, plain, name):
    who = viewer(ADMIN)
    lot = random.Random(name)
    make = Filters(asked.ledger.entries_of(1), lot, submission=True)
    parts = [
        {name: make.part(name, operation)} for operation in OPERATIONS.get(FILTERS[name][0], (None,)) for _ in range(5)
    ]
    parts = [part if lot.random() < 0.7 else {"not": part} for part in parts]

    for start in range(0, len(parts), FILTERS_ASKED_AT_ONCE):
        await check(asked, plain, parts[start : start + FILTERS_ASKED_AT_ONCE], who)
