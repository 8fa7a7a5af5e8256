"""Operations sent to a gateway over the office's store, as a person of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest, Outcome
from gateway.store.databases.database import Database
from tests.support.worlds.office import ADMIN, NOW, viewer


@dataclass(slots=True)
class Moment:
    """A clock that stands still until it is set."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass(slots=True)
class Asked:
    """A gateway, its clock, and its store."""

    database: Database
    clock: Moment = field(default_factory=Moment)
    settings: Mapping[str, Any] = field(default_factory=dict)  # what viewers know of their organization
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = Gateway(self.database, clock=self.clock)

    async def execute(self, query: str, who: int = ADMIN, **variables: Any) -> Outcome:
        """Return the whole outcome of a request."""
        return await self.gateway.execute(GraphQLRequest(query, variables), viewer(who, **self.settings))

    async def data(self, query: str, who: int = ADMIN, **variables: Any) -> dict[str, Any]:
        """Return the answer's data; it must have no errors."""
        outcome = await self.execute(query, who, **variables)
        assert "errors" not in outcome.payload, outcome.payload
        data: dict[str, Any] = outcome.payload["data"]  # type: ignore[assignment]  # the response map's
        return data

    async def mutate(self, query: str, who: int = ADMIN, **variables: Any) -> dict[str, Any]:
        """Return the payload of an operation with one mutation field."""
        [payload] = (await self.data(query, who, **variables)).values()
        return payload  # type: ignore[no-any-return]  # the response map's
