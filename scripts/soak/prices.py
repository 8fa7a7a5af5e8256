"""Compares prices with work: `scripts/soak/prices.py [--queries 2400] [--entries 300000] [--url URL] [--short]`.

Random queries, and lists with random filters, sums and groups under aliases, are executed one at
a time. What is counted is the processor's time of this process: on SQLite all that an operation takes. It ends with 1
where one that was accepted took more than 5 ms a point, of three runs the shortest, and prints the worst ten. `--url`
names a store that `gateway seed` has made; `--short` asks 300 of 30,000 entries.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import bindparam, func

from gateway.catalog.entry_groups import GROUP_KEYS
from gateway.domain.access import Role, Viewer
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.graphql.schema import CORE
from gateway.store.databases.database import Connection, Database, open_database
from gateway.store.schema.entries import ENTRIES
from gateway.store.viewers import first_of
from tests.support.harness.processes import seeded
from tests.support.random.filters import Filters
from tests.support.random.operations import Operations, Pool

SHORT = {"queries": 300, "entries": 30_000}
MOST = 5.0  # milliseconds a point
SAMPLE = 2_000  # entries that operands come from
SHOWN = 10
LONGEST = 500  # characters of a query that is shown
ROLES = (Role.ADMIN, Role.ADMIN, Role.MEMBER)
RECORDS = ("TimeEntry", "Person", "Company", "Project", "Deal", "Service", "Task")
SPANS = {key.word for key in GROUP_KEYS.values() if key.is_span}
ENTRIES_QUERY = "query ($f: TimeEntryFilter) {{ {lists} }}"
CHANGE = """mutation ($f: TimeEntryFilter!) {
  timeEntryBulkApprove(input: { target: { filter: $f }, atMost: %d, dryRun: true }) { failedCount }
}"""
_sampled = (
    ENTRIES.select()
    .where(ENTRIES.c.organization_id == bindparam("organization_id"))
    .order_by(func.random())
    .limit(SAMPLE)
)


@dataclass(frozen=True, slots=True)
class Took:
    """What an operation cost, and what it took of the processor."""

    points: int
    milliseconds: float
    text: str
    variables: object

    @property
    def a_point(self) -> float:
        """Milliseconds a point; what is free (a __typename alone) may take what one point may."""
        return self.milliseconds / max(self.points, 1)


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks at random."""

    viewer: Viewer
    lot: random.Random
    filters: Filters
    operations: Operations

    def request(self) -> GraphQLRequest:
        """Make up a request."""
        make: Callable[[], GraphQLRequest] = self.lot.choice((self.any, self.lists, self.lists, self.sums, self.dry))
        return make()

    def any(self) -> GraphQLRequest:
        """Ask for whatever the schema has."""
        made = self.operations.query()
        return GraphQLRequest(made.text, made.variables)

    def lists(self) -> GraphQLRequest:
        """Ask for pages of a filter, in some order."""
        lot = self.lot
        fields = lot.sample(("DATE", "UPDATED_AT", "JIRA_ISSUE_ID", "JIRA_ISSUE_SUMMARY"), lot.choice((0, 1, 1, 2)))
        order = [f"{{ field: {field}, direction: {lot.choice(('ASC', 'DESC'))} }}" for field in fields]
        page = lot.choice(("first: 0", "first: 1", "first: 30", "last: 3", "page: { number: 3000, size: 10 }"))
        body = lot.choice(("nodes { id }", "pageInfo { hasNextPage }", "nodes { id } totalCount"))
        return self._aliased(f"{page} orderBy: [{', '.join(order)}]", body)

    def sums(self) -> GraphQLRequest:
        """Ask for sums and groups of a filter."""
        lot = self.lot
        span = lot.sample(sorted(SPANS), lot.choice((0, 1)))
        keys = lot.sample(sorted(GROUP_KEYS.keys() - SPANS), lot.choice((1, 2, 3, 7, 9))) + span
        measures = lot.choice(("count", "time cost { amount }", "count time billableTime cost { amount } costDefault"))
        groups = f"groups(by: [{', '.join(keys)}], first: {lot.choice((1, 10, 100))}) {{ totalCount }}"
        nodes = f"groups(by: [{', '.join(keys)}], first: 5) {{ nodes {{ aggregate {{ {measures} }} }} }}"
        body = lot.choice((f"aggregate {{ {measures} }}", "totalCount", groups, nodes))
        return self._aliased("first: 0", body)

    def dry(self) -> GraphQLRequest:
        """Ask what a bulk would do."""
        return GraphQLRequest(CHANGE % self.lot.choice((1, 200, 10_000)), {"f": self.filters.filter()})

    def _aliased(self, arguments: str, body: str) -> GraphQLRequest:
        field = f"timeEntries(filter: $f {arguments}) {{ {body} }}"
        lists = " ".join(f"a{number}: {field}" for number in range(self.lot.choice((1, 1, 1, 1, 5))))
        return GraphQLRequest(ENTRIES_QUERY.format(lists=lists), {"f": self.lot.choice((None, self.filters.filter()))})


