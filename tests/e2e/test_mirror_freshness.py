"""What a gateway that mirrors an account says of how fresh its data is: in answers, metrics, /readyz and doctor."""

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import update

from gateway.clock import system_clock
from gateway.store.databases.database import open_database
from gateway.store.schema.mirror import MirrorAccountRow, MirrorBudgetRow, MirrorTroubleRow
from gateway.store.schema.rows import table_of
from tests.support.harness.serving import Served, insert_rows, make_store, serving
from tests.support.harness.stores import store_url
from tests.support.harness.waiting import TIMEOUT, eventually
from tests.support.harness.watching import WATCH, watched_office
from tests.support.worlds.office import ADMIN, STRANGER, entry

ACCOUNT = "https://account.example/api/v2"
MIRRORED: dict[str, Any] = {"mirror_url": ACCOUNT, "mirror_token": "t", "mirror_organization_id": 1}
IN_THE_ENVIRONMENT = {
    "GATEWAY_MIRROR_URL": ACCOUNT,
    "GATEWAY_MIRROR_TOKEN": "a-secret-of-the-account",
    "GATEWAY_MIRROR_ORGANIZATION_ID": "1",
}
SYNCED_TO = 1_754_028_000_000  # 2025-08-01T08:00:00+02:00, by a clock of the account that is far off
ASKED = "{ viewer { role } }"


OLDER = update(table_of(MirrorAccountRow)).values(synced_at=table_of(MirrorAccountRow).c.synced_at - 1_000_000)


def account(*, seconds: float = 0, **more: Any) -> MirrorAccountRow:
    """An account of which all was read so many seconds ago."""
    now = system_clock()
    facts: dict[str, Any] = {
        "organization_id": 1,
        "url": ACCOUNT,
        "started_at": now,
        "synced_to": SYNCED_TO,
        "synced_at": now - round(seconds * 1000),
        "reaches_back_to": dt.date(2025, 3, 1),
        "is_complete": True,
        "swept_total": 7,
    }
    return MirrorAccountRow(**facts | more)


async def keep(served: Served, *rows: Any) -> None:
    """Put rows into the store as the mirror does."""
    for row in rows:
        await served.database.write(partial(insert_rows, rows=(row,)))


async def answered(
    ask: Callable[[], Awaitable[httpx.Response]], wanted: Callable[[httpx.Response], bool]
) -> httpx.Response:
    """Ask until the answer is as wanted: a gateway looks at its mirror once a second."""

    async def look() -> httpx.Response | None:
        answer = await ask()
        return answer if wanted(answer) else None

    answer: httpx.Response = await eventually(look)
    return answer


def is_told(answer: httpx.Response) -> bool:
    return "x-mirror" in answer.headers


async def test_every_answer_says_how_fresh_the_mirrored_data_is(tmp_path):
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, account(seconds=3))
        by_graphql = await answered(lambda: served.post(ASKED), is_told)
        listed = await served.client.get("/api/v2/time_entries", headers=served.bearer())
        filed = await served.client.get("/api/v2/time_entries.csv", headers=served.bearer())
        asked: dict[str, Any] = {"params": {"query": ASKED}, "headers": served.bearer()}
        read = await served.client.get("/graphql", **asked)
        asked["headers"] |= {"if-none-match": read.headers["etag"]}
        known = await served.client.get("/graphql", **asked)

    told = by_graphql.json()["extensions"]["mirror"]
    lag = told.pop("lagSeconds")
    assert 3 <= lag < 3 + TIMEOUT
    assert told == {"syncedTo": "2025-08-01T08:00:00.000+02:00", "reachesBackTo": "2025-03-01", "complete": True}
    header = r'synced_to="2025-08-01T08:00:00\.000\+02:00", lag_seconds=\d+, reaches_back_to="2025-03-01", complete=\?1'
    for answer in (by_graphql, listed, filed, read, known):
        assert re.fullmatch(header, answer.headers["x-mirror"])
    assert [answer.status_code for answer in (listed, filed, read, known)] == [200, 200, 200, 304]


