"""WebSocket connections by the subprotocol graphql-transport-ws: subscriptions, and queries and mutations, too.

Messages are taken one by one. What was subscribed is watched by the time the next message is looked at, so a pong says
that all subscriptions before its ping have begun.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from time import perf_counter
from typing import Any, Protocol

import orjson
from starlette.types import Receive, Scope, Send

from gateway.domain.access import Viewer
from gateway.graphql.errors import RequestRefused
from gateway.graphql.http import parameters
from gateway.graphql.http.events import ENDS, paid_for, told
from gateway.graphql.requests.request import GraphQLRequest, Subscribed
from gateway.http.answers import Answer
from gateway.http.codes import Code
from gateway.http.heads import Head
from gateway.http.masking import http_error_of
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.live.guard import NotAllowed
from gateway.live.hub import Hub
from gateway.live.subscriptions import Subscription, TooSlow
from gateway.store.tokens import Credential

SUBPROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MOST_AT_ONCE = 50  # queries and mutations of a connection that run; others wait, and what comes behind them
IDLE_SECONDS = 3_600.0  # nothing has to be sent for as long as nothing happens
LONGEST_REASON = 120  # bytes that a close frame has for it
LONGEST_ID = 200  # characters of an operation's id, which each of its messages repeats

# The names by which connection_init may hold a credential, and those of the headers that they stand for.
CREDENTIALS = {
    "authorization": b"authorization",
    "token": b"x-auth-token",
    "x-auth-token": b"x-auth-token",
    "x-organization-id": b"x-organization-id",
}
TOKENS = {b"authorization", b"x-auth-token"}


class Close(IntEnum):
    """Why a connection is closed, by the codes of the subprotocol and of WebSocket."""

    TRY_AGAIN = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    BAD_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    ID_IN_USE = 4409
    TOO_MANY_INITS = 4429


class Closed(Exception):
    """The connection is to be closed."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Executor(Protocol):
    """Who knows what operations are and executes them."""

    async def is_subscription(self, request: GraphQLRequest) -> bool: ...

    async def subscribe(
        self, request: GraphQLRequest, viewer: Viewer, *, spend: Callable[[int], None]
    ) -> Subscribed: ...


Execute = Callable[[Request, GraphQLRequest], Awaitable[Answer]]


