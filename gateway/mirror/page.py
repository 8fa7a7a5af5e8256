"""The page /mirror for admins, and what it shows as JSON at /mirror/status.

The page holds no data, like the explorer: it asks for a token and sends it with each look.
"""

from typing import ClassVar, Protocol

import orjson
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.clock import system_clock
from gateway.domain.access import Role
from gateway.explorer import files
from gateway.graphql.http.explorer import PAGE_HEADERS
from gateway.http.answers import Answer
from gateway.http.codes import Code
from gateway.http.heads import Head
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.mirror.options import MirrorOptions
from gateway.mirror.shown import shown
from gateway.mirror.status import read_status
from gateway.store.databases.database import Database

PAGE_PATH = "/mirror"
STATUS_PATH = "/mirror/status"
CONTENT_TYPE = b"application/json"
POINTS = 1


class Opened(Protocol):
    """The gateway, once it is open."""

    database: Database
    pipeline: Pipeline


def mirror_routes(gateway: Opened, options: MirrorOptions) -> list[Route]:
    """Return the routes of the page and of what it shows."""
    return [Route(PAGE_PATH, _page, methods=["GET"]), Route(STATUS_PATH, _Status(gateway, options))]


async def _page(_request: StarletteRequest) -> Response:
    return Response(files.document("mirror.html"), media_type="text/html", headers=PAGE_HEADERS)


class _Status:
    """How the mirror stands, for the admins of its organization."""

    methods: ClassVar[tuple[str, ...]] = ("GET", "HEAD", "OPTIONS")

    def __init__(self, gateway: Opened, options: MirrorOptions) -> None:
        self._gateway, self._options = gateway, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pipeline = self._gateway.pipeline
        await pipeline.answer(pipeline.request(Head.of(scope)), self, receive, send)

    def check(self, request: Request) -> None:
        """Take any head: who asks may be another person's business by the next request of the connection."""

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Answer how the mirror stands.

        Raises:
            HttpError: who asks is no admin, or of an organization that mirrors nothing.
        """
        del body
        viewer = request.credential.viewer
        if viewer.role is not Role.ADMIN:
            raise HttpError(Code.FORBIDDEN, "How the mirror stands is shown to admins.")
        request.facts.kind, request.facts.operation = "query", f"GET {STATUS_PATH}"
        request.spend(POINTS)
        if viewer.organization_id == self._options.mirror_organization_id:
            async with self._gateway.database.read(snapshot=True) as connection:
                status = await read_status(connection, self._options, system_clock())
            if status.account is not None:
                return Answer(200, orjson.dumps(shown(status, status.account)), CONTENT_TYPE)
        raise HttpError(Code.NOT_FOUND, "This organization mirrors no account yet; `gateway mirror` begins it.")

    def refusal(self, error: HttpError, request: Request) -> Answer:
        """Answer with one error."""
        del request
        return Answer(
            error.code.status,
            orjson.dumps(error.payload),
            CONTENT_TYPE,
            error.headers,
            [error.code.name],
            refused=True,
        )
