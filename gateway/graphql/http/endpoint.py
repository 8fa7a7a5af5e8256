"""GraphQL over HTTP: POST and GET /graphql, as the specification of September 2026 requires.

What every request goes through, whoever answers it, is the pipeline's (`gateway/http/pipeline.py`). Here is what is
GraphQL's alone: the form of the answer, the parameters, the execution, and its cost in the answer.
"""

import math
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, ClassVar, Protocol

import orjson
from starlette.types import Receive, Scope, Send

from gateway.domain.access import Viewer
from gateway.graphql.errors import RequestRefused
from gateway.graphql.http import parameters
from gateway.graphql.http.negotiation import Form, choose_form
from gateway.graphql.http.sse import event_stream, whole_stream
from gateway.graphql.http.websocket import Sockets
from gateway.graphql.requests.limits.scanning import without_values
from gateway.graphql.requests.request import GraphQLRequest, Outcome, Subscribed
from gateway.http.answers import NO_HEADERS, NOT_MODIFIED, Answer
from gateway.http.codes import Code
from gateway.http.heads import Head
from gateway.http.observation import LONGEST_LOGGED
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.http.writing import written
from gateway.live.hub import Hub

CONTENT_TYPES = {form: f"{form.value}; charset=utf-8".encode() for form in Form}
CHARACTERS_FOR_A_POINT = 10  # of a document that is refused
OK = 200


# What an answer to GET depends on of the request's head.
VARY = "Accept, Accept-Encoding, Authorization, X-Auth-Token"


def _cached_under(tag: str) -> Mapping[str, str]:
    """Let the client keep an answer for itself, and ask each time whether it is still so."""
    return {"etag": tag, "cache-control": "private, no-cache", "vary": VARY}


class Operations(Protocol):
    """The executor behind the endpoint."""

    def knows(self, request: GraphQLRequest) -> bool: ...

    async def is_subscription(self, request: GraphQLRequest) -> bool: ...

    async def subscribe(
        self, request: GraphQLRequest, viewer: Viewer, *, spend: Callable[[int], None]
    ) -> Subscribed: ...

    async def execute(
        self, request: GraphQLRequest, viewer: Viewer, *, allow_mutation: bool, spend: Callable[[int], None]
    ) -> Outcome: ...