class Sockets:
    """The WebSocket connections of the face."""

    def __init__(self, executor: Executor, execute: Execute, pipeline: Pipeline, hub: Hub) -> None:
        """`execute` answers queries and mutations."""
        self.executor, self.execute, self.pipeline, self.hub = executor, execute, pipeline, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection until somebody closes it."""
        await receive()  # that it was opened
        headers = dict(scope["headers"])
        if not self.pipeline.allows_origin(headers):
            await send({"type": "websocket.close"})  # before it is accepted: 403
            return
        known = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if known else None})
        connection = _Connection(self, headers, receive, send)
        try:
            await connection.serve(known=known)
        except Closed as closed:
            reason = closed.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
            await send({"type": "websocket.close", "code": closed.code, "reason": reason})


class _Gone(Exception):
    """The client has closed the connection, or the gateway ends."""


class _Connection:
    """One connection: its credential, and what runs on it."""

    def __init__(self, sockets: Sockets, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        self._sockets, self._headers, self._receive, self._send = sockets, headers, receive, send
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._ending: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()

    async def serve(self, *, known: bool) -> None:
        """Take messages until the client is gone, where the subprotocol is known.

        Raises:
            Closed: the connection is to be closed.
        """
        if not known:
            raise Closed(Close.BAD_SUBPROTOCOL, f"Subprotocol not acceptable; speak {SUBPROTOCOL}")
        taking = asyncio.ensure_future(self._take_messages())
        try:
            await asyncio.wait((taking, self._ending), return_when=asyncio.FIRST_COMPLETED)
            if self._ending.done():
                raise self._ending.result()
            await taking
        except _Gone:
            return
        finally:
            tasks = [taking, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_messages(self) -> None:
        await self._initialise()
        while True:
            message = await self._message()
            match message["type"]:
                case "subscribe":
                    await self._begin(message)
                case "complete":
                    task = self._operations.pop(_id_of(message), None)
                    if task is not None:
                        task.cancel()
                case "connection_init":
                    raise Closed(Close.TOO_MANY_INITS, "Too many initialisation requests")
                case _:
                    await self._keep_alive(message)

    async def _initialise(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while (message := await self._message())["type"] != "connection_init":
                    if message["type"] == "subscribe":
                        raise Closed(Close.UNAUTHORIZED, "Unauthorized: send connection_init first")
                    await self._keep_alive(message)
        except TimeoutError:
            raise Closed(Close.INIT_TIMEOUT, "Connection initialisation timeout") from None
        self._headers = _with_credentials(self._headers, message.get("payload"))
        await self._authenticate()
        await self._write({"type": "connection_ack"})

    async def _authenticate(self) -> Credential:
        """Find who asks, as of now.

        Raises:
            Closed: nobody whom the gateway knows.
        """
        try:
            return await self._sockets.pipeline.authenticate(self._headers)
        except HttpError as refused:
            code = Close.FORBIDDEN if refused.code is Code.FORBIDDEN else Close.UNAUTHORIZED
            raise Closed(code, refused.message) from None
        except Exception as error:
            raise Closed(Close.TRY_AGAIN, http_error_of(error).message) from error

    async def _keep_alive(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._write({"type": "pong", **_payload_of(message)})
            case "pong":
                _payload_of(message)
            case "complete":
                _id_of(message)  # of nothing that runs
            case unknown:
                raise Closed(Close.BAD_MESSAGE, f"Unexpected message of type {unknown[:30]!r}")

    async def _message(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            Closed: it is none of the subprotocol's.
        """
        event = await self._receive()
        if event["type"] != "websocket.receive":
            raise _Gone
        text = event.get("text")
        try:
            message = orjson.loads(text) if text is not None else None
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(Close.BAD_MESSAGE, "A message has to be a JSON object with a type, as text")
        return message

    async def _begin(self, message: Mapping[str, Any]) -> None:
        """Begin an operation, and wait until it is known to have begun."""
        identity = _id_of(message)
        if identity in self._operations:
            raise Closed(Close.ID_IN_USE, f"Subscriber for {identity[:60]} already exists")
        payload = message.get("payload")
        if not isinstance(payload, dict):
            raise Closed(Close.BAD_MESSAGE, "The payload of subscribe has to be an object")
        try:
            asked = parameters.from_object(payload)
        except HttpError as refused:
            raise Closed(Close.BAD_MESSAGE, refused.message) from None
        operation = _Operation(self._sockets, self._write_text, identity)
        credential = await self._authenticate()
        task = asyncio.create_task(self._run(operation, asked, credential))
        self._operations[identity] = task
        await operation.has_begun.wait()

    async def _run(self, operation: "_Operation", asked: GraphQLRequest, credential: Credential) -> None:
        try:
            await operation.run(asked, credential, self._headers, self._turns)
        except Closed as closed:
            if not self._ending.done():
                self._ending.set_result(closed)
        except OSError:
            pass  # the client is gone, which the one who receives learns, too
        finally:
            operation.has_begun.set()
            if self._operations.get(operation.identity) is asyncio.current_task():
                del self._operations[operation.identity]

    async def _write(self, message: Mapping[str, Any]) -> None:
        await self._write_text(orjson.dumps(message).decode())

    async def _write_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})


