"""The ASGI application under /api/v2: paths, methods, and answers in the documented form.

What every request goes through, whoever answers it, is the pipeline's (`gateway/http/pipeline.py`).
"""

import math
import re
from collections.abc import Mapping
from functools import partial

import orjson
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.http.answers import NO_HEADERS, Answer
from gateway.http.artefacts import PUBLIC, Artefact
from gateway.http.codes import Code
from gateway.http.heads import Head
from gateway.http.observation import LONGEST_LOGGED
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.http.writing import written
from gateway.jsonapi.api import Api, Asked
from gateway.jsonapi.calls import MEDIA_TYPE, Call, calls_at
from gateway.jsonapi.errors import Refused, object_of
from gateway.jsonapi.openapi import openapi
from gateway.jsonapi.page import page
from gateway.jsonapi.parameters import read_parameters
from gateway.querying.identifiers import id_or_nobody

ROOT = "/api/v2"
OPENAPI = f"{ROOT}/openapi.json"
PAGE_HEADERS = {
    **PUBLIC,
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8".encode()
MOST_PARAMETERS = 1_000
JSON_TYPES = frozenset({MEDIA_TYPE.encode(), b"application/json"})
EVERY_METHOD = ("GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE")
DESCRIPTION = Artefact(lambda: orjson.dumps(openapi()), "application/json")
_VALUE = re.compile("=[^&]*")


class JsonApiEndpoint:
    """The face's door."""

    def __init__(self, api: Api, pipeline: Pipeline) -> None:
        self._api, self._pipeline = api, pipeline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in {"GET", "HEAD"} and scope["path"].rstrip("/") in {ROOT, OPENAPI}:
            response = await self._manual(StarletteRequest(scope))
            await response(scope, receive, send)
            return
        request = self._pipeline.request(Head.of(scope))
        handler = Handler(self._api, scope["path"].removeprefix(ROOT), f"{self._pipeline.origin(scope)}{scope['path']}")
        await self._pipeline.answer(request, handler, receive, send)

    async def _manual(self, request: StarletteRequest) -> Response:
        """Answer what everybody may read: the page for people where a browser asks for it, else the description."""
        if request.url.path.rstrip("/") != ROOT or "text/html" not in request.headers.get("accept", ""):
            return await DESCRIPTION.respond(request)
        text = page(self._pipeline.origin(request.scope)).encode()
        return Response(text, media_type="text/html", headers=PAGE_HEADERS)


class Handler:
    """A path's part in one request."""

    __slots__ = ("_api", "_calls", "_number", "_url", "methods")

    def __init__(self, api: Api, path: str, url: str) -> None:
        self._api, self._url = api, url
        self._calls, self._number = calls_at(tuple(path.strip("/").split("/")))
        self.methods = methods_of(self._calls) if self._calls else EVERY_METHOD

    def check(self, request: Request) -> None:
        """Refuse an address at which there is nothing."""
        del request
        if not self._calls:
            raise HttpError(Code.NOT_FOUND, "There is nothing at this address.")

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Answer, or say in the documented words why not."""
        call = self._calls["GET" if request.head.is_reading else request.head.method]
        facts = request.facts
        facts.kind, facts.operation = call.kind, f"{call.method} {call.path}"
        facts.shape = partial(without_values, request.head.query_string)
        try:
            if body.strip():
                check_content_type(request.headers.get(b"content-type", b""))
            parameters = read_parameters(request.head.query_string, MOST_PARAMETERS)
            asked = Asked(self._api, request, parameters, body, self._url)
            reply = await call.perform(asked, id_or_nobody(self._number, None))
        except Refused as refused:
            errors = refused.errors
            payload = {"errors": [error.to_json() for error in errors]}
            codes = [error.code.name for error in errors]
            return Answer(errors[0].code.status, orjson.dumps(payload), CONTENT_TYPE, NO_HEADERS, codes, refused=True)
        if reply.stream is not None:
            return Answer(reply.status, b"", call.media_type.encode(), reply.headers, stream=reply.stream)
        if reply.document is None:
            return Answer(reply.status, headers=reply.headers)
        # What a write answers was counted before its commit.
        most = facts.answer.most if call.method == "GET" else math.inf
        text = await written(reply.document, roughly=facts.answer.taken, most=most)
        return Answer(reply.status, text, CONTENT_TYPE, reply.headers)

    def refusal(self, error: HttpError, request: Request) -> Answer:
        """Answer with one error."""
        del request
        payload = {"errors": [object_of(error)]}
        status = error.code.status
        return Answer(status, orjson.dumps(payload), CONTENT_TYPE, error.headers, [error.code.name], refused=True)


def methods_of(calls: Mapping[str, Call]) -> tuple[str, ...]:
    """Return the methods of a path, those among them that are answered for it."""
    reading = ("HEAD",) if "GET" in calls else ()
    return (*calls, *reading, "OPTIONS")


def check_content_type(given: bytes) -> None:
    """Refuse a body that is not JSON by its type.

    Raises:
        HttpError: 415.
    """
    if given.partition(b";")[0].strip().lower() not in JSON_TYPES:
        raise HttpError(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {MEDIA_TYPE} or application/json.")


def without_values(query_string: bytes) -> str:
    """Return the beginning of a query string with `?` for each value in it, for the log."""
    return _VALUE.sub("=?", query_string[:LONGEST_LOGGED].decode("latin-1"))