# Requests whose answers have nothing of the data: by what they send instead of a good query.
REFUSED: dict[str, dict[str, Any]] = {
    "no GraphQL": {"json": {"query": "{"}},
    "no field": {"json": {"query": "{ nothing }"}},
    "no such operation": {"json": {"query": ASKED, "operationName": "x"}},
    "no variable": {"json": {"query": "query ($id: ID!) { node(id: $id) { id } }"}},
    "no cursor": {"json": {"query": '{ timeEntries(first: 1, after: "x") { totalCount } }'}},
    "no mutation by GET": {"method": "GET", "params": {"query": 'mutation { timerStop(id: "1") { lastEventId } }'}},
    "no JSON": {"content": b"{", "headers": {"content-type": "application/json"}},
    "no type": {"content": b"{", "headers": {"content-type": "text/plain"}},
    "no form": {"json": {"query": ASKED}, "headers": {"accept": "text/csv"}},
    "no body": {"content": b" " * 2_000_000, "headers": {"content-type": "application/json"}},
    "no subscription": {
        "json": {"query": "subscription { timeEntryChanged { nothing } }"},
        "headers": {"accept": "text/event-stream"},
    },
    "no event": {
        "json": {"query": 'subscription { timeEntryChanged(since: "99") { eventId } }'},
        "headers": {"accept": "text/event-stream"},
    },
}


async def test_refusals_say_how_fresh_the_data_is_where_it_is_known_whose(tmp_path):
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, account())
        await answered(lambda: served.post(ASKED), is_told)
        answers = {}
        for name, asked in REFUSED.items():
            given = {"method": "POST", **asked, "headers": served.bearer() | asked.get("headers", {})}
            answer = await served.client.request(url="/graphql", **given)
            [data] = re.findall(r"^(?:data: )?(\{.*)$", answer.text, re.MULTILINE)
            answers[name] = orjson.loads(data)

    assert {name for name, payload in answers.items() if "errors" not in payload} == set()
    assert {
        name for name, payload in answers.items() if "reachesBackTo" not in payload["extensions"]["mirror"]
    } == set()


@pytest.mark.parametrize(("who", "since"), [(ADMIN, "2025-03-01"), (STRANGER, None)])
async def test_errors_of_a_socket_say_how_fresh_the_data_is_each(tmp_path, who, since):
    asked = [given["json"] for given in REFUSED.values() if "json" in given]
    found = set[tuple[int, str | None]]()
    async with watched_office(tmp_path, entry(225), **MIRRORED) as office:
        async with open_database(office.url) as database:
            await database.write(partial(insert_rows, rows=(account(),)))
        await office.app.mirror.look()
        async with office.socket(who) as socket:
            for place, payload in enumerate(asked):
                await socket.send("subscribe", id=str(place), payload=payload)
                while (message := await socket.receive())["type"] == "next":
                    pass
                if message["type"] == "error":
                    found |= {
                        (place, error["extensions"].get("mirror", {}).get("reachesBackTo"))
                        for error in message["payload"]
                    }

    assert {told for _, told in found} == {since}
    assert len(found) > 5


async def test_each_event_says_how_fresh_the_data_is(tmp_path):
    async with watched_office(tmp_path, entry(225), **MIRRORED) as office:
        async with open_database(office.url) as database:
            await database.write(partial(insert_rows, rows=(account(),)))
        await office.app.mirror.look()
        async with office.watch() as stream, office.socket() as socket:
            await socket.subscribe("a", WATCH)
            await office.note_elsewhere(225, "new")
            sent, message = await stream.next(), await socket.receive()

    for payload in (sent.data, message["payload"]):
        assert payload["data"]["timeEntryChanged"]["timeEntry"]["note"] == "new"
        assert payload["extensions"]["mirror"]["reachesBackTo"] == "2025-03-01"


async def test_another_organization_hears_nothing_of_the_mirror(tmp_path):
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, account())
        await answered(lambda: served.post(ASKED), is_told)
        theirs = await served.post(ASKED, who="stranger")
        nobodys = await served.client.post("/graphql", json={"query": ASKED})

    assert "mirror" not in theirs.json()["extensions"]
    assert "x-mirror" not in theirs.headers
    assert nobodys.status_code == 401
    assert "x-mirror" not in nobodys.headers


async def test_before_the_first_month_is_there_nothing_is_made_up(tmp_path):
    fresh = account(synced_to=None, synced_at=None, reaches_back_to=None, is_complete=False)
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, fresh)
        answer = await answered(lambda: served.post(ASKED), is_told)
        ready = await served.client.get("/readyz")

    unknown = {"syncedTo": None, "lagSeconds": None, "reachesBackTo": None, "complete": False}
    assert answer.json()["extensions"]["mirror"] == unknown
    assert answer.headers["x-mirror"] == "complete=?0"
    assert (ready.status_code, "first month" in ready.json()["reason"]) == (503, True)


