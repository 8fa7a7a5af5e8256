"""The life of a request, the same for every face: id, head, credential, body, deadline, answer, log line.

It stands in front of every operation without a framework between it and the server, so each step is one that a
request needs. What it refuses, it refuses in this order: head, method, credential, what the face checks, the body.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from time import perf_counter
from typing import Protocol, TypeVar

from starlette.types import Message, Receive, Scope, Send

from gateway.clock import system_clock
from gateway.http.answers import NO_CONTENT, NOT_GUESSED, NOT_KEPT, Answer, Field, cross_origin
from gateway.http.bodies import check_body, read_body
from gateway.http.callers import Headers, authenticate, token_in
from gateway.http.codes import Code
from gateway.http.freshness import Freshnesses, Notice
from gateway.http.heads import Head
from gateway.http.masking import http_error_of
from gateway.http.observation import CLIENT_GONE, Observer
from gateway.http.options import HttpOptions
from gateway.http.origins import asked_for, origin_of
from gateway.http.pacing import TurnTaker
from gateway.http.rate_limits import RateLimiter
from gateway.http.refusals import CLOSE, HttpError, method_not_allowed
from gateway.http.request_ids import request_id
from gateway.http.requests import Request
from gateway.http.timeouts import ClientGone, DeadlineWatch, RequestDeadline
from gateway.http.tracing import find_tracer, traced
from gateway.http.writing import LONGEST_MESSAGE
from gateway.store.databases.usage import current_usage, metered
from gateway.store.tokens import Credential, Credentials, digest_of

T = TypeVar("T")
NOT_TRACED = nullcontext()
LONG_BODY = 10_000  # bytes


class Handler(Protocol):
    """A face's part in one request."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it answers; OPTIONS among them, which is answered for it."""

    def check(self, request: Request) -> None:
        """Look at the head of a request whose caller is known.

        Raises:
            HttpError: it will not be answered, so its body need not be read.
        """

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Do what is asked for; the body is empty where the method has none.

        Raises:
            HttpError: it is refused.
        """

    def refusal(self, error: HttpError, request: Request) -> Answer:
        """Spell an error as the face does."""


class Pipeline:
    """What all requests go through; one for all faces, so that a token has one budget and a process one count."""

    def __init__(self, credentials: Credentials, options: HttpOptions) -> None:
        self._credentials = credentials
        self._options = options
        self._origins = frozenset(origin.encode() for origin in options.cors_origins)
        self._watch = DeadlineWatch(
            body_timeout=options.body_timeout_ms / 1000, request_timeout=options.request_timeout_ms / 1000
        )
        self._tracer = find_tracer()
        self._turns = TurnTaker()
        self._limiter = RateLimiter(-(-options.rate_limit // options.workers))  # a worker's share
        self.observer = Observer(slow_operation_ms=options.slow_operation_ms)
        self.freshness: Freshnesses = {}

    def request(self, head: Head) -> Request:
        """Return a request that begins."""
        return Request(head, self._limiter, self._turns)

    def origin(self, scope: Scope) -> str:
        """Return the origin that was asked for; nothing where the client named none."""
        return origin_of(scope, self._options.trusted_proxies)

    def freshness_for(self, request: Request) -> Notice | None:
        """Return what an answer of this instant says of its freshness; None where the caller's data mirrors nothing."""
        if request.facts.token_id is None:  # nobody known
            return None
        viewer = request.credential.viewer
        fresh = self.freshness.get(viewer.organization_id)
        return None if fresh is None else fresh.notice(system_clock(), viewer.time_zone)

    async def authenticate(self, headers: Headers) -> Credential:
        """Find who asks.

        Raises:
            HttpError: 401 without a good token, 403 for another organization than the token's.
        """
        return await authenticate(self._credentials, headers, digest_of(token_in(headers)))

    async def answer(self, request: Request, handler: Handler, receive: Receive, send: Send) -> None:
        """Answer a request, whatever happens, unless its client is gone."""
        started = perf_counter()
        facts = request.facts
        facts.request_id = _name_request(request.head.request_id)
        self.observer.metrics.running += 1
        outlet, is_gone = _Outlet(send), False
        try:
            head = request.head
            if head.handler is not handler:
                self._check_head(head, handler)
            if head.method == "OPTIONS":
                answer = Answer(NO_CONTENT, headers={"allow": ", ".join(handler.methods)})
            else:
                answer = await self._handle(request, handler, receive, outlet)
        except ClientGone:
            answer = Answer(outlet.status or CLIENT_GONE)
            is_gone = True
        except Exception as error:  # noqa: BLE001 - whatever happened, the client learns no more than it may know
            answer = handler.refusal(http_error_of(error), request)
        finally:
            self.observer.metrics.running -= 1
        try:
            if not (is_gone or outlet.status):
                await self._send(answer, request, handler, outlet)
        finally:
            self.observer.note(
                facts,
                status=outlet.status or answer.status,
                codes=answer.codes,
                refused=answer.refused,
                seconds=perf_counter() - started,
            )

    async def within(self, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        """Do a part of an operation that came by a lasting connection: as long as it may take, at the token's expense.

        Raises:
            HttpError: it took too long.
        """
        facts = request.facts
        if facts.token_id is None:
            facts.request_id = _name_request(None)
        facts.token_id, facts.person_id = request.credential.token_id, request.credential.viewer.person_id
        facts.answer.most = min(self._options.max_answer_bytes, LONGEST_MESSAGE)
        current_usage.set(facts)
        self.observer.metrics.running += 1
        try:
            with traced(self._tracer, facts) if self._tracer is not None else NOT_TRACED:
                async with asyncio.timeout(self._options.request_timeout_ms / 1000):
                    return await metered(work(), facts)
        except TimeoutError:
            raise HttpError(Code.OPERATION_TIMEOUT, "The operation took too long and was stopped.") from None
        finally:
            self.observer.metrics.running -= 1
            request.settle()

    def allows_origin(self, scope: Scope) -> bool:
        """Tell whether a page may open a lasting connection: one of this origin, or of a listed one.

        What is no page sends no origin.
        """
        origin: bytes | None = dict(scope["headers"]).get(b"origin")
        if origin is None or origin in self._origins:
            return True
        _, host = asked_for(scope, self._options.trusted_proxies)
        return origin.partition(b"://")[2] == host

    async def _send(self, answer: Answer, request: Request, handler: Handler, outlet: "_Outlet") -> None:
        preflight = answer.status == NO_CONTENT
        head = request.head
        more: list[Field] = []
        if self._origins:
            more = cross_origin(self._origins, head.headers.get(b"origin"), handler.methods, preflight=preflight)
        if head.is_reading:
            more.append(NOT_GUESSED)
            if "cache-control" not in answer.headers:
                more.append(NOT_KEPT)
        if (notice := self.freshness_for(request)) is not None:
            more.append(notice.field)
        await answer.send(outlet.begin, outlet.send, request.facts.request_id, more, without_body=head.method == "HEAD")

    def _check_head(self, head: Head, handler: Handler) -> None:
        most = self._options.max_header_bytes
        if head.size > most:
            raise HttpError(Code.HEADERS_TOO_LARGE, f"Headers may have {most:,} bytes.", CLOSE)
        if head.method not in handler.methods:
            raise method_not_allowed(head.method, handler.methods)

    async def _handle(self, request: Request, handler: Handler, receive: Receive, outlet: "_Outlet") -> Answer:
        """Return the answer; one that is made while it is sent, is sent."""
        with RequestDeadline(self._watch, receive) as deadline:
            head = request.head
            request.credential = credential = await authenticate(self._credentials, head.headers, head.digest)
            facts = request.facts
            facts.token_id, facts.person_id = credential.token_id, credential.viewer.person_id
            most = self._options.max_body_bytes
            if head.handler is not handler:
                handler.check(request)
                if head.has_body:
                    check_body(head.headers, most)
                head.handler = handler
            body = await read_body(receive, most) if head.has_body else b""
            deadline.body_is_read()
            if len(body or head.query_string) > LONG_BODY:
                await request.turn()
            facts.answer.most = self._options.max_answer_bytes
            current_usage.set(facts)
            if self._tracer is None:
                return await self._answered(request, body, handler, outlet, deadline)
            with traced(self._tracer, facts):
                return await self._answered(request, body, handler, outlet, deadline)

    async def _answered(
        self, request: Request, body: bytes, handler: Handler, outlet: "_Outlet", deadline: RequestDeadline
    ) -> Answer:
        facts = request.facts
        try:
            answer = await metered(handler.answer(request, body), facts)
            accept = request.head.headers.get(b"accept-encoding")
            if accept is not None and answer.is_long:
                await metered(answer.compress(accept), facts)
            if answer.stream is not None:
                deadline.allow(answer.stream.seconds)
                await metered(self._send(answer, request, handler, outlet), facts)
            return answer
        finally:
            request.settle()  # whatever became of it


class _Outlet:
    """Where the messages of an answer go; knows whether its head is sent, after which there is no other answer."""

    __slots__ = ("send", "status")

    def __init__(self, send: Send) -> None:
        self.send = send  # a message behind the head
        self.status = 0  # until the head is sent

    def begin(self, head: Message) -> Awaitable[None]:
        """Send the head."""
        self.status = head["status"]
        return self.send(head)


def _name_request(given: str | None) -> str:
    """Take the client's id of the request where it gave a decent one, else make one."""
    identity = given or os.urandom(8).hex()
    request_id.set(identity)
    return identity
