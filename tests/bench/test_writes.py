"""Writes against the bare transactions they stand for, over one store of a million entries, as ratios in one run.

GATEWAY_BENCH_ENTRIES makes the store smaller. `pytest -m bench tests/bench/test_writes.py -s` shows the figures.
"""

import asyncio
import itertools
import os
import resource
import shutil
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from gateway.domain.access import Role, Viewer
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import open_database
from gateway.store.databases.sqlite import SQLiteDatabase
from tests.bench.store import file_store

pytestmark = pytest.mark.bench

ENTRIES = int(os.environ.get("GATEWAY_BENCH_ENTRIES", "1000000"))
MARK = 77  # track_method_id of the rows that are approved by filter
MOST_IN_BULK = 10_000
CHANGES = itertools.count(10**12)  # ids of the bare transactions' log rows
AS_DURABLE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32000",
    "PRAGMA busy_timeout = 30000",
)
# As large as the images that the gateway writes.
BEFORE, AFTER = '{"x":"' + "y" * 250 + '"}', '{"x":"' + "y" * 1600 + '"}'
SET = """UPDATE time_entries SET approved = 1, approved_at = ?, approver_id = ?, rejected = 0, rejected_at = NULL,
    rejected_reason = NULL, rejecter_id = NULL, updated_at = ?, last_actor_id = ?, revision = revision + 1 WHERE """
LOG = """INSERT INTO time_entry_changes
    (organization_id, id, time_entry_id, kind, actor_id, at, revision, before, after) """

APPROVE = """mutation ($id: ID!) { timeEntryApprove(id: $id) {
    timeEntry { id approved approvedAt revision } userErrors { code message } } }"""
BULK = """mutation ($input: TimeEntryBulkInput!) { timeEntryBulkApprove(input: $input) {
    results { timeEntryId outcome } appliedCount userErrors { code message } } }"""


