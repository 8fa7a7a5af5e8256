"""Long answers: written as they are, in few pieces of which none is long, and an error where memory is short."""

import asyncio
import subprocess
import sys

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.graphql import subscription
from gateway.http import writing
from gateway.http.writing import AT_ONCE, PIECE, weigh, written
from gateway.querying.sizes import AnswerSize
from gateway.store.databases.usage import Usage, current_usage

# Writes notes of 60 MB where 40 MB more than what is taken may be had.
WRITING = """
import asyncio, resource
from pathlib import Path
from gateway.http.writing import written

notes = {"notes": ["\\u00e9" * 100_000] * 300}
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 40_000_000, resource.RLIM_INFINITY))
try:
    asyncio.run(written(notes, roughly=60_000_000, most=64_000_000))
except MemoryError:
    print("too little")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits and shows a process's memory as Linux does")
def test_an_answer_that_memory_does_not_suffice_for_is_an_error_and_no_crash():
    run = subprocess.run([sys.executable, "-c", WRITING], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout.strip()) == (0, "too little")


TEXTS = st.sampled_from(["", "x", 'a "quoted" line\n', "é" * 30, "\U0001f600", "\u2028\x00"])
NAMES = st.sampled_from([*"abcdefghijkl", "", "é" * 20])
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda below: st.lists(below, max_size=12) | st.dictionaries(NAMES, below, max_size=12),
    max_leaves=60,
)


def write(answer, *, roughly=AT_ONCE):
    return asyncio.run(written(answer, roughly=roughly, most=float("inf")))


@given(answer=st.dictionaries(NAMES, ANSWERS, min_size=2, max_size=6), piece=st.sampled_from([1, 40, 200, 1_000]))
def test_what_is_written_in_pieces_is_what_is_written_at_once(answer, piece):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writing, "PIECE", piece)

        assert write(answer) == orjson.dumps(answer)


ROW = {"id": "TimeEntry:1", "date": "2026-11-26", "time": 30, "person": {"name": "Mia", "tags": [1, None, True]}}
LONG = {
    "rows": {"data": {"list": {"nodes": [ROW] * 20_000}}},
    "lists": {"data": {f"l{number}": {"nodes": [ROW] * 200} for number in range(100)}},
    "long texts": {"nodes": [{"note": "x" * 90_000}] * 60},
    "long names": {"nodes": [{"a" * 90_000: 1}] * 60},
    "many values of a row": {"nodes": [{f"a{number}": "x" * 90_000 for number in range(60)}]},
    "numbers": {"numbers": [*range(1_000_000)]},
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_answer_is_written_in_few_pieces_none_of_them_long_and_few_values_are_weighed_twice(name, monkeypatch):
    answer, sizes, weighed = LONG[name], [], []
    with monkeypatch.context() as whole:
        whole.setattr(writing, "PIECE", float("inf"))
        total = weigh([answer])

    def dumps(value):
        sizes.append(len(text := orjson.dumps(value)))
        return text

    def weigh_and_note(values):
        weighed.append(min(found := weigh(values), PIECE))
        return found

    monkeypatch.setattr(writing, "orjson", type("orjson", (), {"dumps": staticmethod(dumps)}))
    monkeypatch.setattr(writing, "weigh", weigh_and_note)

    body = write(answer)

    assert body == orjson.dumps(answer)
    assert max(sizes) <= 2 * PIECE
    assert len(sizes) <= 10 + 4 * total / PIECE
    assert sum(weighed) <= 6 * PIECE + 1.5 * total


def test_an_answer_that_takes_a_millisecond_is_written_by_one_call_and_not_weighed(monkeypatch):
    answer = {"nodes": [ROW] * 10_000}
    monkeypatch.setattr(writing, "weigh", lambda _: pytest.fail("weighed"))

    assert write(answer, roughly=len(orjson.dumps(answer))) == orjson.dumps(answer)


@pytest.mark.parametrize(("notes", "is_cut"), [(4, False), (6, True)])
async def test_an_event_is_written_by_one_call_unless_it_is_long_itself(monkeypatch, notes, is_cut):
    event = {"data": {"timeEntryChanged": {"notes": ["x" * 100_000] * notes}}}
    cut, pieces = writing._pieces, list[object]()  # noqa: SLF001 - what is written by one call is not cut

    def note(value):
        pieces.append(value)
        return cut(value)

    monkeypatch.setattr(writing, "_pieces", note)
    answer = AnswerSize(64_000_000)
    answer.grow(10 * AT_ONCE)
    current_usage.set(Usage(answer=answer))

    texts = await subscription._texts({1: event, 2: {"data": None}})  # noqa: SLF001 - on its way to all who watch

    assert [orjson.loads(text) for text in texts.values()] == [event, {"data": None}]
    assert (event in pieces) is is_cut
    assert bool(pieces) is is_cut
