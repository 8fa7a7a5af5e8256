"""The composition root: settings, database, the faces, health, and what closes them all."""

from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.clock import system_clock
from gateway.documents.manifests import trusted_by
from gateway.documents.registry import Registry
from gateway.exports.places import Places
from gateway.graphql.artefacts import introspection, possible_types, schema_text
from gateway.graphql.execution import Gateway
from gateway.graphql.http.endpoint import GraphQLEndpoint
from gateway.graphql.http.explorer import explorer, explorer_routes
from gateway.graphql.http.inbox import inbox_routes
from gateway.graphql.options import GRAPHQL_PATH
from gateway.http.artefacts import PRIVATE, PUBLIC, Artefact
from gateway.http.codes import Code
from gateway.http.pipeline import Pipeline
from gateway.http.refusals import HttpError, method_not_allowed
from gateway.jsonapi.api import Api
from gateway.jsonapi.endpoint import ROOT, JsonApiEndpoint
from gateway.live.hub import Hub
from gateway.mirror.freshness import Watch
from gateway.mirror.page import mirror_routes
from gateway.mirror.webhook import webhook_routes
from gateway.mirror.writes.choosing import open_writer
from gateway.settings import Settings
from gateway.store.databases.database import Database, open_database
from gateway.store.databases.failures import StoreFailure
from gateway.store.tokens import Credentials
from gateway.store.totals.sizes import Sizes
from gateway.store.upkeep.health import why_not_ready
from gateway.store.viewers import list_rights

PART_FOR_ACCOUNT = 0.9  # of a request's time: what is left is for saying that the account has not answered
HEALTH_PATHS = HEALTHZ, READYZ = "/healthz", "/readyz"


class GatewayApp(FastAPI):
    """FastAPI for what is asked now and then; the faces answer before any middleware is met."""

    face: GraphQLEndpoint
    documented: JsonApiEndpoint
    pipeline: Pipeline
    database: Database
    exports: Places
    hub: Hub
    mirror: Watch

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        path = scope["path"] if scope["type"] == "http" else ""
        if path == GRAPHQL_PATH:
            return self.face(scope, receive, send)
        if path == ROOT or path.startswith(f"{ROOT}/"):
            return self.documented(scope, receive, send)
        if scope["type"] == "websocket" and scope["path"] == GRAPHQL_PATH:
            return self.face.connect(scope, receive, send)
        return super().__call__(scope, receive, send)


def create_app(settings: Settings) -> GatewayApp:
    """Put the gateway together; the database is opened when the application starts."""
    manifest = trusted_by(settings)
    app = GatewayApp(
        title="Time entries gateway",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        routes=[Route("/", _lead_to_explorer), *explorer_routes()],
        exception_handlers={Code.NOT_FOUND.status: _nowhere, Code.METHOD_NOT_ALLOWED.status: _by_no_such_method},
        lifespan=lambda app: _running(app, settings, manifest),
    )
    if settings.inbox:
        app.routes.extend(inbox_routes(Path(settings.inbox)))
    app.routes.extend(webhook_routes(settings, lambda: app.database, system_clock))
    if settings.is_mirror:
        app.routes.extend(mirror_routes(app, settings))
    app.routes.extend(_health_routes(app))
    app.routes.extend(_schema_routes(app, settings))
    if settings.metrics:
        app.routes.append(_metrics_route(app))
    return app


@asynccontextmanager
async def _running(app: GatewayApp, settings: Settings, manifest: Mapping[str, str]) -> AsyncIterator[None]:
    """Give the application its database and its faces, and close what they opened when it ends."""
    patience_s = settings.request_timeout_ms * PART_FOR_ACCOUNT / 1_000
    async with (
        open_database(settings.database_url, settings) as database,
        open_writer(database, settings, patience_s=patience_s) as writer,
    ):
        credentials, sizes = Credentials(database), Sizes(database)
        app.database = database
        registry = Registry(accepted=settings.documents, trusted=manifest, database=database)
        operations = Gateway(
            database,
            sizes=sizes,
            limits=settings,
            introspection=settings.introspection != "off",
            registry=registry,
            writer=writer,
        )
        await _plan_trusted(operations, database)
        app.pipeline = Pipeline(credentials, settings)
        app.hub = Hub(database, settings)
        app.hub.start()
        app.pipeline.observer.metrics.subscriptions = app.hub.open_subscriptions
        app.mirror = Watch(database, settings)
        await app.mirror.start()
        app.pipeline.freshness = app.mirror.freshness
        app.pipeline.observer.metrics.include(app.mirror)
        app.face = GraphQLEndpoint(operations, app.pipeline, explorer, app.hub, max_cost=settings.max_cost)
        app.exports = Places(settings)
        app.documented = JsonApiEndpoint(
            Api(database, sizes, settings, exports=app.exports, writer=writer), app.pipeline
        )
        yield
        await app.mirror.close()
        await app.hub.close()
        await operations.plans.close()
        await credentials.close()
        app.pipeline.observer.flush()


async def _plan_trusted(operations: Gateway, database: Database) -> None:
    try:
        async with database.look_up() as connection:
            rights = await list_rights(connection)
    except StoreFailure:  # a store that is not there yet is told by /readyz
        rights = set()
    await operations.plans.plan_trusted(rights)


async def _lead_to_explorer(_request: Request) -> Response:
    return RedirectResponse(GRAPHQL_PATH)


async def _nowhere(_request: Request, _error: Exception) -> Response:
    return _refusal(HttpError(Code.NOT_FOUND, f"There is nothing at this address; GraphQL is at {GRAPHQL_PATH}."))


async def _by_no_such_method(request: Request, error: Exception) -> Response:
    allowed = (cast("HTTPException", error).headers or {})["Allow"]
    return _refusal(method_not_allowed(request.method, sorted(allowed.split(", "))))


def _health_routes(app: GatewayApp) -> list[Route]:
    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        reason = await why_not_ready(app.database) or app.mirror.why_not_ready()
        if reason is None:
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "unavailable", "reason": reason}, 503)

    return [Route(HEALTHZ, healthz), Route(READYZ, readyz)]


def _schema_routes(app: GatewayApp, settings: Settings) -> list[Route]:
    """Publish the schema to those who may read it."""

    def publish(path: str, artefact: Artefact) -> Route:
        async def show(request: Request) -> Response:
            if settings.introspection == "off":
                return _refusal(HttpError(Code.NOT_FOUND, "The schema is not shown here."))
            if settings.introspection == "authenticated":
                try:
                    await app.pipeline.authenticate(dict(request.scope["headers"]))
                except HttpError as refused:
                    return _refusal(refused)
            return await artefact.respond(request, PUBLIC if settings.introspection == "on" else PRIVATE)

        return Route(path, show)

    return [
        publish("/schema.graphql", Artefact(schema_text, "text/plain; charset=utf-8")),
        publish("/introspection.json", Artefact(introspection, "application/json")),
        publish("/possibleTypes.json", Artefact(possible_types, "application/json")),
    ]


def _metrics_route(app: GatewayApp) -> Route:
    async def metrics(_request: Request) -> Response:
        return Response(app.pipeline.observer.exposition(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", metrics)


def _refusal(refused: HttpError) -> Response:
    return JSONResponse(refused.payload, refused.code.status, dict(refused.headers))
