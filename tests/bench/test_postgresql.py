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
from gateway.domain.instants import zone
from gateway.graphql.exchange import GraphQLRequest
from gateway.graphql.execution import Gateway
from gateway.operations.seeding import seed
from gateway.store.engine import address_of, open_database
from gateway.store.postgresql import dsn_of
from tests.postgres import NoServer, Server

ENTRIES = int(os.environ.get("GATEWAY_TEST_BENCH_ENTRIES", "1000000"))
TODAY = dt.date(2025, 7, 31)
MOST = 1.5
ROUNDS = 400
ZONE = "Europe/Zagreb"
QUERY = """{ timeEntries(first: 100, orderBy: [{ field: DATE, direction: DESC }]) { nodes {
  id date createdAt time billableTime note trackMethodId startedAt approved approvedAt updatedAt overhead rejected
  lastActivityAt submitted currency cost costDefault
  person { id firstName lastName } service { id name } deal { id name } company { id name } } } }"""
BY_HAND = """
SELECT t.id, t.date, t.created_at, t.time, t.billable_time, t.note, t.track_method_id, t.started_at, t.approved,
  t.approved_at, t.updated_at, t.overhead, t.rejected, t.last_activity_at, t.submitted, t.currency, t.cost,
  t.cost_default, t.person_id, p.first_name, p.last_name, t.service_id, s.name, t.deal_id, d.name, t.company_id, c.name
FROM time_entries t JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
  JOIN deals d ON d.id = t.deal_id LEFT JOIN companies c ON c.id = t.company_id
WHERE t.organization_id = $1 ORDER BY t.date DESC, t.id LIMIT 101
"""


def by_hand(connection: Any) -> Callable[[], Awaitable[bytes]]:
    """The same answer, as a patient person would write it."""
    instant = zone(ZONE).render

    def optional(at: int | None) -> str | None:
        return None if at is None else instant(at)

    async def answer() -> bytes:
        rows = await connection.fetch(BY_HAND, 1)
        nodes = [
            {
                "id": f"TimeEntry:{r[0]}", "date": r[1].isoformat(), "createdAt": instant(r[2]), "time": r[3],
                "billableTime": r[4], "note": r[5], "trackMethodId": r[6], "startedAt": optional(r[7]),
                "approved": r[8], "approvedAt": optional(r[9]), "updatedAt": instant(r[10]), "overhead": r[11],
                "rejected": r[12], "lastActivityAt": instant(r[13]), "submitted": r[14], "currency": r[15],
                "cost": r[16], "costDefault": r[17],
                "person": {"id": f"Person:{r[18]}", "firstName": r[19], "lastName": r[20]},
                "service": {"id": f"Service:{r[21]}", "name": r[22]}, "deal": {"id": f"Deal:{r[23]}", "name": r[24]},
                "company": None if r[25] is None else {"id": f"Company:{r[25]}", "name": r[26]},
            }
            for r in rows[:100]
        ]  # fmt: skip
        return orjson.dumps({"data": {"timeEntries": {"nodes": nodes}}})

    return answer


def by_gateway(gateway: Gateway) -> Callable[[], Awaitable[bytes]]:
    """What a request costs between its body and its answer's."""
    request = GraphQLRequest(QUERY)
    viewer = Viewer(
        organization_id=1, person_id=1, role=Role.ADMIN, can_see_costs=True, time_zone=ZONE, timesheet_submission=True
    )

    async def answer() -> bytes:
        outcome = await gateway.execute(request, viewer)
        return orjson.dumps(outcome.payload)

    return answer


async def compare(url: str, rounds: int = ROUNDS) -> tuple[float, float, bool]:
    """Return the medians by the gateway and by hand in milliseconds, and whether the answers are the same."""
    raw = await asyncpg.connect(dsn_of(address_of(url)), server_settings={"jit": "off"})
    async with open_database(url) as database:
        ways = (by_gateway(Gateway(database)), by_hand(raw))
        one, other = [orjson.loads(await way()) for way in ways]
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
