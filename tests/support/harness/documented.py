"""The documented API over ASGI, on a ledger or an office, asked as anybody of it: as the first person by default."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.app import GatewayApp, create_app
from gateway.settings import Settings
from gateway.store.databases.database import Connection, open_database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.tokens import create_token
from tests.support.harness.asking import NOW
from tests.support.harness.stores import store_url
from tests.support.worlds import office
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
        self, path: str, query: Sequence[tuple[str, str]] = (), who: int | None = None, **headers: str
    ) -> httpx.Response:
        """Ask for a path under /api/v2."""
        sent = {"x-auth-token": self.tokens[who or min(self.tokens)], **headers}
        return await self.client.get(f"/api/v2/{path}", params=list(query) or None, headers=sent)

    async def send(
        self, method: str, path: str, body: object = None, who: int | None = None, **headers: str
    ) -> httpx.Response:
        """Send a body: a document, bytes as they are, or none."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"x-auth-token": self.tokens[who or min(self.tokens)], "content-type": MEDIA_TYPE, **headers}
        return await self.client.request(method, f"/api/v2/{path}", content=content, headers=sent)

    async def document(
        self, path: str, query: Sequence[tuple[str, str]] = (), who: int | None = None
    ) -> dict[str, Any]:
        """Return an answer without errors."""
        answer = await self.get(path, query, who)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def ids(self, query: Sequence[tuple[str, str]], who: int | None = None) -> list[str]:
        """Return the ids of the time entries of a page of 200."""
        document = await self.document("time_entries", [*query, ("page[size]", "200")], who)
        return [record["id"] for record in document["data"]]

    async def graphql(self, query: str, who: int | None = None, **variables: object) -> Any:
        """Ask the other face; return its data."""
        answer = await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={
                "authorization": f"Bearer {self.tokens[who or min(self.tokens)]}",
                "accept": "application/graphql-response+json",
            },
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

        tokens = await database.write(lambda connection: _make_tokens(connection, PEOPLE))
    async with _answering(url, tokens, settings) as asked:
        yield asked


@asynccontextmanager
async def documented_office(
    directory: Path, entries: Sequence[TimeEntryRow], settings: Mapping[str, object] | None = None, **organization: Any
) -> AsyncIterator[Documented]:
    """Answer from a store of its own with the office and some entries."""
    async with documented_store(directory, settings) as (asked, _):
        await move_in(asked, entries, **organization)
        yield asked


@asynccontextmanager
async def documented_store(
    directory: Path, settings: Mapping[str, object] | None = None
) -> AsyncIterator[tuple[Documented, str]]:
    """Answer from an empty store; its address is for those who fill and empty it again and again."""
    url = store_url(directory)
    async with _answering(url, {}, settings or {}) as asked:
        yield asked, url


async def move_in(asked: Documented, entries: Sequence[TimeEntryRow], **organization: Any) -> None:
    """Fill an empty store with the office and some entries."""

    async def work(connection: Connection) -> dict[int, str]:
        await office.move_in(connection, *entries, **organization)
        return await _make_tokens(connection, [*office.ROLES])

    asked.tokens.update(await asked.app.database.write(work))


async def _make_tokens(connection: Connection, people: Sequence[int]) -> dict[int, str]:
    return {person: await create_token(connection, person_id=person, name=f"of {person}", now=NOW) for person in people}


@asynccontextmanager
async def _answering(url: str, tokens: dict[int, str], settings: Mapping[str, object]) -> AsyncIterator[Documented]:
    app = create_app(Settings.load({}, database_url=url, **settings))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Documented(app, client, tokens)
