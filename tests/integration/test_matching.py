"""A filter tells of an entry's image what it tells of its row, for every caller."""

import random

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.catalog.time_entries import FILTERS
from gateway.graphql.requests.request import GraphQLRequest
from gateway.live.batches import Leaders
from gateway.querying import matching
from gateway.querying.conditions import All, AnyOf, Comparison, Not
from gateway.querying.matching import Image
from gateway.store.events import managers_of, owners_of
from gateway.store.schema.entries import ENTRIES
from gateway.store.writes.images import MATCHED, image, read_image
from tests.support.judges.predicate import FILTERS as ASKED
from tests.support.judges.predicate import OPERATIONS
from tests.support.random.examples import examples
from tests.support.random.filters import Filters
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, viewer

LEDGER = {"seed": 1, "entries": 260}
QUERY = "query($filter: TimeEntryFilter) { timeEntries(filter: $filter, first: 200) { nodes { resourceId } } }"
WATCH = "subscription($filter: TimeEntryFilter) { timeEntryChanged(filter: $filter) { eventId } }"

pytestmark = pytest.mark.asyncio(loop_scope="module")
lots = st.builds(random.Random, st.integers(0, 2**32))


class Images(dict[int, Image]):
    """The images of entries by number, which no report is to print."""

    def __repr__(self) -> str:
        return f"{len(self)} images"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def images(asked) -> Images:
    """The first organization's entries by number, as images after an update show the least, with who leads them."""
    statement = (
        select(ENTRIES.c.id, image(ENTRIES, MATCHED)).where(ENTRIES.c.organization_id == 1).order_by(ENTRIES.c.id)
    )
    async with asked.database.read(snapshot=False) as connection:
        found = {number: read_image(text) for number, text in await connection.fetch(statement)}
        people, deals = ({each[name] for each in found.values()} for name in ("person_id", "deal_id"))
        leaders = Leaders(await managers_of(connection, 1, people), await owners_of(connection, 1, deals))
    return Images((number, leaders.put_into(each)) for number, each in found.items())


async def compare(asked, images, part, who):
    data = await asked.data(QUERY, who, filter=part)
    watch = (await asked.gateway.subscribe(GraphQLRequest(WATCH, {"filter": part}), who)).watch

    listed = [int(node["resourceId"]) for node in data["timeEntries"]["nodes"]]

    assert [number for number, each in images.items() if watch.wants({}, each)] == listed, part
    assert [number for number, each in images.items() if watch.wants(each, {})] == listed, part


@examples(60)
@given(lot=lots, who=st.sampled_from((ADMIN, BOSS, CLERK, MEMBER)), submission=st.booleans())
async def test_random_filters_match_the_images_of_the_rows_that_they_find(asked, images, lot, who, submission):
    make = Filters(asked.ledger.entries_of(1), lot, submission=submission)

    for _ in range(3):
        await compare(asked, images, make.filter(), viewer(who, timesheet_submission=submission))


@pytest.mark.parametrize("name", ASKED)
async def test_every_operation_of_every_filter_matches_the_images_of_the_rows_that_it_finds(asked, images, name):
    lot = random.Random(name)
    make = Filters(asked.ledger.entries_of(1), lot, submission=True)

    for operation in OPERATIONS.get(ASKED[name][0], (None,)):
        for who in (ADMIN, BOSS, MEMBER):
            part = {name: make.part(name, operation)}
            await compare(asked, images, part, viewer(who, timesheet_submission=True))
            await compare(asked, images, {"not": part}, viewer(who, timesheet_submission=True))


class Counted(str):
    """A text that counts how often it was folded."""

    __slots__ = ()
    folded = 0

    def casefold(self) -> str:
        Counted.folded += 1
        return super().casefold()


@pytest.mark.sqlite_only
async def test_a_text_is_folded_once_however_often_a_filter_looks_into_it():
    note = next(row.subject for row in FILTERS.filters if row.name == "note")
    looked_for = tuple(Comparison(note, "contains", text) for text in ("strasse", "gasse", "weg"))
    either, neither = matching.test_of(AnyOf(looked_for)), matching.test_of(All(tuple(map(Not, looked_for))))
    image: Image = {"note": Counted("In der STRASSE")}

    assert either(image)
    assert not neither(image)
    assert not neither(image)
    assert Counted.folded == 1
