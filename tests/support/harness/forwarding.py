"""A mirror that forwards writes, and its live account: both with the same office, and people who ask the mirror."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.app import create_app
from gateway.graphql.execution import Gateway
from gateway.jsonapi.api import Api
from gateway.jsonapi.endpoint import JsonApiEndpoint
from gateway.mirror.secrets import Vault
from gateway.mirror.tokens import keep_token
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.mirror.writes.choosing import open_writer
from gateway.mirror.writes.forwarding import ForwardingWriter
from gateway.settings import Settings
from gateway.store.databases.database import Connection, Database
from gateway.store.mirror.accounts import Account, add_account
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.tokens import create_token
from gateway.store.totals.sizes import Sizes
from tests.support.harness.documented import Documented
from tests.support.harness.mutating import Asked
from tests.support.harness.stores import store_url
from tests.support.upstream.accounts import ORGANIZATION, LiveAccount, live_account
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.impostors import Sent
from tests.support.upstream.proxies import Fault
from tests.support.worlds.office import NOW, ROLES, move_in

EVERYTHING = Capabilities(bulk=True, timers=True, timesheets=True)
KEY = base64.urlsafe_b64encode(bytes(32)).decode()


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A mirror and its account."""

    account: LiveAccount
    asked: Asked
    documented: Documented
    clock: VirtualClock
    writer: ForwardingWriter

    @property
    def database(self) -> Database:
        """The mirror's store."""
        return self.asked.database

    async def upstream(self, path: str) -> Any:
        """Return the data of an address of the account."""
        answer = await self.account.ask("GET", path)
        return answer.json().get("data")

    def strike(self, *faults: Fault, method: str = "POST") -> None:
        """Have the next requests of a method meet these faults, one each."""
        left = list(faults)

        def strikes(sent: Sent) -> bool:
            if sent.method != method or not left:
                return False
            self.account.proxy.faults = {left.pop(0): 1.0}
            return True

        self.account.proxy.strikes = strikes

    def writes(self) -> list[str]:
        """Return what was sent to the account but reads, in its order."""
        return [f"{method} {target.partition('?')[0]}" for method, target in self.account.proxy.sent if method != "GET"]


@asynccontextmanager
async def mirrored(
    directory: Path,
    *entries: TimeEntryRow,
    people: Sequence[int] = tuple(ROLES),
    organization: Mapping[str, Any] | None = None,
    found: Capabilities | None = EVERYTHING,
    patience_s: float = 25,
    **settings: Any,
) -> AsyncIterator[Mirrored]:
    """Open an account and a mirror of it, both furnished alike; these people have tokens of the account.

    `found` is what the account was found to have; nobody looked where it is None.
    """
    clock, organization = VirtualClock(), organization or {}
    url = store_url(directory, "mirror.db")
    async with live_account(directory, *entries, clock=clock, organization=organization) as account:
        options = Settings.load(
            {}, database_url=url, **account.settings(**({"mirror_writes": "forward", "secret_key": KEY} | settings))
        )

        async def fill(connection: Connection) -> dict[int, str]:
            await move_in(connection, *entries, **organization)
            return await _keep(connection, account, people, found)

        app = create_app(Settings.load({}, database_url=url))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            open_writer(app.database, options, clock, patience_s=patience_s) as writer,
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            assert isinstance(writer, ForwardingWriter)
            tokens = await app.database.write(fill)
            api = Api(app.database, Sizes(app.database), options, clock=clock.now, writer=writer)
            app.documented = JsonApiEndpoint(api, app.pipeline)
            asked = Asked(app.database)
            asked.settings = {"timesheet_submission": bool(organization.get("timesheet_submission"))}
            asked.gateway = Gateway(app.database, clock=clock.now, writer=writer)
            yield Mirrored(account, asked, Documented(app, client, tokens), clock, writer)


async def _keep(
    connection: Connection, account: LiveAccount, people: Sequence[int], found: Capabilities | None
) -> dict[int, str]:
    """Keep what a mirror knows of its account, and people's tokens of it; return their tokens of the mirror."""
    for person in people:
        await keep_token(connection, Vault([KEY]), person, account.tokens[person], now=0)
    capabilities = None if found is None else found.written()
    known = Account(organization_id=ORGANIZATION, url=account.url, started_at=0, capabilities=capabilities)
    await add_account(connection, known)
    return {person: await create_token(connection, person_id=person, name=f"of {person}", now=NOW) for person in ROLES}