async def test_a_gateway_is_not_ready_before_a_month_is_there(tmp_path):
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, account(reaches_back_to=None, is_complete=False))
        answer = await answered(lambda: served.post(ASKED), is_told)
        ready = await served.client.get("/readyz")

    assert answer.json()["extensions"]["mirror"]["reachesBackTo"] is None
    assert (ready.status_code, "first month" in ready.json()["reason"]) == (503, True)


async def test_a_store_that_was_mirrored_once_says_nothing_where_no_account_is_set(tmp_path):
    async with serving(tmp_path) as served:
        await keep(served, account(seconds=1_000))
        await asyncio.sleep(1.2)
        answer = await served.post(ASKED)
        ready = await served.client.get("/readyz")
        metrics = await served.client.get("/metrics")

    assert "mirror" not in answer.json()["extensions"]
    assert "x-mirror" not in answer.headers
    assert ready.status_code == 200
    assert "gateway_mirror" not in metrics.text


async def test_a_lag_that_is_too_long_is_told_by_readyz_and_every_lag_by_the_metrics(tmp_path):
    trouble = MirrorTroubleRow(
        organization_id=1, what="time_entries 7", sentence="No.", tries=1, next_try_at=0, first_at=0
    )
    now = system_clock()
    budget = MirrorBudgetRow(organization_id=1, windows=f'{{"1800":{{"{now // 18_000}":[900,120]}}}}')
    async with serving(tmp_path, **MIRRORED, mirror_max_lag_s=1_000) as served:
        first = await served.client.get("/readyz")
        await keep(served, account(seconds=500), trouble, budget)
        second = await answered(lambda: served.client.get("/readyz"), lambda answer: answer.status_code == 200)
        await served.database.write(lambda connection: connection.fetch(OLDER))
        third = await answered(lambda: served.client.get("/readyz"), lambda answer: answer.status_code == 503)
        metrics = (await served.client.get("/metrics")).text

    assert (first.status_code, first.json()["reason"]) == (
        503,
        "No account was mirrored yet: start `gateway mirror`.",
    )
    assert second.json() == {"status": "ok"}
    assert "more than the 1,000 s of GATEWAY_MIRROR_MAX_LAG_S" in third.json()["reason"]
    values = dict(re.findall(r"^(gateway_mirror\w+) (\S+)$", metrics, re.MULTILINE))
    assert 1_500 <= float(values["gateway_mirror_lag_seconds"]) < 1_500 + 2 * TIMEOUT
    used = dict(re.findall(r'^gateway_mirror_requests\{by="(\w+)",seconds="1800"\} (\S+)$', metrics, re.MULTILINE))
    assert used == {"mirror": "900.0", "people": "120.0"}
    assert 'gateway_mirror_requests_bound{seconds="1800"} 4000.0' in metrics
    assert (values["gateway_mirror_swept_total"], values["gateway_mirror_troubles"]) == ("7.0", "1.0")


async def doctored(url: str, gateway: Any, *rows: Any, **settings: str) -> tuple[int, str]:
    """Return the exit code of doctor and what it finds of the mirror, in a store with such rows."""
    await make_store(url)
    async with open_database(url) as database:
        await database.write(lambda connection: insert_rows(connection, rows))
    result = await asyncio.to_thread(gateway, "doctor", **IN_THE_ENVIRONMENT | settings, GATEWAY_DATABASE_URL=url)
    assert "a-secret" not in result.output
    [line] = [line for line in result.stdout.splitlines() if " mirror " in line]
    return result.exit_code, " ".join(line.split())


async def test_doctor_says_that_the_mirror_is_well(gateway, tmp_path):
    found = await doctored(store_url(tmp_path), gateway, account())

    assert found == (0, f"ok mirror The store has what {ACCOUNT} has.")


async def test_doctor_says_how_far_behind_the_mirror_is_and_why(gateway, tmp_path):
    behind = account(seconds=9_000, problem="The account does not answer.", problem_at=0)
    code, line = await doctored(store_url(tmp_path), gateway, behind)

    assert code == 1
    assert line.startswith("error mirror The mirror is 9,0")
    assert line.endswith("The account does not answer.")


async def test_doctor_names_the_variable_that_mirroring_lacks(gateway, tmp_path):
    code, line = await doctored(store_url(tmp_path), gateway, account(), GATEWAY_MIRROR_ORGANIZATION_ID="0")

    assert code == 1
    assert line == "error mirror No account is mirrored: set GATEWAY_MIRROR_ORGANIZATION_ID."
