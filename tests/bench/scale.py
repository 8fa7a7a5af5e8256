"""Every documented filter and sort, and the common pairs, over a large store: python -m tests.bench.scale [URL] [WORD].

For each, the least milliseconds in this process of the first page, of the page after the one in the middle and the one
before it (by cursor), and of the page in the middle, or 50,000 rows down, by its number; WORD keeps the cases whose
name has it. The store is made by `gateway seed --entries 10000000`; GATEWAY_DATABASE_URL names it without a URL.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.access import Role, Viewer
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.querying.filters import Filter
from gateway.store.databases.database import open_database
from gateway.store.databases.options import StoreOptions

ROUNDS = 7
SIZE = 30
DEEP = 50_000  # rows before the middle, at most
LIMIT = 5.0  # ms
A_LOT = 100  # ms
TIMEOUT = 60_000  # ms
NEWEST = "orderBy: [{ field: DATE, direction: DESC }]"
ORDERS = {"by id": "", "oldest": "orderBy: [{ field: DATE }]", "newest": NEWEST}
WORDS = {
    "status": {1: "APPROVED", 2: "UNAPPROVED", 3: "REJECTED"},
    "billingTypeId": {1: "FIXED", 2: "ACTUALS", 3: "NON_BILLABLE"},
    "invoicingStatus": {1: "NOT_INVOICED", 2: "DRAFTED", 3: "FINALIZED"},
}
QUERY = """{{ timeEntries({arguments}) {{
  nodes {{ id date time note person {{ id firstName }} }} pageInfo {{ startCursor endCursor }} }} }}"""
SAMPLE = """SELECT {column}, count(*) FROM time_entries TABLESAMPLE SYSTEM (5) REPEATABLE (1)
WHERE organization_id = 1 AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"""
MANAGERS = """SELECT manager_id, count(*) FROM people
WHERE organization_id = 1 AND manager_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"""


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for, and under which name."""

    name: str
    filter: str = ""
    orders: tuple[str, ...] = tuple(ORDERS.values())


async def cases_of(connection: Any) -> list[Case]:
    """Return a case for each sort, each filter with its operations, and the common pairs."""
    sorts = [f"orderBy: [{{ field: {name}, direction: {way} }}]" for name in SORTS.keys for way in ("ASC", "DESC")]
    cases = [Case("everything", "", ("", *sorts))]
    for row in FILTERS.filters:
        sampled = MANAGERS if row.name == "managerId" else SAMPLE.format(column=row.subject.column)
        rows = await connection.execute(sampled)
        cases += [Case(f"{row.name}: {test}", f"{row.name}: {test}") for test in _tests(row, [row[0] for row in rows])]
    year, quarter = (f'date: {{ gtEq: "{start}", ltEq: "{end}" }}' for start, end in (YEAR, QUARTER))
    for one in (*(case.filter for case in cases if case.name.startswith(PAIRED) and " eq:" in case.name), ""):
        cases += [Case(f"{one} + {span}", f"{one} {span}") for span in (year, quarter)]
    return cases


PAIRED = ("personId", "projectId", "status")
YEAR, QUARTER = ("2024-01-01", "2024-12-31"), ("2025-01-01", "2025-03-31")


