"""WebSocket connections by the subprotocol graphql-transport-ws: subscriptions, and queries and mutations, too.

Messages are taken one by one. What was subscribed is watched by the time the next message is looked at, so a pong says
that all subscriptions before its ping have begun.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from gateway.graphql.http import parameters
from gateway.graphql.http.socket_operation import Answering, Execute, Executor, Operation
from gateway.graphql.http.subprotocol import SUBPROTOCOL, Close, Closed, Gone, id_of, payload_of, with_credentials
from gateway.graphql.requests.request import GraphQLRequest
from gateway.http.codes import Code
from gateway.http.masking import http_error_of
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.live.hub import Hub
from gateway.store.tokens import Credential

INIT_SECONDS = 10.0
MOST_AT_ONCE = 50  # queries and mutations of a connection that run; others wait, and what comes behind them
LONGEST_FIRST = 16_384  # characters of a message before it is known who asks; a head has about as many
LONGEST_REASON = 120  # bytes that a close frame has for it


class Sockets:
    """The WebSocket connections of the face."""

    def __init__(self, executor: Executor, execute: Execute, pipeline: Pipeline, hub: Hub) -> None:
        """`execute` answers queries and mutations."""
        self._answering = Answering(executor, execute, pipeline, hub)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection until somebody closes it."""
        await receive()  # that it was opened
        if not self._answering.pipeline.allows_origin(scope):
            await send({"type": "websocket.close"})  # before it is accepted: 403
            return
        known = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if known else None})
        connection = _Connection(self._answering, dict(scope["headers"]), receive, send)
        try:
            await connection.serve(known=known)
        except Closed as closed:
            reason = closed.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
            await send({"type": "websocket.close", "code": closed.code, "reason": reason})


class _Connection:
    """One connection: its credential, and what runs on it."""

    def __init__(self, answering: Answering, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        self._answering, self._headers, self._receive, self._send = answering, headers, receive, send
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
        except Gone:
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
                    task = self._operations.pop(id_of(message), None)
                    if task is not None:
                        task.cancel()
                case "connection_init":
                    raise Closed(Close.TOO_MANY_INITS, "Too many initialisation requests")
                case _:
                    await self._keep_alive(message)

    async def _initialise(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while (message := await self._message(LONGEST_FIRST))["type"] != "connection_init":
                    if message["type"] == "subscribe":
                        raise Closed(Close.UNAUTHORIZED, "Unauthorized: send connection_init first")
                    await self._keep_alive(message)
        except TimeoutError:
            raise Closed(Close.INIT_TIMEOUT, "Connection initialisation timeout") from None
        self._headers = with_credentials(self._headers, message.get("payload"))
        await self._authenticate()
        await self._write({"type": "connection_ack"})

    async def _authenticate(self) -> Credential:
        """Find who asks, as of now.

        Raises:
            Closed: nobody whom the gateway knows.
        """
        try:
            return await self._answering.pipeline.authenticate(self._headers)
        except HttpError as refused:
            code = Close.FORBIDDEN if refused.code is Code.FORBIDDEN else Close.UNAUTHORIZED
            raise Closed(code, refused.message) from None
        except Exception as error:
            raise Closed(Close.TRY_AGAIN, http_error_of(error).message) from error

    async def _keep_alive(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._write({"type": "pong", **payload_of(message)})
            case "pong":
                payload_of(message)
            case "complete":
                id_of(message)  # of nothing that runs
            case unknown:
                raise Closed(Close.BAD_MESSAGE, f"Unexpected message of type {unknown[:30]!r}")

    async def _message(self, longest: float = math.inf) -> dict[str, Any]:
        """Return the next message, which may be as long as a body unless a bound is given.

        Raises:
            Closed: it is none of the subprotocol's, or longer.
        """
        event = await self._receive()
        if event["type"] != "websocket.receive":
            raise Gone
        text = event.get("text")
        if text is not None and len(text) > longest:
            raise Closed(Close.BAD_MESSAGE, f"Before connection_init a message has {longest:,} characters at most")
        try:
            message = orjson.loads(text) if text is not None else None
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(Close.BAD_MESSAGE, "A message has to be a JSON object with a type, as text")
        return message

    async def _begin(self, message: Mapping[str, Any]) -> None:
        """Begin an operation, and wait until it is known to have begun."""
        identity = id_of(message)
        if identity in self._operations:
            raise Closed(Close.ID_IN_USE, f"Subscriber for {identity[:60]} already exists")
        payload = message.get("payload")
        if not isinstance(payload, dict):
            raise Closed(Close.BAD_MESSAGE, "The payload of subscribe has to be an object")
        try:
            asked = parameters.from_object(payload)
        except HttpError as refused:
            raise Closed(Close.BAD_MESSAGE, refused.message) from None
        operation = Operation(self._answering, self._write_text, identity)
        credential = await self._authenticate()
        task = asyncio.create_task(self._run(operation, asked, credential))
        self._operations[identity] = task
        await operation.has_begun.wait()

    async def _run(self, operation: Operation, asked: GraphQLRequest, credential: Credential) -> None:
        try:
            await operation.run(asked, credential, self._headers, self._turns)
        except Closed as closed:
            if not self._ending.done():
                self._ending.set_result(closed)
        except Gone:
            pass  # which the one who receives learns, too
        finally:
            operation.has_begun.set()
            if self._operations.get(operation.identity) is asyncio.current_task():
                del self._operations[operation.identity]

    async def _write(self, message: Mapping[str, Any]) -> None:
        await self._write_text(orjson.dumps(message).decode())

    async def _write_text(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except OSError:
            raise Gone from None
