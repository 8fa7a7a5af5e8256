"""Clients of subscriptions, over a real socket: server-sent events, and graphql-transport-ws."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.app import GatewayApp, create_app
from gateway.domain.attributes import Attributes
from gateway.operations.time_entries import update_time_entry
from gateway.operations.work import Work
from gateway.settings import Settings
from gateway.store.databases.database import Connection, open_database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.tokens import create_token
from tests.support.harness.serving import listening
from tests.support.harness.stores import store_url
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.office import ADMIN, NOW, ROLES, do, furnish

WATCH = """subscription ($filter: TimeEntryFilter, $since: ID) { timeEntryChanged(filter: $filter, since: $since) {
  eventId kind timeEntryId timeEntry { id note } actor { id } at } }"""

NOTE = """mutation ($id: ID!, $note: String) {
  timeEntryUpdate(id: $id, input: {note: $note}) { lastEventId userErrors { message } } }"""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event of the stream: its id, its name and its data; without a name it only moves the id."""

    id: str | None
    name: str | None
    data: Any

    @property
    def payload(self) -> Any:
        """The event of the change log."""
        return self.data["data"]["timeEntryChanged"]


END = Sent(None, "the end of the stream", None)


class Stream:
    """The events of an answer, one by one."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._blocks = self._read()

    async def _read(self) -> AsyncIterator[Sent]:
        rest = ""
        async for text in self.response.aiter_text():
            *blocks, rest = (rest + text).split("\n\n")
            for block in blocks:
                fields = dict(line.split(": ", 1) for line in block.split("\n"))
                data = fields.get("data")
                yield Sent(fields.get("id"), fields.get("event"), json.loads(data) if data else None)

    async def any(self) -> Sent:
        """The next event, heartbeats too; END at the end of the stream."""
        async with asyncio.timeout(TIMEOUT):
            return await anext(self._blocks, END)

    async def next(self) -> Sent:
        """The next event that has a name; END at the end of the stream."""
        while (sent := await self.any()).name is None:
            pass
        return sent

    async def events(self, count: int) -> list[Any]:
        """So many events of the change log."""
        found = []
        for _ in range(count):
            sent = await self.next()
            assert sent.name == "next", sent
            assert sent.id == sent.payload["eventId"]
            found.append(sent.payload)
        return found


@cache
def _no_tls() -> ssl.SSLContext:
    """What a client makes anew for itself, used or not, unless it is given one; that takes longer than a request."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def streamed(
    address: str, token: str, query: str = WATCH, headers: dict[str, str] | None = None, **variables: Any
) -> AsyncIterator[Stream]:
    """Subscribe; by then it is accepted."""
    sent = {"accept": "text/event-stream", "authorization": f"Bearer {token}", **(headers or {})}
    async with (
        httpx.AsyncClient(timeout=TIMEOUT, verify=_no_tls()) as client,
        client.stream(
            "POST", f"{address}/graphql", json={"query": query, "variables": variables}, headers=sent
        ) as response,
    ):
        yield Stream(response)