def _tests(row: Filter, values: list[Any]) -> Iterator[str]:
    """Yield operations with the most frequent value of a sample, a middling and a rare one."""
    common, middle, rare = (_literal(row, values[place]) for place in (0, len(values) // 2, -1))
    match row.kind.comparator:
        case "Boolean":
            yield from ("true", "false")
        case "Date":
            yield from (f'"{day}"' for day in (*YEAR, "2026-11-01"))
        case "DateFilter" | "DateTimeFilter":
            yield from (f'{{ gtEq: "{YEAR[0]}" }}', f'{{ ltEq: "{YEAR[0]}" }}', '{ gtEq: "2026-11-23" }')
            yield f'{{ eq: "{QUARTER[0]}" }}' if row.kind.comparator == "DateFilter" else f'{{ gt: "{YEAR[1]}" }}'
        case "IntFilter":
            yield from (f"{{ {operation}: {value} }}" for operation in ("eq", "gt", "ltEq") for value in (common, rare))
        case _:
            operations = row.kind.operations
            yield from (f"{{ eq: {value} }}" for value in dict.fromkeys((common, middle, rare)))
            yield f"{{ in: [{common}, {rare}] }}"
            yield f"{{ notEq: {common} }}"
            if "isNull" in operations:
                yield "{ isNull: true }"
            if "contains" in operations:
                yield f"{{ contains: {common} }}"


def _literal(row: Filter, value: Any) -> str:
    if row.name in WORDS:
        return WORDS[row.name][value]
    return str(value) if row.kind.comparator == "IntFilter" else f'"{value}"'


class Measured:
    """Asks as an admin of the first organization."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._viewer = Viewer(
            organization_id=1,
            person_id=1,
            role=Role.ADMIN,
            can_see_costs=True,
            time_zone="Europe/Zagreb",
            timesheet_submission=True,
        )

    async def page(self, *arguments: str, rounds: int = ROUNDS) -> tuple[float, dict[str, Any]]:
        """Return the least milliseconds, and the page."""
        request = GraphQLRequest(QUERY.format(arguments=", ".join(filter(None, arguments))))
        least = float("inf")
        while (rounds := rounds - 1) >= 0:
            start = time.perf_counter()
            outcome = await self._gateway.execute(request, self._viewer)
            least = min(least, (time.perf_counter() - start) * 1000)
            if least > A_LOT:
                rounds = min(rounds, 1)  # once more, with what was read kept in memory
            payload: Any = outcome.payload
            if "errors" in payload:
                raise RuntimeError(f"{request.query}: {payload['errors']}")
        return least, payload["data"]["timeEntries"]

    async def count(self, filter_: str) -> int:
        """Return how many entries match."""
        request = GraphQLRequest(f"{{ timeEntries{filter_ and f'({filter_})'} {{ totalCount }} }}")
        payload: Any = (await self._gateway.execute(request, self._viewer)).payload
        return int(payload["data"]["timeEntries"]["totalCount"])


def say(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("\n".join((*lines, "")))
    sys.stdout.flush()


async def measure(url: str, word: str) -> list[str]:
    """Print a line for each case, and return those of them that took longer than they may."""
    slow = []
    async with open_database(url, StoreOptions(statement_timeout_ms=TIMEOUT)) as database:
        async with database.read(snapshot=False) as connection:
            cases = await cases_of(connection)
        measured = Measured(Gateway(database))
        say(f"| {'filter':60} | {'order':50} | entries | first | after | before | number |")
        say("|---|---|---:|---:|---:|---:|---:|")
        for case in cases:
            filter_ = case.filter and f"filter: {{ {case.filter} }}"
            total = None
            for order in case.orders:
                if word not in f"{case.name} {order}":
                    continue
                total = await measured.count(filter_) if total is None else total
                took = await _four(measured, total, filter_, order)
                times = " | ".join("" if each is None else f"{each:.1f}" for each in took)
                line = f"| {case.name:60} | {order[9:]:50} | {total} | {times} |"
                say(line)
                if any(each is not None and each > LIMIT for each in took[:3]):
                    slow.append(line)
    return slow


async def _four(measured: Measured, total: int, filter_: str, order: str) -> list[float | None]:
    first, _ = await measured.page(f"first: {SIZE}", filter_, order)
    if total < 3 * SIZE:
        return [first, None, None, None]
    number = min(total // 2, DEEP) // SIZE + 1
    numbered, page = await measured.page(f"page: {{ number: {number}, size: {SIZE} }}", filter_, order, rounds=2)
    after, before = page["pageInfo"]["endCursor"], page["pageInfo"]["startCursor"]
    forward, _ = await measured.page(f'first: {SIZE}, after: "{after}"', filter_, order)
    backward, _ = await measured.page(f'last: {SIZE}, before: "{before}"', filter_, order)
    return [first, forward, backward, numbered]


def main() -> None:
    """Read the command line, measure, and say what took too long."""
    url, word = [*sys.argv[1:], "", ""][:2]
    slow = asyncio.run(measure(url or os.environ["GATEWAY_DATABASE_URL"], word))
    say(f"\n{len(slow)} lines above {LIMIT:.0f} ms by cursor:", *slow)


if __name__ == "__main__":
    main()
