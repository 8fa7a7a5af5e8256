"""The documented API over ASGI, on a ledger, asked as anybody of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.app import GatewayApp, create_app
from gateway.settings import Settings
from gateway.store.databases.database import Connection, open_database
from gateway.store.tokens import create_token
from tests.support.harness.asking import NOW
from tests.support.harness.stores import store_url
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, OTHER, STRANGER, Ledger, fill

PEOPLE = (ADMIN, BOSS, CLERK, MEMBER, OTHER, STRANGER)
MEDIA_TYPE = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class Documented:
    """An application and a token for each of the people."""

    app: GatewayApp
    client: httpx.AsyncClient
    tokens: dict[int, str]

    async def get(
        self, path: str, query: Sequence[tuple[str, str]] = (), who: int = ADMIN, **headers: str
    ) -> httpx.Response:
        """Ask for a path under /api/v2."""
        sent = {"x-auth-token": self.tokens[who], **headers}
        return await self.client.get(f"/api/v2/{path}", params=list(query) or None, headers=sent)

    async def document(self, path: str, query: Sequence[tuple[str, str]] = (), who: int = ADMIN) -> dict[str, Any]:
        """Return an answer without errors."""
        answer = await self.get(path, query, who)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def ids(self, query: Sequence[tuple[str, str]], who: int = ADMIN) -> list[str]:
        """Return the ids of the time entries of a page of 200."""
        document = await self.document("time_entries", [*query, ("page[size]", "200")], who)
        return [record["id"] for record in document["data"]]

    async def graphql(self, query: str, who: int = ADMIN, **variables: object) -> Any:
        """Ask the other face; return its data."""
        answer = await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.tokens[who]}", "accept": "application/graphql-response+json"},
        )
        payload = answer.json()
        assert "errors" not in payload, payload
        return payload["data"]


@asynccontextmanager
async def documented_ledger(directory: Path, ledger: Ledger, **settings: object) -> AsyncIterator[Documented]:
    """Fill a store in a directory and answer from it."""
    url = store_url(directory)
    async with open_database(url) as database:
        await fill(database, ledger)

        async def work(connection: Connection) -> dict[int, str]:
            return {
                person: await create_token(connection, person_id=person, name=f"of {person}", now=NOW)
                for person in PEOPLE
            }

        tokens = await database.write(work)
    app = create_app(Settings.load({}, database_url=url, **settings))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Documented(app, client, tokens)
