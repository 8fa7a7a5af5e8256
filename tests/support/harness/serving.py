"""A gateway that answers over ASGI, on a small store of two organizations and a token for each of their people."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import insert

from gateway.app import GatewayApp, create_app
from gateway.serving.protocol import GatewayProtocol
from gateway.serving.server import config_of
from gateway.settings import Settings
from gateway.store.databases.database import Connection, Database, open_database
from gateway.store.schema.rows import Row
from gateway.store.schema.tables import OrganizationRow, PersonRow
from gateway.store.tokens import create_token
from tests.support.harness.stores import store_url

NOW = 1_754_028_000_000  # 2025-08-01T08:00:00+02:00
ORGANIZATIONS = (
    OrganizationRow(id=1, name="Adria", currency="EUR", time_zone="Europe/Zagreb"),
    OrganizationRow(id=2, name="Borealis", currency="SEK", time_zone="Europe/Stockholm"),
)


def person(number: int, organization: int, name: str, role: str) -> PersonRow:
    return PersonRow(
        id=number,
        organization_id=organization,
        first_name=name,
        last_name="Kos",
        name_folded=f"{name} Kos".casefold(),
        role=role,
        can_see_costs=role != "MEMBER",
    )


PEOPLE = {
    "admin": person(11, 1, "Ana", "ADMIN"),
    "manager": person(12, 1, "Marko", "MANAGER"),
    "member": person(13, 1, "Iva", "MEMBER"),
    "stranger": person(21, 2, "Saga", "ADMIN"),
}


@dataclass(frozen=True, slots=True)
class Served:
    app: GatewayApp
    client: httpx.AsyncClient
    tokens: dict[str, str]

    @property
    def database(self) -> Database:
        return self.app.database

    def bearer(self, who: str = "admin") -> dict[str, str]:
        """The header that says who asks."""
        return {"authorization": f"Bearer {self.tokens[who]}"}

    async def post(self, query: str, who: str = "admin", **parameters: object) -> httpx.Response:
        """Send an operation as a careful client does."""
        headers = {**self.bearer(who), "accept": "application/graphql-response+json"}
        return await self.client.post("/graphql", json={"query": query, **parameters}, headers=headers)


async def make_people(connection: Connection) -> dict[str, str]:
    """Put the organizations and the people into an empty store; return a token for each person."""
    await insert_rows(connection, ORGANIZATIONS)
    await insert_rows(connection, tuple(PEOPLE.values()))
    return {name: await create_token(connection, person_id=row.id, name=name, now=NOW) for name, row in PEOPLE.items()}


async def insert_rows(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert rows of one table as they are."""
    table = Row.metadata.tables[str(rows[0].__tablename__)]
    await connection.execute_many(insert(table), [row.model_dump() for row in rows])


async def make_store(url: str) -> dict[str, str]:
    """Make a store at a database address and put the people into it."""
    async with open_database(url) as database:
        await database.create_tables()
        return await database.write(make_people)


@asynccontextmanager
async def serving(directory: Path, **settings: object) -> AsyncIterator[Served]:
    """Make a store in a directory and answer over ASGI from it."""
    url = store_url(directory)
    tokens = await make_store(url)
    app = create_app(Settings.load({}, database_url=url, **settings))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Served(app, client, tokens)


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """Keep the writer of a SQLite file busy, so that every other write has to wait."""
    is_held, is_over = asyncio.Event(), asyncio.Event()

    async def hold(_connection: Connection) -> None:
        is_held.set()
        await is_over.wait()

    holding = asyncio.create_task(database.write(hold))
    await is_held.wait()
    try:
        yield
    finally:
        is_over.set()
        await holding


@asynccontextmanager
async def listening(
    app: GatewayApp, http: type[GatewayProtocol] = GatewayProtocol, **settings: object
) -> AsyncIterator[str]:
    """Answer over a real socket for a while; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = config_of(app, Settings.load({}, **settings), http)
        config.lifespan = "off"
        server = uvicorn.Server(config)
        # The socket already takes connections; they wait until the server is up.
        running = asyncio.create_task(server.serve([taken]))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        server.should_exit = True
        await running