class GraphQLEndpoint:
    """The ASGI application at /graphql."""

    def __init__(
        self,
        operations: Operations,
        pipeline: Pipeline,
        explorer: Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]],
        hub: Hub,
        *,
        max_cost: int,
    ) -> None:
        self._pipeline = pipeline
        self._explorer = explorer
        self._handlers = {form: _Handler(operations, pipeline, hub, form, max_cost) for form in (*Form, None)}
        self.connect = Sockets(operations, self._handlers[Form.JSON].execute, pipeline, hub)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Answer a request; what is awaited is the pipeline's or the explorer's."""
        head = Head.of(scope)
        handler = head.handler
        if not isinstance(handler, _Handler):
            form = choose_form(head.headers.get(b"accept"), html=head.is_reading)
            if form is Form.HTML:
                return self._explorer(scope, receive, send)
            handler = self._handlers[form]
        return self._pipeline.answer(self._pipeline.request(head), handler, receive, send)


class _Handler:
    """GraphQL's part in requests that are answered in one form."""

    __slots__ = ("_content_type", "_form", "_hub", "_max_cost", "_operations", "_pipeline")

    methods: ClassVar[tuple[str, ...]] = ("GET", "HEAD", "OPTIONS", "POST")

    def __init__(self, operations: Operations, pipeline: Pipeline, hub: Hub, form: Form | None, max_cost: int) -> None:
        self._operations, self._pipeline, self._hub, self._form = operations, pipeline, hub, form
        self._max_cost = max_cost
        self._content_type = CONTENT_TYPES[form or Form.JSON]

    def check(self, request: Request) -> None:
        """Refuse a client that accepts none of the forms, and a body that is not JSON by its type."""
        if self._form is None:
            raise HttpError(
                Code.NOT_ACCEPTABLE, f"The answer can be {Form.RESPONSE.value} or {Form.JSON.value}; accept one."
            )
        if request.head.has_body:
            parameters.check_content_type(request.headers.get(b"content-type"))

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Execute an operation at the token's expense, and tell in the answer what it cost."""
        asked = self._asked(request, body)
        if not self._operations.knows(asked):
            await request.turn()  # to parse and to validate it
        return await self.execute(request, asked)

    async def execute(self, request: Request, asked: GraphQLRequest) -> Answer:
        """Execute an operation that was read."""
        facts = request.facts
        facts.shape = lambda: without_values(asked.query, LONGEST_LOGGED)
        if self._form is Form.STREAM:
            with suppress(RequestRefused):  # by the execution
                if await self._operations.is_subscription(asked):
                    return await self._subscribe(request, asked)
        outcome = await self._operations.execute(
            asked, request.credential.viewer, allow_mutation=not request.head.is_reading, spend=request.spend
        )
        facts.kind, facts.operation, facts.document = outcome.kind, outcome.operation, outcome.document
        if outcome.is_known and outcome.tag is not None:
            return Answer(NOT_MODIFIED, headers=_cached_under(outcome.tag))
        if outcome.executed:
            self._tell_extensions(outcome, request)
        else:
            # Reading a document takes time even where it is refused, and may not be free.
            request.charge(len(asked.query) // CHARACTERS_FOR_A_POINT)
            self._tell_freshness(outcome.payload, request)
        if outcome.is_mutation_by_get:
            return self._write(Code.METHOD_NOT_ALLOWED.status, outcome.payload, {"allow": "POST"}, refused=True)
        status = 400 if self._form is Form.RESPONSE and not outcome.executed else 200
        if outcome.ended_as is not None:
            status = outcome.ended_as.status
        if self._form is Form.STREAM and not outcome.is_mutation_by_get:
            status = 200  # a stream says in its events what is wrong
        # What a mutation answers was counted before its commit.
        most = math.inf if outcome.kind == "mutation" else facts.answer.most
        body = await written(outcome.payload, roughly=facts.answer.taken, most=most)
        headers = NO_HEADERS
        if outcome.tag is not None and "errors" not in outcome.payload:
            headers = _cached_under(outcome.tag)
        return self._answer(status, outcome.payload, body, headers, refused=not outcome.executed)

    def _asked(self, request: Request, body: bytes) -> GraphQLRequest:
        """Read the parameters; what is asked for by GET may be known to the client."""
        if not request.head.is_reading:
            return parameters.from_body(body)
        asked = parameters.from_query_string(request.head.query_string)
        if self._form is not Form.STREAM:
            asked.if_none_match = request.headers.get(b"if-none-match", b"")
        return asked

    async def _subscribe(self, request: Request, asked: GraphQLRequest) -> Answer:
        """Answer by events; what is wrong with the subscription is told by one, too."""
        facts = request.facts
        facts.kind = "subscription"
        try:
            subscribed = await self._operations.subscribe(asked, request.credential.viewer, spend=request.spend)
        except RequestRefused as refused:
            request.charge(len(asked.query) // CHARACTERS_FOR_A_POINT)
            payload: dict[str, Any] = {"errors": refused.errors}
            self._tell_freshness(payload, request)
            return self._answer(200, payload, orjson.dumps(payload), refused=True)
        facts.operation, facts.document = subscribed.operation, subscribed.document
        return event_stream(self._hub, request, subscribed, self._pipeline.freshness_for)

    def refusal(self, error: HttpError, request: Request) -> Answer:
        """Answer with one error and no data, in JSON where no form is acceptable."""
        payload = error.payload
        self._tell_freshness(payload, request)
        return self._write(error.code.status, payload, error.headers, refused=True)

    def _tell_extensions(self, outcome: Outcome, request: Request) -> None:
        """Tell the cost, and how fresh the data is where it mirrors an account."""
        actual, left = request.settle(), request.remaining()
        cost: dict[str, object] = {
            "requested": outcome.cost,
            "actual": actual,
            "limit": self._max_cost,
            "remaining": self._max_cost - outcome.cost if left is None else left,
        }
        outcome.payload["extensions"] = {"cost": cost, **outcome.extensions}
        self._tell_freshness(outcome.payload, request)

    def _tell_freshness(self, payload: dict[str, Any], request: Request) -> None:
        """Tell how fresh the data is where it mirrors an account; also where nothing of it is answered."""
        if (notice := self._pipeline.freshness_for(request)) is not None:
            payload.setdefault("extensions", {})["mirror"] = notice.extension

    def _write(
        self, status: int, payload: Mapping[str, Any], headers: Mapping[str, str] = NO_HEADERS, *, refused: bool
    ) -> Answer:
        return self._answer(status, payload, orjson.dumps(payload), headers, refused=refused)

    def _answer(
        self,
        status: int,
        payload: Mapping[str, Any],
        body: bytes,
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        refused: bool,
    ) -> Answer:
        codes = [error["extensions"]["code"] for error in payload.get("errors", ())]
        content_type = self._content_type
        if self._form is Form.STREAM:
            if status == OK:
                body = whole_stream(body)
            else:
                content_type = CONTENT_TYPES[Form.JSON]
        return Answer(status, body, content_type, headers, codes, refused)
