"""The subprotocol graphql-transport-ws, message by message, and what its specification closes a connection for."""

import asyncio
import json

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidStatus

from gateway.graphql import execution
from gateway.graphql.http import websocket
from gateway.http import pipeline
from tests.support.harness.waiting import eventually
from tests.support.harness.watching import NOTE, WATCH, connected, watched_office
from tests.support.worlds.office import ADMIN, MANAGER, entry

ROLE = "{ viewer { role } }"

pytestmark = pytest.mark.sqlite_only


async def test_a_subscription_begins_before_the_pong_of_a_ping_behind_it(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.socket() as socket:
        await socket.send("subscribe", id="a", payload={"query": "subscription { timeEntryChanged { eventId } }"})
        await socket.send("ping", payload={"n": 1})
        pong = await socket.receive()
        last = await office.note(225, "new")
        event = await socket.receive()

    assert pong == {"type": "pong", "payload": {"n": 1}}
    assert event == {"id": "a", "type": "next", "payload": {"data": {"timeEntryChanged": {"eventId": last}}}}


async def test_operations_of_a_connection_run_beside_each_other(tmp_path):
    async with watched_office(tmp_path, entry(225), entry(226)) as office, office.socket() as socket:
        await socket.subscribe("one", filter={"id": {"eq": "225"}})
        await socket.subscribe("two", filter={"id": {"eq": "226"}})
        await office.note(226, "b")
        second = await socket.events("two", 1)
        await office.note(225, "a")
        first = await socket.events("one", 1)

    assert [first[0]["eventId"], second[0]["eventId"]] == ["2", "1"]


async def test_what_is_beyond_those_that_run_at_once_waits_and_what_comes_behind_it_too(tmp_path, monkeypatch):
    monkeypatch.setattr(websocket, "MOST_AT_ONCE", 1)
    async with watched_office(tmp_path, entry(225)) as office, office.socket(MANAGER) as socket:
        finished = asyncio.Event()
        writer = asyncio.create_task(office.app.database.write(lambda _: finished.wait()))
        await socket.send("subscribe", id="m", payload={"query": NOTE, "variables": {"id": "225", "note": "n"}})
        await socket.send("subscribe", id="q", payload={"query": ROLE})
        await socket.send("ping")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await socket.receive()
        finished.set()
        messages = [await socket.receive() for _ in range(5)]
        await writer

    assert [(message.get("id"), message["type"]) for message in messages[:2]] == [("m", "next"), ("m", "complete")]
    assert {"id": "q", "type": "complete"} in messages
    assert {"type": "pong"} in messages


async def test_what_was_completed_is_not_sent_any_more_and_its_id_is_free(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.socket() as socket:
        await socket.subscribe("a")
        await socket.send("complete", id="a")
        await office.note(225, "not seen")
        await socket.subscribe("a")
        await office.note(225, "seen")
        events = await socket.events("a", 1)

    assert events[0]["eventId"] == "2"


async def test_a_query_and_a_mutation_are_answered_once(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.socket(MANAGER) as socket:
        await socket.send("subscribe", id="q", payload={"query": ROLE})
        answer, end = await socket.receive(), await socket.receive()
        await socket.send("subscribe", id="m", payload={"query": NOTE, "variables": {"id": "225", "note": "n"}})
        written, _ = await socket.receive(), await socket.receive()

    assert answer["payload"]["data"] == {"viewer": {"role": "MANAGER"}}
    assert answer["payload"]["extensions"]["cost"]["requested"] == 2
    assert end == {"id": "q", "type": "complete"}
    assert written["payload"]["data"] == {"timeEntryUpdate": {"lastEventId": "1", "userErrors": []}}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ viewer { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { timeEntryChanged { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription ($since: ID) { timeEntryChanged(since: $since) { at } }", {"since": "x"}, "INVALID_CURSOR"),
        ("subscription ($since: ID) { timeEntryChanged(since: $since) { at } }", {"since": "1"}, "INVALID_CURSOR"),
        ("subscription ($since: ID) { timeEntryChanged(since: $since) { at } }", {"since": {}}, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_executed_is_an_error_and_the_connection_goes_on(tmp_path, query, variables, code):
    async with watched_office(tmp_path) as office, office.socket() as socket:
        await socket.send("subscribe", id="a", payload={"query": query, "variables": variables})
        error = await socket.receive()
        await socket.send("subscribe", id="a", payload={"query": ROLE})
        answer = await socket.receive()

    assert (error["type"], error["id"]) == ("error", "a")
    assert {each["extensions"]["code"] for each in error["payload"]} == {code}
    assert answer["type"] == "next"


async def test_a_token_has_so_many_subscriptions_on_all_of_its_connections(tmp_path):
    async with (
        watched_office(tmp_path, max_subscriptions=1) as office,
        office.socket() as first,
        office.socket() as second,
    ):
        await first.subscribe("a")
        await second.send("subscribe", id="b", payload={"query": "subscription { timeEntryChanged { at } }"})
        error = await second.receive()
        await first.send("complete", id="a")
        await first.subscribe("c")

    assert error["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT_EXCEEDED"


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "token", "X-Auth-Token"])
async def test_the_credential_of_connection_init_is_read_without_regard_to_case(tmp_path, name):
    async with watched_office(tmp_path) as office, connected(office.address) as socket:
        bearer = "Bearer " if name.lower() == "authorization" else ""
        payload = {name: bearer + office.tokens[ADMIN], "x-organization-ID": 1}
        await socket.send("connection_init", payload=payload)
        assert await socket.receive() == {"type": "connection_ack"}


async def test_the_credential_may_come_with_the_upgrade(tmp_path):
    async with watched_office(tmp_path) as office:
        bearer = f"Bearer {office.tokens[ADMIN]}"
        async with connected(office.address, authorization=bearer) as socket:
            await socket.init()
        async with connected(office.address, authorization="Bearer wrong") as socket:
            await socket.init(office.tokens[ADMIN])


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (None, 4401),
        ({}, 4401),
        ({"Authorization": "Bearer teg_wrong"}, 4401),
        ({"Authorization": "Basic x"}, 4401),
        ({"token": ["x"]}, 4401),
        ({"token": "TOKEN", "X-Organization-Id": "2"}, 4403),
        ([], 4400),
        ("TOKEN", 4400),
    ],
)
async def test_who_is_not_known_is_refused_before_the_acknowledgement(tmp_path, payload, code):
    async with watched_office(tmp_path) as office, connected(office.address) as socket:
        text = json.dumps({"type": "connection_init", "payload": payload}).replace("TOKEN", office.tokens[ADMIN])
        await socket.connection.send(text)

        with pytest.raises(Exception, match=str(code)):
            await socket.receive()


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "connection_init"}], 4429),
        (
            [{"type": "subscribe", "id": "a", "payload": {"query": "subscription { timeEntryChanged { at } }"}}] * 2,
            4409,
        ),
        ([{"type": "subscribe", "payload": {"query": ROLE}}], 4400),
        ([{"type": "subscribe", "id": "", "payload": {"query": ROLE}}], 4400),
        ([{"type": "subscribe", "id": 1, "payload": {"query": ROLE}}], 4400),
        ([{"type": "subscribe", "id": "a" * 201, "payload": {"query": ROLE}}], 4400),
        ([{"type": "subscribe", "id": "a"}], 4400),
        ([{"type": "subscribe", "id": "a", "payload": {}}], 4400),
        ([{"type": "subscribe", "id": "a", "payload": {"query": 1}}], 4400),
        ([{"type": "subscribe", "id": "a", "payload": {"query": ROLE, "variables": []}}], 4400),
        ([{"type": "complete"}], 4400),
        ([{"type": "next", "id": "a"}], 4400),
        ([{"type": "connection_ack"}], 4400),
        ([{"type": "ping", "payload": 1}], 4400),
        ([{"type": "ping", "payload": {"a": "x" * 1_000}}], 4400),
        ([{"type": "ping", "payload": {"a": json.loads("[" * 490 + "]" * 490)}}], 4400),
        ([{"type": "pong", "payload": {"a": [0] * 1_000}}], 4400),
        ([{"type": "start", "id": "a"}], 4400),
        ([{"type": None}], 4400),
        ([{}], 4400),
        ([[]], 4400),
        ([1], 4400),
    ],
)
async def test_a_message_that_the_subprotocol_does_not_know_closes_the_connection(tmp_path, messages, code):
    async with watched_office(tmp_path) as office, office.socket() as socket:
        for message in messages:
            await socket.connection.send(json.dumps(message))

        assert await socket.closed() == code


