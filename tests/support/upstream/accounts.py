"""A live account for tests: the documented face over a store of its own, behind a proxy with a socket."""

import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from gateway.app import GatewayApp, create_app
from gateway.caches import BoundedCache
from gateway.imports.preparing import ImportOptions
from gateway.jsonapi.api import Api
from gateway.jsonapi.endpoint import JsonApiEndpoint
from gateway.jsonapi.importing import import_into
from gateway.mirror.clock import Clock
from gateway.mirror.options import MirrorOptions
from gateway.settings import Settings
from gateway.store.databases.database import Connection, Database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.tokens import create_token
from gateway.store.totals.sizes import Sizes
from tests.support.harness.stores import stores
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.impostors import impostor
from tests.support.upstream.proxies import Proxy
from tests.support.worlds.office import ADMIN, ROLES, move_in

ORGANIZATION = 1
MEDIA_TYPE = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class LiveAccount:
    """An account: where the mirror finds it, and how people change it, the proxy apart."""

    url: str  # of the proxy
    proxy: Proxy
    database: Database
    tokens: dict[int, str]
    client: httpx.AsyncClient  # of the application itself

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return the settings of a gateway that mirrors the account."""
        return {
            "mirror_url": self.url,
            "mirror_token": self.tokens[ADMIN],
            "mirror_organization_id": ORGANIZATION,
            "mirror_budget": ",".join(f"{requests}/{seconds}" for requests, seconds in self.proxy.budget),
        } | more

    def options(self, **more: Any) -> MirrorOptions:
        """Return the options of a gateway that mirrors the account."""
        return MirrorOptions(**self.settings(**more))

    async def ask(self, method: str, path: str, document: object = None, who: int = ADMIN) -> httpx.Response:
        """Do something in the account, as somebody who looks at no mirror."""
        headers = {"x-auth-token": self.tokens[who], "content-type": MEDIA_TYPE}
        return await self.client.request(method, f"/api/v2/{path}", json=document, headers=headers)

    async def bring(self, directory: Path, *records: dict[str, Any]) -> None:
        """Have the account know records as documents say them, whatever its rules for people are."""
        options = ImportOptions(now=self.proxy.clock.now(), replace=True)
        await import_into(self.database, [_written(directory, records)], options)


@asynccontextmanager
async def live_account(
    directory: Path,
    *entries: TimeEntryRow,
    clock: Clock | None = None,
    seed: int = 0,
    name: str = "upstream.db",
    organization: Mapping[str, Any] | None = None,
) -> AsyncIterator[LiveAccount]:
    """Open an account with an office and some entries, which goes by a clock.

    It is another program: its store is a file, whatever the mirror's is.
    """
    clock = clock or VirtualClock()

    async def fill(connection: Connection) -> dict[int, str]:
        await move_in(connection, *entries, **(organization or {}))
        return {person: await create_token(connection, person_id=person, name="t", now=0) for person in ROLES}

    async with (
        answering(stores.sqlite_url(directory, name), clock) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://account") as client,
    ):
        tokens = await app.database.write(fill)
        proxy = Proxy(client, clock, chance=random.Random(seed))
        async with impostor(proxy.respond) as public:
            yield LiveAccount(public.url, proxy, app.database, tokens, client)


def _written(directory: Path, records: Sequence[dict[str, Any]]) -> str:
    file = directory / "brought.json"
    file.write_text(json.dumps({"data": records}), encoding="utf-8")
    return str(file)


@cache
def _plans() -> BoundedCache[Any]:
    """The plans of all accounts, whose requests are alike."""
    return BoundedCache("documented plans")


@asynccontextmanager
async def answering(url: str, clock: Clock) -> AsyncIterator[GatewayApp]:
    """Answer from a store by its documented face at a clock's time."""
    settings = Settings.load({}, database_url=url, max_cost=1_000_000_000)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        api = Api(
            app.database,
            Sizes(app.database),
            settings,
            clock=clock.now,
            exports=app.exports,
            plans=_plans(),
        )
        app.documented = JsonApiEndpoint(api, app.pipeline)
        yield app
