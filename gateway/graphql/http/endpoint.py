"""GraphQL over HTTP: POST and GET /graphql, to the letter of the specification's draft.

A plain ASGI application without a framework between it and the server: it stands in front of every
operation, so each step is one that the request needs. What it refuses, it refuses in this order: method,
credential, media types, size, form.
"""

import os
import re
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from time import perf_counter
from typing import Protocol

from starlette.types import Receive, Scope, Send

from gateway.domain.access import Viewer
from gateway.graphql.http import parameters
from gateway.graphql.requests.request import GraphQLRequest, Outcome
from gateway.http.answers import NO_CONTENT, TO_GET, Answer, cross_origin, refusal_of
from gateway.http.callers import Headers, authenticate
from gateway.http.codes import Code
from gateway.http.negotiation import Form, choose_form
from gateway.http.observation import Observer, Sight
from gateway.http.pacing import Pace
from gateway.http.rate_limits import RateLimiter
from gateway.http.refusals import CLOSE, HttpError, bad_request, method_not_allowed
from gateway.http.request_ids import request_id
from gateway.http.timeouts import ClientGone, Lookout, Patience
from gateway.http.tracing import find_tracer, traced
from gateway.store.databases.usage import current_usage
from gateway.store.tokens import Credential, Credentials

READING = ("GET", "HEAD")
ANSWERED = (*READING, "OPTIONS", "POST")
METHODS = ", ".join(ANSWERED)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
NOT_TRACED = nullcontext()
LONG_BODY = 10_000  # bytes
CHARACTERS_FOR_A_POINT = 10  # of a document that is refused