@dataclass(slots=True)
class Bench:
    """A copy of the store, the gateway on it, and a bare connection through the same driver beside it."""

    database: SQLiteDatabase
    gateway: Gateway
    bare: aiosqlite.Connection
    viewer: Viewer
    ids: Iterator[int]
    changes: Iterator[int]

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        outcome = await self.gateway.execute(GraphQLRequest(query, variables), self.viewer)
        assert "errors" not in outcome.payload, outcome.payload
        [payload] = outcome.payload["data"].values()  # type: ignore[attr-defined]  # the response map's
        assert payload["userErrors"] == []
        return payload  # type: ignore[no-any-return]  # the response map's

    async def approve(self, number: int) -> None:
        payload = await self.ask(APPROVE, id=str(number))
        assert payload["timeEntry"]["approved"] is True

    async def approve_bare(self, numbers: Sequence[int]) -> None:
        """Approve in one transaction, a statement after the other."""
        await self.bare.execute("BEGIN IMMEDIATE")
        now, who = time.time_ns() // 1_000_000, self.viewer.person_id
        for number in numbers:
            key = (self.viewer.organization_id, next(self.changes), number, who, now, 2, BEFORE, AFTER)
            await self.bare.execute(f"{SET} id = ?", (now, who, now, who, number))
            await self.bare.execute(f"{LOG} VALUES (?, ?, ?, 'APPROVED', ?, ?, ?, ?, ?)", key)
        await self.bare.execute("COMMIT")

    def take(self, count: int) -> list[int]:
        return [next(self.ids) for _ in range(count)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("bench") / "gateway.db"
    shutil.copyfile(file_store(ENTRIES).driver_address, copy)
    connection = sqlite3.connect(copy)
    [[organization]] = connection.execute(
        "SELECT organization_id FROM time_entries GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    connection.execute(
        """UPDATE time_entries SET approved = 0, approved_at = NULL, rejected = 0, rejected_at = NULL WHERE id IN
           (SELECT id FROM time_entries WHERE organization_id = ? LIMIT 40000)""",
        (organization,),
    )
    connection.commit()
    connection.close()
    return copy


@pytest.fixture
async def bench(path: Path) -> AsyncIterator[Bench]:
    connection = sqlite3.connect(path)
    [[organization]] = connection.execute(
        "SELECT organization_id FROM time_entries GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    [[admin]] = connection.execute(
        "SELECT id FROM people WHERE organization_id = ? AND role = 'ADMIN' LIMIT 1", (organization,)
    )
    ids = connection.execute(
        "SELECT id FROM time_entries WHERE organization_id = ? AND status_id = 2 AND track_method_id <> ?",
        (organization, MARK),
    ).fetchall()
    connection.close()
    viewer = Viewer(
        organization, admin, Role.ADMIN, can_see_costs=True, time_zone="Europe/Zagreb", timesheet_submission=False
    )
    async with open_database(f"sqlite+aiosqlite:///{path}") as database:
        assert isinstance(database, SQLiteDatabase)
        async with aiosqlite.connect(path, isolation_level=None) as bare:
            for pragma in AS_DURABLE:
                await bare.execute(pragma)
            yield Bench(database, Gateway(database), bare, viewer, iter([number for (number,) in ids]), CHANGES)


def report(line: str) -> None:
    print(f"\n{line}")  # noqa: T201 - the figures are what a bench is for


async def seconds(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def ratio(
    name: str, rounds: int, ours: Callable[[], Awaitable[Any]], bare: Callable[[], Awaitable[Any]]
) -> float:
    """Measure both in turns and return the ratio of their medians."""
    await ours()
    await bare()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for kept, work in zip(times, (ours, bare), strict=True):
            kept.append(await seconds(work))
    mine, theirs = (statistics.median(kept) * 1000 for kept in times)
    report(f"{name}: {mine:.2f} ms, bare {theirs:.2f} ms, ratio {mine / theirs:.2f}")
    return mine / theirs


async def test_approving_one_takes_at_most_two_and_a_half_bare_transactions(bench):
    measured = await ratio(
        "approve one",
        600,
        lambda: bench.approve(next(bench.ids)),
        lambda: bench.approve_bare(bench.take(1)),
    )

    assert measured <= 2.5


async def test_approving_200_by_ids_takes_at_most_three_times_200_bare_updates(bench):
    async def ours() -> None:
        ids = [str(number) for number in bench.take(200)]
        payload = await bench.ask(BULK, input={"target": {"ids": ids}})
        assert payload["appliedCount"] == 200

    measured = await ratio("approve 200 by ids", 9, ours, lambda: bench.approve_bare(bench.take(200)))

    assert measured <= 3


async def test_approving_10_000_by_filter_takes_at_most_three_times_the_bare_set_and_little_memory(bench):
    organization, who = bench.viewer.organization_id, bench.viewer.person_id
    ids = bench.take(MOST_IN_BULK)
    chosen = "id IN (SELECT value FROM json_each(?))"
    await bench.bare.execute(f"UPDATE time_entries SET track_method_id = {MARK} WHERE {chosen}", (str(ids),))

    async def undo() -> None:
        await bench.bare.execute(
            f"UPDATE time_entries SET approved = 0, approved_at = NULL, approver_id = NULL WHERE {chosen}", (str(ids),)
        )

    async def bare() -> None:
        now = time.time_ns() // 1_000_000
        await bench.bare.execute("BEGIN IMMEDIATE")
        rows = f"""SELECT organization_id, ? + row_number() OVER (ORDER BY id), id, 'APPROVED', ?, ?, revision + 1, ?, ?
            FROM time_entries WHERE organization_id = ? AND track_method_id = {MARK}"""
        await bench.bare.execute(
            f"{LOG} {rows}", (next(bench.changes) * MOST_IN_BULK, who, now, BEFORE, AFTER, organization)
        )
        where = f"organization_id = ? AND track_method_id = {MARK}"
        await bench.bare.execute(f"{SET} {where}", (now, who, now, who, organization))
        await bench.bare.execute("COMMIT")

    async def ours() -> None:
        target = {"filter": {"trackMethodId": {"eq": MARK}}}
        payload = await bench.ask(BULK, input={"target": target, "atMost": MOST_IN_BULK})
        assert payload["appliedCount"] == MOST_IN_BULK

    await bare()
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        for name, work in (("bare", bare), ("ours", ours)):
            await undo()
            times[name].append(await seconds(work))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    mine, theirs = (statistics.median(times[name]) * 1000 for name in ("ours", "bare"))
    report(f"approve 10,000 by filter: {mine:.0f} ms, bare {theirs:.0f} ms, {mine / theirs:.2f}; {grown:.0f} MB more")

    assert mine / theirs <= 3
    assert grown < 150


async def test_sixteen_writers_share_their_commits(bench):
    todo = bench.take(1600)
    before = bench.database.commits

    async def writer() -> None:
        while todo:
            await bench.approve(todo.pop())

    together = await seconds(lambda: asyncio.gather(*(writer() for _ in range(16))))
    commits = bench.database.commits - before

    async def alone() -> None:
        for number in bench.take(200):
            await bench.approve(number)

    one = await seconds(alone)
    report(f"16 writers: {1600 / together:.0f} a second in {commits} commits; one writer: {200 / one:.0f} a second")
    assert commits <= 400