async def compare(database: Database, queries: int) -> list[Took]:
    """Execute so many queries that are accepted."""
    lot, gateway, found = random.Random(11), Gateway(database), list[Took]()  # noqa: S311 - the same queries each time
    async with database.read(snapshot=False) as connection:
        all_asking = [await _asking(connection, role, lot) for role in ROLES]
    began = time.monotonic()
    while len(found) < queries:
        asking = lot.choice(all_asking)
        took = await _took(gateway, asking.request(), asking.viewer)
        if took is not None:
            found.append(took)
            if len(found) % (queries // 10) == 0:
                worst = max(each.a_point for each in found)
                print(f"{len(found):>6,} queries, {time.monotonic() - began:.0f} s: {worst:.2f} ms a point", flush=True)
    return found


async def _took(gateway: Gateway, request: GraphQLRequest, viewer: Viewer) -> Took | None:
    """Execute a query, and again where it took long: it may have been the first of its kind, or met others' work."""
    fewest = float("inf")
    for _ in range(3):
        began = time.process_time()
        outcome = await gateway.execute(request, viewer)
        fewest = min(fewest, (time.process_time() - began) * 1_000)
        if not outcome.executed:
            return None
        if fewest <= MOST * outcome.cost / 2:
            break
    return Took(outcome.cost, fewest, request.query, request.variables)


async def _asking(connection: Connection, role: Role, lot: random.Random) -> Asking:
    viewer = await first_of(connection, role)
    if viewer is None:
        raise SystemExit(f"Nobody is {role.name} in this store; make one by gateway seed.")
    names = [column.name for column in ENTRIES.c]
    rows: list[dict[str, Any]] = [
        {**dict(zip(names, row, strict=True)), "decidable": True, "manager_id": viewer.person_id}
        for row in await connection.fetch(_sampled, {"organization_id": viewer.organization_id})
    ]
    filters = Filters(rows, lot, submission=viewer.timesheet_submission)
    pool = Pool(
        id=lambda name: f"{_type(name, lot)}:{lot.randint(1, 100)}",
        cursors=("",),
        texts=("a", "e", "%", "no such text"),
        days=("2025-03-30", "2026-01-01"),
        filter=filters.filter,
    )
    return Asking(viewer, lot, filters, Operations(CORE, lot, pool))


def _type(name: str, lot: random.Random) -> str:
    return lot.choice(RECORDS) if name in {"id", "ids"} else f"{name[0].upper()}{name[1:-2]}"


async def run(url: str, queries: int) -> int:
    """Return 1 where a query took more than its price."""
    async with open_database(url) as database:
        found = sorted(await compare(database, queries), key=lambda each: each.a_point, reverse=True)
    for each in found[:SHOWN]:
        asked = f"{each.text} {each.variables}"[:LONGEST]
        print(f"{each.a_point:8.2f} ms a point: {each.milliseconds:,.1f} ms for {each.points:,}: {asked}")
    return int(found[0].a_point > MOST)


def main() -> None:
    """End with 1 where a query took more than its price."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=2_400)
    parser.add_argument("--entries", type=int, default=300_000)
    parser.add_argument("--url")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        url = asked.url or seeded(Path(folder), asked.entries)[0]
        sys.exit(asyncio.run(run(url, asked.queries)))


if __name__ == "__main__":
    main()
