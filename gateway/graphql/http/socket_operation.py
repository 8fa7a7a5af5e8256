"""One operation of a WebSocket connection: its messages, from the first to the last."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import orjson

from gateway.domain.access import Viewer
from gateway.graphql.errors import RequestRefused
from gateway.graphql.http.events import ENDS, error_of, errors_with_freshness, paid_for, with_freshness
from gateway.graphql.http.subprotocol import Close, Closed, Gone
from gateway.graphql.requests.request import GraphQLRequest, Subscribed
from gateway.http.answers import Answer
from gateway.http.heads import Head
from gateway.http.masking import http_error_of
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.live.guard import NotAllowed
from gateway.live.hub import Hub
from gateway.live.subscriptions import Subscription, TooSlow
from gateway.store.tokens import Credential

IDLE_SECONDS = 3_600.0  # nothing has to be sent for as long as nothing happens


class Executor(Protocol):
    """Who knows what operations are and executes them."""

    async def is_subscription(self, request: GraphQLRequest) -> bool: ...

    async def subscribe(
        self, request: GraphQLRequest, viewer: Viewer, *, spend: Callable[[int], None]
    ) -> Subscribed: ...


Execute = Callable[[Request, GraphQLRequest], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Answering:
    """By what operations are answered."""

    executor: Executor
    execute: Execute  # queries and mutations
    pipeline: Pipeline
    hub: Hub


class Operation:
    """One operation of a connection."""

    def __init__(self, answering: Answering, write: Callable[[str], Awaitable[None]], identity: str) -> None:
        self._answering, self._write, self.identity = answering, write, identity
        self._id = orjson.dumps(identity).decode()
        self.has_begun = asyncio.Event()

    async def run(
        self, asked: GraphQLRequest, credential: Credential, headers: Mapping[bytes, bytes], turns: asyncio.Semaphore
    ) -> None:
        """Answer it to its end.

        Raises:
            Closed: the connection has to end with it.
            Gone: nobody is there to be answered.
        """
        request = self._answering.pipeline.request(Head("POST", b"", [*headers.items()]))
        request.credential = credential
        began = perf_counter()
        try:
            found = await self._answering.pipeline.within(request, lambda: self._subscribed(request, asked))
        except RequestRefused as refused:
            self._note(request, began, refused.errors)
            await self._error(request, refused.errors)
            return
        except Exception as error:  # noqa: BLE001 - whatever happened, the client learns no more than it may know
            errors: Any = http_error_of(error).payload["errors"]
            self._note(request, began, errors)
            await self._error(request, errors)
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
        if not await self._answering.executor.is_subscription(asked):
            return None
        request.facts.kind = "subscription"
        found = await self._answering.executor.subscribe(asked, request.credential.viewer, spend=request.spend)
        request.facts.operation, request.facts.document = found.operation, found.document
        return found

    async def _execute(self, request: Request, asked: GraphQLRequest) -> None:
        began = perf_counter()
        pipeline = self._answering.pipeline
        try:
            answer = await pipeline.within(request, lambda: self._answering.execute(request, asked))
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
            await self._error(request, orjson.loads(answer.body)["errors"])
            return
        await self._next(answer.body.decode())
        await self._write(f'{{"id":{self._id},"type":"complete"}}')

    async def _send_events(self, request: Request, subscribed: Subscribed) -> None:
        opened = self._answering.hub.subscription(
            request.credential, subscribed.watch, subscribed.showing, subscribed.since, request.spend_time
        )
        try:
            async with opened as subscription:
                self.has_begun.set()
                await self._send_all(request, subscription, subscribed.cost)
        except ENDS as end:
            await self._error(request, error_of(end).payload["errors"])
        except NotAllowed as end:
            raise Closed(Close.FORBIDDEN, str(end)) from None
        except TooSlow as end:
            raise Closed(Close.TRY_AGAIN, str(end)) from None
        except HttpError as refused:
            await self._error(request, refused.payload["errors"])
            raise Closed(Close.TRY_AGAIN, refused.message) from None
        except (Closed, Gone):
            raise
        except Exception as error:
            # The events are there, so the client is to come back for them.
            raise Closed(Close.TRY_AGAIN, http_error_of(error).message) from error

    async def _send_all(self, request: Request, subscription: Subscription, cost: int) -> None:
        while True:
            events = await subscription.next(IDLE_SECONDS)
            paid, refused = paid_for(events, cost, request.spend)
            notice = self._answering.pipeline.freshness_for(request) if paid else None
            for event in paid:
                await self._next(with_freshness(event.text, notice))
            if refused is not None:
                raise refused

    async def _next(self, payload: str) -> None:
        await self._write(f'{{"id":{self._id},"type":"next","payload":{payload}}}')

    async def _error(self, request: Request, errors: Any) -> None:
        payload = errors_with_freshness(errors, self._answering.pipeline.freshness_for(request))
        await self._write(f'{{"id":{self._id},"type":"error","payload":{orjson.dumps(payload).decode()}}}')

    def _note(self, request: Request, began: float, errors: Any) -> None:
        codes = [error["extensions"]["code"] for error in errors]
        self._answering.pipeline.observer.note(
            request.facts, status=200, codes=codes, refused=bool(codes), seconds=perf_counter() - began
        )