class Operations(Protocol):
    """Whoever executes operations."""

    def knows(self, query: str) -> bool: ...

    async def execute(
        self, request: GraphQLRequest, viewer: Viewer, *, allow_mutation: bool, spend: Callable[[int], None]
    ) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What the face may be told; the defaults are those of the settings."""

    max_body_bytes: int = 1_000_000
    max_header_bytes: int = 32_768
    body_timeout_ms: int = 10_000
    request_timeout_ms: int = 30_000
    cors_origins: frozenset[str] = frozenset()
    rate_limit: int = 0  # cost points that a token may spend in a minute; 0 sets no limit
    max_cost: int = 500_000
    slow_operation_ms: int = 1_000


class GraphQLOverHTTP:
    """The ASGI application at /graphql."""

    def __init__(
        self,
        operations: Operations,
        credentials: Credentials,
        options: HttpOptions,
        explorer: Callable[[Scope, Receive, Send], Awaitable[None]],
    ) -> None:
        self._operations = operations
        self._credentials = credentials
        self._options = options
        self._explorer = explorer
        self._origins = frozenset(origin.encode() for origin in options.cors_origins)
        self._lookout = Lookout(
            body_timeout=options.body_timeout_ms / 1000, request_timeout=options.request_timeout_ms / 1000
        )
        self._pace = Pace()
        self._tracer = find_tracer()
        self._limiter = RateLimiter(options.rate_limit)
        self.observer = Observer(slow_operation_ms=options.slow_operation_ms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method: str = scope["method"]
        form = choose_form(headers.get(b"accept"), html=method in READING)
        if form is Form.HTML:
            await self._explorer(scope, receive, send)
            return
        sight = Sight(request_id=_name_request(headers))
        started = perf_counter()
        self.observer.metrics.running += 1
        try:
            self._check_head(scope)
            if method == "OPTIONS":
                answer = Answer(NO_CONTENT, {}, Form.JSON, {"allow": METHODS})
            else:
                answer = await self._answer(scope, receive, headers, form, sight)
            answer.write()
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - whatever happened, the client is told no more than it may know
            refused = refusal_of(error, sight.request_id)
            answer = Answer(refused.code.status, refused.payload, form or Form.JSON, refused.headers, refused=True)
            answer.write()
        finally:
            self.observer.metrics.running -= 1
        preflight = answer.status == NO_CONTENT
        more = cross_origin(self._origins, headers.get(b"origin"), METHODS, preflight=preflight)
        if method in READING:
            more += TO_GET
        await answer.send(send, sight.request_id, more, without_body=method == "HEAD")
        self.observer.note(
            sight,
            status=answer.status,
            errors=answer.payload.get("errors", ()),
            refused=answer.refused,
            seconds=perf_counter() - started,
        )

    def _check_head(self, scope: Scope) -> None:
        method = scope["method"]
        if sum(map(len, chain.from_iterable(scope["headers"]))) > self._options.max_header_bytes:
            raise HttpError(
                Code.HEADERS_TOO_LARGE, f"Headers may have {self._options.max_header_bytes:,} bytes.", CLOSE
            )
        if method not in ANSWERED:
            raise method_not_allowed(f"{method[:20]} is not supported; send POST or GET.", METHODS)

    async def _answer(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], form: Form | None, sight: Sight
    ) -> Answer:
        reads = scope["method"] in READING
        with Patience(self._lookout, receive) as patience:
            credential = await authenticate(self._credentials, headers)
            sight.token_id, sight.person_id = credential.token_id, credential.viewer.person_id
            if form is None:
                raise HttpError(
                    Code.NOT_ACCEPTABLE, f"The answer can be {Form.RESPONSE.value} or {Form.JSON.value}; accept one."
                )
            if reads:
                body = scope["query_string"]
            else:
                parameters.check_content_type(headers.get(b"content-type"))
                body = await self._read_body(receive, headers)
            patience.body_is_read()
            request = await self._read(body, reads=reads)
            sight.text = request.query
            outcome = await self._execute(request, credential, sight, allow_mutation=not reads)
        if outcome.is_mutation_by_get:
            return Answer(405, outcome.payload, form, {"allow": "POST"}, refused=True)
        status = 400 if form is Form.RESPONSE and not outcome.executed else 200
        return Answer(status, outcome.payload, form, refused=not outcome.executed)

    async def _read(self, body: bytes, *, reads: bool) -> GraphQLRequest:
        """Read the parameters; what is long, or has to be parsed and validated first, waits for its turn."""
        is_long = len(body) > LONG_BODY
        if is_long:
            await self._pace.turn()
        request = parameters.from_query_string(body) if reads else parameters.from_body(body)
        if not is_long and not self._operations.knows(request.query):
            await self._pace.turn()
        return request

    async def _execute(
        self, request: GraphQLRequest, credential: Credential, sight: Sight, *, allow_mutation: bool
    ) -> Outcome:
        """Execute an operation at the token's expense, and tell the cost in the answer."""
        current_usage.set(sight)
        token_id = credential.token_id

        def spend(cost: int) -> None:
            sight.cost = cost
            self._limiter.spend(token_id, cost)

        with traced(self._tracer, sight) if self._tracer is not None else NOT_TRACED:
            outcome = await self._operations.execute(
                request, credential.viewer, allow_mutation=allow_mutation, spend=spend
            )
            sight.kind, sight.operation, sight.document = outcome.kind, outcome.operation, outcome.document
        if not outcome.executed:
            # Reading a document takes time even where it is refused, and may not be free.
            self._limiter.charge(token_id, len(request.query) // CHARACTERS_FOR_A_POINT)
        else:
            most, left = self._options.max_cost, self._limiter.remaining(token_id)
            remaining = most - outcome.cost if left is None else left
            told: dict[str, object] = {"requested": outcome.cost, "limit": most, "remaining": remaining}
            outcome.payload["extensions"] = {"cost": told, **outcome.extensions}
        return outcome

    async def authenticate(self, headers: Headers) -> Credential:
        """Find who asks, before anything else is done."""
        return await authenticate(self._credentials, headers)

    async def _read_body(self, receive: Receive, headers: dict[bytes, bytes]) -> bytes:
        most = self._options.max_body_bytes
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise HttpError(Code.UNSUPPORTED_MEDIA_TYPE, "A compressed body is not supported; send it as it is.", CLOSE)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise bad_request("The Content-Length is not a whole number.")
        if int(length[:20]) > most:
            raise _too_large(most)
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            size += len(part)
            if size > most:
                raise _too_large(most)
            if not more and not parts:
                return part
            parts.append(part)
        return b"".join(parts)


def _name_request(headers: Headers) -> str:
    """Take the client's id of the request where it is a decent one, else make one."""
    given = headers.get(b"x-request-id")
    identity = given.decode() if given is not None and REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
    request_id.set(identity)
    return identity


def _too_large(most: int) -> HttpError:
    return HttpError(Code.PAYLOAD_TOO_LARGE, f"A body may have {most:,} bytes.", CLOSE)
