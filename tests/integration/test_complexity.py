"""What an operation costs the program grows with its size, never with the square of it: counted in steps.

Each document is new to the gateway and its store is empty, so that what is counted is reading, checking, planning,
compiling and shaping. A step is a line of Python, or one more round of a loop within a line. Work within one call of C
is none; times would show it, and depend on the machine.
"""

import gc
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any, Self

import orjson
import pytest
import pytest_asyncio

from gateway.graphql.execution import Gateway
from gateway.graphql.options import Limits
from gateway.graphql.requests.request import GraphQLRequest
from gateway.http import pacing
from gateway.store.databases.database import open_database
from gateway.store.writes.diffs import ShownField, field_changes
from tests.support.harness.stores import store_url
from tests.support.worlds.ledger import ADMIN, viewer

pytestmark = pytest.mark.sqlite_only

SIZES = (10, 20, 40, 80)
# What a doubling adds beside what the one before it added: 2 for what is linear, 4 for what is quadratic. The count is
# the same every time, so little is allowed; graphql-core's rule of overlapping fields makes 3.4 of the smallest.
MOST = 2.05
BY_THE_CLOCK = 32
UNLIMITED = Limits().model_copy(update=dict.fromkeys(Limits.model_fields, 10_000_000))


class Steps:
    """Counts the steps that this thread takes meanwhile; the garbage collector's callbacks stay out."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        gc.disable()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.settrace(self._before)
        gc.enable()

    def _trace(self, _frame: FrameType, event: str, _value: object) -> Any:
        if event == "line":
            self.count += 1
        return self._trace


def growth(counts: Sequence[int], *, by_the_clock: int = 0) -> list[float]:
    """Return how many times as much each doubling adds as the one before it; what is constant drops out.

    As many steps of each doubling are left out as depend on the clock: whether others are due their turn.
    """
    added = [later - earlier for earlier, later in itertools.pairwise(counts)]
    return [(later - by_the_clock) / earlier for earlier, later in itertools.pairwise(added)]


class InTheSameThread(ThreadPoolExecutor):
    """Does what is to be done beside the event loop where its steps are counted."""

    def submit(self, work, /, *arguments, **named):
        done: Future[object] = Future()
        done.set_result(work(*arguments, **named))
        return done


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "_thread", InTheSameThread())
        async with open_gateway(tmp_path_factory) as gateway:
            yield gateway


@asynccontextmanager
async def open_gateway(tmp_path_factory):
    async with open_database(store_url(tmp_path_factory.mktemp("complexity"))) as database:
        yield Gateway(database, limits=UNLIMITED)


def numbered(n: int, part: Callable[[int], str]) -> str:
    return " ".join(part(number) for number in range(n))


def nodes(selection: str, **more: str) -> str:
    return f"{{ timeEntries {{ nodes {{ {selection} }} {more.get('beside', '')} }} }} {more.get('after', '')}"


FILTERS = "query ($filter: TimeEntryFilter) { timeEntries(filter: $filter) { nodes { id } } }"
VARIABLE_ENTRY = "a{0}: timeEntry(id: $v{0}) {{ id }}".format
Shape = Callable[[int], str | tuple[str, Mapping[str, object]]]
SHAPES: dict[str, Shape] = {
    "a field again and again": lambda n: nodes("note " * n),
    "a field by many names": lambda n: nodes(numbered(n, lambda i: f"a{i}: note")),
    "a record by many names": lambda n: nodes(numbered(n, lambda i: f"a{i}: person {{ id name }}")),
    "a record again and again": lambda n: nodes("deal { id name company { name } } " * n),
    "many directives": lambda n: nodes(numbered(n, lambda i: f"a{i}: note @include(if: true) @skip(if: false)")),
    "many inline fragments": lambda n: nodes(numbered(n, lambda i: f"... on TimeEntry {{ a{i}: note }}")),
    "many fragments": lambda n: nodes(
        numbered(n, lambda i: f"...F{i}"),
        after=numbered(n, lambda i: f"fragment F{i} on TimeEntry {{ a{i}: note person {{ id }} }}"),
    ),
    "a chain of fragments": lambda n: nodes(
        "...F0",
        after=numbered(n, lambda i: f"fragment F{i} on TimeEntry {{ a{i}: note ...F{i + 1} }}")
        + f" fragment F{n} on TimeEntry {{ id }}",
    ),
    "fields of nodes and edges": lambda n: nodes(
        numbered(n, lambda i: f"a{i}: note"), beside=f"edges {{ node {{ {numbered(n, lambda i: f'b{i}: note')} }} }}"
    ),
    "many changes": lambda n: nodes(numbered(n, lambda i: f"a{i}: changes(first: 1) {{ nodes {{ kind }} }}")),
    "many root fields": lambda n: "{ " + numbered(n, lambda i: f'a{i}: timeEntry(id: "{i + 1}") {{ id note }}') + " }",
    "many sums": lambda n: nodes("id", beside=f"aggregate {{ {numbered(n, lambda i: f'a{i}: time')} }}"),
    "many groups": lambda n: nodes(
        "id", beside=numbered(n, lambda i: f"a{i}: groups(by: [PERSON]) {{ nodes {{ person {{ name }} }} }}")
    ),
    "many conditions in the document": lambda n: (
        f"{{ timeEntries(filter: {{ or: [{numbered(n, lambda i: f'{{ time: {{ gt: {i} }} }}')}] }}) {{ totalCount }} }}"
    ),
    "many conditions in a variable": lambda n: (
        FILTERS,
        {"filter": {"and": [{"not": {"personId": {"eq": str(i + 1)}}} for i in range(n)]}},
    ),
    "many operands": lambda n: (FILTERS, {"filter": {"personId": {"in": [str(i + 1) for i in range(n)]}}}),
    "many variables": lambda n: (
        f"query ({numbered(n, lambda i: f'$v{i}: ID!')}) {{ {numbered(n, VARIABLE_ENTRY)} }}",
        {f"v{i}": str(i + 1) for i in range(n)},
    ),
}


async def steps(gateway: Gateway, shape: Shape, size: int) -> int:
    """Count what a first request of this size takes."""
    asked = shape(size)
    text, variables = asked if isinstance(asked, tuple) else (asked, {})
    request = GraphQLRequest(f"# {size}\n{text}", variables)
    with Steps() as counted:
        outcome = await gateway.execute(request, viewer(ADMIN))
    assert "errors" not in outcome.payload, outcome.payload
    return counted.count


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SHAPES)
async def test_an_operation_costs_no_more_than_in_proportion_to_its_size(gateway, name):
    await steps(gateway, SHAPES[name], 3)  # what is made once for all documents

    counts = [await steps(gateway, SHAPES[name], size) for size in SIZES]

    assert max(growth(counts, by_the_clock=BY_THE_CLOCK)) <= MOST, counts


def test_a_change_takes_no_step_for_a_column_that_it_did_not_change():
    before, after = (orjson.dumps({f"c{n}": n for n in range(1_000)} | {"c7": value}).decode() for value in (1, 2))

    def changed(columns: int) -> int:
        fields = {f"c{n}": ShownField(f"f{n}", lambda value, _: value) for n in range(columns)}
        with Steps() as counted:
            found = field_changes(fields, before, after, str, viewer(ADMIN))
        assert found == [("f7", 1, 2)]
        return counted.count

    changed(10)  # an interpreter may learn to count code by running it

    assert changed(10) == changed(1_000)


def test_what_compares_each_with_each_is_found():
    def compare(size: int) -> int:
        with Steps() as counted:
            sum(one == other for one in range(size) for other in range(size))
        return counted.count

    assert min(growth([compare(size) for size in SIZES])) > MOST


def test_what_looks_at_each_once_is_not():
    def look(size: int) -> int:
        with Steps() as counted:
            sum(one % 2 for one in range(size))
        return counted.count

    look(3)  # an interpreter may learn to count code by running it

    assert growth([look(size) for size in SIZES]) == pytest.approx([2, 2], rel=0.01)
