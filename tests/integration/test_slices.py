"""Slices: however long the texts are, only so many are gone through before others get their turn."""

import asyncio
import threading
from collections import Counter
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.attributes import MAX_TEXT
from gateway.querying.projections import Projection
from gateway.querying.sizes import AnswerSize, Texts
from gateway.querying.slices import CHARACTERS_AT_ONCE, cut
from gateway.store.databases import sqlite_connection, sqlite_thread
from gateway.store.writes import images
from tests.support.harness.documented import documented_office
from tests.support.harness.serving import listening
from tests.support.harness.watching import streamed
from tests.support.random.examples import examples
from tests.support.worlds import office

LONG = MAX_TEXT - 1_000
ENTRIES = [office.entry(number, note="x" * LONG) for number in range(1, 9)]
VERSIONS = 6  # of the first entry, beside its import: each holds two notes
WRITE_NOTE = """mutation ($id: ID!, $note: String) {
  timeEntryUpdate(id: $id, input: { note: $note }) { userErrors { message } } }"""
MANY = " ".join(f"a{number}: fields {{ name }}" for number in range(10))
IDS = " ".join(f'"TimeEntry:{entry.id}"' for entry in ENTRIES)
CHANGES = 'timeEntryChanges(timeEntryId: "1") {{ nodes {{ {} }} }}'


def graphql(query):
    return lambda asked: asked.graphql(query)


async def watched(asked):
    """Take the events of all versions; each shows the note as it is now."""
    query = "subscription { timeEntryChanged(since: 0) { eventId timeEntry { note } } }"
    async with listening(asked.app) as address, streamed(address, asked.tokens[office.ADMIN], query) as stream:
        await stream.events(VERSIONS)


def documented(path):
    return lambda asked: asked.get(path)


# Every place that goes through rows on the event loop.
PLACES = {
    "notes": graphql("{ timeEntries { nodes { note } edges { node { note } } } }"),
    "records": graphql(f"{{ nodes(ids: [{IDS}]) {{ ... on TimeEntry {{ note }} }} }}"),
    "field changes": graphql(f"{{ {CHANGES.format('fields { name before after }')} }}"),
    "names of field changes": graphql(f"{{ {CHANGES.format('fields { name }')} }}"),
    "field changes by many names": graphql(f"{{ {CHANGES.format(MANY)} }}"),
    "history of entries": graphql("{ timeEntries { nodes { changes { nodes { fields { name before } } } } } }"),
    "documented entries": documented("time_entries"),
    "documented entries with others": documented("time_entries?include=person,service.deal"),
    "documented versions": documented("time_entry_versions?include=creator"),
    "csv": documented("time_entries.csv"),
    "jsonl": documented("time_entries.jsonl"),
    "xlsx": documented("time_entries.xlsx"),
    "events": watched,
}


class Turns:
    """How many characters of texts were gone through on the event loop in each of its rounds, by what did it."""

    def __init__(self, monkeypatch):
        self.shaped, self.parsed, self.sized = (Counter[int]() for _ in range(3))
        self.in_threads = 0
        self._round, self._loop = 0, threading.get_ident()
        self._rows = set()
        generated, read_image, bytes_of = Projection._generated, images.read_image, Texts.bytes  # noqa: SLF001

        def watched(projection, body):
            shape = generated(projection, body)

            def shaped(rows, *args, **kwargs):
                self._note(self.shaped, sum(map(self._once, rows)))
                return shape(rows, *args, **kwargs)

            return shaped

        def read(text):
            self._note(self.parsed, len(text))
            return read_image(text)

        def counted(texts, rows, characters, *, exactly=False):
            self._note(self.sized, characters if exactly else 0)
            return bytes_of(texts, rows, characters, exactly=exactly)

        monkeypatch.setattr(Projection, "_generated", watched)
        monkeypatch.setattr(images, "read_image", read)
        monkeypatch.setattr(Texts, "bytes", counted)

    def _once(self, row):
        """The characters of a row that no other shape of this round went through: they refer to the same texts."""
        if (self._round, id(row)) in self._rows:
            return 0
        self._rows.add((self._round, id(row)))
        return sum(len(value) for value in row if isinstance(value, str))

    def _note(self, counter, characters):
        if threading.get_ident() == self._loop:
            counter[self._round] += characters
        else:
            self.in_threads += characters

    def clear(self):
        """Forget what was before."""
        for counter in (self.shaped, self.parsed, self.sized):
            counter.clear()
        self.in_threads = 0

    @asynccontextmanager
    async def counted(self):
        """Count the rounds of the loop, and nothing of what was before."""
        self.clear()
        counting = asyncio.create_task(self._count())
        try:
            yield
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting

    async def _count(self):
        while True:
            self._round += 1
            await asyncio.sleep(0)