@pytest.mark.parametrize("kind", ["connection_init", "ping", "subscribe"])
async def test_before_it_is_known_who_asks_no_long_message_is_read(tmp_path, kind):
    async with watched_office(tmp_path) as office, connected(office.address) as socket:
        await socket.send(kind, payload={"token": "x" * 16_384})

        assert await socket.closed() == 4400


@pytest.mark.parametrize("frame", ["{", "", b'{"type":"ping"}', "\0"])
async def test_what_is_no_json_as_text_closes_the_connection(tmp_path, frame):
    async with watched_office(tmp_path) as office, office.socket() as socket:
        await socket.connection.send(frame)

        assert await socket.closed() == 4400


async def test_nothing_is_executed_before_the_acknowledgement(tmp_path):
    async with watched_office(tmp_path) as office, connected(office.address) as pinged:
        await pinged.send("ping")
        pong = await pinged.receive()
        await pinged.send("pong")
        await pinged.send("subscribe", id="a", payload={"query": ROLE})
        early = await pinged.closed()

    assert (pong, early) == ({"type": "pong"}, 4401)


async def test_a_client_that_does_not_say_who_it_is_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.2)
    async with watched_office(tmp_path) as office, connected(office.address) as socket:
        assert await socket.closed() == 4408


@pytest.mark.parametrize("subprotocols", [None, ["graphql-ws"], ["mqtt", "x"]])
async def test_another_subprotocol_is_refused(tmp_path, subprotocols):
    async with watched_office(tmp_path) as office, connected(office.address, subprotocols) as socket:
        assert await socket.closed() == 4406


