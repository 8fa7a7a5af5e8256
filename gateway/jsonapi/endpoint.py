"""The ASGI application under /api/v2: paths, methods, and answers in the documented form.

What every request goes through, whoever answers it, is the pipeline's (`gateway/http/pipeline.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from gateway.http.answers import Answer
from gateway.http.codes import Code
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.jsonapi.errors import Refused, object_of
from gateway.jsonapi.parameters import Parameter, read_parameters
from gateway.jsonapi.reads import Api, list_records, read_record
from gateway.jsonapi.shown import TYPES, RecordType
from gateway.querying.identifiers import NOBODY, NotAnId, record_number

ROOT = "/api/v2"
MEDIA_TYPE = "application/vnd.api+json"
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8".encode()
MOST_PARAMETERS = 1_000
LONGEST_LOGGED = 2_000  # characters of a slow request's query string
NO_HEADERS: Mapping[str, str] = {}
READ = ("GET", "HEAD", "OPTIONS")
EVERY_METHOD = (*READ, "POST", "PATCH", "PUT", "DELETE")
_VALUE = re.compile("=[^&]*")
_HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,255}")


class JsonApiEndpoint:
    """The face's door."""

    def __init__(self, api: Api, pipeline: Pipeline) -> None:
        self._api, self._pipeline = api, pipeline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._pipeline.request(scope)
        handler = _handler(self._api, scope["path"].removeprefix(ROOT).strip("/").split("/"), _url(scope))
        await self._pipeline.answer(request, handler, receive, send)


def _url(scope: Scope) -> str:
    """Return the address that was asked, without its query; the path alone where the client names no decent host."""
    host = dict(scope["headers"]).get(b"host", b"")
    origin = f"{scope['scheme']}://{host.decode()}" if _HOST.fullmatch(host) else ""
    return f"{origin}{scope['path']}"


def _handler(api: Api, steps: Sequence[str], url: str) -> "Handler":
    type_ = TYPES.get(steps[0])
    if type_ is None:
        return Nowhere()
    match steps[1:]:
        case []:
            return ListHandler(api, type_, url)
        case [number]:
            return RecordHandler(api, type_, number)
        case _:
            return Nowhere()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose caller, query string and body are known."""

    request: Request
    parameters: Sequence[Parameter]
    body: bytes


class Handler:
    """A path's part in one request."""

    methods: tuple[str, ...] = EVERY_METHOD

    def check(self, request: Request) -> None:
        """Look at the head of a request whose caller is known."""

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Answer, or say in the documented words why not."""
        try:
            return await self.perform(Asked(request, read_parameters(request.query_string, MOST_PARAMETERS), body))
        except Refused as refused:
            errors = refused.errors
            payload = {"errors": [error.to_json() for error in errors]}
            codes = [error.code.name for error in errors]
            return Answer(errors[0].code.status, orjson.dumps(payload), CONTENT_TYPE, NO_HEADERS, codes, refused=True)

    async def perform(self, asked: Asked) -> Answer:
        """Do what is asked for.

        Raises:
            Refused, HttpError: it is refused.
        """
        del asked
        raise HttpError(Code.NOT_FOUND, "There is nothing at this address.")

    def refusal(self, error: HttpError) -> Answer:
        """Answer with one error."""
        payload = {"errors": [object_of(error)]}
        status = error.code.status
        return Answer(status, orjson.dumps(payload), CONTENT_TYPE, error.headers, [error.code.name], refused=True)


class Nowhere(Handler):
    """A path at which there is nothing, whatever the method."""


class ListHandler(Handler):
    """The records of a type."""

    methods = READ

    def __init__(self, api: Api, type_: RecordType, url: str) -> None:
        self._api, self._type, self._url = api, type_, url

    async def perform(self, asked: Asked) -> Answer:
        """Answer a page."""
        name_operation(asked.request, "query", f"GET {self._type.name}")
        return written(200, await list_records(self._api, asked.request, self._type, self._url, asked.parameters))


class RecordHandler(Handler):
    """One record of a type."""

    methods = READ

    def __init__(self, api: Api, type_: RecordType, number: str) -> None:
        self._api, self._type, self._number = api, type_, number

    async def perform(self, asked: Asked) -> Answer:
        """Answer the record."""
        name_operation(asked.request, "query", f"GET {self._type.name}/id")
        found = await read_record(self._api, asked.request, self._type, number_of(self._number), asked.parameters)
        headers = NO_HEADERS if found.revision is None else {"etag": f'"{found.revision}"'}
        return written(200, found.document(), headers)


def number_of(text: str) -> int:
    """Read the number in a path; what is none is nobody's."""
    try:
        return record_number(text, None)
    except NotAnId:
        return NOBODY


def name_operation(request: Request, kind: str, name: str) -> None:
    """Say what the request is, for the log, the metrics and the traces."""
    request.facts.kind, request.facts.operation = kind, name
    request.facts.shape = partial(without_values, request.query_string)


def without_values(query_string: bytes) -> str:
    """Return the beginning of a query string with `?` for each value in it, for the log."""
    return _VALUE.sub("=?", query_string[:LONGEST_LOGGED].decode("latin-1"))


def written(status: int, document: Mapping[str, Any], headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """Write a document."""
    return Answer(status, orjson.dumps(document), CONTENT_TYPE, headers)