class Socket:
    """A connection that speaks graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, kind: str, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps({"type": kind, **message}))

    async def receive(self) -> Any:
        """The next message."""
        async with asyncio.timeout(TIMEOUT):
            return json.loads(await self.connection.recv())

    async def init(self, token: str | None = None, **payload: Any) -> None:
        """Say who asks, and be acknowledged."""
        await self.send("connection_init", payload=payload | ({"Authorization": f"Bearer {token}"} if token else {}))
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, identity: str, query: str = WATCH, **variables: Any) -> None:
        """Subscribe; by then it has begun."""
        await self.send("subscribe", id=identity, payload={"query": query, "variables": variables})
        await self.send("ping")
        assert await self.receive() == {"type": "pong"}

    async def events(self, identity: str, count: int) -> list[Any]:
        """So many events of the change log for one operation."""
        found = []
        for _ in range(count):
            message = await self.receive()
            assert (message["type"], message["id"]) == ("next", identity), message
            found.append(message["payload"]["data"]["timeEntryChanged"])
        return found

    async def closed(self) -> int | None:
        """The code with which the gateway closes the connection; what comes before that is passed over."""
        async with asyncio.timeout(TIMEOUT):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code


@asynccontextmanager
async def connected(
    address: str, subprotocols: Sequence[str] | None = ("graphql-transport-ws",), **headers: str
) -> AsyncIterator[Socket]:
    """Open a connection."""
    url = f"{address.replace('http', 'ws', 1)}/graphql"
    asked = None if subprotocols is None else [Subprotocol(name) for name in subprotocols]
    # It sends no pings of its own, which go unanswered where a test puts the clock forward.
    async with connect(
        url,
        subprotocols=asked,
        additional_headers=headers,
        compression=None,
        open_timeout=TIMEOUT,
        ping_interval=None,
    ) as connection:
        yield Socket(connection)


async def accepted(watch: Callable[[], AbstractAsyncContextManager[Stream]]) -> Sent:
    """The first event of a subscription that is accepted once the gateway has noticed that others were closed."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            async with watch() as stream:
                sent = await stream.any()
            if sent.name is None:
                return sent
            assert sent.data["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT_EXCEEDED", sent


@dataclass(frozen=True, slots=True)
class Office:
    """The office behind a socket, with a token for each of its people."""

    app: GatewayApp
    address: str
    url: str
    tokens: dict[int, str]
    client: httpx.AsyncClient

    def watch(
        self, who: int = ADMIN, query: str = WATCH, headers: dict[str, str] | None = None, **variables: Any
    ) -> AbstractAsyncContextManager[Stream]:
        """Subscribe as somebody."""
        return streamed(self.address, self.tokens[who], query, headers, **variables)

    @asynccontextmanager
    async def socket(self, who: int = ADMIN) -> AsyncIterator[Socket]:
        """Open a connection as somebody."""
        async with connected(self.address) as socket:
            await socket.init(self.tokens[who])
            yield socket

    async def write(self, query: str, who: int = ADMIN, **variables: Any) -> Any:
        """Send a mutation of one field and return its payload."""
        headers = {"authorization": f"Bearer {self.tokens[who]}"}
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer = response.json()
        assert "errors" not in answer, answer
        [payload] = answer["data"].values()
        return payload

    async def note(self, number: int, text: str, who: int = ADMIN) -> str:
        """Change the note of an entry; return the event's id."""
        payload = await self.write(NOTE, who, id=str(number), note=text)
        assert payload["userErrors"] == []
        event = payload["lastEventId"]
        assert isinstance(event, str), "nothing was changed"
        return event

    async def note_elsewhere(self, number: int, *texts: str) -> None:
        """Change the note of an entry as another process does, and cost nobody points."""
        async with open_database(self.url) as database:
            for text in texts:
                await do(database, partial(_annotate, number=number, text=text))


async def _annotate(work: Work, *, number: int, text: str) -> None:
    await update_time_entry(work, number, Attributes(note=text), if_revision=None)


@asynccontextmanager
async def watched_office(directory: Path, *entries: TimeEntryRow, **settings: Any) -> AsyncIterator[Office]:
    """Put the office and some entries into a store of its own, and answer over a socket from it."""
    url = store_url(directory)
    async with open_database(url) as database:
        await furnish(database, *entries)
        tokens = await database.write(_tokens)
    app = create_app(Settings.load({}, database_url=url, **settings))
    async with (
        app.router.lifespan_context(app),
        listening(app, **settings) as address,
        httpx.AsyncClient(base_url=address, timeout=TIMEOUT, verify=_no_tls()) as client,
    ):
        yield Office(app, address, url, tokens, client)


async def _tokens(connection: Connection) -> dict[int, str]:
    return {who: await create_token(connection, person_id=who, name=str(who), now=NOW) for who in ROLES}