async def test_ours_is_chosen_among_others(tmp_path):
    offered = ["graphql-ws", "graphql-transport-ws"]
    async with watched_office(tmp_path) as office, connected(office.address, offered) as socket:
        chosen = socket.connection.subprotocol

    assert chosen == "graphql-transport-ws"


async def test_pages_of_other_origins_connect_only_where_they_are_listed(tmp_path):
    async with watched_office(tmp_path, cors_origins="https://a.example") as office:
        for allowed in ("https://a.example", office.address):
            async with connected(office.address, origin=allowed) as socket:
                await socket.init(office.tokens[ADMIN])
        with pytest.raises(InvalidStatus) as refused:
            async with connected(office.address, origin="https://b.example"):
                pass

    assert refused.value.response.status_code == 403


async def test_a_page_behind_a_proxy_that_changes_the_host_connects_only_where_the_proxy_is_trusted(tmp_path):
    said: dict[str, str] = {"origin": "https://time.example", "x-forwarded-host": "time.example"}
    async with (
        watched_office(tmp_path, trusted_proxies="127.0.0.1") as office,
        connected(office.address, **said) as socket,
    ):
        await socket.init(office.tokens[ADMIN])
    async with watched_office(tmp_path) as office:
        with pytest.raises(InvalidStatus) as refused:
            async with connected(office.address, **said):
                pass

    assert refused.value.response.status_code == 403


async def test_a_message_longer_than_a_body_may_be_closes_the_connection(tmp_path):
    async with watched_office(tmp_path, max_body_bytes=2_000) as office, office.socket() as socket:
        await socket.send("subscribe", id="a", payload={"query": ROLE + "#" * 2_000})

        assert await socket.closed() == 1009


async def test_a_client_that_leaves_frees_what_it_had(tmp_path):
    async with watched_office(tmp_path) as office:
        async with office.socket() as socket:
            await socket.subscribe("a")
            await socket.subscribe("b")
            during = office.app.hub.open_subscriptions()
        await eventually(lambda: office.app.hub.open_subscriptions() == 0)

    assert during == 2


async def test_a_client_that_leaves_while_events_are_sent_is_no_error(tmp_path, monkeypatch, caplog):
    tried = list[str]()

    async def send(_, message):  # as the server does once it knows that nobody is there
        if '"next"' not in message.get("text", ""):
            return await to_client(_, message)
        tried.append(message["text"])
        raise ClientDisconnected

    to_client = WebSocketsSansIOProtocol.send
    monkeypatch.setattr(WebSocketsSansIOProtocol, "send", send)
    async with watched_office(tmp_path, entry(225)) as office, office.socket() as socket:
        await socket.subscribe("a")
        await office.note(225, "first")
        await eventually(lambda: office.app.hub.open_subscriptions() == 0)

    assert len(tried) == 1
    assert "unexpected" not in caplog.text


async def test_what_is_one_message_is_shorter_than_an_answer_may_be(tmp_path, monkeypatch):
    for module in (execution, pipeline):
        monkeypatch.setattr(module, "LONGEST_MESSAGE", 10_000)
    query = "{ timeEntries(first: 1) { nodes { note } } }"
    async with watched_office(tmp_path, entry(225)) as office, office.socket() as socket:
        await office.note_elsewhere(225, "x" * 11_000)
        async with office.watch(since="0") as stream:
            told = [(await stream.next()).data["errors"]]
        for asked, variables in ((query, {}), (WATCH, {"since": "0"})):
            await socket.send("subscribe", id=asked[:1], payload={"query": asked, "variables": variables})
            while (message := await socket.receive())["type"] != "next":
                assert message["type"] == "complete"
            told.append(message["payload"]["errors"])
        headers = {"authorization": f"Bearer {office.tokens[ADMIN]}"}
        whole = await office.client.post("/graphql", json={"query": query}, headers=headers)

    assert [error["extensions"]["code"] for errors in told for error in errors] == ["ANSWER_TOO_LARGE"] * 3
    assert len(whole.json()["data"]["timeEntries"]["nodes"][0]["note"]) == 11_000