@pytest.fixture
def turns(monkeypatch):
    return Turns(monkeypatch)


@pytest_asyncio.fixture
async def asked(tmp_path, turns):
    del turns  # it watches what is planned from here on
    async with documented_office(tmp_path, ENTRIES, {"max_cost": 1_000_000}) as asked:
        for number in range(VERSIONS):
            await asked.graphql(WRITE_NOTE, id="1", note=f"{number}" * LONG)
        yield asked


@pytest.mark.parametrize("place", PLACES)
async def test_no_more_characters_are_gone_through_at_once_than_may_be(asked, turns, place):
    async with turns.counted():
        await PLACES[place](asked)

    assert sum(turns.shaped.values()) + turns.in_threads > 2 * CHARACTERS_AT_ONCE
    most = {name: max(getattr(turns, name).values(), default=0) for name in ("shaped", "parsed", "sized")}
    assert max(most.values()) <= CHARACTERS_AT_ONCE, most


texts = st.none() | st.integers(0, 30).map("x".__mul__)


@examples(100)
@given(st.lists(st.tuples(st.integers(), texts, texts), max_size=30), st.integers(1, 10), st.integers(1, 40))
def test_slices_are_all_rows_in_order_and_none_holds_more_than_may_be_but_one_row(rows, most_rows, most):
    size = Texts((1, 2), (1, 0))

    slices = [*cut(rows, size, most_rows=most_rows, most_characters=most)]

    assert [row for part in slices for row in part.rows] == rows
    for part in slices:
        with_texts = [row for row in part.rows if row[1] or row[2]]
        assert 0 < len(part.rows) <= most_rows
        assert part.characters == size.characters(part.rows)
        assert part.is_long == (part.characters > most)
        assert not part.is_long or len(with_texts) == 1


async def test_a_row_that_is_too_long_alone_is_shaped_in_a_thread(asked, turns, monkeypatch):
    monkeypatch.setattr("gateway.http.slices.CHARACTERS_AT_ONCE", LONG)

    async with turns.counted():
        document = await asked.document("time_entry_versions")

    assert [len(version["attributes"]["changeset"]["note"][1]) for version in document["data"][:VERSIONS]] == [LONG] * 6
    assert turns.in_threads > VERSIONS * 2 * LONG
    assert turns.parsed == {}


class Cursor:
    """Has 60 rows."""

    def __init__(self):
        self.asked = []

    def fetchmany(self, size):
        self.asked.append(size)
        return [("x",)] * min(size, 60 + size - sum(self.asked))


def test_the_first_look_at_the_bytes_of_rows_comes_soon():
    cursor: Any = Cursor()

    rows = sqlite_thread.rows_within(cursor, len, AnswerSize(100))

    assert len(rows) == 60
    assert cursor.asked == [2, 4, 8, 16, 16, 16]


@pytest.mark.sqlite_only
async def test_of_long_texts_few_are_read_on_the_loop_before_a_look_at_their_bytes(asked, monkeypatch):
    looked, size = list[tuple[bool, int]](), Texts.__call__

    def counted(texts, rows):
        looked.append((threading.current_thread() is threading.main_thread(), len(rows)))
        return size(texts, rows)

    monkeypatch.setattr(Texts, "__call__", counted)
    monkeypatch.setattr(sqlite_thread, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(sqlite_connection, "AT_ONCE", AnswerSize(3 * LONG))
    await asked.document("time_entries")

    entries = [(at_once, rows) for at_once, rows in looked if rows == 2]
    assert entries[:2] == [(True, 2), (True, 2)]  # which are more than may be, so all are read in the thread
    assert entries[2:] == [(False, 2)] * (len(ENTRIES) // 2)
