"""The list of 100 on PostgreSQL: the gateway's time as a ratio to asyncpg's with a statement written by hand."""

import asyncio
import datetime as dt
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import orjson
import pytest

from gateway.domain.access import Role, Viewer
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.seeding.filling import seed
from gateway.store.databases.database import address_of, open_database
from gateway.store.databases.postgresql_start import dsn_of
from tests.bench import by_hand
from tests.bench.by_hand import numbered
from tests.bench.workloads import LIST, ORGANIZATION, ZONE, comparable
from tests.support.harness.postgres import NoServer, Server

ENTRIES = int(os.environ.get("GATEWAY_TEST_BENCH_ENTRIES", "1000000"))
TODAY = dt.date(2025, 7, 31)
MOST = 1.5
ROUNDS = 400
FIRST = numbered(by_hand.FIRST)


def by_asyncpg(connection: Any) -> Callable[[], Awaitable[bytes]]:
    """The same answer, as a careful person would write it."""

    async def answer() -> bytes:
        return orjson.dumps({"data": by_hand.listed(await connection.fetch(FIRST, ORGANIZATION))})

    return answer


def by_gateway(gateway: Gateway) -> Callable[[], Awaitable[bytes]]:
    """What a request costs between its body and its answer's."""
    request = GraphQLRequest(LIST)
    viewer = Viewer(
        organization_id=ORGANIZATION,
        person_id=1,
        role=Role.ADMIN,
        can_see_costs=True,
        time_zone=ZONE,
        timesheet_submission=True,
    )

    async def answer() -> bytes:
        outcome = await gateway.execute(request, viewer)
        return orjson.dumps(outcome.payload)

    return answer


async def compare(url: str, rounds: int = ROUNDS) -> tuple[float, float, bool]:
    """Return the medians by the gateway and by hand in milliseconds, and whether the answers are the same."""
    raw = await asyncpg.connect(dsn_of(address_of(url)), server_settings={"jit": "off"})
    async with open_database(url) as database:
        ways = (by_gateway(Gateway(database)), by_asyncpg(raw))
        one, other = [comparable(orjson.loads(await way())) for way in ways]
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds):
            for place in ((0, 1), (1, 0))[number % 2]:
                start = time.perf_counter()
                await ways[place]()
                times[place].append((time.perf_counter() - start) * 1000)
    await raw.close()
    return statistics.median(times[0]), statistics.median(times[1]), one == other


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    try:
        server = Server.find()
    except NoServer as error:
        pytest.skip(str(error))
    made = server.empty_database()
    seed(made, ENTRIES, today=TODAY)
    yield made
    server.close()


@pytest.mark.bench
def test_a_list_takes_at_most_half_as_long_again_as_by_hand(url):
    by_us, by_them, same = asyncio.run(compare(url))

    assert same
    assert by_us / by_them <= MOST, f"{by_us:.2f} ms by the gateway, {by_them:.2f} ms by hand"
