"""A gateway on a ledger, asked as somebody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.domain.access import Viewer
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import Database, open_database
from tests.support.harness.stores import store_url
from tests.support.worlds.ledger import ADMIN, Ledger, fill, viewer

NOW = 1_754_021_982_661


@dataclass(frozen=True, slots=True)
class Asked:
    """A gateway and the rows that its store holds."""

    gateway: Gateway
    database: Database
    ledger: Ledger = field(repr=False)  # so long that an example which fails would not be shown

    async def payload(self, query: str, who: Viewer | None = None, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        outcome = await self.gateway.execute(GraphQLRequest(query, variables), who or viewer(ADMIN))
        return outcome.payload

    async def data(self, query: str, who: Viewer | None = None, **variables: Any) -> Any:
        """The data of an answer without errors."""
        payload = await self.payload(query, who, **variables)
        assert list(payload) == ["data"], payload
        return payload["data"]

    async def errors(self, query: str, who: Viewer | None = None, **variables: Any) -> list[dict[str, Any]]:
        """The errors of an answer without data."""
        payload = await self.payload(query, who, **variables)
        assert payload.get("data") is None, payload
        errors: list[dict[str, Any]] = payload["errors"]
        return errors


@asynccontextmanager
async def asking(directory: Path, ledger: Ledger, url: str | None = None) -> AsyncIterator[Asked]:
    """Fill a store in a directory, or at an address, and answer from it."""
    async with open_database(url or store_url(directory)) as database:
        await fill(database, ledger)
        yield Asked(Gateway(database, clock=lambda: NOW), database, ledger)