class _Operation:
    """One operation of a connection."""

    def __init__(self, sockets: Sockets, write: Callable[[str], Awaitable[None]], identity: str) -> None:
        self._sockets, self._write, self.identity = sockets, write, identity
        self._id = orjson.dumps(identity).decode()
        self.has_begun = asyncio.Event()

    async def run(
        self, asked: GraphQLRequest, credential: Credential, headers: Mapping[bytes, bytes], turns: asyncio.Semaphore
    ) -> None:
        """Answer it to its end.

        Raises:
            Closed: the connection has to end with it.
        """
        request = self._sockets.pipeline.request(Head("POST", b"", [*headers.items()]))
        request.credential = credential
        began = perf_counter()
        try:
            found = await self._sockets.pipeline.within(request, lambda: self._subscribed(request, asked))
        except RequestRefused as refused:
            self._note(request, began, refused.errors)
            await self._error(refused.errors)
            return
        except Exception as error:  # noqa: BLE001 - whatever happened, the client learns no more than it may know
            errors: Any = http_error_of(error).payload["errors"]
            self._note(request, began, errors)
            await self._error(errors)
            return
        if found is None:
            async with turns:
                self.has_begun.set()
                await self._execute(request, asked)
        else:
            self._note(request, began, ())
            await self._send_events(request, found)

    async def _subscribed(self, request: Request, asked: GraphQLRequest) -> Subscribed | None:
        """Return what is subscribed; None for a query or a mutation."""
        if not await self._sockets.executor.is_subscription(asked):
            return None
        request.facts.kind = "subscription"
        found = await self._sockets.executor.subscribe(asked, request.credential.viewer, spend=request.spend)
        request.facts.operation, request.facts.document = found.operation, found.document
        return found

    async def _execute(self, request: Request, asked: GraphQLRequest) -> None:
        began = perf_counter()
        pipeline = self._sockets.pipeline
        try:
            answer = await pipeline.within(request, lambda: self._sockets.execute(request, asked))
        except Exception as error:  # noqa: BLE001 - whatever happened, the client learns no more than it may know
            refused = http_error_of(error)
            answer = Answer(refused.code.status, orjson.dumps(refused.payload), codes=[refused.code.name], refused=True)
        pipeline.observer.note(
            request.facts,
            status=answer.status,
            codes=answer.codes,
            refused=answer.refused,
            seconds=perf_counter() - began,
        )
        if answer.refused:
            await self._error(orjson.loads(answer.body)["errors"])
            return
        await self._next(answer.body.decode())
        await self._write(f'{{"id":{self._id},"type":"complete"}}')

    async def _send_events(self, request: Request, subscribed: Subscribed) -> None:
        opened = self._sockets.hub.subscription(
            request.credential, subscribed.watch, subscribed.showing, subscribed.since
        )
        try:
            async with opened as subscription:
                self.has_begun.set()
                await self._send_all(request, subscription, subscribed.cost)
        except ENDS as end:
            await self._error(told(end).payload["errors"])
        except NotAllowed as end:
            raise Closed(Close.FORBIDDEN, str(end)) from None
        except TooSlow as end:
            raise Closed(Close.TRY_AGAIN, str(end)) from None
        except Closed:
            raise
        except Exception as error:
            # The events are there, so the client is to come back for them.
            raise Closed(Close.TRY_AGAIN, http_error_of(error).message) from error

    async def _send_all(self, request: Request, subscription: Subscription, cost: int) -> None:
        while True:
            events = await subscription.next(IDLE_SECONDS)
            paid, refused = paid_for(events, cost, request.spend)
            for event in paid:
                await self._next(event.text)
            if refused is not None:
                await self._error(refused.payload["errors"])
                raise Closed(Close.TRY_AGAIN, refused.message)

    async def _next(self, payload: str) -> None:
        await self._write(f'{{"id":{self._id},"type":"next","payload":{payload}}}')

    async def _error(self, errors: Any) -> None:
        await self._write(f'{{"id":{self._id},"type":"error","payload":{orjson.dumps(errors).decode()}}}')

    def _note(self, request: Request, began: float, errors: Any) -> None:
        codes = [error["extensions"]["code"] for error in errors]
        self._sockets.pipeline.observer.note(
            request.facts, status=200, codes=codes, refused=bool(codes), seconds=perf_counter() - began
        )


def _id_of(message: Mapping[str, Any]) -> str:
    """Return the id of an operation.

    Raises:
        Closed: there is none, or it is too long.
    """
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST_ID:
        raise Closed(
            Close.BAD_MESSAGE, f"A message of type {message['type'][:30]} needs an id of 1 to {LONGEST_ID} characters"
        )
    return identity


def _payload_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of a ping or pong, where there is one, under its name.

    Raises:
        Closed: it is no object.
    """
    payload = message.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise Closed(Close.BAD_MESSAGE, "A payload has to be an object")
    return {"payload": payload}


def _with_credentials(headers: Mapping[bytes, bytes], payload: Any) -> dict[bytes, bytes]:
    """Return the headers of the upgrade with the credential that connection_init has in place of theirs."""
    given = _credentials(payload)
    replaced = TOKENS if TOKENS & given.keys() else set()
    return {name: value for name, value in headers.items() if name not in replaced} | given


def _credentials(payload: Any) -> dict[bytes, bytes]:
    """Return what connection_init says of who asks, as headers; names are read without regard to case.

    Raises:
        Closed: it cannot be read.
    """
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise Closed(Close.BAD_MESSAGE, "The payload of connection_init has to be an object")
    given = {name.lower(): value for name, value in payload.items() if name.lower() in CREDENTIALS}
    found: dict[bytes, bytes] = {}
    for name, value in given.items():
        text = str(value) if isinstance(value, int) else value
        if not isinstance(text, str):
            raise Closed(Close.UNAUTHORIZED, f"{name} has to be text")
        found[CREDENTIALS[name]] = text.encode("latin-1", errors="replace")
    return found
