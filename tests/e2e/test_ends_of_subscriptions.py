"""What ends a subscription: a token that is no longer good, points that are spent, a shutdown, a client that waits."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from websockets.exceptions import ConnectionClosed

from gateway.clock import system_clock
from gateway.store.databases.database import open_database
from gateway.store.schema.own import TokenRow
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import PersonRow
from tests.support.harness.waiting import eventually, put_forward
from tests.support.harness.watching import END, WATCH, Sent, watched_office
from tests.support.worlds.office import ADMIN, MANAGER, MEMBER, entry

REVOKE = update(table_of(TokenRow)).values(revoked_at=bindparam("now")).where(table_of(TokenRow).c.person_id == MANAGER)
EXPIRE = update(table_of(TokenRow)).values(expires_at=bindparam("now")).where(table_of(TokenRow).c.person_id == MANAGER)
DEMOTE = update(table_of(PersonRow)).values(role="MEMBER").where(table_of(PersonRow).c.id == MANAGER)
HIDE = update(table_of(PersonRow)).values(can_see_costs=False).where(table_of(PersonRow).c.id == MANAGER)
PROMOTE = update(table_of(PersonRow)).values(role="ADMIN").where(table_of(PersonRow).c.id == MANAGER)
EVENT = "subscription { timeEntryChanged { eventId } }"


async def change(office, statement):
    """Change something as another process does."""
    values = {"now": system_clock()} if "now" in str(statement) else {}
    async with open_database(office.url) as database:
        await database.write(lambda connection: connection.fetch(statement, values))


@pytest.mark.parametrize("statement", [REVOKE, EXPIRE, DEMOTE, HIDE])
async def test_who_may_not_see_as_much_any_more_is_ended_within_a_second(tmp_path, statement):
    async with (
        watched_office(tmp_path) as office,
        office.watch(MANAGER) as stream,
        office.socket(MANAGER) as socket,
        office.watch(ADMIN) as another,
    ):
        await socket.subscribe("a")
        await another.any()
        await change(office, statement)
        error, end, code = await stream.next(), await stream.next(), await socket.closed()
        await eventually(lambda: office.app.hub.open_subscriptions() == 1)

    assert [each["extensions"]["code"] for each in error.data["errors"]] == ["FORBIDDEN"]
    assert (end.name, code) == ("complete", 4403)


async def test_who_may_see_more_goes_on(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.watch(MANAGER) as stream:
        await change(office, PROMOTE)
        await asyncio.sleep(1)
        await office.note(225, "seen")
        events = await stream.events(1)

    assert events[0]["eventId"] == "1"


@pytest.mark.sqlite_only
async def test_a_token_without_points_is_ended_and_may_come_back(tmp_path):
    async with (
        watched_office(tmp_path, entry(225), rate_limit=20) as office,
        office.watch(MANAGER, EVENT) as stream,
        office.socket(MEMBER) as socket,
    ):
        await socket.subscribe("a", EVENT)
        await office.note_elsewhere(225, *(f"note {place}" for place in range(20)))
        streamed, messages = list[Sent](), list[Any]()
        while (sent := await stream.next()) != END:
            streamed.append(sent)
        with suppress(ConnectionClosed):
            while True:
                messages.append(await socket.receive())

    *events, error = streamed
    assert [sent.name for sent in events] == ["next"] * len(events)
    assert [each["extensions"]["code"] for each in error.data["errors"]] == ["RATE_LIMITED"]
    *payloads, refused = messages
    assert [message["type"] for message in payloads] == ["next"] * len(payloads)
    assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
    assert 0 < len(events) < 20
    assert 0 < len(payloads) < 20
    assert socket.connection.close_code == 1013


@pytest.mark.sqlite_only
async def test_a_token_pays_for_looking_also_where_no_event_is_sent(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.http.requests.POINT_NS", 100)  # looking at a change takes some of them
    nothing = {"note": {"contains": "never"}}
    async with (
        watched_office(tmp_path, entry(225), rate_limit=200) as office,
        office.watch(MANAGER, filter=nothing) as stream,
        office.socket(MEMBER) as socket,
    ):
        await stream.any()
        await socket.subscribe("a", WATCH, filter=nothing)
        await office.note_elsewhere(225, *(f"note {place}" for place in range(60)))
        sent, message = await stream.next(), await socket.receive()
        end = await stream.any()
        code = await socket.closed()

    assert [error["extensions"]["code"] for error in sent.data["errors"]] == ["RATE_LIMITED"]
    assert end == END
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
    assert code == 1013


async def test_a_shutdown_ends_subscriptions_so_that_clients_come_back(tmp_path):
    async with AsyncExitStack() as clients:
        office = watched_office(tmp_path)
        opened = await office.__aenter__()
        stream = await clients.enter_async_context(opened.watch())
        socket = await clients.enter_async_context(opened.socket())
        await socket.subscribe("a")
        first = await stream.any()

        ending = asyncio.create_task(office.__aexit__(None, None, None))
        code, end = await socket.closed(), await stream.next()
        await ending

    assert (first.id, code, end) == ("0", 1012, END)


async def test_a_client_that_reads_nothing_is_cut_and_nobody_else_waits_for_it(tmp_path):
    note = "x" * 90_000
    async with (
        watched_office(tmp_path, entry(225), write_timeout_ms=30_000) as office,
        office.watch(MANAGER) as stuck,
        office.socket(MANAGER) as silent,
        office.watch(ADMIN) as reader,
    ):
        await stuck.any()
        await silent.subscribe("a")
        silent.connection.transport.pause_reading()
        seen = []
        for place in range(400):
            await office.note(225, f"{place} {note}")
            seen += await reader.events(1)
            put_forward(1)
            if office.app.hub.open_subscriptions() == 1:
                break
        left = office.app.hub.open_subscriptions()
        silent.connection.transport.abort()  # or its client would wait for the answer to its farewell

    assert [event["eventId"] for event in seen] == [str(place) for place in range(1, len(seen) + 1)]
    assert left == 1
